"""Word vectors, held against gensim's own and against numpy."""

import bz2
import gzip
import lzma
import pickle
import re
import shutil
import sys
import tempfile

import numpy as np
import pandas as pd
import pytest
import sklearn
from gensim.models import FastText, KeyedVectors, Word2Vec
from gensim.models.fasttext import save_facebook_model
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_rnn.data import Sequences
from sklearn_rnn.preprocessing import WordEmbedder, WordTokenizer
from sklearn_rnn.preprocessing._vector_files import _is_binary

WORDS = [f"w{i}" for i in range(25)]
SMALL = {"vector_size": 6, "epochs": 2}


def random_tokens(n=50, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.choice(WORDS, size=rng.integers(1, 12)).tolist() for _ in range(n)]


X = random_tokens()


def make(path=None, **parameters):
    return WordEmbedder(path, **({"random_state": 3} | SMALL | parameters))


def write(path, text, *, packed=False):
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


@pytest.fixture(scope="module")
def trained():
    """What gensim trains by itself."""
    return Word2Vec(X, vector_size=6, epochs=2, min_count=2, sg=1, seed=3, workers=1)


@pytest.fixture(scope="module")
def with_ngrams():
    settings = {"min_count": 2, "sg": 1, "seed": 3, "workers": 1, "bucket": 64}
    return FastText(X, vector_size=6, epochs=2, **settings)


# --- training -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sg": 0, "window": 2},
        {"negative": 2, "ns_exponent": 0.5, "sample": 0},
        {"alpha": 0.1, "min_alpha": 0.01, "min_count": 14},
    ],
    ids=str,
)
def test_the_vectors_are_those_that_gensim_trains(settings):
    embedder = make(**settings).fit(X)
    defaults = {"sg": 1, "min_count": 2, "seed": 3, "workers": 1}
    expected = Word2Vec(X, **(SMALL | defaults | settings)).wv
    assert embedder.words_ == tuple(expected.index_to_key)
    np.testing.assert_array_equal(embedder.vectors_, expected.vectors)
    assert embedder.vectors_.dtype == np.float32
    assert embedder.vector_size_ == 6


@pytest.mark.parametrize("bucket", [64, 5])
def test_subwords_are_those_of_fasttext(bucket):
    settings = {"min_n": 2, "max_n": 4, "bucket": bucket}
    embedder = make(oov="subword", **settings).fit(X)
    expected = FastText(X, sg=1, min_count=2, seed=3, workers=1, **SMALL, **settings).wv
    np.testing.assert_array_equal(embedder.vectors_, expected.vectors)
    words = ["w3", "w333", "another", "é"]
    found = embedder.get_vectors(words)
    np.testing.assert_allclose(found, [expected.get_vector(word) for word in words], rtol=1e-6)


def test_the_buckets_hold_the_ngrams_of_all_tokens():
    embedder = make(oov="subword", min_n=2, max_n=3).fit([["ab", "cd"]] * 2)
    assert len(embedder._ngrams.vectors) == 16  # <a ab b> <ab ab>, and as many of the other


def test_a_word_too_short_for_ngrams_is_zero():
    embedder = make(oov="subword", min_n=5, max_n=6).fit([["winter", "summer"]] * 2)
    assert not embedder.get_vectors(["ab"]).any()


def test_the_seed_decides():
    assert np.array_equal(make().fit(X).vectors_, make().fit(X).vectors_)
    assert not np.array_equal(make().fit(X).vectors_, make(random_state=4).fit(X).vectors_)
    fresh = (make(random_state=None).fit(X).vectors_ for _ in range(2))
    assert not np.array_equal(*fresh)
    drawn = [make(random_state=np.random.RandomState(0)).fit(X).vectors_ for _ in range(2)]
    assert np.array_equal(*drawn)


def test_texts_beyond_what_gensim_reads_at_once_are_read_to_the_end():
    text = ["a", "b"] * 5000 + ["c", "d"] * 500
    embedder = make(epochs=1).fit([text])
    settings = {"sg": 1, "min_count": 2, "seed": 3, "workers": 1, "vector_size": 6, "epochs": 1}
    cut = Word2Vec([text[:10_000], text[10_000:]], **settings)
    np.testing.assert_array_equal(embedder.vectors_, cut.wv.vectors)


def test_words_that_stand_alike_get_like_vectors():
    rng = np.random.default_rng(0)
    texts = [f"the {rng.choice(['cat', 'dog'])} sleeps and purrs" for _ in range(300)]
    texts += [f"a {rng.choice(['car', 'bus'])} drives down roads" for _ in range(300)]
    embedder = WordEmbedder(vector_size=10, sample=0, random_state=0).fit(texts)
    assert embedder.most_similar("cat", topn=1)[0][0] == "dog"
    assert embedder.most_similar("car", topn=1)[0][0] == "bus"


def test_nothing_is_printed(capfd):
    make().fit(X).transform(X)
    assert capfd.readouterr() == ("", "")


# --- what it gives ------------------------------------------------------------------------------


def test_each_token_has_its_vector(trained):
    sequences = make().fit(X).transform(X)
    assert isinstance(sequences, Sequences)
    assert sequences.n_features == 6 and len(sequences) == len(X)
    for found, tokens in zip(sequences, X, strict=True):
        np.testing.assert_array_equal(found, trained.wv[tokens])


def test_texts_are_split_and_written_alike():
    texts = ["Don't PANIC!", "so long, caf\u00e9"] * 3
    tokens = [["don't", "panic", "!"], ["so", "long", ",", "cafe\u0301"]] * 3
    of_texts, of_tokens = make().fit(texts), make().fit(tokens)
    assert of_texts.words_ == of_tokens.words_
    np.testing.assert_array_equal(
        of_texts.transform(texts).values, of_tokens.transform(tokens).values
    )
    cased = make(lowercase=False, analyzer=str.split).fit(texts)
    assert {"Don't", "PANIC!"} < set(cased.words_)


def test_tokens_come_from_a_tokenizer_in_a_pipeline():
    texts = ["The cat sat.", "The dog ran!"] * 3
    pipeline = make_pipeline(WordTokenizer(), make())
    np.testing.assert_array_equal(
        pipeline.fit_transform(texts).values, make().fit_transform(texts).values
    )


@pytest.mark.parametrize("oov", ["zeros", "mean"])
def test_unknown_tokens_have_the_vector_of_oov(oov, trained):
    found = make(oov=oov).fit(X).transform([["w1", "never", "w2"]])[0]
    expected = trained.wv.vectors.mean(axis=0) if oov == "mean" else np.zeros(6)
    np.testing.assert_allclose(found[1], expected, atol=1e-7)
    np.testing.assert_array_equal(found[[0, 2]], trained.wv[["w1", "w2"]])


@pytest.mark.parametrize("oov", ["zeros", "mean", "subword"])
def test_the_mean_is_that_of_the_vectors_of_a_text(oov):
    texts = [*X, ["never", "w1", "w1"], ["neither"]]
    sequences = make(oov=oov).fit(X).transform(texts)
    means = make(oov=oov, output="mean").fit(X).transform(texts)
    assert means.shape == (len(texts), 6) and means.dtype == np.float32
    np.testing.assert_allclose(means, [vectors.mean(axis=0) for vectors in sequences], atol=1e-7)


def test_a_text_without_tokens_has_a_mean_of_zeros():
    embedder = make(output="mean").fit(["a b", "a b"])
    found = embedder.transform(["", "a"])
    assert not found[0].any() and found[1].any()


def test_a_mean_does_not_depend_on_other_texts():
    embedder = make(output="mean").fit(X)
    alone = np.concatenate([embedder.transform([tokens]) for tokens in X])
    np.testing.assert_array_equal(embedder.transform(X), alone)


def test_static_columns_stay_beside_the_vectors():
    texts = Sequences.with_static(["a b", "b a c"], pd.DataFrame({"age": [1.0, 2.0]}))
    found = make(min_count=1).fit(texts).transform(texts)
    assert found.static.tolist() == [[1.0], [2.0]]


def test_the_columns_of_means_have_names():
    embedder = make(output="mean").fit(X)
    names = [f"wordembedder{i}" for i in range(6)]
    assert embedder.get_feature_names_out().tolist() == names
    frame = embedder.set_output(transform="pandas").transform(X)
    assert frame.columns.tolist() == names
    np.testing.assert_array_equal(frame, make(output="mean").fit(X).transform(X))
    assert not hasattr(make().fit(X), "get_feature_names_out")


def test_sequences_stay_ragged_whatever_scikit_learn_is_told():
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(make().fit(X).transform(X), Sequences)
        assert isinstance(make(output="mean").fit(X).transform(X), pd.DataFrame)


# --- neighbours ---------------------------------------------------------------------------------


def test_neighbours_are_those_of_gensim(trained):
    embedder = make().fit(X)
    for positive, negative in [(["w1"], []), (["w1", "w2"], ["w3"]), ([], ["w4"])]:
        found = embedder.most_similar(positive, negative, topn=30)
        expected = trained.wv.most_similar(positive, negative, topn=30)
        assert [word for word, _ in found] == [word for word, _ in expected]
        np.testing.assert_allclose(
            [cosine for _, cosine in found], [cosine for _, cosine in expected], atol=1e-6
        )
    assert embedder.most_similar("W1", "w2", topn=3) == embedder.most_similar(["w1"], ["w2"])[:3]


def test_neighbours_of_unknown_words_need_subwords():
    with pytest.raises(ValueError, match="'never' has no vector, as it is none of the 25 words_"):
        make().fit(X).most_similar("Never")
    assert len(make(oov="subword").fit(X).most_similar("never", topn=4)) == 4
    with pytest.raises(ValueError, match="at least one word"):
        make().fit(X).most_similar([])


# --- files --------------------------------------------------------------------------------------

FILES = {
    "text": ("vectors.txt", {}),
    "packed text": ("vectors.vec.gz", {}),
    "GloVe": ("glove.txt", {"write_header": False}),
    "packed GloVe": ("glove.txt.gz", {"write_header": False}),
    "binary": ("vectors.bin", {"binary": True}),
    "packed binary": ("vectors.bin.gz", {"binary": True}),
}
every_file = pytest.mark.parametrize("kind", FILES)


@every_file
@pytest.mark.parametrize("limit", [None, 7])
def test_files_of_gensim_are_read(kind, limit, trained, tmp_path):
    name, options = FILES[kind]
    trained.wv.save_word2vec_format(str(tmp_path / name), **options)
    embedder = WordEmbedder(tmp_path / name, limit=limit).fit([WORDS])
    assert embedder.words_ == tuple(trained.wv.index_to_key[:limit])
    np.testing.assert_array_equal(embedder.vectors_, trained.wv.vectors[:limit])


@pytest.fixture(scope="module")
def fasttext_bytes(with_ngrams, tmp_path_factory):
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    save_facebook_model(with_ngrams, str(path))
    return path.read_bytes()


@pytest.mark.parametrize("oov", ["zeros", "subword"])
@pytest.mark.parametrize(
    ("name", "packed"),
    [("m.bin", False), ("m.bin.gz", True), ("m.bin", True), ("m", True), ("m.gz", False)],
)
def test_binary_files_of_fasttext_are_read(
    oov, name, packed, with_ngrams, fasttext_bytes, tmp_path
):
    path = write(tmp_path / name, fasttext_bytes, packed=packed)
    embedder = WordEmbedder(path, oov=oov).fit(X)
    np.testing.assert_array_equal(embedder.vectors_, with_ngrams.wv.vectors)
    found = embedder.get_vectors(["never"])[0]
    expected = with_ngrams.wv.get_vector("never") if oov == "subword" else np.zeros(6)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


# Where the number of labels, of words and the vectors of n-grams stand in that file.
LABELS_AT, WORDS_AT = 72, 92


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1000], "it is cut off, or damaged"),
        (lambda data: data[: WORDS_AT + 2], "it is cut off, or damaged"),  # within a word
        (lambda data: data[:40], "it is cut off, or damaged"),
        (lambda data: data[:LABELS_AT] + b"\1" + data[LABELS_AT + 1 :], "classifier of fastText"),
        (lambda data: spoil(data), "vector 63 of the character n-grams is not finite; 1 of 64"),
    ],
    ids=["cut", "cut in a word", "cut in its head", "labels", "not finite"],
)
def test_a_damaged_file_of_fasttext_is_refused(
    damage, message, packed, with_ngrams, fasttext_bytes, tmp_path, monkeypatch
):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    path = write(tmp_path / "v", damage(fasttext_bytes), packed=packed)
    with pytest.raises(ValueError, match=message) as caught:
        WordEmbedder(path, oov="subword").fit(X)
    assert str(caught.value).startswith(str(path))
    assert not any(folder.iterdir())  # nothing that was unpacked is left


def spoil(data):
    """Let the last number of the last vector of an n-gram be NaN."""
    n_hidden = len(WORDS) * 6 * 4 + 17  # the numbers of the words' other vectors, and their head
    end = len(data) - n_hidden
    return data[: end - 4] + np.float32(np.nan).tobytes() + data[end:]


def test_a_packed_file_is_known_by_its_bytes(trained, tmp_path):
    for binary in (False, True):
        trained.wv.save_word2vec_format(str(tmp_path / "vectors.gz"), binary=binary)
        path = shutil.copy(tmp_path / "vectors.gz", tmp_path / "vectors")
        found = WordEmbedder(path).fit(X)
        np.testing.assert_array_equal(found.vectors_, trained.wv.vectors)


def test_binary_files_may_have_lines(tmp_path):
    # As the program of word2vec's authors writes them; numbers may hold the bytes of a space.
    rows = {"a": [1.0, 2.0], "\u00e9": [0.125, 3.0], "c" * 3000: [5.0, np.float32(1.00390625)]}
    pairs = [word.encode() + b" " + np.float32(row).tobytes() for word, row in rows.items()]
    path = write(tmp_path / "v", b"3 2\n" + b"".join(pair + b"\n" for pair in pairs))
    embedder = WordEmbedder(path).fit(["a"])
    assert embedder.words_ == tuple(rows)
    np.testing.assert_array_equal(embedder.vectors_, np.float32([*rows.values()]))


@pytest.mark.parametrize("width", [2, 5, 100])
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("line_end", [b"", b"\n"])
def test_numbers_may_hold_the_byte_of_an_end_of_line(place, width, line_end, tmp_path):
    numbers = np.random.default_rng(0).normal(size=(2, width)).astype("<f4")
    numbers.view(np.uint8)[0, place] = ord("\n")
    pairs = [word + row.tobytes() for word, row in zip([b"a ", b"b "], numbers, strict=True)]
    path = write(tmp_path / "v", f"2 {width}\n".encode() + line_end.join(pairs))
    embedder = WordEmbedder(path).fit(["a"])
    assert embedder.words_ == ("a", "b")
    np.testing.assert_array_equal(embedder.vectors_, numbers)


def test_no_binary_file_is_taken_for_text(tmp_path):
    rng = np.random.default_rng(0)
    for _ in range(2000):
        numbers = rng.normal(scale=0.3, size=10).astype("<f4")
        assert _is_binary(b"1 10\nword " + numbers.tobytes(), 10)
        text = " ".join(["word", *map(str, numbers)]).encode()
        assert not _is_binary(b"1 10\n" + text + "\n\u00e9".encode("latin-1"), 10)


def test_words_may_end_in_a_number_below_a_header(tmp_path):
    text = "4 3\na 1 2 3\nboeing 747 4 5 6\n7 7 8 9\nb 1 2 3\n"
    embedder = WordEmbedder(write(tmp_path / "v", text)).fit(["a"])
    assert embedder.words_ == ("a", "boeing 747", "7", "b")
    assert embedder.get_vectors(["boeing 747"]).tolist() == [[4, 5, 6]]
    rows = [f"w{i} {'7 ' * (i % 20 == 0)}1 2 3\n" for i in range(60)]
    path = write(tmp_path / "v", "60 3\n" + "".join(rows))
    assert WordEmbedder(path).fit([["w1"]]).words_[::20] == ("w0 7", "w20 7", "w40 7")
    rows[1] = "w1 7 1 2 3\n"
    write(path, "60 3\n" + "".join(rows))
    with pytest.raises(ValueError, match="line 2 has 4 numbers, but the header says 3; 4 lines"):
        WordEmbedder(path).fit([["w2"]])


@pytest.mark.parametrize("binary", [False, True])
def test_words_in_another_encoding_are_counted(binary, tmp_path):
    words = ["caf\u00e9", "a", "\u00fcber"]
    row = np.float32([1, 2]).tobytes() if binary else b"1 2\n"
    rows = b"".join(word.encode("latin-1") + b" " + row for word in words)
    path = write(tmp_path / "v", b"3 2\n" + rows)
    with pytest.warns(
        UserWarning, match=r"v: 2 words are no UTF-8, the first b'caf\\xe9'.*Latin-1"
    ):
        embedder = WordEmbedder(path).fit(["a"])
    assert embedder.words_ == ("caf\ufffd", "a", "\ufffdber")


LINES = ". . . 1 2\nnew york 3 4\n1990 5 6\nat\u00a0home 7 8\nx\u0085y 9 10\nnan 11 12\n"
NAMES = (". . .", "new york", "1990", "at\u00a0home", "x\u0085y", "nan")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("header", ["", "6 2\n"])
@pytest.mark.parametrize("space", [" ", "\t"])
def test_tokens_may_hold_spaces(header, packed, space, tmp_path):
    text = header + re.sub(r" (\S+) (\S+)\n", rf"{space}\1{space}\2 \n", LINES)
    embedder = WordEmbedder(write(tmp_path / "v", text, packed=packed)).fit([["1990"]])
    assert embedder.words_ == NAMES
    np.testing.assert_array_equal(embedder.vectors_, np.arange(1.0, 13).reshape(6, 2))


@pytest.mark.parametrize(
    ("text", "words", "vectors"),
    [
        ("5 3\n6 4\n", ("5", "6"), [[3], [4]]),  # one number a word, no header
        ("2 1\n5 3\n6 4\n", ("5", "6"), [[3], [4]]),
        ("a 1 2\r\n\r\nb 3 4\r\n\n", ("a", "b"), [[1, 2], [3, 4]]),
        ("a 1e-3 -2\n 3 4\n", ("a", ""), [[1e-3, -2], [3, 4]]),
        ("a 1 2\na 3 4\nb 5 6\n", ("a", "b"), [[1, 2], [5, 6]]),
        ("\ufeffa 1 2\nb 5 6\n", ("a", "b"), [[1, 2], [5, 6]]),
        ("\ufeff2 2\na 1 2\nb 5 6\n", ("a", "b"), [[1, 2], [5, 6]]),
        ("2 1\na-long-word 5\na 1\n", ("a-long-word", "a"), [[5], [1]]),
    ],
    ids=[
        "no header",
        "header",
        "empty lines",
        "empty token",
        "twice",
        "mark",
        "header and mark",
        "long word",
    ],
)
def test_peculiar_files_are_read(text, words, vectors, tmp_path):
    path = write(tmp_path / "v", text)
    embedder = WordEmbedder(path).fit([["a", "5"]])
    assert embedder.words_ == words
    np.testing.assert_allclose(embedder.vectors_, vectors)


def test_the_word_written_in_lower_case_counts_else_the_first(tmp_path):
    path = write(tmp_path / "v", "Rome 1\nThe 2\nthe 3\nROME 4\n")
    assert WordEmbedder(path).fit(["the end"]).get_vectors(["THE", "rome"]).tolist() == [[3], [1]]
    cased = WordEmbedder(path, lowercase=False).fit(["the end"])
    assert cased.get_vectors(["The", "ROME", "rome"]).tolist() == [[2], [4], [0]]


def test_many_lines_are_read_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("sklearn_rnn.preprocessing._vector_files._BLOCK", 3)
    path = write(tmp_path / "v", "".join(f"w{i} {i} {2 * i}\n" for i in range(8)))
    for limit in (None, 3, 4, 8):
        embedder = WordEmbedder(path, limit=limit).fit([["w0"]])
        np.testing.assert_array_equal(embedder.vectors_[:, 1], 2 * np.arange(limit or 8))


def test_files_of_word2vec_are_read_without_gensim(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    for content in (LINES, b"1 2\n" + PAIR):
        assert WordEmbedder(write(tmp_path / "v", content)).fit([["1990", "a"]]).vector_size_ == 2
    with pytest.raises(ImportError, match=re.escape('pip install "sklearn-rnn[embeddings]"')):
        make().fit(X)


# --- bad input ----------------------------------------------------------------------------------

PAIR = b"a \x00\x00\x80\x3f\x00\x00\x80\x3f"  # a word and the bytes of two ones
BAD_FILES = {
    "short line": ("a 1 2\nb 3\nc 5 6\nd 7\n", "line 2 has 1 numbers, but most lines have 2; 2"),
    "long line": ("a 1 2\nb 3 4\nc 5 6 7\n", "line 3 has 3 numbers, but most lines have 2; 1 line"),
    "words end in numbers": (
        "a 1 2\nb 3 4\nboeing 747 5 6\n",
        'line 3 has 3 .*line above all .* "3 2"',
    ),
    "long lines": ("2 2\na 1 2 3\nb 4 5 6\n", "line 2 has 3 numbers, but the header says 2; 2"),
    "underscore": ("a 1 2\nb 1_0 4\n", "line 2 holds '1_0' where a number should stand"),
    "header": ("2 3\na 1 2\nb 3 4\n", "line 2 has 2 numbers, but the header says 3; 2 lines are"),
    "no number": ("a 1 2\nb 3 x4\n", "line 2 holds 'x4' where a number should stand; 1 line is"),
    "not finite": ("a 1 2\nb 3 inf\nc nan 1\n", "the vector of 'b' is not finite; 2 of 3 are bad"),
    "too large": ("a 1 2\nb 3 1e99\n", "the vector of 'b' is not finite"),
    "cut off": ("3 2\na 1 2\nb 3 4\n", "the header says 3 words, but there are 2; the file is cut"),
    "empty": ("", "it holds no lines of a word and its numbers"),
    "words": ("some\nwords\n", "it holds no lines of a word and its numbers"),
    "header alone": ("0 2\n", "it holds no words"),
    "zip": (b"PK\x03\x04 and so on", "it is a zip archive; unpack it"),
    "bzip2": (bz2.compress(LINES.encode()), "it is packed by bzip2; unpack it"),
    "xz": (lzma.compress(LINES.encode()), "it is packed by xz; unpack it"),
    "pickle": (pickle.dumps({"a": [1.0]}), "it is a pickle, which could run code; save .* text"),
    "cut fastText": (b"\xba\x16\x4f\x2f\x0c\x00", "v: "),
    "cut binary": (b"2 2\n" + PAIR + b"\nb \x00", "the header says 2 words, but it ends in word 1"),
    "binary with a space": (b"2 2\nnew york " + PAIR[2:] + PAIR, "word 1 is .* holds a space"),
    "cut gzip": (gzip.compress(LINES.encode())[:-12], "v: .*end-of-stream"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_damaged_files_are_refused_by_name(kind, tmp_path):
    content, message = BAD_FILES[kind]
    path = write(tmp_path / "v", content)
    with pytest.raises(ValueError, match=message) as caught:
        WordEmbedder(path).fit([["a"]])
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_is_named(tmp_path):
    for path in (tmp_path / "none.txt", str(tmp_path)):
        with pytest.raises(FileNotFoundError, match=f"path='{path}' is no file"):
            WordEmbedder(path).fit(X)


def test_a_file_that_knows_no_token_of_x_is_refused(tmp_path):
    path = write(tmp_path / "v", LINES)
    message = r"none of the 2 distinct tokens of X has a vector in .*\['w1', 'w2'\], the file \['\."
    with pytest.raises(ValueError, match=message):
        WordEmbedder(path).fit([["w1", "w2"]])
    with pytest.raises(ValueError, match='oov="subword" needs vectors of character n-grams, but'):
        WordEmbedder(path, oov="subword").fit([["1990"]])


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([], "X holds no tokens"),
        ([[]], "X holds no tokens"),
        ([""], "no token occurs"),
        ([["a", "b"]], "no token occurs min_count=2 times .the most frequent one occurs 1 times"),
        ([1.0, 2.0], "."),
        (np.ones((3, 2)), "texts or lists of tokens are expected, but X is a table"),
        (["a", 1], "."),
    ],
    ids=str,
)
def test_x_is_texts_or_tokens(X, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make().fit(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"oov": "random"}, "'oov' parameter"),
        ({"output": "max"}, "'output' parameter"),
        ({"sg": 2}, "'sg' parameter"),
        ({"vector_size": 0}, "'vector_size' parameter"),
        ({"negative": 0}, "'negative' parameter"),
        ({"path": 3}, "'path' parameter"),
        ({"min_n": 4, "max_n": 3}, "min_n=4 is above max_n=3"),
        ({"min_alpha": 0.1}, "min_alpha=0.1 is above alpha=0.025"),
        ({"ns_exponent": np.nan}, "'ns_exponent' parameter"),
        ({"alpha": 1e300}, "'alpha' parameter"),  # gensim would end the process
        ({"window": 2**40}, "'window' parameter"),
        ({"ns_exponent": 1e6}, "'ns_exponent' parameter"),
    ],
    ids=str,
)
def test_parameters_are_checked(parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(X)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (None, "is None of type NoneType, but a list of str is expected"),
        (5, "is 5 of type int, but a list"),
        ({"w1": 1}, "of type dict, but a list"),
        (b"w1", "is b'w1' of type bytes"),
        (["w1", 3], r"\[1\] is 3 of type int, but words are str"),
        ([["w1"]], r"\[0\] is \['w1'\] of type list"),
    ],
    ids=str,
)
def test_words_that_are_asked_for_are_checked(words, message):
    embedder = make().fit(X)
    for name, ask in {
        "words": embedder.get_vectors,
        "positive": embedder.most_similar,
        "negative": lambda words: embedder.most_similar("w1", words),
    }.items():
        with pytest.raises(TypeError, match=f"{name}.*{message}"):
            ask(words)
    with pytest.raises(TypeError, match=r"words is 'w1' of type str.* one word is \[word\]"):
        embedder.get_vectors("w1")


@pytest.mark.parametrize("topn", [0, -1, 1.5, "3", None, True], ids=str)
def test_the_number_of_neighbours_is_checked(topn):
    with pytest.raises(ValueError, match="topn must be an int of at least 1, but is"):
        make().fit(X).most_similar("w1", topn=topn)


def test_it_has_to_be_fitted():
    for ask in (
        lambda e: e.transform(X),
        lambda e: e.most_similar("w1"),
        lambda e: e.get_vectors([]),
    ):
        with pytest.raises(NotFittedError):
            ask(make())


# --- in scikit-learn ----------------------------------------------------------------------------


@pytest.mark.parametrize("oov", ["zeros", "subword"])
def test_a_pickle_gives_the_same_vectors(oov):
    embedder = make(oov=oov).fit(X)
    again = pickle.loads(pickle.dumps(embedder))
    tokens = [["w1", "never"]]
    np.testing.assert_array_equal(again.transform(tokens).values, embedder.transform(tokens).values)
    with pytest.raises(NotFittedError):
        clone(embedder).transform(tokens)


def test_means_go_to_any_model_and_parameters_are_searched():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=60)
    texts = [f"{'good' if label else 'bad'} film number {i % 7}" for i, label in enumerate(y)]
    model = make_pipeline(make(output="mean", epochs=30), LogisticRegression(C=100))
    search = GridSearchCV(model, {"wordembedder__vector_size": [2, 8]}, cv=3).fit(texts, y)
    assert search.best_estimator_[0].vector_size_ in (2, 8)
    assert search.best_score_ > 0.9


def test_gensim_reads_what_we_hold():
    embedder = make().fit(X)
    keyed = KeyedVectors(6)
    keyed.add_vectors(list(embedder.words_), embedder.vectors_)
    np.testing.assert_array_equal(keyed[["w1", "w2"]], embedder.get_vectors(["w1", "w2"]))
