"""What an estimator keeps of the record of a net."""

from typing import NamedTuple

__all__ = ["TrainingRecord", "record_training"]


class TrainingRecord(NamedTuple):
    """The record of all epochs, and the one, from 1, whose weights are kept (0: none yet)."""

    history: list
    best_epoch: int


def record_training(net, earlier, n_before=0, n_epochs=None) -> TrainingRecord:
    """Join what was recorded earlier to what a net has recorded.

    Parameters
    ----------
    net : SequenceNet
    earlier : list of dict
        The record of the training that this one goes on from.
    n_before : int, default=0
        How many epochs of the net stand in ``earlier``.
    n_epochs : int or None, default=None
        How many epochs of the net are over; None means all.

    Returns
    -------
    TrainingRecord
    """
    new = [
        {name: value for name, value in record.items() if name != "batches"}
        for record in net.history[n_before:n_epochs]
    ]
    start = len(earlier)
    for i, record in enumerate(new):
        record["epoch"] = start + i + 1
    stopper = dict(net.callbacks_).get("best_epoch")
    best = len(new) if stopper is None or not new else stopper.best_epoch_
    return TrainingRecord(history=earlier + new, best_epoch=start + best)
