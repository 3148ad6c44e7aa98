"""Reader and writer of CoNLL-U, held against the sentences that the files were written from."""

import gzip

import numpy as np
import pytest

from sklearn_rnn.datasets import read_conllu, write_conllu

FIELDS = {"lemma": 2, "upos": 3, "xpos": 4, "feats": 5, "deprel": 7}
X = [["Birds", "sing", "\N{BIRD}\u00a0!"], ["ab\u2028c", "d\x85e", "New York", "#", "\ufeff"]]
Y = [["NOUN", "VERB", "PUNCT"], ["X", "X", "PROPN", "SYM", "X"]]


def line(number, word, **fields):
    """A line of ten columns."""
    cells = [str(number), word, *["_"] * 8]
    for field, value in fields.items():
        cells[FIELDS[field]] = value
    return "\t".join(cells)


@pytest.fixture
def read(tmp_path):
    """Write text or bytes to a file and read it."""

    def write_and_read(content, *args, name="words.conllu", **kwargs):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_conllu(path, *args, **kwargs)

    return write_and_read


# What is read


def test_multiword_tokens_empty_nodes_and_comments_are_no_words(read):
    text = "\n".join(
        [
            "# text = Il va du bar",
            line(1, "Il", upos="PRON"),
            line(2, "va", upos="VERB"),
            line("2.1", "va", upos="VERB"),
            line("3-4", "du"),
            line(3, "de", upos="ADP"),
            line(4, "le", upos="DET"),
            line(5, "bar", upos="NOUN"),
            "",
            line("0.1", "Ghost", upos="X"),
            line(1, "#", upos="SYM"),
            "",
        ]
    )
    assert read(text) == (
        [["Il", "va", "de", "le", "bar"], ["#"]],
        [["PRON", "VERB", "ADP", "DET", "NOUN"], ["SYM"]],
    )


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_read_whole_from_its_own_column(read, field):
    values = {name: f"{name}=1|x y" for name in FIELDS}
    assert read(line(1, "word", **values), field) == ([["word"]], [[values[field]]])


def test_line_ends_marks_blank_lines_and_a_missing_last_line_end_change_nothing(read):
    rows = [line(1, "à", upos="A"), line(2, "b", upos="B"), "", line(1, "c", upos="C"), ""]
    expected = ([["à", "b"], ["c"]], [["A", "B"], ["C"]])
    assert read("\n".join([*rows, ""])) == expected
    assert read("\n".join(rows[:-1])) == expected
    assert read("\ufeff" + "\r\n".join(["", " \t", *rows, "", ""])) == expected
    packed = gzip.compress("\n".join(rows).encode())
    assert read(packed, name="words.conllu.gz") == expected


def test_groups_number_the_documents(read):
    sentence = line(1, "a") + "\n\n"
    text = sentence * 2 + "# newdoc id = one\n" + sentence * 3 + "#newdoc\n\n# newdoc\n" + sentence
    X, _, groups = read(text, return_groups=True)
    assert len(X) == 6
    assert groups.dtype == np.int64
    assert groups.tolist() == [0, 0, 1, 1, 1, 2]
    assert read("# newdocument\n" + text, return_groups=True)[2].tolist() == groups.tolist()
    assert read("# newdoc\n" + sentence * 2, return_groups=True)[2].tolist() == [0, 0]


# What is refused


@pytest.mark.parametrize(
    ("text", "number", "message"),
    [
        (f"{line(1, 'a')}\n2\tb\tVERB", 2, "expected 10 columns separated by tabs, but got 3"),
        ("# text\n1 a a X", 2, "but got 1"),
        (f"{line(1, 'a')}\n{line(1, 'b')}", 2, "expected word 2 of the sentence, but .* '1'"),
        (f"{line(1, 'a')}\n\n\n{line(2, 'b')}", 4, "expected word 1 of the sentence"),
        (line("a", "b"), 1, "the first column is 'a'"),
        (line(1, ""), 1, "expected no empty column"),
        (line(1, "a", upos=""), 1, "write _ for nothing"),
    ],
)
def test_an_error_names_file_and_line(read, text, number, message):
    with pytest.raises(ValueError, match=rf"words\.conllu, line {number}: .*{message}"):
        read(text)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_invalid_utf8_is_placed_by_line_and_byte(read, mark):
    content = mark + line(1, "é").encode() + b"\n" + line(2, "caf").encode() + b"\xe9\n"
    position = content.index(b"\xe9\n")
    with pytest.raises(ValueError, match=rf"line 2: expected UTF-8, but byte {position} .* 0xe9"):
        read(content)


def test_a_broken_gzip_file_is_told(read):
    with pytest.raises(ValueError, match=r"words\.conllu\.gz: expected a whole gzip file"):
        read(line(1, "a"), name="words.conllu.gz")
    with pytest.raises(ValueError, match="unpacking stopped"):
        read(gzip.compress(line(1, "a").encode())[:-12], name="words.conllu.gz")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_a_file_without_words_is_refused(read, text):
    with pytest.raises(ValueError, match="words.conllu: expected at least one sentence"):
        read(text)


@pytest.mark.parametrize("field", ["UPOS", "form", 3, None])
def test_an_unknown_field_is_refused(read, tmp_path, field):
    with pytest.raises(ValueError, match="field must be one of .*'upos'"):
        read(line(1, "a"), field)
    with pytest.raises(ValueError, match="field must be one of .*'upos'"):
        write_conllu(tmp_path / "a", X, Y, field)


# What is written


@pytest.mark.parametrize("name", ["words.conllu", "words.conllu.gz"])
@pytest.mark.parametrize("field", FIELDS)
def test_what_is_written_is_read_back(tmp_path, name, field):
    write_conllu(tmp_path / name, X, Y, field)
    assert read_conllu(tmp_path / name, field) == (X, Y)


def test_the_same_sentences_give_the_same_bytes(tmp_path):
    rows = np.empty(len(Y), dtype=object)
    rows[:] = [np.array(labels) for labels in Y]
    paths = [tmp_path / "a.gz", tmp_path / "b.gz"]
    write_conllu(paths[0], X, Y)
    write_conllu(paths[1], [tuple(words) for words in X], rows)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_written_words_stand_in_ten_columns(tmp_path):
    write_conllu(tmp_path / "a", [["to", "be"]], [["PART", "AUX"]])
    expected = "\n".join([line(1, "to", upos="PART"), line(2, "be", upos="AUX"), "", ""])
    assert (tmp_path / "a").read_bytes() == expected.encode()


BAD_SENTENCES = [
    ([["a"]], [["X"], ["Y"]], ValueError, "X has 1 sentences, but y has 2"),
    ([["a"], ["b", "c"]], [["X"], ["Y"]], ValueError, "sentence 1 has 2 words, but 1 labels"),
    ([["a"], []], [["X"], []], ValueError, "sentence 1 is empty"),
    ([], [], ValueError, "X is empty"),
    ("ab", ["X", "Y"], TypeError, "X must be a list, but is a str: 'ab'"),
    (["ab"], [["X", "Y"]], TypeError, "sentence 0 of X must be a list, but is a str"),
    ([["a"]], ["X"], TypeError, "sentence 0 of y must be a list, but is a str"),
    ([["a"]], 3, TypeError, "y must be a list, but is a int"),
    ([["a"], ["b"]], [["X"], [1]], TypeError, r"sentence 1: .* got 1 \(int\).* str\(\)"),
    ([["a"], [None]], [["X"], ["Y"]], TypeError, "sentence 1: expected a word that is a str"),
    ([["a"], [""]], [["X"], ["Y"]], ValueError, "sentence 1 has an empty word"),
    ([["a"], ["b\tc"]], [["X"], ["Y"]], ValueError, r"sentence 1: the word 'b\\tc' contains '\\t'"),
    ([["a"], ["b"]], [["X"], ["Y\n"]], ValueError, r"sentence 1: the label 'Y\\n' contains"),
    ([["a"], ["b\r"]], [["X"], ["Y"]], ValueError, r"sentence 1: the word 'b\\r' contains '\\r'"),
    ([["a"], ["\ud800"]], [["X"], ["Y"]], ValueError, "sentence 1: .* lone surrogate"),
]


@pytest.mark.parametrize(("X", "y", "error", "message"), BAD_SENTENCES)
def test_sentences_that_would_not_read_back_are_refused_and_nothing_is_written(
    tmp_path, X, y, error, message
):
    path = tmp_path / "a"
    path.write_text("before")
    with pytest.raises(error, match=message):
        write_conllu(path, X, y)
    assert path.read_text() == "before"
