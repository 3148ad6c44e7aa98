"""Networks that start from a language model."""

import copy
import pickle
from functools import cache

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sklearn_rnn import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger, Sequences, load
from sklearn_rnn.estimators import _pretraining
from sklearn_rnn.preprocessing import TokenEncoder, WordTokenizer

TEXTS = [
    f"the {animal} sees the {other}"
    for animal in ("cat", "dog", "bird", "cow")
    for other in ("mouse", "worm", "fly", "hen")
]
TOKENS = [text.split() for text in TEXTS]
LABELS = np.array([text.split()[1] in ("cat", "dog") for text in TEXTS])
TAGS = [["DET", "NOUN", "VERB", "DET", "NOUN"]] * len(TEXTS)
IDS = [np.array([2, 3, 4, 5 + i % 2]) for i in range(16)]
CLASSES = (RNNClassifier, RNNRegressor, RNNTagger)


def language(**parameters):
    given = {"hidden_size": 12, "embedding_dim": 10, "max_epochs": 2, "random_state": 0}
    return RNNLanguageModel(**(given | parameters))


@cache
def fitted(cell="lstm", num_layers=1):
    return language(cell=cell, num_layers=num_layers).fit(TEXTS)


@cache
def of_tokens():
    return language().fit(TOKENS)


def make(kind=RNNClassifier, pretrained=None, **parameters):
    given = {"max_epochs": 2, "random_state": 0, "pretrained": pretrained}
    return kind(**(given | parameters))


def fit(kind, pretrained=None, **parameters):
    data = (TOKENS, TAGS) if kind is RNNTagger else (TEXTS, LABELS)
    return make(kind, pretrained, **parameters).fit(*data)


def untrained(kind, pretrained, **parameters):
    """Fit at a learning rate that moves no weight."""
    return fit(kind, pretrained, lr=1e-30, weight_decay=0.0, **parameters)


def body(model):
    return getattr(model.module_, "body", model.module_)


def weights(model):
    return [weight.clone() for weight in model.module_.state_dict().values()]


def same_weights(model, other):
    return all(map(torch.equal, weights(model), weights(other)))


def language_states(model, text):
    """The states of a language model that reads a text without the end of another before it."""
    ids = torch.from_numpy(model.encoder_.transform([text]).values.astype(np.int64))[None]
    module = model.module_.eval()
    with torch.no_grad():
        return module.recurrent.run(module.embedding(ids), None)[0][0].numpy()


# --- what the network starts from ---------------------------------------------------------------


@pytest.mark.parametrize("kind", [RNNClassifier, RNNRegressor])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh"])
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_last_state_is_that_of_the_language_model(kind, cell, num_layers, bidirectional):
    source = fitted(cell, num_layers)
    model = untrained(
        kind, source, cell=cell, num_layers=num_layers, bidirectional=bidirectional, pooling="last"
    )
    found = model.transform(TEXTS[:5])[:, :12]
    expected = [language_states(source, text)[-1] for text in TEXTS[:5]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    "cell", ["rnn_sigmoid", "peephole_lstm", "layer_norm_lstm", "slstm", "indrnn"]
)
def test_cells_that_are_not_torchs_start_from_a_language_model_too(cell):
    source = language(cell=cell, num_layers=2, weight_drop=0.3).fit(TEXTS)
    model = untrained(
        RNNClassifier, source, cell=cell, num_layers=2, bidirectional=True, pooling="last"
    )
    found = model.transform(TEXTS[:5])[:, :12]
    expected = [language_states(source, text)[-1] for text in TEXTS[:5]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_states_of_a_tagger_are_those_of_the_language_model(num_layers):
    source = fitted(num_layers=num_layers)
    model = untrained(RNNTagger, source, num_layers=num_layers)
    found = model.transform(TOKENS[:3])
    for states, text in zip(found, TEXTS, strict=False):
        np.testing.assert_allclose(states[:, :12], language_states(source, text), atol=1e-6)


def test_word_that_the_language_model_does_not_know_is_its_unknown_one():
    source = fitted()
    texts = ["the elephant sees the mouse", *TEXTS]
    tokens = [text.split() for text in texts]
    tagger = make(RNNTagger, source, lr=1e-30, weight_decay=0.0).fit(
        tokens, [TAGS[0]] * len(tokens)
    )
    expected = language_states(source, texts[0])
    np.testing.assert_allclose(tagger.transform(tokens[:1])[0][:, :12], expected, atol=1e-6)
    classifier = untrained(RNNClassifier, source)
    table = body(classifier).input.embedding.weight.detach()
    assert torch.equal(table[1:], source.module_.embedding.weight.detach()[1:])
    assert not table[0].any()


def test_vocabulary_sizes_and_encoder_are_those_of_the_language_model():
    source = fitted()
    model = make(pretrained=source).fit(TEXTS[:4], LABELS[:4])
    assert model.pretrained_ is source and model.encoder_ is source.encoder_
    assert (model.hidden_size_, model.embedding_dim_) == (12, 10)
    assert not model.bidirectional_ and fit(RNNTagger, source).bidirectional_
    assert model.count_unknown(["the hen sees nobody"]) == {"tokens": 1}


def test_plain_ids_need_no_vocabulary():
    source = language().fit(IDS)
    labels = np.arange(16) % 2
    model = make(pretrained=source).fit(IDS, labels)
    assert len(body(model).input.embedding.weight) == len(source.classes_)
    model.predict([[2, 3, 900]])
    tagger = make(RNNTagger, source).fit(IDS, [list("abcd")] * 16)
    assert tagger.embedding_dim_ == 10


def test_letters_go_with_letters():
    source = language(encoder=TokenEncoder("char")).fit(TEXTS)
    model = fit(RNNClassifier, source)
    assert model.convolution_ == "branch" and model.encoder_.analyzer_ == "char"


def test_pretraining_teaches_what_few_labels_do_not():
    # Two kinds of names, which stand in different texts, and labels of one name of each.
    names = {"stone": "aeiou", "cloud": "xyzvw"}
    texts = [
        f"{letter * 3} {verb} {noun} {verb}"
        for (noun, letters), verb in zip(names.items(), ("lies", "flies"), strict=True)
        for letter in letters
    ] * 12
    source = language(hidden_size=24, max_epochs=30, lr=0.02, dropout=0.1).fit(texts)
    others = [letter * 3 for letters in names.values() for letter in letters[1:]]
    options = {"max_epochs": 30, "lr": 5e-3, "dropout": 0.2, "token_dropout": 0.0}
    options |= {"subwords": False, "bidirectional": False}

    def score(pretrained):
        model = make(pretrained=pretrained, **options).fit(["aaa", "xxx"] * 8, [0, 1] * 8)
        return model.score(others, np.repeat([0, 1], 4))

    assert score(source) == 1 and score(None) <= 0.6


# --- what words stand together ------------------------------------------------------------------

# Two topics of 30 words each, of which a few texts have labels; 3 directions.
TOPICS = [
    " ".join(f"{topic}{i}" for i in np.random.default_rng(seed).integers(0, 30, 8))
    for seed in range(60)
    for topic in ("sea", "town")
]
SMALL_TASK = TOPICS[:12], np.array([0, 1] * 6)


@cache
def of_topics():
    return language().fit(TOPICS)


def test_vectors_of_words_come_from_the_language_model():
    source = of_topics()
    assert source.module_.context.shape == (len(source.classes_), 3)
    model = make(pretrained=source, max_epochs=1).fit(*SMALL_TASK)
    assert torch.equal(model.module_.body.context.table, source.module_.context)
    about = model.transform(TOPICS)[:, -3:]
    ids = source.encoder_.transform(TOPICS)
    sums = np.array([source.module_.context.double().numpy()[row].sum(0) for row in ids])
    expected = sums / np.linalg.norm(sums, axis=1, keepdims=True) * np.sqrt(3)
    np.testing.assert_allclose(about, expected, atol=1e-6)


def test_topics_are_learned_from_few_labels():
    model = make(pretrained=of_topics(), max_epochs=40, lr=0.01, subwords=False).fit(*SMALL_TASK)
    assert model.score(TOPICS, np.array([0, 1] * 60)) == 1


def test_states_are_hidden_where_what_a_text_is_about_tells_more_than_its_words():
    # Of the topics' words few have been met with a label; "yes" and "no" are no topic.
    few = [" ".join(text.split()[:2]) for text in SMALL_TASK[0]], SMALL_TASK[1]
    model = make(pretrained=of_topics()).fit(*few)
    assert model._architecture.context_hiding == 0.5
    source = language().fit([*TOPICS, *["yes", "no"] * 20])
    said = [f"{text} {word}" for text in TOPICS[:20] for word in ("yes", "no")]
    other = make(pretrained=source).fit(said, ["yes", "no"] * 20)
    assert other._architecture.context_hiding == 0.0 and other._architecture.context_dim == 3
    ordinal = make(pretrained=of_topics(), ordinal=True).fit(*few)
    assert ordinal._architecture.context_hiding == 0.5


def test_states_are_hidden_by_labels_that_are_trained_on_alone(monkeypatch):
    seen = []
    monkeypatch.setattr(_pretraining, "tells_more_than_words", lambda data, _: seen.append(data))
    labels, weight = np.array([0, 1] * 60), np.arange(120) % 5
    model = make(pretrained=of_topics(), early_stopping=True, max_epochs=1)
    model.fit(TOPICS, labels, sample_weight=weight)
    (data,) = seen
    assert len(data.target) == len(data.rows) < (weight > 0).sum()
    assert (labels[data.rows] == data.target).all() and (weight[data.rows] > 0).all()


def test_zero_weights_leave_texts_out_of_the_choice():
    few = [" ".join(text.split()[:2]) for text in SMALL_TASK[0]]
    model = make(pretrained=of_topics())
    model.fit([*few, *TOPICS[:8]], np.r_[SMALL_TASK[1], np.ones(8, int)], np.arange(20) < 12)
    assert model._architecture.context_hiding == 0.5


def test_regressor_reads_what_a_text_is_about_and_a_tagger_does_not():
    regressor = make(RNNRegressor, of_topics()).fit(*SMALL_TASK)
    assert regressor.module_.body.context.size == 3
    tokens = [text.split() for text in TOPICS[:12]]
    tagger = make(RNNTagger, of_topics()).fit(tokens, [["a"] * 7 + ["b"]] * 12)
    assert tagger._architecture.context_dim is None


def test_predictions_do_not_depend_on_other_texts():
    model = make(pretrained=of_topics()).fit(*SMALL_TASK)
    texts = [*TOPICS[:5], " ".join(TOPICS[5:15]), "sea1", "nobody"]
    together = model.predict_proba(texts)
    alone = np.concatenate([model.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-7)


def test_context_can_be_left_out():
    for parameters in ({"context_dim": None}, {"encoder": TokenEncoder("char")}):
        source = language(**parameters).fit(TOPICS)
        assert source.module_.context is None
        assert make(pretrained=source).fit(*SMALL_TASK).module_.body.context is None
    assert language(context_dim=2).fit(TOPICS).module_.context.shape[1] == 2
    assert language().partial_fit(TOPICS).module_.context is None


def test_it_outlives_files_and_pickles(tmp_path):
    model = make(pretrained=of_topics()).fit(*SMALL_TASK)
    model.save(tmp_path / "a.model")
    for again in (load(tmp_path / "a.model"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict_proba(TOPICS), model.predict_proba(TOPICS))
        assert torch.equal(again.pretrained_.module_.context, of_topics().module_.context)


def test_language_model_that_goes_on_keeps_its_vectors():
    source = language(warm_start=True).fit(TOPICS)
    before = source.module_.context.clone()
    assert torch.equal(source.fit(TOPICS[:40]).module_.context, before) and before.any()


# --- how it is trained --------------------------------------------------------------------------


class Watch(Callback):
    """Note, for each epoch, which parts moved."""

    moved = []

    def on_epoch_begin(self, net, **kwargs):
        self.before_ = {name: w.detach().clone() for name, w in net.module_.named_parameters()}

    def on_epoch_end(self, net, **kwargs):
        moved = {name for name, w in net.module_.named_parameters()
                 if not torch.equal(w, self.before_[name])}  # fmt: skip
        self.moved.append(moved)


@pytest.fixture
def watch():
    Watch.moved = []
    return Watch


EMBEDDING = "body.input.embedding.weight"


def test_parts_are_released_from_the_top_down(watch):
    source = fitted(num_layers=2)
    model = fit(
        RNNClassifier, source, num_layers=2, bidirectional=True, max_epochs=7, unfreeze_epochs=2,
        callbacks=[watch],
    )  # fmt: skip
    first = {name: [name in moved for moved in watch.moved].index(True) for name in watch.moved[-1]}
    assert first["body.recurrent.layers.1.0.weight_hh_l0"] == 2
    assert first["body.recurrent.layers.0.0.weight_ih_l0"] == 4
    assert first[EMBEDDING] == 6
    assert first["head.weight"] == first["body.recurrent.layers.0.1.weight_hh_l0"] == 0
    assert all(weight.requires_grad for weight in model.module_.parameters())


def test_rates_are_gentle_where_states_are_hidden():
    few = [" ".join(text.split()[:2]) for text in SMALL_TASK[0]], SMALL_TASK[1]
    hidden = make(pretrained=of_topics()).fit(*few)
    assert [rate["lr"] for _, rate in hidden._rates] == [2e-3 / 2.6**2, 2e-3 / 2.6]
    assert "gradual_unfreezing" in dict(hidden.net_.callbacks_)
    plain = fit(RNNClassifier, fitted())
    assert {rate["lr"] for _, rate in plain._rates} == {plain.lr_}
    assert "gradual_unfreezing" not in dict(plain.net_.callbacks_)
    assert "gradual_unfreezing" in dict(fit(RNNTagger, fitted()).net_.callbacks_)


def test_no_epoch_is_frozen_if_asked(watch):
    fit(RNNClassifier, fitted(), unfreeze_epochs=0, callbacks=[watch])
    assert EMBEDDING in watch.moved[0]


def test_the_best_epoch_is_kept_as_it_was_before_parts_were_released():
    source = fitted()
    model = make(RNNClassifier, source, lr=0.05, max_epochs=5, unfreeze_epochs=1)
    model.fit(TEXTS, LABELS, X_val=TEXTS, y_val=~LABELS)  # which only gets worse
    assert model.best_epoch_ == 1 < model.n_iter_
    language_model, network = source.module_.state_dict(), model.module_.state_dict()
    assert torch.equal(network[EMBEDDING][1:], language_model["embedding.weight"][1:])
    recorded = min(record["valid_loss"] for record in model.history_)
    probability = model.predict_proba(TEXTS)[np.arange(len(TEXTS)), (~LABELS).astype(int)]
    assert -np.log(probability).mean() == pytest.approx(recorded, rel=1e-5)


def test_nothing_stays_frozen_after_a_failure():
    class Fail(Callback):
        def on_epoch_end(self, net, **kwargs):
            self.net_ = net
            raise RuntimeError("stop")

        def __sklearn_clone__(self):
            return self

    hook = Fail()
    with pytest.raises(RuntimeError, match="stop"):
        fit(RNNClassifier, fitted(), callbacks=[hook])
    assert all(weight.requires_grad for weight in hook.net_.module_.parameters())


def test_each_part_learns_at_a_rate_of_its_own():
    options = {"lr": 0.08, "lr_decay": 2, "lr_schedule": None, "bidirectional": True}
    model = fit(RNNClassifier, fitted(num_layers=2), num_layers=2, **options)
    named = {id(weight): name for name, weight in model.module_.named_parameters()}
    rates = {
        named[id(weight)]: group["lr"]
        for group in model.net_.optimizer_.param_groups
        for weight in group["params"]
    }
    assert rates[EMBEDDING] == pytest.approx(0.01)
    assert rates["body.recurrent.layers.0.0.weight_hh_l0"] == pytest.approx(0.02)
    assert rates["body.recurrent.layers.1.0.weight_hh_l0"] == pytest.approx(0.04)
    assert rates["head.weight"] == 0.08
    assert rates["body.recurrent.layers.0.1.weight_hh_l0"] == 0.08
    assert model.history_[0]["lr"] == 0.08


def test_fit_that_goes_on_keeps_what_was_learned(watch):
    model = fit(RNNClassifier, fitted(), warm_start=True)
    before = weights(model)
    model.set_params(lr=1e-30, weight_decay=0.0).fit(TEXTS, LABELS)
    for weight, other in zip(before, weights(model), strict=True):
        torch.testing.assert_close(weight, other, rtol=0, atol=1e-20)
    assert model.n_iter_ == 4


def test_going_on_from_another_language_model_is_an_error():
    model = fit(RNNClassifier, fitted(), warm_start=True)
    for other, what in ((None, "None"), (of_topics(), "a RNNLanguageModel"), (language(), "a RNN")):
        model.set_params(pretrained=other)
        for train in (model.fit, model.partial_fit):
            with pytest.raises(ValueError, match=f"pretrained is {what}.*from another.*warm_start"):
                train(TEXTS, LABELS)
    model.set_params(pretrained=FrozenEstimator(copy.deepcopy(fitted()))).fit(TEXTS, LABELS)
    model.set_params(pretrained=fitted()).fit(TEXTS, LABELS)
    assert model.n_iter_ == 6
    model = fit(RNNClassifier, None, warm_start=True).set_params(pretrained=fitted())
    with pytest.raises(ValueError, match="that began without one; set it back"):
        model.fit(TEXTS, LABELS)
    inside = fit(RNNClassifier, language(random_state=None), warm_start=True)
    assert inside.fit(TEXTS, LABELS).n_iter_ == 4
    with pytest.raises(ValueError, match="from another language model"):
        inside.set_params(pretrained__lr=0.5).fit(TEXTS, LABELS)


def test_partial_fit_starts_from_the_language_model():
    source = fitted()
    model = make(pretrained=source, lr=1e-30, weight_decay=0.0)
    for _ in range(2):
        model.partial_fit(TEXTS, LABELS, classes=[False, True])
    table = body(model).input.embedding.weight
    assert torch.equal(table[1:], source.module_.embedding.weight[1:])
    assert model.n_iter_ == 2


def test_rows_of_weight_zero_do_not_matter():
    weight = np.array([1.0] * 12 + [0.0] * 4)
    model = make(pretrained=language()).fit(TEXTS, LABELS, sample_weight=weight)
    other = make(pretrained=language()).fit(TEXTS[:12], LABELS[:12])
    assert same_weights(model.pretrained_, other.pretrained_) and same_weights(model, other)


# --- fitted or not ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CLASSES)
def test_language_model_that_is_not_fitted_is_fitted_on_the_texts(kind):
    given = language(random_state=3)
    model = fit(kind, given)
    expected = language(random_state=3).fit(TOKENS if kind is RNNTagger else TEXTS)
    assert same_weights(model.pretrained_, expected)
    assert not hasattr(given, "net_")
    assert same_weights(model, fit(kind, expected))


def test_its_randomness_is_that_of_the_estimator_unless_it_has_its_own():
    models = [fit(RNNClassifier, language(random_state=None)) for _ in range(2)]
    assert same_weights(*models)
    assert models[0].pretrained.random_state is None


@pytest.mark.parametrize("kind", CLASSES)
def test_fitted_language_model_is_never_changed(kind):
    source = copy.deepcopy(fitted())
    state = pickle.dumps(source)
    fit(kind, source, max_epochs=3, unfreeze_epochs=0)
    assert pickle.dumps(source) == state


@pytest.mark.parametrize("freeze", [False, True])
def test_clone_keeps_what_is_fitted(freeze):
    source = FrozenEstimator(fitted()) if freeze else fitted()
    model = make(pretrained=source)
    copied = clone(model)
    assert copied.pretrained is source and not hasattr(copied, "net_")
    assert same_weights(copied.fit(TEXTS, LABELS), model.fit(TEXTS, LABELS))
    assert model.pretrained_ is fitted()


def test_clone_of_one_with_an_unfitted_one_is_plain():
    given = language()
    copied = clone(make(pretrained=given))
    assert copied.pretrained is not given and copied.pretrained.hidden_size == 12


def test_search_chooses_whether_to_start_from_a_fitted_one():
    source = fitted()
    search = GridSearchCV(make(), {"pretrained": [None, source], "lr": [1e-3]}, cv=2)
    search.fit(TEXTS, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    best = GridSearchCV(make(), {"pretrained": [source]}, cv=2).fit(TEXTS, LABELS).best_estimator_
    assert same_weights(best.pretrained_, source)


def test_search_over_the_sizes_of_one_that_is_fitted_inside():
    pipeline = make_pipeline(RNNClassifier(pretrained=language(), max_epochs=1, random_state=0))
    grid = {"rnnclassifier__pretrained__hidden_size": [4, 6]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(TEXTS, LABELS)
    best = search.best_estimator_[-1]
    assert best.hidden_size_ == search.best_params_["rnnclassifier__pretrained__hidden_size"]


def test_one_fitted_in_front_of_a_pipeline_takes_its_encoder():
    encoder = TokenEncoder().fit(TEXTS)
    source = language().fit(encoder.transform(TEXTS))
    pipeline = make_pipeline(TokenEncoder(), make(pretrained=source)).fit(TEXTS, LABELS)
    assert pipeline[-1].pretrained_ is source
    of_words = make_pipeline(WordTokenizer(), make(pretrained=of_tokens()))
    assert len(cross_val_score(of_words, TEXTS, LABELS, cv=2)) == 2


def test_parameters_of_a_fitted_one_cannot_be_set():
    model = make(pretrained=fitted())
    with pytest.raises(ValueError, match="pretrained__lr cannot be set.*is fitted"):
        model.set_params(pretrained__lr=0.1)
    assert model.set_params(pretrained=language(), pretrained__lr=0.1).pretrained.lr == 0.1


@pytest.mark.parametrize("kind", CLASSES)
def test_pickle_predicts_alike(kind):
    model = fit(kind, fitted())
    X = TOKENS if kind is RNNTagger else TEXTS
    again = pickle.loads(pickle.dumps(model))
    assert list(again.predict(X)) == list(model.predict(X))
    assert same_weights(again.pretrained_, fitted())


def test_without_a_language_model_none_is_kept():
    model = fit(RNNClassifier, fitted())
    model.set_params(pretrained=None).fit(TEXTS, LABELS)
    assert not hasattr(model, "pretrained_") and len(model.net_.optimizer_.param_groups) == 1


# --- what does not fit --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cell": "gru"}, "cell='gru', but the language model of pretrained has cell='lstm'"),
        ({"hidden_size": 13}, "set hidden_size=12, or give a language model with hidden_size=13"),
        ({"num_layers": 2}, "num_layers=2, but .* has num_layers=1"),
        ({"embedding_dim": 11}, "embedding_dim=11, but .* has embedding_dim=10"),
        ({"n_tokens": 11}, "n_tokens=11, but .* has n_tokens=12"),
        ({"residual": True}, "residual=True, but .* set residual=False"),
        ({"segment": 2}, "segment=2, but .* set segment=1"),
        ({"convolution": "stem"}, "convolution='stem', but .* set convolution=\"branch\" or None"),
        ({"encoder": TokenEncoder()}, "encoder and pretrained both .*RNNLanguageModel.encoder="),
        ({"embedding": {"the": np.ones(10)}}, "embedding and pretrained both"),
        ({"lr_decay": 0.5}, "lr_decay"),
        ({"unfreeze_epochs": -1}, "unfreeze_epochs"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_parameters_that_do_not_fit_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        fit(RNNClassifier, fitted(), **parameters)


def test_sizes_are_compared_before_a_language_model_is_trained():
    class Never(Callback):
        def on_train_begin(self, net, **kwargs):
            raise AssertionError

    with pytest.raises(ValueError, match="set hidden_size=12"):
        fit(RNNClassifier, language(callbacks=[Never()]), hidden_size=13)


@pytest.mark.parametrize(
    ("source", "X", "message"),
    [
        (fitted, TOKENS, "X holds lists of tokens, but .* fitted on texts"),
        (of_tokens, TEXTS, "X holds texts, but .* fitted on lists of tokens"),
        (fitted, IDS, "X holds numbers or plain ids, but .* fitted on texts"),
        (fitted, TokenEncoder().fit_transform([*TEXTS, "a hen"]), "another vocabulary, of 12"),
        (lambda: language().fit(IDS), TEXTS, "X holds texts, but .* fitted on plain ids"),
        (
            lambda: language().fit(TokenEncoder().fit_transform(TEXTS)),
            TEXTS,
            "fitted on tokens that were encoded before",
        ),
    ],
    ids=["tokens", "texts", "numbers", "vocabulary", "ids", "encoded"],
)
def test_input_in_another_form_is_named(source, X, message):
    X = X if isinstance(X, Sequences) else X[:16]
    with pytest.raises(ValueError, match=message):
        make(pretrained=source()).fit(X, np.arange(len(X)) % 2)


@pytest.mark.parametrize("kind", [RNNClassifier, RNNTagger])
def test_letters_are_no_words(kind):
    letters = language().fit([list(text) for text in TEXTS])
    data = (TOKENS, TAGS) if kind is RNNTagger else (TOKENS, LABELS)
    message = "only 0 of the 80 tokens of X are known.*such as.*while X holds such as 'the'"
    with pytest.raises(ValueError, match=message):
        make(kind, letters).fit(*data)


def test_dicts_of_features_are_no_words():
    with pytest.raises(ValueError, match="X holds dicts of features"):
        make(RNNTagger, fitted()).fit([[{"word": "cat"}]] * 4, [["a"]] * 4)


def test_what_is_no_language_model_is_refused():
    with pytest.raises(ValueError, match="'pretrained' parameter"):
        make(pretrained=TEXTS).fit(TEXTS, LABELS)
    with pytest.raises(TypeError, match="FrozenEstimator of TokenEncoder"):
        make(pretrained=FrozenEstimator(TokenEncoder())).fit(TEXTS, LABELS)
    with pytest.raises(NotFittedError):
        make(pretrained=FrozenEstimator(language())).fit(TEXTS, LABELS)


class SlowCell(torch.nn.Module):
    """A cell of a user's own that carries its state."""

    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__()
        self.layer = torch.nn.GRU(input_size, hidden_size, batch_first=batch_first)

    def forward(self, steps, state=None):
        return self.layer(steps, state)


def test_cell_of_ones_own_is_carried_over_where_it_reads_the_same():
    source = fitted(cell=SlowCell)
    model = untrained(RNNClassifier, source, cell=SlowCell, pooling="last")
    found = model.transform(TEXTS[:2])[:, :12]
    expected = [language_states(source, text)[-1] for text in TEXTS[:2]]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(ValueError, match="the cell SlowCell .* set bidirectional=False"):
        fit(RNNTagger, source, cell=SlowCell)
