"""How a vocabulary is spelt in a model file."""

from sklearn_rnn.data import Vocabulary
from sklearn_rnn.persistence._codecs import Codec, made
from sklearn_rnn.persistence._label_columns import Texts

__all__ = ["VOCABULARY"]


class _VocabularyCodec(Codec):
    """A vocabulary: all its tokens in the order of their ids, padding and unknown first."""

    what = "a list of tokens, padding and unknown first"
    _tokens = Texts(tuple)

    def takes(self, value):
        return type(value) is Vocabulary

    def reads(self, json):
        return self._tokens.reads(json) and len(json) >= 2

    def _encode(self, value, where, store):
        return self._tokens.encode(value.tokens, where, store)

    def _decode(self, json, where, source):
        return made(where, lambda: Vocabulary(json[2:], padding=json[0], unknown=json[1]))


VOCABULARY = _VocabularyCodec()
