"""Texts that come in pieces: whether the pieces hold the tokens of the whole."""

import unicodedata

__all__ = ["TextPieces"]

# How many characters on either side of a border say whether they change each other.
_CONTEXT = 8


class TextPieces:
    """Refuses a piece of a text that goes on within a token of the piece before.

    Parameters
    ----------
    encoder : TokenEncoder
        Fitted on texts. How another encoder splits them is not known.
    """

    def __init__(self, encoder):
        self.encoder, self.tail = encoder, ""

    def check(self, piece: str) -> None:
        """Raise a ValueError if a token goes on across the border, or there is no word at all."""
        analyzer = getattr(self.encoder, "analyzer_", None)
        if analyzer not in ("word", "char"):
            raise ValueError(
                "it is a text, which goes in by pieces only where TokenEncoder splits it into "
                "words or characters by itself; fit on lists of tokens, and give such lists."
            )
        if analyzer == "word" and not piece.strip():
            raise ValueError(
                f"it holds no word, but {piece!r}; join it to the chunk before or after it."
            )
        head = piece[:_CONTEXT]
        if self.tail and head and not self._are_apart(head, analyzer):
            raise ValueError(
                f"it begins with {head!r}, within a token of the chunk before, which ends with "
                f"{self.tail!r}; cut texts where there is white space."
            )
        self.tail = (self.tail + piece)[-_CONTEXT:]

    def _are_apart(self, head, analyzer):
        if analyzer == "word":  # no word holds white space
            return self.tail[-1].isspace() or head[0].isspace()
        tail = self.tail
        return self._characters(tail + head) == self._characters(tail) + self._characters(head)

    def _characters(self, text):
        """Give the characters as TokenEncoder reads them; some depend on their neighbours."""
        text = text.lower() if self.encoder.lowercase else text
        return unicodedata.normalize("NFC", text)
