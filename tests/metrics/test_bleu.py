"""BLEU, against sacrebleu and by hand."""

import math
import random

import numpy as np
import pytest
import sacrebleu
import torch

from sklearn_rnn.metrics import bleu_score, exact_match_score

WORDS = ["a", "B.", "3,5", "c-d", "7-8", '"x"', "don't", "&quot;", "&amp;", "<skipped>", "{", "~"]
WORDS += ["1.", ".5", "e.g.", "5%", "ü!", "(a)", "\n", "-\n", "`", "[x]", "x/y", "a,b", "漢字"]


def corpora(n=60):
    rng = random.Random(0)
    for _ in range(n):
        size = rng.randint(1, 4)
        yield [
            [" ".join(rng.choices(WORDS, k=rng.randint(0, 9))) for _ in range(size)] for _ in "ab"
        ]


@pytest.mark.parametrize("lowercase", [False, True])
def test_score_is_that_of_sacrebleu(lowercase):
    for y_true, y_pred in corpora():
        expected = sacrebleu.corpus_bleu(y_pred, [y_true], lowercase=lowercase).score
        assert bleu_score(y_true, y_pred, lowercase=lowercase) == pytest.approx(expected, abs=1e-9)


def test_score_of_tokens_is_that_of_sacrebleu_without_a_tokenizer():
    for y_true, y_pred in corpora():
        expected = sacrebleu.corpus_bleu(y_pred, [y_true], tokenize="none", force=True).score
        rows = [[text.split() for text in side] for side in (y_true, y_pred)]
        assert bleu_score(*rows) == pytest.approx(expected, abs=1e-9)
        assert bleu_score(y_true, y_pred, tokenize=None) == bleu_score(*rows)


def test_score_by_hand():
    # 5 of 6 words, 3 of 5 pairs, 1 of 4 triples, half of 3 fours, as none is right
    expected = 100 * (5 / 6 * 3 / 5 * 1 / 4 * 0.5 / 3) ** 0.25
    assert bleu_score(["a b c d e f"], ["a b x d e f"]) == pytest.approx(expected)
    assert bleu_score(["a b c d e f g h"], ["a b c d"]) == pytest.approx(100 * math.exp(1 - 8 / 4))


def test_effective_order_leaves_out_what_no_reference_has():
    short = ["a b", "c", "a b"]
    assert bleu_score(short, short) == 0
    assert bleu_score(short, short, effective_order=True) == pytest.approx(100)
    found = ["a b", "d", "a"]  # 3 of 4 words, 1 of 1 pair, a fifth too short
    expected = 100 * math.exp(1 - 5 / 4) * (3 / 4) ** 0.5
    assert bleu_score(short, found, effective_order=True) == pytest.approx(expected)
    assert bleu_score(short, ["c", "a", "b"], effective_order=True) == 0
    for y_true, y_pred in corpora(20):
        y_true, y_pred = [*y_true, "a b c d"], [*y_pred, "a b c d"]
        assert bleu_score(y_true, y_pred, effective_order=True) == bleu_score(y_true, y_pred)


def test_a_function_may_split():
    assert bleu_score(["abcde"], ["abcde"], tokenize=list) == pytest.approx(100)
    assert bleu_score(["abcde"], ["abcde"]) == 0  # one word has no pairs


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ("a b", ["a"], "y_true must be a list of texts, or of lists of tokens, but is 'a b'"),
        (["a"], None, "y_pred must be a list of texts"),
        ([], [], "y_true is empty"),
        (["a"], ["a", "b"], "1 reference.* 2 prediction"),
        (["a", 3], ["a", "b"], "sample 1 of y_true is 3 .int."),
        (["a", "b"], [["a"], ["b", 2]], "sample 1 of y_pred is .'b', 2. .list."),
    ],
)
def test_what_is_no_text_is_refused(y_true, y_pred, message):
    with pytest.raises((TypeError, ValueError), match=message):
        bleu_score(y_true, y_pred)


def test_an_unknown_tokenizer_is_refused():
    with pytest.raises(ValueError, match='tokenize must be "13a", None or a function'):
        bleu_score(["a"], ["a"], tokenize="14a")


def test_exact_matches_are_counted_and_weighed():
    assert exact_match_score(["ab", "c"], ["ab", "cd"]) == 0.5
    assert exact_match_score(["ab", "c"], ["ab", "cd"], sample_weight=[3, 1]) == 0.75
    y_true, y_pred = [[1, 2], [3]], [np.array([1, 2]), np.array([3, 4])]
    assert exact_match_score(y_true, y_pred) == 0.5


def test_exact_matches_are_without_the_padding_of_ids():
    padded, rows = np.array([[2, 3, 0], [4, 0, 0], [5, 6, 7]]), [[2, 3], [4], [5, 6]]
    assert exact_match_score(padded, rows) == exact_match_score(rows, padded) == 2 / 3
    assert exact_match_score(padded, padded.tolist()) == 1
    assert exact_match_score(padded, ["a", [4], []]) == 1 / 3
    assert exact_match_score(padded, padded[:, ::-1]) == 0
    assert exact_match_score(padded, padded[:, :2]) == 2 / 3
    assert exact_match_score(padded, torch.tensor(padded)) == 1
    assert exact_match_score(padded * 1.0, rows) == 0  # numbers have no padding


def test_exact_matches_need_as_many():
    with pytest.raises(ValueError, match="y_true has 1 .* y_pred has 2"):
        exact_match_score(["a"], ["a", "b"])
