"""A synthetic event log of customers, for predicting churn."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.datasets._parameters import check_int, check_number, generator

__all__ = ["make_customer_events"]

_CHANNELS = ("web", "shop", "phone", "app")
_REGIONS = ("north", "east", "south", "west")
_ITEMS = (
    *("coffee", "tea", "milk", "bread", "butter", "cheese", "apples", "rice", "pasta", "eggs"),
    *("jam", "honey", "flour", "sugar", "salt", "olive oil", "vinegar", "mustard", "beans"),
    *("lentils", "oats", "nuts", "raisins", "cocoa", "biscuits", "candles", "soap", "towels"),
    *("teapot", "kettle"),
)
_END = np.datetime64("2025-01-01", "ns")
_YEAR = 365 * 24 * 60 * 60  # seconds
_SHARE_CHURNED = 0.4


def make_customer_events(
    n_customers=500, *, mean_events=20, random_state=None
) -> tuple[pd.DataFrame, pd.Series]:
    """Make an event log of customers of whom some churn.

    Parameters
    ----------
    n_customers : int, default=500
        The number of customers, at least 2.
    mean_events : float, default=20
        The mean number of events of a customer, at least 3. Every customer has at least 3, and
        some have several times the mean.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data every time.

    Returns
    -------
    events : DataFrame
        One row an event, in no order:

        - ``customer``, a string such as "c0001";
        - ``when``, a datetime before 2025, at irregular intervals and never twice the same for
          one customer;
        - ``amount``, a positive float;
        - ``channel``, a category: web, shop, phone or app;
        - ``item``, a string, one of 30 products of which a few make up most events;
        - ``age``, an int, and ``region``, a string, the same in all rows of a customer.
    churned : Series of n_customers ints
        1 for those who churned, else 0, by customer and in another order than the events. Two
        fifths have churned.

    Raises
    ------
    ValueError or TypeError
        If a parameter is out of range or of the wrong type; the message names it.

    See Also
    --------
    sklearn_rnn.Sequences.from_frame : Makes sequences of an event log.
    sklearn_rnn.preprocessing.FrameToSequences : The same as a transformer.

    Notes
    -----
    The label arises from six facts of a customer's events. Each is standardised over the
    customers, they are added up with their weights and with logistic noise, and the two fifths of
    highest risk churn. Four facts are there for aggregates too, which see no order:

    - few events (their logarithm, weight 0.5);
    - small amounts (the mean logarithm, 0.5);
    - a long time from the last event to the end of 2024 (its logarithm, 0.5);
    - a low age (0.5).

    Two are in the order and the timing alone:

    - gaps that lengthen: the mean logarithm of the gaps before the events in the later half
      (``2 * position > count``, positions from 0) less that of the other gaps (1.0);
    - phone calls after amounts fell: the mean, over the customer's phone calls, of the logarithm
      of the amount two events before divided by the amount of the call (1.0; without such a pair
      it is 0). Half of the customers tend to call when amounts fell, the others when they rose, so
      the number of calls says nothing.

    Nothing depends on item and region. Recurrent networks on such logs, and what they gain over
    aggregates of recency, frequency and monetary value, are the subject of [1]_.

    References
    ----------
    .. [1] C. G. Mena, A. De Caigny, K. Coussement, K. W. De Bock and S. Lessmann, "Churn
       prediction with sequential data and deep neural networks. A comparative analysis",
       arXiv:1909.11114, 2019.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_customer_events
    >>> events, churned = make_customer_events(n_customers=100, random_state=0)
    >>> events.columns.tolist()
    ['customer', 'when', 'amount', 'channel', 'item', 'age', 'region']
    >>> bool(events.groupby("customer").size().min() >= 3)
    True
    >>> float(churned.mean())
    0.4
    """
    n_customers = check_int("n_customers", n_customers, 2)
    mean_events = check_number("mean_events", mean_events, 3)
    rng = generator(random_state)
    log = _make_log(n_customers, mean_events, rng)
    risk = _risk(log) + rng.logistic(size=n_customers)
    churned = np.zeros(n_customers, dtype=np.int64)
    churned[np.argsort(risk)[n_customers - round(_SHARE_CHURNED * n_customers) :]] = 1
    return _as_frames(log, churned, rng)


class _Log(NamedTuple):
    """Events, one customer after the other and in the order of time, and their customers."""

    customer: np.ndarray  # (events,), int: the customer's number
    position: np.ndarray  # (events,), int: 0 for the first event of a customer
    gap: np.ndarray  # (events,), int: seconds since the event before; of no meaning at position 0
    amount: np.ndarray  # (events,)
    fall: np.ndarray  # (events,): log of the amount two events before / amount; 0 without one
    channel: np.ndarray  # (events,), of strings
    counts: np.ndarray  # (customers,), int: the number of events
    recency: np.ndarray  # (customers,), int: seconds from the last event to the end
    age: np.ndarray  # (customers,), int


def _make_log(n_customers: int, mean_events: float, rng: np.random.Generator) -> _Log:
    """Draw everything that the label depends on."""
    counts = 3 + rng.poisson(rng.gamma(2.0, (mean_events - 3) / 2, size=n_customers))
    starts = np.cumsum(counts) - counts
    customer = np.repeat(np.arange(n_customers), counts)
    position = np.arange(len(customer)) - starts[customer]

    usual = math.log(0.6 * _YEAR / mean_events) + 0.5 * rng.normal(size=n_customers)
    trend = 1.5 * rng.normal(size=n_customers)
    place = position / (counts[customer] - 1) - 0.5  # from -0.5 to 0.5 in the life of a customer
    gap = _draw_seconds(usual[customer] + trend[customer] * place, rng)

    level = 3 + 0.4 * rng.normal(size=n_customers)
    swings = _draw_swings(starts, counts, rng)
    amount = np.maximum(0.01, np.exp(level[customer] + 0.5 * swings).round(2))
    fall = np.log(np.roll(amount, 2) / amount) * (position >= 2)

    calls_after = rng.choice([-1, 1], size=n_customers)  # -1: a rise, 1: a fall
    calls = rng.random(len(customer)) < 0.2 * (1 + 0.9 * calls_after[customer] * np.sign(fall))
    other = rng.choice(["web", "shop", "app"], p=[0.5, 0.3, 0.2], size=len(customer))
    return _Log(
        customer=customer,
        position=position,
        gap=gap,
        amount=amount,
        fall=fall,
        channel=np.where(calls, "phone", other),
        counts=counts,
        recency=_draw_seconds(usual, rng),
        age=rng.integers(18, 80, size=n_customers),
    )


def _draw_seconds(log_median: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Log-normal times in whole seconds, at least one, so that no two events coincide."""
    seconds = np.exp(log_median + 0.5 * rng.normal(size=log_median.shape))
    return np.maximum(1, seconds.round()).astype(np.int64)


def _draw_swings(starts: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An autoregression of variance 1 for each customer, so that amounts fall and rise in runs."""
    swings = rng.normal(size=counts.sum())
    kept = 0.7
    for position in range(1, counts.max()):
        here = starts[counts > position] + position
        swings[here] = kept * swings[here - 1] + math.sqrt(1 - kept**2) * swings[here]
    return swings


def _risk(log: _Log) -> np.ndarray:
    """How likely each customer is to churn; the weights stand in the docstring of the maker."""
    late = 2 * log.position > log.counts[log.customer]
    early = ~late & (log.position > 0)
    lengthening = _mean_where(late, np.log(log.gap), log) - _mean_where(early, np.log(log.gap), log)
    blind = (
        -_standardised(np.log(log.counts))
        - _standardised(_mean_where(log.position >= 0, np.log(log.amount), log))
        + _standardised(np.log(log.recency))
        - _standardised(log.age)
    )
    calls = (log.channel == "phone") & (log.position >= 2)
    return (
        0.5 * blind + _standardised(lengthening) + _standardised(_mean_where(calls, log.fall, log))
    )


def _mean_where(chosen: np.ndarray, values: np.ndarray, log: _Log) -> np.ndarray:
    """The mean of a customer's chosen events, 0 without one."""
    n = len(log.counts)
    sums = np.bincount(log.customer[chosen], weights=values[chosen], minlength=n)
    return sums / np.maximum(1, np.bincount(log.customer[chosen], minlength=n))


def _standardised(values: np.ndarray) -> np.ndarray:
    """Values of mean 0 and deviation 1; all 0 where they do not vary."""
    centred = values - values.mean()
    return centred / (centred.std() or 1.0)


def _as_frames(
    log: _Log, churned: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.Series]:
    """The log as the user gets it: named, dated, joined with what tells nothing, shuffled."""
    n_customers, n_events = len(churned), len(log.customer)
    width = max(4, len(str(n_customers)))
    names = np.array([f"c{i:0{width}d}" for i in range(1, n_customers + 1)], dtype=object)
    popularity = 1 / np.arange(1, len(_ITEMS) + 1)
    events = pd.DataFrame(
        {
            "customer": names[log.customer],
            "when": _END - _seconds_to_end(log).astype("timedelta64[s]"),
            "amount": log.amount,
            "channel": pd.Categorical(log.channel, categories=_CHANNELS),
            "item": rng.choice(
                np.array(_ITEMS, dtype=object), size=n_events, p=popularity / popularity.sum()
            ),
            "age": log.age[log.customer],
            "region": rng.choice(np.array(_REGIONS, dtype=object), size=n_customers)[log.customer],
        }
    )
    order = rng.permutation(n_customers)
    return events.iloc[rng.permutation(n_events)].reset_index(drop=True), pd.Series(
        churned[order], index=pd.Index(names[order], name="customer"), name="churned"
    )


def _seconds_to_end(log: _Log) -> np.ndarray:
    """The time from each event to the end: the later gaps of its customer, and the recency."""
    elapsed = np.cumsum(log.gap)
    last = np.cumsum(log.counts) - 1
    return elapsed[last][log.customer] - elapsed + log.recency[log.customer]
