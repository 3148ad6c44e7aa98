"""What a model needs: by how much its score falls when something is shuffled."""

from numbers import Integral, Real

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch, check_random_state, check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.inspection._exchangeable_steps import (
    check_reads_sequences,
    read_steps,
    split_texts,
)
from sklearn_rnn.training import fit_seed

__all__ = ["permutation_importance"]


def permutation_importance(
    estimator,
    X,
    y,
    *,
    by="feature",
    n_blocks=10,
    n_repeats=5,
    scoring=None,
    sample_weight=None,
    random_state=None,
) -> Bunch:
    """Measure by how much the score falls when a feature, or a block of time, is shuffled.

    The permutation importance of Breiman ("Random Forests", 2001, section 10), for sequences: what
    is shuffled goes from sequence to sequence as a whole, so that it stays a course in time but
    says nothing of the target any more.

    Parameters
    ----------
    estimator : estimator, Pipeline or search
        Fitted, on anything that predicts from sequences.
    X : list of arrays, list of token lists, 3-D array, table or Sequences
        The n sequences, better not those of ``fit``. Texts are split by the estimator's
        ``encoder_``; before a pipeline they have to be split already.
    y : array-like of shape (n,), or as ``score`` of the estimator takes it
        The true targets.
    by : {"feature", "block"}, default="feature"
        What is shuffled: one feature at all steps, numeric or categorical; or all that stands in
        one block of time, tokens too.
    n_blocks : int, default=10
        Into how many blocks of equal relative time each sequence is cut. A step belongs to the
        block that its middle is in, so that a sequence of fewer steps lacks some.
    n_repeats : int, default=5
        How often each is shuffled. The permutations are the same for all features or blocks.
    scoring : str, callable or None, default=None
        As scikit-learn's scorers; None means ``score`` of the estimator. Higher is better.
    sample_weight : array-like of shape (n,) or None, default=None
        How much each sequence counts in the score.
    random_state : int, RandomState or None, default=None
        What the permutations are drawn from.

    Returns
    -------
    Bunch
        ``importances`` of shape (n_features or n_blocks, n_repeats), the fall of the score, and
        ``importances_mean`` and ``importances_std`` of shape (n_features or n_blocks,), as
        scikit-learn's function gives them; ``feature_names``, or ``block_edges`` of shape
        (n_blocks + 1,), from 0 to 1.

    Raises
    ------
    TypeError
        If the estimator is an RNNForecaster or a TreeRNNClassifier, which read no sequences, or
        ``scoring`` gives no single number.
    ValueError
        If X holds texts that nothing splits, or by="feature" is asked of tokens.

    See Also
    --------
    partial_dependence : How a prediction depends on the value of a feature.
    SaliencyDisplay : What a single prediction rests on.

    Notes
    -----
    Where sequences differ in length, what stands at step t of T is taken from the step of the other
    sequence at the same relative time, ``(t + 1/2) / T``: it is stretched or shrunk, with steps
    read twice or left out. So lengths, which a network can read as well, stay as they are, and the
    beginning of a sequence gets a beginning. Sequences of one length exchange their values as they
    are. Static columns and times are never shuffled.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import RNNRegressor
    >>> from sklearn_rnn.inspection import permutation_importance
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(rng.integers(5, 9), 2)) for _ in range(100)]
    >>> y = [x[:, 1].mean() for x in X]
    >>> model = RNNRegressor(hidden_size=16, max_epochs=10, random_state=0).fit(X, y)
    >>> found = permutation_importance(model, X, y, random_state=0)
    >>> found.importances.shape, int(found.importances_mean.argmax())
    ((2, 5), 1)
    """
    check_is_fitted(estimator)
    check_reads_sequences(estimator)
    if by not in ("feature", "block"):
        raise ValueError(f'by must be "feature" or "block", but it is {by!r}.')
    check_scalar(n_blocks, "n_blocks", Integral, min_val=1)
    check_scalar(n_repeats, "n_repeats", Integral, min_val=1)
    check_random_state(random_state)
    scorer = check_scoring(estimator, scoring)
    rng = np.random.default_rng(fit_seed(random_state))
    X = split_texts(estimator, X)
    steps = read_steps(X)
    if by == "feature" and not steps.features:
        raise ValueError(
            'by="feature" shuffles one feature among several, but a step of X is a token; '
            'by="block" shuffles blocks of time.'
        )
    options = {} if sample_weight is None else {"sample_weight": sample_weight}
    sources = [steps.sources(rng.permutation(len(steps.lengths))) for _ in range(n_repeats)]

    def fall(changed):
        return baseline - scorer(estimator, changed, y, **options)

    baseline = scorer(estimator, X, y, **options)
    if not isinstance(baseline, Real):
        raise TypeError(
            f"scoring must give one number, higher is better, but scoring={scoring!r:.60} gives "
            f"{baseline!r:.60}; measure one score after the other."
        )
    if by == "feature":
        shuffle, n = steps.exchange_feature, len(steps.features)
        described = {"feature_names": [name for *_, name in steps.features]}
    else:
        block, n = steps.blocks(n_blocks), n_blocks
        described = {"block_edges": np.linspace(0, 1, n_blocks + 1)}

        def shuffle(i, source):
            return steps.exchange_steps(block == i, source)

    found = np.array([[fall(shuffle(i, source)) for source in sources] for i in range(n)])
    return Bunch(
        importances_mean=found.mean(axis=1),
        importances_std=found.std(axis=1),
        importances=found,
        **described,
    )
