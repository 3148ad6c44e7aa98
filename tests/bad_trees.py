"""Trees that are wrong, with what the error has to say."""

import numpy as np
import pandas as pd

from tests.bad_inputs import Bad, put

__all__ = ["BAD_TREES", "LABELLED_TREES", "TREES"]

TREES = ["(and 1 (or 0 1))", "(or (not 1) 0)", "(and 0 1 0)", "1"] * 3
LABELLED_TREES = ["(good (so not) (bad bad))", "(bad (bad bad) film)", "(so film)"] * 4

BAD_TREES = {
    "no trees": Bad([], ("no trees", "minimum of 1")),
    "numbers": Bad(np.ones((12, 3)), (r"array of numbers of the shape \(12, 3\)", "list of trees")),
    "a table": Bad(pd.DataFrame({"tree": TREES}), (r"columns \['tree'\]", r"X\[name\]")),
    "a bracket too many": Bad(
        put(TREES, 3, "(and 1))"), ("tree 3", "unbalanced", r"'\)' at position 7", "none")
    ),
    "a bracket too few": Bad(
        put(TREES, 3, "(and (or 1 0)"), ("tree 3", "unbalanced", "position 0", "never closed")
    ),
    "two trees in one": Bad(put(TREES, 3, "(and 1) (or 1)"), ("tree 3 ends before position 8",)),
    "words without brackets": Bad(
        put(TREES, 3, "and 1 0"), ("tree 3: '1' at position 4", "outside of the brackets")
    ),
    "an empty text": Bad(put(TREES, 3, ""), ("tree 3 is empty", "at least one token")),
    "an empty bracket": Bad(
        put(TREES, 3, "(and ( ) 1)"), ("tree 3", "bracket at position 5 is empty", "leaf needs")
    ),
    "an empty leaf": Bad(
        put(TREES, 3, ("and", ("or", "", 1))), (r"tree 3: the token at \[1\]\[1\] is empty",)
    ),
    "an empty tuple": Bad(put(TREES, 3, ()), ("tree 3", "bracket at its root is empty")),
    **{
        f"{name} among trees": Bad(put(TREES, 3, value), (f"tree 3 is {shown}", "nested|tuple"))
        for name, value, shown in [
            ("None", None, "None of type NoneType"),
            ("NaN", np.nan, "nan of type float"),
            ("an int", 5, "5 of type int"),
            ("a dict", {"a": 1}, "{'a': 1} of type dict"),
            ("an array", np.ones(2), "array.* of type ndarray"),
            ("bytes", b"(a b)", "b'.*' of type bytes"),
        ]
    },
    **{
        f"{name} among tokens": Bad(
            put(TREES, 3, ("and", ("or", 1, value))),
            (rf"tree 3: the element at \[1\]\[2\] is {shown}", "str or numbers"),
        )
        for name, value, shown in [
            ("None", None, "None of type NoneType"),
            ("NaN", np.nan, "nan of type float"),
            ("a dict", {}, "{} of type dict"),
            ("a set", {"x"}, "{.x.} of type set"),
            ("bytes", b"a", "b'a' of type bytes"),
            ("an object", object(), "<object object"),
        ]
    },
}
