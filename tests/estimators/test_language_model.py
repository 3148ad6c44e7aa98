"""RNNLanguageModel: what comes next, how probable texts are, and texts that it writes."""

import copy
import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import estimator_checks
from skorch.callbacks import Callback

from sklearn_rnn import RNNLanguageModel, Sequences, load
from sklearn_rnn.data import PADDING_ID, UNKNOWN_ID
from sklearn_rnn.estimators._language_defaults import TextTraits, resolve_language_parameters
from sklearn_rnn.estimators._language_input import read_texts, split_texts
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.modules import LanguageNetwork
from sklearn_rnn.nn import AdaptiveSoftmax
from sklearn_rnn.preprocessing import TokenEncoder
from sklearn_rnn.training import _carried_runs as carried_runs

TEXTS = [
    f"the {animal} sees the {other}"
    for animal in ("cat", "dog", "bird", "cow")
    for other in ("mouse", "worm", "fly", "hen")
] * 3
SMALL = {"hidden_size": 16, "max_epochs": 4, "batch_size": 4, "bptt": 16, "random_state": 0}


def make(**parameters):
    return RNNLanguageModel(**(SMALL | parameters))


@cache
def words():
    """A model that has learned the sentences well."""
    return make(hidden_size=32, max_epochs=40, lr=0.02, dropout=0.1, weight_drop=0.0).fit(TEXTS)


@cache
def characters():
    return make(encoder=TokenEncoder("char"), max_epochs=20, lr=0.02, dropout=0.0).fit(TEXTS)


def weights(model):
    return [weight.detach().clone() for weight in model.module_.state_dict().values()]


def same_weights(model, other):
    return all(map(torch.equal, weights(model), weights(other)))


# --- what is learned ----------------------------------------------------------------------------


def test_next_token_is_what_always_came_next():
    model = words()
    assert model.predict(["the dog", "the dog sees"]).tolist() == ["sees", "the"]
    assert model.predict(["the dog sees the worm"]).tolist() == ["<end>"]


def test_probabilities_come_near_those_of_the_texts():
    model = words()
    proba = model.predict_proba(["the cow sees the"])[0]
    found = dict(zip(model.classes_, proba, strict=True))
    assert sum(found[word] for word in ("mouse", "worm", "fly", "hen")) > 0.9
    assert max(found[word] for word in ("mouse", "worm", "fly", "hen")) < 0.5
    assert model.perplexity(TEXTS) < 4 ** (2 / 6) * 1.3  # two choices among four in six tokens


def test_odd_text_and_its_odd_token_are_found():
    model = words()
    usual, odd = "the cat sees the hen", "the cat the the hen"
    usual_score, odd_score = model.score_samples([usual, odd])
    assert usual_score - odd_score > 0.5
    assert np.argmin(model.score_tokens([odd])[0]) == 2


def test_characters_make_words():
    model = characters()
    assert model.predict(["the ca", "th"]).tolist() == ["t", "e"]
    assert model.complete("the bi").startswith("the bird sees the ")


def test_items_are_integers():
    rows = [np.array([2, 3, 4, 5] * 3)] * 20
    model = make(lr=0.03, dropout=0.0, max_epochs=15).fit(rows)
    assert model.classes_.tolist() == list(range(6))
    assert model.predict([[2, 3], [2, 3, 4, 5, 2]]).tolist() == [4, 3]
    written = model.complete([2, 3], max_length=5)
    assert written.tolist() == [2, 3, 4, 5, 2, 3, 4]


def test_rows_of_a_table_are_padded_ids():
    rows = np.array([[2, 3, 4, 0], [2, 3, 0, 0]] * 10)
    model = make(max_epochs=2).fit(rows)
    ragged = make(max_epochs=2).fit([row[row > 0] for row in rows])
    assert same_weights(model, ragged)
    assert model.predict(rows[:3, :2]).shape == (3,)


# --- the figures --------------------------------------------------------------------------------


def test_probabilities_are_those_of_all_tokens():
    proba = words().predict_proba(["the", "a cat"])
    assert proba.shape == (2, len(words().classes_))
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)


def test_score_of_a_text_is_the_product_of_what_comes_next():
    model, text = words(), "the bird sees the fly"
    tokens = text.split()
    first = model.module_.log_probabilities(after_nothing(model))[0, model_id(model, "the")]
    expected = [float(first.detach())]
    for i in range(1, len(tokens) + 1):
        proba = model.predict_proba([" ".join(tokens[:i])])[0]
        expected.append(np.log(proba[model_id(model, tokens[i]) if i < len(tokens) else 0]))
    found = model.score_tokens([text])[0]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert model.score_samples([text])[0] == pytest.approx(np.mean(expected))


def after_nothing(model):
    with torch.no_grad():
        return model.module_.read(torch.zeros(1, 1, dtype=torch.int64), None)[0][:, -1].double()


def model_id(model, token):
    return model.classes_.tolist().index(token)


def test_score_and_perplexity_are_means_over_tokens():
    model, texts = words(), ["the cat", "the dog sees the worm", "sees"]
    tokens = np.concatenate(model.score_tokens(texts))
    assert len(tokens) == 2 + 5 + 1 + 3
    assert model.score(texts) == pytest.approx(tokens.mean())
    assert model.perplexity(texts) == pytest.approx(np.exp(-tokens.mean()))


@pytest.mark.parametrize("parameter", ["batch_size", "bptt"])
def test_perplexity_does_not_depend_on_streams(parameter):
    model = copy.deepcopy(words())
    expected = model.perplexity(TEXTS)
    model.set_params(**{parameter: 1})
    assert model.perplexity(TEXTS) == expected


def test_perplexity_does_not_depend_on_the_batch(monkeypatch):
    model, texts = words(), [*TEXTS, " ".join(TEXTS)]
    expected = model.perplexity(texts)
    monkeypatch.setattr(carried_runs, "_STRETCH", 7)
    monkeypatch.setattr(carried_runs, "_STEPS", 20)
    assert model.perplexity(texts) == pytest.approx(expected, rel=1e-6)


def test_prediction_does_not_depend_on_the_other_texts():
    model, texts = words(), ["the cat sees", "the", "the dog sees the worm", "hen " * 20]
    together, scores = model.predict_proba(texts), model.score_samples(texts)
    for i, text in enumerate(texts):
        np.testing.assert_allclose(model.predict_proba([text])[0], together[i], rtol=0, atol=1e-7)
        assert model.score_samples([text])[0] == pytest.approx(scores[i], abs=1e-7)


def test_of_many_texts_no_more_than_a_block_of_scores_is_in_memory(monkeypatch):
    model, texts = words(), TEXTS * 3
    expected = model.predict_top_k(texts, 3), model.predict_proba(texts), model.score(texts)
    rows = []
    monkeypatch.setattr(carried_runs, "_SCORES", 5 * len(model.classes_))
    monkeypatch.setattr(
        model.module_,
        "log_probabilities",
        lambda states: (
            rows.append(len(states)) or LanguageNetwork.log_probabilities(model.module_, states)
        ),
    )
    assert model.predict_top_k(texts, 3).tolist() == expected[0].tolist()
    np.testing.assert_allclose(model.predict_proba(texts), expected[1], atol=1e-9)
    assert model.score(texts) == pytest.approx(expected[2], rel=1e-9)
    assert max(rows) == 5 and sum(rows) == 2 * len(texts)


def test_top_tokens_are_the_likeliest_but_for_the_unknown_one():
    model = words()
    proba = model.predict_proba(["the cat"])[0]
    proba[UNKNOWN_ID] = -1
    order = np.argsort(-proba, kind="stable")
    assert model.predict_top_k(["the cat"], 3)[0].tolist() == model.classes_[order[:3]].tolist()


@pytest.mark.parametrize("k", [0, 1000, 1.5, "3", True])
def test_number_of_top_tokens_is_checked(k):
    with pytest.raises(ValueError, match="k must be an int from 1 to"):
        words().predict_top_k(["the"], k)


def test_unknown_token_is_about_as_probable_as_new_words_are():
    rng = np.random.default_rng(0)
    texts = [
        " ".join(f"new{i}x{j}" if rng.random() < 0.2 else f"w{rng.integers(9)}" for j in range(9))
        for i in range(120)
    ]
    model = make(max_epochs=30, dropout=0.1).fit(texts)
    proba = model.predict_proba(["w1", "w2 w3", "w4 w5 w6"])[:, UNKNOWN_ID]
    assert 0.04 < proba.mean() < 0.3
    assert model.score(["w1 w2 new9x99"]) > -4


def test_a_token_that_was_read_before_is_not_rare_in_the_next_part(tmp_path):
    model = make(max_epochs=1).partial_fit(["a b", "a b c"])
    model.save(tmp_path / "m.model")
    for copied in (model, copy.deepcopy(model), load(tmp_path / "m.model")):
        texts = read_texts(copied, ["a b"], reset=False)
        going_on, _ = split_texts(copied, texts, None, 0, reset=False)
        assert model.classes_[going_on.rare].tolist() == ["c"]
        anew, _ = split_texts(copied, texts, None, 0, reset=True)
        assert model.classes_[anew.rare].tolist() == ["a", "b"]


# --- texts that it writes -----------------------------------------------------------------------


def test_samples_are_repeatable_and_leave_global_generators_alone():
    first, again = (words().sample(8, random_state=3).tolist() for _ in range(2))
    assert first == again
    assert first != words().sample(8, random_state=4).tolist()
    assert len(set(first)) > 3


def test_samples_come_as_often_as_they_are_probable():
    model = words()
    written = [
        text.split()[2] for text in model.sample(600, "the cat", max_length=1, random_state=0)
    ]
    proba = model.predict_proba(["the cat"])[0, model_id(model, "sees")]
    assert np.mean([word == "sees" for word in written]) == pytest.approx(proba, abs=0.05)


def test_top_k_of_one_and_low_temperature_are_greedy():
    model = words()
    best = model.complete("the cow")
    assert set(model.sample(5, "the cow", top_k=1, random_state=0)) == {best}
    assert set(model.sample(5, "the cow", top_p=1e-9, random_state=0)) == {best}
    for temperature in (1e-4, 1e-320):
        written = model.sample(5, "the cow", temperature=temperature, random_state=0)
        assert set(written) == {best}


def test_spare_ids_are_neither_written_nor_predicted():
    model = make(n_tokens=300, max_epochs=1).fit(["a b c", "b c a"])
    assert model.predict_proba(["a"])[0, 5:].sum() > 0.5
    assert set(" ".join(model.sample(50, random_state=0)).split()) <= {"a", "b", "c"}
    assert sorted(model.predict_top_k(["a"], 4)[0]) == ["<end>", "a", "b", "c"]
    with pytest.raises(ValueError, match="k must be an int from 1 to the number of tokens, 4 with"):
        model.predict_top_k(["a"], 5)
    of_ids = make(n_tokens=300, max_epochs=1).fit([[2, 3, 4], [3, 4, 2]])
    assert max(map(np.max, of_ids.sample(50, random_state=0))) > 4  # any id may stand for something


def test_tokens_written_like_the_end_and_the_unknown_one_are_tokens(tmp_path):
    model = make(max_epochs=30, lr=0.03, dropout=0.0).fit([["a", "<end>", "<unk>", "b"]] * 20)
    assert sorted(model.classes_) == ["<<end>>", "<<unk>>", "<end>", "<unk>", "a", "b"]
    assert model.complete(["a"]) == ["a", "<end>", "<unk>", "b"]
    assert model.predict([["a"], ["a", "<end>", "<unk>", "b"]]).tolist() == ["<end>", "<<end>>"]
    model.save(tmp_path / "m.model")
    assert load(tmp_path / "m.model").classes_.tolist() == model.classes_.tolist()


def test_a_prompt_without_tokens_begins_a_text():
    model = words()
    begun = model.complete(None).split()
    assert all(model.complete(prompt).split() == begun for prompt in ("", "   "))


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.predict_proba(["the"]),
        lambda model: model.sample(2, "the", random_state=0),
        lambda model: model.sample(2, random_state=0, top_k=2),
        lambda model: model.complete("the"),
    ],
    ids=["predict_proba", "sample", "sample among two", "complete"],
)
def test_a_network_that_gives_no_numbers_is_told(ask):
    model = copy.deepcopy(words())
    with torch.no_grad():
        model.module_.softmax.bias[3] = torch.nan
    with pytest.raises(ValueError, match="probabilities that are no numbers"):
        ask(model)


def test_unknown_token_is_never_written():
    model = make(encoder=TokenEncoder(min_count=30), max_epochs=2).fit(TEXTS)
    assert model.predict_proba(["the"])[0, UNKNOWN_ID] > 0.1
    texts = " ".join(model.sample(50, random_state=0))
    assert "<unk>" not in texts
    assert "<end>" not in texts


@pytest.mark.parametrize("form", ["texts", "tokens", "ids", "sequences"])
def test_texts_are_written_in_the_form_of_fit(form):
    lists = [text.split() for text in TEXTS]
    encoded = TokenEncoder().fit_transform(lists)
    X, prompt = {
        "texts": (TEXTS, "the"),
        "tokens": (lists, ["the"]),
        "sequences": (encoded, ["the"]),
        "ids": ([np.array(ids) for ids in encoded], np.array([2])),
    }[form]
    model = make().fit(X)
    written = model.sample(3, prompt, random_state=0, max_length=5)
    assert written.shape == (3,)
    expected = {"texts": str, "ids": np.ndarray}.get(form, list)
    for text in written:
        assert type(text) is expected
        assert len(text) > 0
        if form != "texts":
            assert list(text[:1]) == list(prompt)
            assert 1 <= len(text) <= 6
        else:
            assert text.startswith("the")
    assert type(model.complete(prompt)) is expected
    assert len(model.sample(2, random_state=0)) == 2


def test_prompt_is_kept_as_it_was_written():
    assert words().complete("The CAT ").startswith("The CAT sees")
    assert words().complete("") == words().complete(None)


def test_length_is_bounded():
    assert len(characters().complete("the", max_length=4)) <= 7


def test_encoder_of_ones_own_writes_texts():
    class Bytes:
        def fit(self, X, y=None):
            return self

        def fit_transform(self, X, y=None):
            return self.transform(X)

        def transform(self, X):
            return Sequences.from_list([np.frombuffer(t.encode(), np.uint8) + 2 for t in X])

        def inverse_transform(self, X):
            return [bytes((ids - 2).clip(0, 127).astype(np.uint8)).decode() for ids in X]

        def get_params(self, deep=True):
            return {}

    model = make(encoder=Bytes(), max_epochs=20, lr=0.03, dropout=0.0).fit(TEXTS)
    assert model.complete("the c")[:6] in ("the ca", "the co")


# --- training -----------------------------------------------------------------------------------


def test_same_seed_gives_the_same_model():
    first, again, other = (make(random_state=seed).fit(TEXTS) for seed in (0, 0, 1))
    assert same_weights(first, again)
    assert not same_weights(first, other)


def test_history_tells_each_epoch():
    model = make(early_stopping=True).fit(TEXTS)
    assert [record["epoch"] for record in model.history_] == [1, 2, 3, 4]
    assert model.history_[-1]["train_loss"] < model.history_[0]["train_loss"]
    assert {"valid_loss", "lr", "dur"} <= set(model.history_[0])


def test_loss_of_an_epoch_is_the_mean_over_all_tokens():
    model = make(lr=1e-30, weight_decay=0.0, dropout=0.0, embedding_dropout=0.0, weight_drop=0.0)
    model.set_params(batch_size=1, max_epochs=1).fit([" ".join(TEXTS)])
    assert -model.score([" ".join(TEXTS)]) == pytest.approx(
        model.history_[0]["train_loss"], rel=1e-4
    )


def test_best_epoch_is_kept():
    model = make(early_stopping=True, max_epochs=8, lr=0.05).fit(TEXTS)
    losses = [record["valid_loss"] for record in model.history_]
    assert model.best_epoch_ == 1 + int(np.argmin(losses))


def test_texts_to_validate_on_can_be_given():
    model = make().fit(TEXTS, X_val=TEXTS[:5])
    assert model.early_stopping_
    assert "valid_loss" in model.history_[0]


@pytest.mark.parametrize(
    "lengths, trained_on",
    [([200], [180]), ([150, 30, 20], [150, 30]), ([100, 100], [100, 80])],
    ids=str,
)
def test_end_of_few_texts_is_held_out(lengths, trained_on):
    ids = np.arange(2, 202)
    model = make(early_stopping=True, max_epochs=1)
    model.fit(np.split(ids, np.cumsum(lengths)[:-1]))
    texts = read_texts(model, np.split(ids, np.cumsum(lengths)[:-1]), reset=False)
    train, valid = split_texts(model, texts, None, 0, reset=True)
    assert train.texts.lengths.tolist() == trained_on
    assert train.texts.values.tolist() == ids[:180].tolist()
    assert valid.texts.values.tolist() == [UNKNOWN_ID] * 20  # training saw none of these


def test_whole_texts_are_held_out_of_many():
    model = make(early_stopping=True, max_epochs=1).fit(TEXTS)
    texts = read_texts(model, TEXTS, reset=False)
    train, valid = split_texts(model, texts, None, 0, reset=True)
    assert (len(train.texts), len(valid.texts)) == (43, 5)
    assert valid.texts.lengths.tolist() == [5] * 5


def test_warm_start_goes_on():
    model = make(warm_start=True, max_epochs=2).fit(TEXTS)
    before = model.score(TEXTS)
    model.fit(TEXTS)
    assert model.n_iter_ == 4
    assert model.score(TEXTS) > before
    with pytest.raises(ValueError, match="hidden_size=8, but training goes on with .* 16"):
        model.set_params(hidden_size=8).fit(TEXTS)
    assert model.n_iter_ == 4


def test_partial_fit_learns_from_part_after_part():
    model = make(lr=0.02)
    for _ in range(6):
        for start in range(0, len(TEXTS), 16):
            model.partial_fit(TEXTS[start : start + 16])
    assert model.n_iter_ == 18
    assert model.score(TEXTS) > make(max_epochs=1).fit(TEXTS).score(TEXTS)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn_tanh", "rnn_relu", torch.nn.LSTM], ids=str)
def test_every_cell_learns(cell):
    model = make(cell=cell, max_epochs=10).fit(TEXTS)
    assert model.history_[-1]["train_loss"] < model.history_[0]["train_loss"] - 0.3


@pytest.mark.parametrize(
    "parameters",
    [
        {"tie_weights": True, "embedding_dim": 12},
        {"tie_weights": False, "embedding_dim": 12},
        {"cutoffs": [4, 8]},
        {"num_layers": 2, "precision": "bfloat16"},
    ],
    ids=str,
)
def test_every_kind_of_network_learns(parameters):
    model = make(max_epochs=10, **parameters).fit(TEXTS)
    assert model.history_[-1]["train_loss"] < model.history_[0]["train_loss"] - 0.3
    np.testing.assert_allclose(model.predict_proba(["the"]).sum(), 1, rtol=1e-9)
    assert isinstance(model.module_.softmax, AdaptiveSoftmax) == ("cutoffs" in parameters)


def test_divergence_is_told():
    with pytest.raises(DivergenceError, match="epoch 1 .* learning rate"):
        make(lr=1e30, gradient_clip=None, optimizer="sgd", lr_schedule=None).fit(TEXTS)


def test_callbacks_are_called():
    seen = []

    class Listens(Callback):
        def on_epoch_end(self, net, **kwargs):
            seen.append(net.history[-1]["train_loss"])

    model = make(callbacks=[Listens()]).fit(TEXTS)
    assert seen == [record["train_loss"] for record in model.history_]


def test_parts_fit_a_recurrent_stack_and_an_embedding():
    from sklearn_rnn.nn import RecurrentStack, TokenEmbedding

    model = make(num_layers=2).fit(TEXTS)
    plan, generator = model._architecture, torch.Generator()
    stack = RecurrentStack(plan.embedding_dim, 16, num_layers=2, generator=generator)
    stack.load_state_dict(model.module_.recurrent.state_dict())
    table = TokenEmbedding(plan.n_tokens, plan.embedding_dim)
    table.load_state_dict(model.module_.embedding.state_dict())
    ids = model.encoder_.transform(["the cat sees"]).values
    padded = torch.from_numpy(ids)[None].long()
    assert PADDING_ID not in padded
    torch.testing.assert_close(
        stack(table(padded), None), model.module_.eval().read(padded, None)[0]
    )


# --- as scikit-learn has it ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_estimators_unfitted,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_mixin_order,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_param_validation,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_set_params,
        estimator_checks.check_valid_tag_types,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_of_scikit_learn_that_need_no_table(check):
    check("RNNLanguageModel", make(max_epochs=1))


def test_search_and_cross_validation():
    search = GridSearchCV(make(max_epochs=2), {"cell": ["lstm", "gru"]}, cv=2).fit(TEXTS)
    assert search.best_params_["cell"] in ("lstm", "gru")
    scores = cross_val_score(make(max_epochs=2), TEXTS, cv=2)
    assert np.isfinite(scores).all()


def test_copies_predict_alike():
    model = words()
    for copied in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(
            copied.predict_proba(TEXTS[:4]), model.predict_proba(TEXTS[:4])
        )
        assert copied.sample(3, random_state=0).tolist() == model.sample(3, random_state=0).tolist()
    assert not hasattr(clone(model), "net_")


def test_pickle_holds_no_module():
    state = words()._plain_state()
    assert not any(isinstance(value, LanguageNetwork) for value in state.values())
    assert all(isinstance(weight, np.ndarray) for weight in state["_weights"].values())


def test_repr_shows_what_auto_has_chosen():
    assert "embedding_dim=32" in repr(words())


# --- what "auto" means --------------------------------------------------------------------------


def resolve(kind="words", n_tokens=50_000, n_ids=5000, **given):
    counts = (n_tokens / np.arange(1, n_ids + 1) ** 2).astype(int)
    parameters = RNNLanguageModel(**given).get_params()
    return resolve_language_parameters(parameters, TextTraits(kind, n_tokens, counts))


def test_more_text_makes_wider_layers_and_fewer_epochs():
    chosen = [resolve(n_tokens=n) for n in (1000, 50_000, 1_000_000)]
    widths, epochs, streams = zip(
        *((c["hidden_size"], c["max_epochs"], c["batch_size"]) for c in chosen), strict=True
    )
    assert list(widths) == sorted(set(widths))
    assert list(epochs) == sorted(set(epochs), reverse=True)
    assert list(streams) == sorted(set(streams))


def test_characters_have_small_vectors_of_their_own():
    chosen = resolve("characters")
    assert chosen["embedding_dim"] < chosen["hidden_size"]
    assert not chosen["tie_weights"]


def test_what_is_given_stays():
    assert resolve(hidden_size=7)["embedding_dim"] == 7
    assert resolve(max_epochs=3, lr=0.5) | {"max_epochs": 3, "lr": 0.5} == resolve(
        max_epochs=3, lr=0.5
    )


def test_large_vocabularies_get_an_adaptive_softmax():
    for n_ids, expected in {
        4999: None,
        5000: (1000,),
        8000: (1000, 4000),
        50_000: (1000, 4000, 16_000),
        200_000: (1000, 4000, 16_000, 64_000),
    }.items():
        assert resolve(n_ids=n_ids)["cutoffs"] == expected


def test_ids_in_no_order_get_a_plain_softmax():
    parameters = RNNLanguageModel().get_params()
    traits = TextTraits("words", 10**6, np.full(60_000, 10))
    assert resolve_language_parameters(parameters, traits)["cutoffs"] is None


def test_weights_of_an_own_cell_are_not_dropped():
    assert resolve(cell=torch.nn.LSTM)["weight_drop"] == 0


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X, error, message",
    [
        ([], ValueError, "X holds no sequences"),
        (["a b", ""], ValueError, "text 1 is empty"),
        ("one text", ValueError, r"put it into a list, \[X\]"),
        (["a b", 3], ValueError, "sequence 1 is 3 of type int, but texts are expected"),
        ([["a", "b"], ["c", 3]], ValueError, "sequence 1, step 1 is 3"),
        ([1.5, 2.5], ValueError, "first element is 1.5"),
        ([[1.5, 2.5]], ValueError, "sequence 0 holds float64, but a language model reads texts"),
        (np.zeros((3, 4)), ValueError, "X holds float64"),
        (pd.DataFrame({"t": ["a b"]}), ValueError, "first 'a b', but one column of texts is expec"),
        (np.array([["a b"], ["c"]]), ValueError, r"by itself, X\[name\] or X\[:, 0\]"),
        ([[2, 3], [4, -1]], ValueError, "sequence 1, step 1 has the id -1"),
        ([b"a text"], ValueError, "decode them"),
        (5, TypeError, "X is 5"),
    ],
    ids=str,
)
def test_what_is_no_text_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        make().fit(X)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"top_p": 0.0}, "top_p must be a finite number above 0 and at most 1, but is 0.0"),
        ({"top_p": 1.5}, "top_p must be .* at most 1, but is 1.5"),
        ({"top_p": np.nan}, "top_p"),
        ({"temperature": 0}, "temperature must be a finite number above 0, but is 0"),
        ({"temperature": -1.0}, "temperature"),
        ({"temperature": np.inf}, "temperature"),
        ({"top_k": 0}, "top_k must be an int of at least 1, but is 0"),
        ({"top_k": 2.0}, "top_k"),
        ({"n": 0}, "n must be an int of at least 1"),
        ({"max_length": 0}, "max_length must be an int of at least 1"),
        ({"max_length": True}, "max_length"),
        ({"random_state": -1}, "random_state must be an int of at least 0 and at most 4294967295"),
        ({"random_state": "a"}, "random_state must be .* or a RandomState, or None"),
        ({"random_state": [0]}, "random_state"),
    ],
    ids=str,
)
def test_numbers_to_write_by_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        words().sample(**options)


@pytest.mark.parametrize(
    "prompt, error, message",
    [
        ("a zebra", ValueError, "2 of its 2 token.* are unknown, the first at position 0"),
        ("the zebra", ValueError, "1 of its 2 token.* position 1"),
        (["the"], TypeError, "prompt must be one text, a str"),
        (3, TypeError, "prompt must be one text"),
    ],
    ids=str,
)
def test_prompt_is_checked(prompt, error, message):
    with pytest.raises(error, match=message):
        words().complete(prompt)


def test_unknown_words_of_a_prompt_are_read_if_training_met_some():
    model = make().fit([*TEXTS, "the zebra sees the elk"])
    assert model.complete("the gnu", max_length=1).startswith("the gnu")
    with pytest.raises(ValueError, match="are unknown"):
        model.complete("gnu")


def test_prompt_has_the_form_of_fit():
    tokens = make(max_epochs=1).fit([text.split() for text in TEXTS])
    for prompt in ("the cat", 5, [0], [None], {"the"}, {"the": 1}, iter(["the"]), np.array("the")):
        with pytest.raises(TypeError, match="prompt must be a list of tokens"):
            tokens.complete(prompt)
    ids = make(max_epochs=1).fit([[2, 3, 4]] * 9)
    for prompt in ("the", [0, 2], [1.5], [[2, 3]], [[2], [3, 4]], [True], [10**400], {2: 3}, 5):
        with pytest.raises(ValueError, match="prompt must be a list of ids"):
            ids.complete(prompt)
    for prompt in ([99], [2, 99], [1], [10**12]):
        with pytest.raises(ValueError, match="of its . token.* are unknown, the first at position"):
            ids.complete(prompt)


def test_other_forms_than_that_of_fit_are_refused():
    with pytest.raises(ValueError, match="numbers, but fit saw texts"):
        words().score([[2, 3]])
    with pytest.raises(ValueError, match="X is texts, but RNNLanguageModel was fitted on"):
        make(max_epochs=1).fit([[2, 3, 4]] * 9).score(["a text"])


def test_columns_are_refused():
    X = Sequences.with_static([[2, 3], [4, 5]], np.ones((2, 1)))
    with pytest.raises(ValueError, match="columns"):
        make().fit(X)


@pytest.mark.parametrize("cutoffs", [[], [1], [5, 4], [5, 10_000], [2.5]], ids=str)
def test_cutoffs_are_checked(cutoffs):
    with pytest.raises(ValueError, match="cutoffs=.* must be ids that rise"):
        make(cutoffs=cutoffs).fit(TEXTS)


def test_unfitted_model_says_so():
    for method in (
        "predict",
        "predict_proba",
        "score",
        "score_samples",
        "score_tokens",
        "complete",
    ):
        with pytest.raises(NotFittedError):
            getattr(make(), method)(["the"])
    with pytest.raises(NotFittedError):
        make().sample()


@pytest.mark.parametrize("name", ["dropout", "weight_drop", "embedding_dropout"])
def test_shares_are_checked(name):
    with pytest.raises(ValueError, match=name):
        make(**{name: 1.0}).fit(TEXTS)


def test_too_little_to_validate_on_is_told():
    with pytest.raises(ValueError, match="give more text"):
        make(early_stopping=True).fit([[2]])


def test_failed_fit_leaves_nothing_fitted():
    class Fails(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise OSError

    model = make(callbacks=[Fails()])
    with pytest.raises(OSError):
        model.fit(TEXTS)
    with pytest.raises(NotFittedError):
        model.score(TEXTS)
