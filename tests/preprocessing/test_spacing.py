"""Texts from tokens, spaced as texts were."""

import pytest

from sklearn_rnn.preprocessing import WordTokenizer
from sklearn_rnn.preprocessing._spacing import Spacing

TEXTS = [
    'He said "yes", and "no" again.',
    "It costs 5 % (or 6 %) more!",
    "Who's that? My T-shirt; John's hat.",
    'The "end" is near, "friend" of mine.',
    "A (small) T-shirt is an e-mail, isn't it?",
]


def learned(texts, lowercase=False):
    tokens = WordTokenizer().fit_transform(texts)
    return Spacing.learn(texts, tokens, str.lower if lowercase else str)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_come_back_as_they_were(text):
    tokens = WordTokenizer().fit_transform([text])[0]
    assert learned(TEXTS).join(tokens) == text


def test_signs_are_spaced_as_in_their_language():
    french = ["Quoi ? Non !", "Oui ; peut-être : non."]
    assert learned(french).join(["Oui", "!", "Pourquoi", "?"]) == "Oui ! Pourquoi ?"


def test_tokens_that_are_no_signs_are_parted_by_spaces():
    assert learned(TEXTS).join(["T", "shirt", "<unk>"]) == "T shirt <unk>"
    assert learned(TEXTS).join([]) == ""


def test_signs_are_known_in_the_form_that_they_are_joined_in():
    texts = ["He 'S here"] * 3
    spacing = Spacing.learn(texts, [["He", "'S", "here"]] * 3, str.lower)
    assert spacing.join(["he", "'s", "here"]) == "he 's here"


def test_tokens_that_are_no_pieces_of_the_text_teach_nothing():
    assert Spacing.learn(["a,b"], [["_", "x"]]).join(["a", "_", "b"]) == "a _ b"
