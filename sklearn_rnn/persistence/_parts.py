"""How what models are put together from is spelt: estimators, pipelines, scikit-learn's parts."""

from sklearn_rnn.persistence._codecs import AnyOf, Codec, Tagged
from sklearn_rnn.persistence._registry import Estimator

__all__ = ["PART", "define_part"]


class Part(Codec):
    """An estimator or transformer of the library, a pipeline, or a part of scikit-learn's own.

    As pipelines hold parts that may be pipelines, ``define_part`` says later what else there is.
    """

    what = (
        "an estimator or transformer of this library, a Pipeline of them, or one of scikit-learn's "
        "common transformers"
    )
    codec: Codec = Estimator()

    def takes(self, value):
        return self.codec.takes(value)

    def reads(self, json):
        return self.codec.reads(json)

    def _encode(self, value, where, store):
        return self.codec.encode(value, where, store)

    def _decode(self, json, where, source):
        return self.codec.decode(json, where, source)


PART = Part()


def define_part(**codecs: Codec) -> None:
    """Let a part also be of these kinds."""
    PART.codec = AnyOf(Estimator(), Tagged(**codecs))
