"""Texts and tokens that are wrong, with what the error has to say, and odd ones that are right."""

import numpy as np
import pandas as pd
import torch

from tests.bad_inputs import HUGE, Bad, put

__all__ = ["BAD_TEXTS", "BAD_TOKENS", "ODD_TEXTS", "TEXTS", "TOKENS"]

TEXTS = ["a good film", "great", "a bad film", "no fun at all"] * 3
TOKENS = [text.split() for text in TEXTS]

BAD_TEXTS = {
    "no texts": Bad([], ("no (sequences|texts|tokens)", "at least one|minimum of 1")),
    **{
        f"{name} among texts": Bad(
            put(TEXTS, 3, value), (f"sequence 3 is {shown}", "must be a str")
        )
        for name, value, shown in [
            ("None", None, "None of type NoneType"),
            ("NaN", np.nan, "nan of type float"),
            ("NA", pd.NA, "<NA> of type NAType"),
            ("an int", 5, "5 of type int"),
            ("a list", ["a"], r"\['a'\] of type list"),
            ("an array", np.zeros(2), "array.* of type ndarray"),
            ("a dict", {}, "{} of type dict"),
        ]
    },
    "bytes among texts": Bad(put(TEXTS, 3, b"a"), ("sequence 3 is b'a' of type bytes", "decode")),
    "a missing string": Bad(
        pd.Series(put(TEXTS, 3, None), dtype="string"), ("sequence 3 is <NA>", "must be a str")
    ),
}

BAD_TOKENS = {
    "no lists": Bad([], ("no (sequences|tokens)", "at least one|minimum of 1")),
    "empty lists": Bad([[]] * 12, ("sequence 0 is empty|no tokens", "at least one")),
    **{
        f"{name} among lists": Bad(put(TOKENS, 3, value), (f"sequence 3 is {shown}", "a list of"))
        for name, value, shown in [
            ("None", None, "None of type NoneType"),
            ("a text", "a film", "'a film' of type str"),
            ("an int", 5, "5 of type int"),
            ("a dict", {"a": 1}, "{'a': 1} of type dict"),
            ("a set", {"a"}, "{'a'} of type set"),
            ("a tensor", torch.tensor(1.0), "tensor.1.. of type Tensor"),
        ]
    },
    **{
        f"{name} among tokens": Bad(
            put(TOKENS, 3, ["a", value]),
            (f"sequence 3, step 1 is {shown}", "must be str", "convert"),
        )
        for name, value, shown in [
            ("None", None, "None of type NoneType"),
            ("NaN", np.nan, "nan of type float"),
            ("an int", 5, "5 of type int"),
            ("a list", ["a"], r"\['a'\] of type list"),
            ("bytes", b"a", "b'a' of type bytes"),
            ("a huge int", HUGE, "1000.* of type int"),
        ]
    },
}

# Texts with whatever Unicode has, all of which are fine.
ODD_TEXTS = {
    "a lone surrogate": "sur\ud800rogate",
    "a low surrogate": "\udc80",
    "a pair of surrogates": "\ud83d\ude00",
    "NUL": "a\0b \0",
    "Hebrew": "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
    "Arabic": "\u0645\u0631\u062d\u0628\u0627",
    "turned round": "\u202eabc\u202c def",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308 ok",
    "marks alone": "\u0301\u0302",
    "a hundred marks": "a" + "\u0301" * 100,
    "no width": "\u200b\u200d",
    "a byte order mark": "\ufeffabc",
    "private characters": "\ue000\uf8ff",
    "no characters": "\uffff \U0010ffff",
    "separators": "a\v\f\x85\u2028\u2029b",
    "a ligature": "\ufdfa \ufb03",
    "jamo": "\u1100\u1161\u11a8",
}
