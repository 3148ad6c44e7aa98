"""How a frequency that the user gave is spelt: a text, a number, or an offset of pandas."""

import pandas as pd

from sklearn_rnn.persistence._codecs import AnyOf, Codec, Fields, Text, made
from sklearn_rnn.persistence._label_codecs import Label

__all__ = ["FREQ"]


class _Offset(Codec):
    """An offset of pandas that its own text describes."""

    what = "an offset of pandas that has a name, such as pd.offsets.MonthEnd()"
    _text = Fields({"offset": Text(80)})

    def takes(self, value):
        if not isinstance(value, pd.offsets.BaseOffset):
            return False
        try:
            return _offset(value.freqstr) == value
        except (ValueError, TypeError):
            return False

    def reads(self, json):
        return self._text.reads(json)

    def _encode(self, value, where, store):
        return {"offset": value.freqstr}

    def _decode(self, json, where, source):
        text = self._text.decode(json, where, source)["offset"]
        return made(where, lambda: _offset(text))


def _offset(text):
    return pd.tseries.frequencies.to_offset(text)


FREQ = AnyOf(_Offset(), Label())
