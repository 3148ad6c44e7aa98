"""Predictions for a sequence that comes in chunk by chunk, and for one that is very long."""

import itertools

import numpy as np
import pytest
import torch
from scipy.special import softmax

from sklearn_rnn import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger, Sequences
from sklearn_rnn.nn import CELLS, POOLINGS, _recurrent
from sklearn_rnn.preprocessing import TokenEncoder
from tests.allocations import largest_tensor
from tests.own_cells import Forgetful, Mixer

ONE_WAY = {"bidirectional": False, "convolution": None}
SMALL = {
    "hidden_size": 6,
    "max_epochs": 1,
    "lr": 0.05,
    "early_stopping": False,
    "random_state": 0,
}
OF_TAGGER = {"bidirectional": False, "output": "softmax", "constraints": None}
WORDS = ["tea", "milk", "jam", "bread", "salt"]
METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]


def read_in_parts_of(steps, monkeypatch):
    """Let a sequence be long, and a batch of its own, where it has more steps than these."""
    monkeypatch.setattr(_recurrent, "LONG_READ", steps)
    for module in ("_body", "_body_stream", "_tagging"):
        monkeypatch.setattr(f"sklearn_rnn.modules.{module}.LONG_READ", steps)
    monkeypatch.setattr("sklearn_rnn.training._batches._PREDICTION_STEPS", 8 * steps)


def recordings(rng, n=12, n_features=2):
    return [rng.normal(size=(rng.integers(1, 20), n_features)) for _ in range(n)]


def token_lists(rng, n=12):
    return [rng.choice(WORDS, size=rng.integers(1, 20)).tolist() for _ in range(n)]


def random_cuts(sequence, rng):
    """Pieces of one sequence, at least one step each."""
    places = np.flatnonzero(rng.random(len(sequence) - 1) < 0.3) + 1
    bounds = [0, *places.tolist(), len(sequence)]
    return [sequence[start:end] for start, end in itertools.pairwise(bounds)]


def assert_follows(model, sequence, rng, method=None):
    """Each answer of the stream is that for the steps so far."""
    chunks, seen = random_cuts(sequence, rng), 0
    asked = {} if method is None else {"method": method}
    answers = list(model.predict_stream(iter(chunks), **asked))
    assert len(answers) == len(chunks)
    for chunk, answer in zip(chunks, answers, strict=True):
        seen += len(chunk)
        expected = getattr(model, method or "predict")([sequence[:seen]])
        if isinstance(expected, list):
            for part, column in zip(answer, expected, strict=True):
                np.testing.assert_allclose(part, column[0], rtol=1e-6, atol=1e-6)
        elif np.asarray(answer).dtype.kind == "f":
            np.testing.assert_allclose(answer, expected[0], rtol=1e-6, atol=1e-6)
        else:
            assert np.array_equal(answer, expected[0])


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("pooling", list(POOLINGS))
@pytest.mark.parametrize("segment", [1, 3])
def test_every_cell_and_pooling_follows_random_cuts(cell, pooling, segment, rng):
    X, sequence = recordings(rng), rng.normal(size=(40, 2))
    model = RNNRegressor(cell=cell, pooling=pooling, segment=segment, num_layers=2, residual=True)
    model.set_params(**ONE_WAY, **SMALL).fit(X, [x.mean() for x in X])
    assert_follows(model, sequence, rng)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_the_classifier(method, rng):
    X = recordings(rng)
    labels = ["low", "high"] * 6
    for y in (labels, [[0, 1], [1, 1]] * 6, [[label, i % 3] for i, label in enumerate(labels)]):
        model = RNNClassifier(**ONE_WAY, **SMALL).fit(X, y)
        assert_follows(model, rng.normal(size=(15, 2)), rng, method)


def test_the_method_is_predict_if_none_is_named(rng):
    X = recordings(rng)
    model = RNNClassifier(ordinal=True, **ONE_WAY, **SMALL).fit(X, [0, 1, 2] * 4)
    assert_follows(model, rng.normal(size=(15, 2)), rng)
    with pytest.raises(ValueError, match="method must be one of predict, .*but is 'transform'"):
        model.predict_stream([], method="transform")


def test_several_targets(rng):
    X = recordings(rng)
    model = RNNRegressor(**ONE_WAY, **SMALL).fit(X, [[len(x), x.mean()] for x in X])
    assert_follows(model, rng.normal(size=(15, 2)), rng)


@pytest.mark.parametrize("estimator", [RNNRegressor, RNNTagger])
@pytest.mark.parametrize("kind", ["tokens", "ids", "numbers", "events"])
def test_every_kind_of_step(kind, estimator, rng):
    tokens, X = token_lists(rng), None
    ids = {word: i for i, word in enumerate(WORDS, start=2)}
    options = {}
    if kind == "tokens":
        X = tokens
    elif kind == "ids":
        X, options = [np.array([ids[word] for word in row]) for row in tokens], {"n_tokens": 7}
    elif kind == "numbers":
        X = recordings(rng)
    else:
        codes = [np.array([ids[word] - 2 for word in row]) for row in tokens]
        numbers = [rng.normal(size=(len(row), 1)) for row in tokens]
        X = Sequences(
            values=np.concatenate(numbers),
            offsets=np.cumsum([0, *map(len, tokens)]),
            codes=np.concatenate(codes)[:, None],
            categories=(WORDS,),
        )
    if estimator is RNNTagger:
        y = [[int(rng.integers(3)) for _ in range(n)] for n in map(len, tokens)]
        if kind == "numbers":
            y = [[int(rng.integers(3)) for _ in x] for x in X]
        model = RNNTagger(**OF_TAGGER, **SMALL, **options).fit(X, y)
    else:
        model = RNNRegressor(**ONE_WAY, **SMALL, **options).fit(X, rng.normal(size=12))
    if kind == "events":
        chunks = [X[i : i + 1] for i in (0, 1)]
        joined = Sequences(
            values=X.values[: X.offsets[2]],
            offsets=X.offsets[[0, 2]],
            codes=X.codes[: X.offsets[2]],
            categories=(WORDS,),
        )
        answers, expected = list(model.predict_stream(chunks)), model.predict(joined)[0]
        if estimator is RNNTagger:
            assert list(itertools.chain(*answers)) == expected
        else:
            np.testing.assert_allclose(answers[-1], expected, rtol=1e-6)
        return
    longest = max(X, key=len)
    if estimator is RNNRegressor:
        assert_follows(model, longest, rng)
        return
    chunks = random_cuts(longest, rng)
    assert list(itertools.chain(*model.predict_stream(chunks))) == model.predict([longest])[0]
    found = np.concatenate(list(model.predict_stream(chunks, method="predict_proba")))
    np.testing.assert_allclose(found, model.predict_proba([longest])[0], rtol=1e-6, atol=1e-6)


TEXTS = ["good film", "great fun", "bad film", "no fun"] * 3
NAMES = ["Odos", "ΟΔΟΣ", "José", "Ann"] * 3


def fit_texts(texts):
    return RNNClassifier(**ONE_WAY, **SMALL).fit(texts, [1, 1, 0, 0] * 3)


@pytest.mark.parametrize(
    "texts, pieces",
    [
        (TEXTS, ["no ", "Fun film", " so bad "]),
        (NAMES, ["Od", "o", "sé"]),
        (NAMES, ["ΟΔΟΣ", "  ann"]),
    ],
    ids=["words", "characters", "sigma"],
)
def test_texts_go_in_by_pieces(texts, pieces):
    model = fit_texts(texts)
    *_, last = model.predict_stream(pieces, method="predict_proba")
    expected = model.predict_proba(["".join(pieces)])[0]
    np.testing.assert_allclose(last, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "texts, pieces",
    [
        (TEXTS, ["a good fi", "lm"]),
        (TEXTS, ["don", "'t"]),
        (NAMES, ["Jose", "\N{COMBINING ACUTE ACCENT}"]),
        (NAMES, ["ΟΔΟΣ", "Α"]),  # a sigma in the middle of a word is another letter
    ],
    ids=["word", "clitic", "accent", "sigma"],
)
def test_a_text_cut_within_a_token_is_refused(texts, pieces):
    stream = fit_texts(texts).predict_stream(pieces)
    next(stream)
    with pytest.raises(ValueError, match="chunk 1: .*within a token of the chunk before"):
        next(stream)


@pytest.mark.parametrize("piece", ["", " ", "\n\t"])
def test_a_piece_of_white_space_belongs_to_its_neighbours(piece):
    stream = fit_texts(TEXTS).predict_stream(["good", piece, "film"])
    next(stream)
    with pytest.raises(ValueError, match="chunk 1: it holds no word, .* join it to the chunk"):
        next(stream)


def test_texts_that_a_function_splits_are_refused():
    model = RNNClassifier(encoder=TokenEncoder(str.split), **ONE_WAY, **SMALL)
    with pytest.raises(ValueError, match="chunk 0: .*fit on lists of tokens"):
        next(model.fit(TEXTS, [0, 1] * 6).predict_stream(["good"]))


@pytest.mark.parametrize("estimator", [RNNClassifier, RNNTagger])
def test_a_stream_holds_nothing_of_what_it_has_read(estimator, rng):
    X = recordings(rng)
    if estimator is RNNTagger:
        model = RNNTagger(**OF_TAGGER, **SMALL).fit(
            X, [[0, 1][i % 2 :][:1] * len(x) for i, x in enumerate(X)]
        )
    else:
        model = RNNClassifier(pooling="attention", **ONE_WAY, **SMALL).fit(X, [0, 1] * 6)

    def read(n):
        return lambda: list(model.predict_stream(np.zeros((4, 2)) for _ in range(n)))

    assert largest_tensor(read(50)) == largest_tensor(read(2))


LONG = {
    "one way": ONE_WAY,
    "two layers": {"num_layers": 2, "residual": True, **ONE_WAY},
    "both ways": {"bidirectional": True, "convolution": None},
    "segments": {"segment": 3, **ONE_WAY},
    "segments both ways": {"segment": 3, "bidirectional": True, "convolution": None},
}


@pytest.mark.parametrize("options", LONG.values(), ids=LONG)
@pytest.mark.parametrize("pooling", list(POOLINGS))
def test_a_long_recording_is_predicted_in_memory_for_a_part_of_it(
    options, pooling, rng, monkeypatch
):
    X, long = recordings(rng), rng.normal(size=(500, 2))
    model = RNNRegressor(pooling=pooling, **options, **SMALL).fit(X, [x.mean() for x in X])
    whole, plain = model.predict([long]), largest_tensor(lambda: model.predict([long]))
    read_in_parts_of(32, monkeypatch)
    np.testing.assert_allclose(model.predict([long]), whole, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(model.predict([*X, long])[-1:], whole, rtol=1e-6, atol=1e-7)
    in_parts = largest_tensor(lambda: model.predict([long]))
    if pooling != "attention" or not options["bidirectional"]:
        assert in_parts <= long.size < plain  # no more than the recording itself


@pytest.mark.parametrize("options", [OF_TAGGER, {"output": "crf", "bidirectional": False}, {}])
def test_a_long_sequence_is_tagged_without_the_states_of_all_steps(options, rng, monkeypatch):
    X, long = recordings(rng), rng.normal(size=(500, 2))
    y = [rng.integers(2, size=len(x)).tolist() for x in X]
    model = RNNTagger(**SMALL | options | {"hidden_size": 16}).fit(X, y)
    whole = model.predict_proba([long])[0]
    read_in_parts_of(32, monkeypatch)
    np.testing.assert_allclose(model.predict_proba([long])[0], whole, rtol=1e-6, atol=1e-7)
    if options == OF_TAGGER:
        assert largest_tensor(lambda: model.predict([long])) <= long.size


def test_a_long_text_is_read_in_parts_too(rng, monkeypatch):
    X = token_lists(rng)
    model = RNNClassifier(pooling="mean", **ONE_WAY, **SMALL).fit(X, [0, 1] * 6)
    long = rng.choice(WORDS, size=500).tolist()
    whole = model.predict_proba([long])
    read_in_parts_of(32, monkeypatch)
    np.testing.assert_allclose(model.predict_proba([long]), whole, rtol=1e-6, atol=1e-7)


# --- what cannot be streamed --------------------------------------------------------------------

REFUSED = {
    "both ways": ({"bidirectional": True, "convolution": None}, "Fit with bidirectional=False"),
    "convolution": ({"bidirectional": False, "convolution": "branch"}, "with convolution=None"),
    "stem": ({"bidirectional": False, "convolution": "stem"}, "with convolution=None"),
    "both": (
        {"bidirectional": True, "convolution": "stem+branch"},
        "with bidirectional=False and with convolution=None",
    ),
    "gaps": ({"missing": "mask", **ONE_WAY}, 'with missing="error"'),
}


@pytest.mark.parametrize("options, way_out", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])
def test_a_network_that_looks_ahead_is_refused(estimator, options, way_out, rng):
    model = estimator(**options, **SMALL).fit(recordings(rng), [0, 1] * 6)
    with pytest.raises(ValueError, match=f"before a sequence ends.*{way_out}"):
        model.predict_stream([np.zeros((3, 2))])  # before any chunk is read


@pytest.mark.parametrize(
    "options, way_out",
    [
        ({"bidirectional": True}, "with bidirectional=False"),
        ({"output": "crf"}, 'with output="softmax"'),
        ({"constraints": "IOB2"}, "with constraints=None"),
    ],
)
def test_a_tagger_that_needs_the_whole_sequence_is_refused(options, way_out, rng):
    X = token_lists(rng)
    y = [["B-x", "O"] * (len(x) // 2) + ["O"] * (len(x) % 2) for x in X]
    model = RNNTagger(**SMALL, **OF_TAGGER | options).fit(X, y)
    with pytest.raises(ValueError, match=f"before a sequence ends.*{way_out}"):
        model.predict_stream([["tea"]])


def test_columns_tables_and_contexts_are_refused(rng):
    X = recordings(rng)
    static = Sequences.with_static(X, rng.normal(size=(12, 1)))
    model = RNNRegressor(**ONE_WAY, **SMALL).fit(static, range(12))
    with pytest.raises(ValueError, match="columns of whole sequences.*Fit without them"):
        model.predict_stream(X)
    model = RNNRegressor(**ONE_WAY, **SMALL).fit(rng.normal(size=(12, 5)), range(12))
    with pytest.raises(ValueError, match="table of 5 columns.*Fit on a list of arrays"):
        model.predict_stream(X)
    texts = [" ".join(f"w{i}" for i in rng.permutation(200)[:20]) for _ in range(40)]
    language = RNNLanguageModel(hidden_size=4, context_dim=2, max_epochs=1, random_state=0)
    model = RNNClassifier(pretrained=language, **ONE_WAY, max_epochs=1, random_state=0)
    model.fit(texts, [0, 1] * 20)
    with pytest.raises(ValueError, match="language model of context_dim=None"):
        model.predict_stream(["w1"])


def test_an_own_cell_has_to_carry_a_state(rng):
    X = recordings(rng)
    model = RNNRegressor(cell=Mixer, **ONE_WAY, **SMALL).fit(X, range(12))
    assert_follows(model, rng.normal(size=(15, 2)), rng)
    model = RNNRegressor(cell=Forgetful, **ONE_WAY, **SMALL).fit(X, range(12))
    with pytest.raises(ValueError, match="Forgetful .*state is carried from stretch to stretch"):
        model.predict_stream(X)


@pytest.mark.parametrize(
    "chunk, reason",
    [
        (np.zeros((3, 5)), "5 features.* expecting 2"),
        (np.full((3, 2), np.nan), "NaN"),
        (np.zeros((0, 2)), "empty"),
        (["a", "b"], "fitted on sequences of numbers"),
        ("a text", "fit on lists of tokens"),
        (3.0, "number"),
        (Sequences.from_list([np.zeros((3, 2))] * 2), "2 sequences; give steps of one"),
    ],
    ids=["width", "NaN", "empty", "tokens", "text", "number", "two"],
)
def test_a_bad_chunk_is_named_when_it_is_read(chunk, reason, rng):
    model = RNNRegressor(**ONE_WAY, **SMALL).fit(recordings(rng), range(12))
    stream = model.predict_stream([np.zeros((3, 2)), chunk])
    next(stream)
    with pytest.raises(ValueError, match=f"chunk 1: .*{reason}"):
        next(stream)


@pytest.mark.parametrize("chunks", [3, None, "a text"])
def test_chunks_have_to_be_several(chunks, rng):
    model = RNNRegressor(**ONE_WAY, **SMALL).fit(recordings(rng), range(12))
    with pytest.raises(TypeError, match="chunks must be an iterable of the steps of one sequence"):
        model.predict_stream(chunks)
    assert list(model.predict_stream([])) == []


def test_probabilities_of_a_tagger_are_a_softmax_of_scores(rng):
    X = recordings(rng)
    y = [rng.integers(3, size=len(x)).tolist() for x in X]
    model = RNNTagger(**OF_TAGGER, **SMALL).fit(X, y)
    with torch.inference_mode():
        steps = torch.from_numpy(model._scaler.transform(X[0]))[None]
        scores = model.module_(steps, None)[0].numpy()
    (found,) = model.predict_stream([X[0]], method="predict_proba")
    np.testing.assert_allclose(found, softmax(scores, axis=1), rtol=1e-6)
