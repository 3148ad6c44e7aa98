"""A recurrent network as a feature extractor."""

from typing import Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

__all__ = ["PooledStateMixin"]


class PooledStateMixin(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Gives estimators ``transform``: the pooled state of each sequence."""

    def transform(self, X) -> np.ndarray | Any:
        """Give the pooled state of each sequence, as features for another model.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, n_units), float32
            ``n_units`` is ``hidden_size``, twice that if bidirectional; a convolutional branch adds
            its channels. Static columns follow, standardised or embedded, and after them 32 units
            that mix them with the state.
        """
        check_is_fitted(self)
        return self._outputs(X, self.module_.body)

    @property
    def _n_features_out(self):
        return self.module_.body.output_size

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
