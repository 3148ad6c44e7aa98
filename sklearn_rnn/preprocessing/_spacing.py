"""Where spaces stand between the tokens of texts."""

import re
from collections.abc import Callable, Iterable

from sklearn_rnn.preprocessing._analyzers import find_offsets

__all__ = ["SIDES", "Spacing"]

# On which sides a sign has no space: "alternate" is a quotation mark that opens and closes.
SIDES = ("before", "after", "both", "alternate")
# A sign stands close to its neighbour if it does so more often than not; one that does so about
# every other time, on both sides, opens and closes.
_RARELY, _MOSTLY = 0.2, 0.8
_WORD = re.compile(r"\w")


class Spacing:
    """Joins tokens as the texts were spaced that they come from.

    Words are parted by spaces. A sign, a token that does not begin like a word, stands close to
    what is before or after it if it does so more often than not.

    Parameters
    ----------
    sides : dict of str to {"before", "after", "both", "alternate"}
        On which sides each sign has no space.

    Examples
    --------
    >>> from sklearn_rnn.preprocessing._spacing import Spacing
    >>> texts = ['It is "good", they say.', 'Call it "good" or "bad", Sir.']
    >>> tokens = [
    ...     ["It", "is", '"', "good", '"', ",", "they", "say", "."],
    ...     ["Call", "it", '"', "good", '"', "or", '"', "bad", '"', ",", "Sir", "."],
    ... ]
    >>> Spacing.learn(texts, tokens).join(['"', "Call", '"', ",", "they", "say", "."])
    '"Call", they say.'
    """

    def __init__(self, sides: dict[str, str]):
        self.sides = sides

    @classmethod
    def learn(
        cls,
        texts: Iterable[str],
        token_lists: Iterable[list[str]],
        normalize: Callable[[str], str] = str,
    ) -> "Spacing":
        """Count where signs have spaces beside words.

        Texts whose tokens are no pieces of them are left out.

        ``normalize`` gives the form in which tokens are joined.
        """
        seen = {}
        for text, tokens in zip(texts, token_lists, strict=True):
            signs = [i for i, token in enumerate(tokens) if not _is_word(token)]
            if not signs:
                continue
            try:
                offsets = find_offsets(text, tokens)
            except ValueError:
                continue
            for i in signs:
                sides = seen.setdefault(normalize(tokens[i]), {"before": [], "after": []})
                if i > 0:
                    is_close = offsets[i - 1][1] == offsets[i][0]
                    sides["before"].append((is_close, _is_word(tokens[i - 1])))
                if i + 1 < len(tokens):
                    is_close = offsets[i][1] == offsets[i + 1][0]
                    sides["after"].append((is_close, _is_word(tokens[i + 1])))
        shares = {
            sign: [_share(sides[side]) for side in ("before", "after")]
            for sign, sides in seen.items()
        }
        found = {sign: _side(*pair) for sign, pair in shares.items()}
        return cls({sign: side for sign, side in found.items() if side is not None})

    def join(self, tokens: Iterable[str]) -> str:
        """Join tokens to a text."""
        pieces, is_open, close = [], {}, True
        for token in tokens:
            side = self.sides.get(token)
            if side == "alternate":
                is_open[token] = not is_open.get(token, False)
                side = "after" if is_open[token] else "before"
            if not (close or side in ("before", "both")):
                pieces.append(" ")
            pieces.append(token)
            close = side in ("after", "both")
        return "".join(pieces)


def _is_word(token):
    return _WORD.match(token) is not None


def _share(neighbours):
    """Give how often a neighbour is close; what a sign is beside other signs says less."""
    closes = [is_close for is_close, is_word in neighbours if is_word]
    closes = closes or [is_close for is_close, _ in neighbours]
    return sum(closes) / len(closes) if closes else 0.0


def _side(before, after):
    if _RARELY < before < _MOSTLY and _RARELY < after < _MOSTLY:
        return "alternate"
    close_before, close_after = before > 0.5, after > 0.5
    if close_before and close_after:
        return "both"
    return "before" if close_before else "after" if close_after else None
