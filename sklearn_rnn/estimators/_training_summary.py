"""What a notebook shows of a trained network, and its record as a frame."""

from html import escape

import pandas as pd
from sklearn.utils.validation import check_is_fitted

__all__ = ["TrainingSummaryMixin", "add_summary_of_members"]

_TABLE = """
<div class="estimator-table">
    <details open>
        <summary>Trained network</summary>
        <table class="parameters-table">
            <tbody>{rows}</tbody>
        </table>
    </details>
</div>
"""
_ROW = '<tr class="default"><td class="param">{name}</td><td class="value">{value}</td></tr>'
_LONGEST = 60  # characters of a value that the user has named


class TrainingSummaryMixin:
    """Tells of the training of a net kept as ``net_``; not public."""

    def history_frame(self) -> pd.DataFrame:
        """Give ``history_`` as a frame.

        Returns
        -------
        DataFrame
            One row an epoch, indexed by ``epoch`` from 1, with the columns ``train_loss``, ``lr``,
            ``dur`` (seconds), with validation ``valid_loss`` and ``valid_<score>``, and whatever
            callbacks have recorded. The marks of the best figures so far (``train_loss_best``) are
            left out. What an epoch has no record of is NaN.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self)
        epochs = pd.RangeIndex(1, len(self.history_) + 1, name="epoch")
        frame = pd.DataFrame(self.history_, index=epochs)
        marks = [name for name in frame if _marks_the_best(name, frame)]
        return frame.drop(columns=["epoch", *marks], errors="ignore")

    def _get_fitted_attr_html(self, doc_link=""):
        """Put the summary before scikit-learn's table of fitted attributes.

        scikit-learn, from 1.9 on, asks for this wherever it draws a fitted estimator: alone, in
        pipelines and searches, and also an unfitted one within a fitted one.
        """
        attributes = super()._get_fitted_attr_html(doc_link)
        if not self.__sklearn_is_fitted__():
            return attributes
        return _Tables(_as_html(_summary(self)), attributes)


def add_summary_of_members(attributes, members: list):
    """Put the summary of fits of one estimator before scikit-learn's table of their ensemble."""
    if not members or not all(isinstance(one, TrainingSummaryMixin) for one in members):
        return attributes
    rows = {"members": str(len(members)), **_summary(members[0])}
    rows["epochs"] = f"{', '.join(str(one.n_iter_) for one in members)} run"
    rows["weights"] += " in each member"
    return _Tables(_as_html(rows), attributes)


class _Tables:
    """Tables of HTML that scikit-learn writes as it writes its own of fitted attributes."""

    def __init__(self, summary, attributes):
        self.summary, self.attributes = summary, attributes

    def __len__(self):
        return 1 + len(self.attributes)

    def _repr_html_inner(self):
        return self.summary + (self.attributes._repr_html_inner() if len(self.attributes) else "")


def _marks_the_best(name, names):
    return isinstance(name, str) and name.endswith("_best") and name[: -len("_best")] in names


def _as_html(rows):
    rows = [_ROW.format(name=escape(name), value=escape(value)) for name, value in rows.items()]
    return _TABLE.format(rows="\n".join(rows))


def _summary(estimator) -> dict[str, str]:
    """Say what was trained, on what, for how long, and what "auto" became."""
    rows = {
        "network": _describe_layers(estimator),
        "weights": _count_weights(estimator.module_),
        "computed": f"on {estimator.net_.device}, trained in {estimator.net_.precision}",
        "epochs": _describe_epochs(estimator),
    }
    chosen = estimator._chosen()
    if chosen:
        pairs = (f"{name}={_shorten(repr(value))}" for name, value in chosen.items())
        rows["auto"] = ", ".join(pairs)
    return rows


def _describe_layers(estimator):
    plan, n_networks = estimator._architecture, getattr(estimator, "n_networks_", 1)
    cell = plan.cell if isinstance(plan.cell, str) else getattr(plan.cell, "__name__", "own cell")
    layers = "1 layer" if plan.num_layers == 1 else f"{plan.num_layers} layers"
    ways = " in each direction" if getattr(plan, "bidirectional", False) else ""
    text = f"{_shorten(cell)}, {layers} of {plan.hidden_size} units{ways}"
    return text if n_networks == 1 else f"{n_networks} networks: {text}"


def _count_weights(module):
    weights = list(module.parameters())
    frozen = sum(weight.numel() for weight in weights if not weight.requires_grad)
    n_weights = f"{sum(weight.numel() for weight in weights):,}"
    return f"{n_weights}, {frozen:,} of them frozen" if frozen else n_weights


def _describe_epochs(estimator):
    text = f"{estimator.n_iter_} run"
    if getattr(estimator, "interrupted_", False):
        text += ", then interrupted"
    return f"{text}; weights of epoch {estimator.best_epoch_}" if estimator.best_epoch_ else text


def _shorten(text):
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
