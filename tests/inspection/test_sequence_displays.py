"""Pictures of one sequence, and of many as points."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_rnn import RNNClassifier, RNNSeq2Seq, RNNTagger
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.inspection import AttentionDisplay, EmbeddingDisplay, TagDisplay
from sklearn_rnn.preprocessing import PerStep, TokenEncoder, WordTokenizer

WORDS = [["to", "New", "York"], ["from", "Rome"]] * 10
TAGS = [["O", "B-city", "I-city"], ["O", "B-city"]] * 10
TEXTS = ["a good film", "a bad film", "good", "bad"] * 3
OPINIONS = [1, 0, 1, 0] * 3
SMALL = {"hidden_size": 4, "max_epochs": 2, "random_state": 0}


@pytest.fixture(autouse=True)
def closes_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tagger():
    return RNNTagger(output="crf", **SMALL).fit(WORDS, TAGS)


@pytest.fixture(scope="module")
def classifier():
    return RNNClassifier(pooling="attention", convolution=None, **SMALL).fit(TEXTS, OPINIONS)


def test_a_tagged_sentence_shows_the_marginals_and_the_predicted_labels(tagger):
    sentence = ["from", "New", "York", "to"]
    display = TagDisplay.from_estimator(tagger, sentence)
    np.testing.assert_array_equal(display.probabilities, tagger.predict_proba([sentence])[0])
    assert display.predicted == tagger.predict([sentence])[0]
    drawn = display.ax_.images[0].get_array()
    np.testing.assert_array_equal(drawn, display.probabilities.T)
    marked = display.ax_.lines[0].get_ydata()
    assert [display.labels[i] for i in marked] == display.predicted
    assert [text.get_text() for text in display.ax_.get_xticklabels()] == sentence


def test_html_escapes_text_and_names_the_labels():
    display = TagDisplay(
        tokens=["<b>", 'say "x"'],
        probabilities=np.array([[0.9, 0.1], [0.25, 0.75]]),
        predicted=["O", "B-a&b"],
        labels=["O", "B-a&b"],
    )
    html = display.to_html()
    assert display._repr_html_() == html
    assert "&lt;b&gt;" in html and "<b>" not in html
    assert "B-a&amp;b" in html and "say &quot;x&quot;" in html
    assert 'title="B-a&amp;b 0.75, O 0.25"' in html
    assert html.count("<sub>") == 1  # a token outside of all spans has no label


def test_recordings_are_tagged_too():
    X = np.random.default_rng(0).normal(size=(6, 5, 2))
    tagger = RNNTagger(**SMALL).fit(X, [[0, 1, 0, 1, 0]] * 6)
    display = TagDisplay.from_estimator(tagger, X[0])
    assert display.tokens == ["0", "1", "2", "3", "4"]
    assert TagDisplay.from_estimator(tagger, X[0], tokens=list("abcde")).tokens == list("abcde")
    with pytest.raises(ValueError, match="2 tokens to write, but 5 steps"):
        TagDisplay.from_estimator(tagger, X[0], tokens=["a", "b"])


def test_what_is_no_tagged_sequence_is_refused(tagger, classifier):
    with pytest.raises(TypeError, match="got the text 'to Rome'"):
        TagDisplay.from_estimator(tagger, "to Rome")
    with pytest.raises(TypeError, match="expected a fitted RNNTagger, .* but RNNClassifier came"):
        TagDisplay.from_estimator(classifier, ["to"])


def test_the_weights_of_a_pooling_make_its_pooled_state(classifier):
    text = "a good film"
    display = AttentionDisplay.from_estimator(classifier, text)
    assert display.steps == ["a", "good", "film"]
    assert display.weights.sum() == pytest.approx(1)
    body = classifier.module_.body
    states = classifier._outputs([text], lambda *args, **extras: _states(body, *args, **extras))
    pooled = display.weights[0] @ states.reshape(3, -1)
    np.testing.assert_allclose(pooled, classifier.transform([text])[0, : len(pooled)], atol=1e-6)


def _states(body, values, lengths, subwords=None):
    return body.recurrent(body.input(values, subwords, None), lengths).flatten(1)


def test_a_translator_shows_a_row_for_each_token_it_writes():
    model = RNNSeq2Seq(**SMALL).fit(["one two", "two"] * 10, ["eins zwei", "zwei"] * 10)
    display = AttentionDisplay.from_estimator(model, "one two", "zwei eins zwei")
    expected = model.attention(["one two"], ["zwei eins zwei"])[0]
    np.testing.assert_array_equal(display.weights, expected)
    assert (display.targets, display.steps) == (["zwei", "eins", "zwei"], ["one", "two"])
    np.testing.assert_allclose(display.weights.sum(1), 1, atol=1e-6)
    predicted = AttentionDisplay.from_estimator(model, "one two")
    assert len(predicted.weights) == len(predicted.targets)


def test_what_does_not_look_is_refused(tagger, classifier):
    with pytest.raises(TypeError, match="looks at steps: .* but RNNTagger came"):
        AttentionDisplay.from_estimator(tagger, ["to", "Rome"])
    with pytest.raises(ValueError, match="target='good' is what an RNNSeq2Seq writes, but RNNCla"):
        AttentionDisplay.from_estimator(classifier, "a good film", "good")
    with pytest.raises(ValueError, match="2 steps to write, but the network looks at 3"):
        AttentionDisplay.from_estimator(classifier, "a good film", steps=["a", "b"])


def test_where_a_long_recording_is_looked_at_is_told_of_all_steps():
    X = np.random.default_rng(0).normal(size=(4, 4200, 1)).astype(np.float32)
    model = RNNClassifier(
        pooling="attention", bidirectional=False, convolution=None, segment=1, tbptt=50, **SMALL
    )
    model.set_params(max_epochs=1).fit(X[:, :100], [0, 1, 0, 1])
    display = AttentionDisplay.from_estimator(model, X[0])
    assert display.weights.shape == (1, 4200)
    assert display.weights.sum() == pytest.approx(1, abs=1e-5)
    ticks = display.ax_.get_xticks()
    assert len(ticks) == 60 and ticks[1] == 70
    assert display.ax_.get_xticklabels()[1].get_text() == "70"


def test_attention_in_a_pipeline_is_paid_to_what_its_last_step_reads():
    network = RNNClassifier(pooling="attention", segment=1, convolution=None, **SMALL)
    X = np.random.default_rng(0).normal(size=(8, 5, 2))
    piped = make_pipeline(PerStep(StandardScaler()), network).fit(X, [0, 1] * 4)
    found = AttentionDisplay.from_estimator(piped, X[3]).weights
    (scaled,) = piped[:-1].transform(X[3:4])
    np.testing.assert_array_equal(found, AttentionDisplay.from_estimator(piped[-1], scaled).weights)
    assert np.ptp(found) > 0
    lists = FunctionTransformer(lambda texts: [text.split() for text in texts])
    for encode in ([WordTokenizer(), TokenEncoder()], [WordTokenizer()], [lists]):
        words = make_pipeline(*encode, network).fit(TEXTS, OPINIONS)
        assert AttentionDisplay.from_estimator(words, "a good film").steps == ["a", "good", "film"]


def test_labels_of_an_ensemble_are_drawn_with_their_mean_probability():
    ensemble = SeedEnsemble(RNNTagger(**SMALL), n_members=2).fit(WORDS, TAGS)
    display = TagDisplay.from_estimator(ensemble, WORDS[0])
    np.testing.assert_array_equal(display.probabilities, ensemble.predict_proba(WORDS[:1])[0])
    assert display.labels == ensemble.classes_.tolist()


def test_the_first_of_sequences_is_drawn():
    encoder = TokenEncoder()
    sentences = encoder.fit_transform(WORDS)
    tagger = RNNTagger(**SMALL).fit(sentences, TAGS)
    display = TagDisplay.from_estimator(tagger, sentences[1:])
    assert display.tokens == ["from", "rome"]
    np.testing.assert_array_equal(display.probabilities, tagger.predict_proba(sentences[1:2])[0])


def test_signs_of_mathematics_are_written_as_they_are(tagger, classifier):
    odd = ["$\\frac{$", "a_$b$", "Rome"]
    for display in (
        TagDisplay.from_estimator(tagger, odd),
        EmbeddingDisplay.from_estimator(classifier, TEXTS[:3], names=np.array(odd)),
    ):
        display.figure_.canvas.draw()
        written = [*display.ax_.get_xticklabels(), *display.ax_.texts]
        assert [text.get_text() for text in written] == odd
        assert not any(text.get_parse_math() for text in written)


def test_many_kinds_are_named_beside_their_colours(classifier):
    groups = [f"kind {i:02}" for i in range(12)]
    display = EmbeddingDisplay.from_estimator(classifier, TEXTS, groups=groups[::-1])
    (bar,) = [axes for axes in display.figure_.axes if axes is not display.ax_]
    assert [label.get_text() for label in bar.get_yticklabels()] == groups


def test_points_are_the_first_two_principal_components(classifier):
    display = EmbeddingDisplay.from_estimator(classifier, TEXTS, groups=OPINIONS, names=TEXTS)
    expected = PCA(2).fit_transform(classifier.transform(TEXTS))
    np.testing.assert_allclose(display.points, expected, atol=1e-5)
    assert [text.get_text() for text in display.ax_.texts] == TEXTS
    assert len(display.ax_.collections) == 2  # one colour for each opinion


def test_the_components_of_many_points_draw_no_random_numbers():
    """scikit-learn's own choice draws some for so many points of so many numbers."""
    vectors = np.random.default_rng(0).normal(size=(600, 80))
    as_they_are = FunctionTransformer()
    before = str(np.random.get_state())  # noqa: NPY002 (it is the global one)
    first, again = (EmbeddingDisplay.from_estimator(as_they_are, vectors) for _ in range(2))
    np.testing.assert_array_equal(first.points, again.points)
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_groups_stand_in_their_order(classifier):
    for groups, expected in (([2, 1, 10] * 4, ["1", "2", "10"]), (["b", 1] * 6, ["1", "b"])):
        display = EmbeddingDisplay.from_estimator(classifier, TEXTS, groups=groups)
        legend = display.ax_.get_legend().get_texts()
        assert [text.get_text() for text in legend] == expected


def test_many_groups_are_a_scale_of_colours_and_other_projections_are_taken(classifier):
    display = EmbeddingDisplay.from_estimator(
        classifier, TEXTS, groups=np.arange(12), projection=PCA(2, whiten=True)
    )
    np.testing.assert_allclose(display.points.std(0, ddof=1), 1, rtol=1e-5)
    assert len(display.ax_.collections) == 1


def test_what_gives_no_points_is_refused(tagger, classifier):
    with pytest.raises(ValueError, match="groups has 2 entries, but there are 12 points"):
        EmbeddingDisplay.from_estimator(classifier, TEXTS, groups=[0, 1])
    with pytest.raises(ValueError, match="at least two points"):
        EmbeddingDisplay.from_estimator(classifier, TEXTS[:1])
    with pytest.raises(ValueError, match="RNNTagger gives vectors of steps, not one of each seq"):
        EmbeddingDisplay.from_estimator(tagger, WORDS)
    with pytest.raises(TypeError, match="projection must be a transformer .* but it is 'tsne'"):
        EmbeddingDisplay.from_estimator(classifier, TEXTS, projection="tsne")
    with pytest.raises(ValueError, match="names has 3 entries, but there are 12 points"):
        EmbeddingDisplay.from_estimator(classifier, TEXTS, names=(name for name in "abc"))
    with pytest.raises(TypeError, match="such as an RNNClassifier.* but float has none"):
        EmbeddingDisplay.from_estimator(1.0, TEXTS)
    with pytest.raises(ValueError, match=r"two numbers for each of 12 points, .* \(12, 1\)"):
        EmbeddingDisplay.from_estimator(classifier, TEXTS, projection=PCA(1))
    with pytest.raises(ValueError, match="of two numbers or more"):
        EmbeddingDisplay.from_estimator(StandardScaler().fit([[0], [1]]), [[0], [1]])
