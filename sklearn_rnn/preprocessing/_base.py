"""What the transformers of sequences share."""

from sklearn.base import BaseEstimator, TransformerMixin

from sklearn_rnn._saving import SavingMixin

__all__ = ["SequenceTransformer"]


class SequenceTransformer(SavingMixin, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):
    """Base of the transformers whose output is ragged.

    Ragged output is never a table, so ``set_output`` changes nothing; it is there so that a
    ``Pipeline`` with such a step still takes ``set_output`` for its other steps.
    """

    def __init_subclass__(cls, auto_wrap_output_keys=None, **kwargs):
        """Leave what a subclass gives as it is; each one would be wrapped anew otherwise."""
        super().__init_subclass__(auto_wrap_output_keys=auto_wrap_output_keys, **kwargs)

    def set_output(self, *, transform=None):
        """Accept an output container for the sake of pipelines; ragged output stays as it is.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            Not used.

        Returns
        -------
        self : object
            The transformer itself.
        """
        return self
