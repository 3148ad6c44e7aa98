"""The tokens that ids stand for."""

from collections.abc import Iterable, Iterator

__all__ = ["PADDING_ID", "UNKNOWN_ID", "Vocabulary"]

PADDING_ID = 0
UNKNOWN_ID = 1


class Vocabulary:
    """The tokens that ids stand for: id 0 is padding, id 1 an unknown token, the rest are known.

    Parameters
    ----------
    tokens : iterable of str
        The known tokens in the order of their ids, which begin at 2; each once.
    padding : str, default="<pad>"
        How the padding id is written.
    unknown : str, default="<unk>"
        How the unknown id is written.

    See Also
    --------
    sklearn_rnn.preprocessing.TokenEncoder : Learns one from texts or tokens.

    Examples
    --------
    >>> from sklearn_rnn.data import Vocabulary
    >>> vocabulary = Vocabulary(["the", "cat"])
    >>> vocabulary.encode(["the", "dog"])
    [2, 1]
    >>> vocabulary.decode([2, 1])
    ['the', '<unk>']
    """

    def __init__(self, tokens: Iterable[str], *, padding: str = "<pad>", unknown: str = "<unk>"):
        self.tokens = (padding, unknown, *tokens)
        self._ids = {token: i for i, token in enumerate(self.tokens) if i > UNKNOWN_ID}
        if len(self._ids) < len(self.tokens) - 2:
            known = enumerate(self.tokens[2:], start=2)
            repeated, i = next((token, i) for i, token in known if self._ids[token] != i)
            raise ValueError(
                f"token {repeated!r} has the ids {i} and {self._ids[repeated]}; give every token "
                "once."
            )

    def __len__(self) -> int:
        return len(self.tokens)

    def __iter__(self) -> Iterator[str]:
        return iter(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def __eq__(self, other) -> bool:
        if self is other:
            return True
        return isinstance(other, Vocabulary) and self.tokens == other.tokens

    def __hash__(self) -> int:
        return hash(self.tokens)

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self)} tokens, padding and unknown among them"

    def iter_ids(self, tokens: Iterable[str]) -> Iterator[int]:
        """Give the ids of tokens one by one.

        Parameters
        ----------
        tokens : iterable of str
            The tokens, known or not.

        Returns
        -------
        iterator of int
            One a token; 1 for one that is unknown.
        """
        get = self._ids.get
        return (get(token, UNKNOWN_ID) for token in tokens)

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Give the id of each token.

        Parameters
        ----------
        tokens : iterable of str
            The tokens, known or not.

        Returns
        -------
        list of int
            One a token; 1 for one that is unknown.
        """
        return list(self.iter_ids(tokens))

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Give the token of each id.

        Parameters
        ----------
        ids : iterable of int
            Not negative; one above the largest is unknown.

        Returns
        -------
        list of str
            One an id.
        """
        return [self._token(i) for i in ids]

    def _token(self, i):
        if i < PADDING_ID:
            raise ValueError(f"ids must not be negative, but {i} is among them.")
        return self.tokens[i] if i < len(self.tokens) else self.tokens[UNKNOWN_ID]
