"""The probability of a span, held against the sum over all sequences of tags that hold it."""

from functools import cache
from itertools import product

import numpy as np
import pytest
import torch

from sklearn_rnn import RNNTagger
from sklearn_rnn.data import allowed_transitions, check_scheme, spans
from sklearn_rnn.estimators._spans import TaggedSpan, find_spans
from sklearn_rnn.nn import ConditionalRandomField
from tests.references import crf_log_probabilities, crf_path_scores
from tests.tagging_data import SCHEMES, sequences, span_labels

TAGS = {
    "IOB1": ["B-X", "I-X", "I-Y", "O"],
    "IOB2": ["B-X", "B-Y", "I-X", "O"],
    "BIOES": ["B-X", "E-X", "I-X", "O", "S-X", "S-Y"],
    "BIOES in other letters": ["B-X", "L-X", "E-X", "M-X", "O", "U-X"],
    "BIOES without types": ["B", "E", "I", "O", "S"],
    "IOB1 without B": ["I-X", "O"],
}
outputs = pytest.mark.parametrize("output", ["crf", "softmax"])
every_scheme = pytest.mark.parametrize("tags", TAGS)


def free(n_tags):
    """The transition scores of a model that has none."""
    return np.zeros(n_tags), np.zeros((n_tags, n_tags)), np.zeros(n_tags)


def total(held, log_probabilities, tags, scheme):
    """The probability of all paths that hold a span, as the span metrics read them."""
    return sum(
        np.exp(log_probability)
        for path, log_probability in log_probabilities.items()
        if tuple(held[:3]) in [tuple(s) for s in spans([tags[i] for i in path], scheme)]
    )


@outputs
@every_scheme
@pytest.mark.parametrize("size", [1.0, 200.0], ids=["even", "sure"])
def test_the_probability_of_a_span_is_that_of_all_sequences_that_hold_it(tags, output, size):
    scheme, tags, rng = tags.split()[0], TAGS[tags], np.random.default_rng(0)
    allowed = allowed_transitions(tags, scheme)
    crf = ConditionalRandomField(
        len(tags), allowed=allowed, generator=torch.Generator().manual_seed(0)
    ).double()
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(1))
    parts = [part.detach().numpy() for part in crf.scores()] if output == "crf" else free(len(tags))
    lengths = np.array([1, 4, 3, 4])
    scores = size * torch.from_numpy(rng.normal(size=(lengths.sum(), len(tags))))

    def log_normalizer(batch, lengths):
        if output == "crf":
            return crf.log_normalizer(batch, lengths).detach()
        rows = zip(batch.logsumexp(2), lengths, strict=True)
        return torch.stack([row[:length].sum() for row, length in rows])

    legal = [
        [path for path in product(tags, repeat=int(n)) if is_legal(path, scheme)] for n in lengths
    ]
    chosen = [paths[rng.integers(len(paths))] for paths in legal for _ in range(12)]
    lengths, scores = (
        np.repeat(lengths, 12),
        torch.cat([part for part in scores.split([1, 4, 3, 4]) for _ in range(12)]),
    )
    found = find_spans(chosen, scheme, tags, scores, lengths, log_normalizer)
    assert sum(map(len, found)) > 20
    for row, held, sentence in zip(chosen, found, scores.split(lengths.tolist()), strict=True):
        assert [span[:3] for span in held] == [tuple(span) for span in spans(row, scheme)]
        true = crf_log_probabilities(crf_path_scores(sentence.numpy(), *parts))
        for span in held:
            assert span.probability == pytest.approx(total(span, true, tags, scheme), abs=1e-9)


def is_legal(row, scheme):
    try:
        check_scheme([row], scheme)
    except ValueError:
        return False
    return True


@cache
def fitted(output, scheme):
    return RNNTagger(
        hidden_size=6, embedding_dim=6, max_epochs=2, output=output, random_state=0
    ).fit(sequences("words"), span_labels(scheme, types=("X",)))


@outputs
@pytest.mark.parametrize("scheme", SCHEMES)
def test_predicted_spans_are_those_of_the_predicted_labels_with_exact_probabilities(output, scheme):
    tagger, X = fitted(output, scheme), sequences("words", n=12, seed=3, longest=4)
    tags = tagger.classes_.tolist()
    found = tagger.predict_spans(X)
    assert found.dtype == object and found.shape == (12,)
    assert sum(map(len, found)) > 3
    scores, lengths = tagger._run(X, tagger.module_)
    crf = tagger.module_.crf
    parts = free(len(tags))
    if crf is not None:
        parts = [part.detach().double().numpy() for part in crf.scores()]
    sentences = np.split(scores.astype(np.float64), np.cumsum(lengths)[:-1])
    for row, held, sentence in zip(tagger.predict(X), found, sentences, strict=True):
        assert [span[:3] for span in held] == [tuple(span) for span in spans(row, scheme)]
        paths = crf_path_scores(sentence, *parts)
        legal = {path: paths[path] for path in paths if is_legal([tags[i] for i in path], scheme)}
        true = crf_log_probabilities(legal)
        for span in held:
            assert isinstance(span, TaggedSpan)
            assert span.probability == pytest.approx(total(span, true, tags, scheme), abs=1e-6)


@outputs
@pytest.mark.parametrize("scheme", SCHEMES)
def test_spans_of_given_labels_have_exact_probabilities(output, scheme):
    tagger, X = fitted(output, scheme), sequences("words", n=3, seed=3, longest=4)
    found = tagger.predict_spans(X)
    assert tagger.weigh_spans(X, tagger.predict(X)).tolist() == found.tolist()
    # Over all legal sequences of labels, each span is met with the probability of these.
    for i, (rows, values) in enumerate(zip(*tagger.predict_nbest(X, n=10_000), strict=True)):
        chances = np.exp(values)
        assert chances.sum() == pytest.approx(1)
        for row in rows[:: max(1, len(rows) // 9)]:
            for *span, probability in tagger.weigh_spans(X[i : i + 1], [row])[0]:
                holds = [tuple(span) in map(tuple, spans(other, scheme)) for other in rows]
                assert probability == pytest.approx(chances[holds].sum(), abs=1e-6)


def test_spans_of_other_labels_than_fit_saw_have_no_probability():
    tagger, X = fitted("crf", "IOB2"), sequences("words", n=1, seed=3, longest=4)
    row = ["B-new", *["O"] * (len(X[0]) - 1)]
    assert tagger.weigh_spans(X, [row])[0] == [(0, 1, "new", 0.0)]
    with pytest.raises(ValueError, match="sequence 0 has . steps, but 0 labels"):
        tagger.weigh_spans(X, [[]])
    with pytest.raises(ValueError, match="labels are of 2 sequences, but X has 1"):
        tagger.weigh_spans(X, [row, row])
    with pytest.raises(ValueError, match="IOB3"):
        tagger.weigh_spans(X, [row], scheme="IOB3")


def test_many_spans_are_weighed_in_parts_and_none_at_all_is_fine():
    tagger, X = fitted("crf", "IOB2"), sequences("words", n=12, seed=3)
    few = [span for row in tagger.predict_spans(X) for span in row]
    many = [span for row in tagger.predict_spans(X * 40) for span in row]
    assert len(many) > 256
    np.testing.assert_allclose([s[3] for s in many], [s[3] for s in few] * 40, rtol=1e-12)
    rows, scores = [["O", "O"], ["O"]], torch.zeros(3, 1)
    found = find_spans(rows, "IOB2", ["O"], scores, np.array([2, 1]), None)
    assert found == [[], []]


@pytest.mark.parametrize("method", ["predict_spans", "weigh_spans"])
def test_labels_without_spans_are_an_error_that_says_so(method):
    X, y = [["a", "b"], ["b"]] * 4, [["x", "y"], ["y"]] * 4
    tagger = RNNTagger(hidden_size=4, max_epochs=1, random_state=0).fit(X, y)
    given = (X,) if method == "predict_spans" else (X, y)
    with pytest.raises(AttributeError, match="so that there are no spans; use predict"):
        getattr(tagger, method)(*given)
