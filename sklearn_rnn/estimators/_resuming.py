"""Going on with a fit that was cut short, from the files that it wrote."""

import os
from pathlib import Path

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.training import (
    Checkpoint,
    find_epoch_files,
    fingerprint,
    fit_seed,
    read_epoch_file,
)

__all__ = ["Run", "begin_run"]

_NO_MATTER = {"checkpoint", "verbose", "random_state", "device"}


def begin_run(estimator, data, *, resume, goes_on: bool, validates_on_other: bool = False) -> "Run":
    """Draw the seed of a fit, or take that of the fit to go on with.

    Parameters
    ----------
    estimator : estimator with a net
    data : object
        What is trained on, as it is read.
    resume : bool or "auto"
    goes_on : bool
        Whether training goes on from the weights that the estimator has.
    validates_on_other : bool, default=False
        Whether ``fit`` was given data to validate on.

    Raises
    ------
    ValueError
        If there is nothing to resume from.
    """
    if not (isinstance(resume, bool) or resume == "auto"):
        raise ValueError(f'resume must be True, False or "auto", but is {resume!r}.')
    if estimator.checkpoint is None:
        if resume is True:
            raise ValueError(
                "resume=True, but checkpoint is None, so that no fit was kept: give checkpoint "
                "the folder of the fit to go on with."
            )
        return Run(fit_seed(estimator.random_state))
    seed = None if estimator.random_state is None else fit_seed(estimator.random_state)
    return CheckedRun(
        estimator,
        data,
        seed,
        resume=resume,
        goes_on=goes_on,
        validates_on_other=validates_on_other,
    )


class Run:
    """A fit that is not kept.

    Attributes
    ----------
    seed : int
        What all random numbers of the fit come from.
    """

    def __init__(self, seed: int):
        self.seed = seed

    def watch(self, net, validation=None) -> None:
        """Let a net that is about to train keep its epochs."""


class CheckedRun(Run):
    """A fit that keeps its epochs, known by its parameters and data."""

    def __init__(self, estimator, data, seed, *, resume, goes_on, validates_on_other):
        self.folder, self.resume = Path(os.fspath(estimator.checkpoint)), resume
        self.folder.mkdir(parents=True, exist_ok=True)
        self.estimator = type(estimator).__name__
        parameters, data = _parameters(estimator, seed), _data(estimator, data, goes_on)
        self.about = {"estimator": self.estimator, "parameters": parameters, "data": data}
        told_apart_by = [data, {name: found for name, (found, _) in parameters.items()}]
        self.name = f"{self.estimator}-{fingerprint(told_apart_by)[:16]}"
        super().__init__(self._seed(validates_on_other) if seed is None else seed)

    def _seed(self, validates_on_other):
        """Give the seed of a fit without ``random_state``, which only its file tells."""
        files = find_epoch_files(self.folder, self.name) if self.resume else []
        # A fit that splits its data has to split them as it did, not as another one.
        splits = f"{self.name}{fingerprint(None)[:8]}"
        files = [file for file in files if (file.run != splits) == validates_on_other]
        if not files:
            return fit_seed(None)
        seed = read_epoch_file(files[0].path)[0].get("seed")
        if type(seed) is not int or not 0 <= seed < 2**64:
            raise ModelFileError(f"the checkpoint {str(files[0].path)!a} has the seed {seed!a}.")
        return seed

    def watch(self, net, validation=None):
        """Let a net that is about to train keep its epochs, and go on from the last, if any."""
        self.about["validation"] = fingerprint(validation)
        self.about["seed"] = self.seed
        run = f"{self.name}{self.about['validation'][:8]}"
        files = find_epoch_files(self.folder, run) if self.resume else []
        if not files and self.resume is True:
            self._refuse_others()
        net.checkpoint = Checkpoint(self.folder, run, self.about, files[0] if files else None)

    def _refuse_others(self):
        """Raise an error if there are fits to go on with, but all of them are others."""
        others = find_epoch_files(self.folder, f"{self.estimator}-")
        if not others:
            return
        newest = max(others, key=lambda file: file.path.stat().st_mtime)
        raise ValueError(
            f"resume=True, but checkpoint={str(self.folder)!r} holds no epoch of this fit: that of "
            f"{newest.path.name} differs in {self._difference(newest.path)}. Fit with the same "
            'parameters and data, give another folder, or set resume to "auto", which begins anew '
            "where there is nothing to go on with (as in a search), or to False."
        )

    def _difference(self, path):
        """Say in what another fit differs."""
        there = read_epoch_file(path)[0]
        parameters = there["parameters"]
        found = [
            f"{name} ({_shown(parameters.get(name))} there, {here[1]} here)"
            for name, here in self.about["parameters"].items()
            if parameters.get(name, [None])[0] != here[0]
        ]
        if any(there[name] != self.about[name] for name in ("data", "validation")):
            found.append("its data")
        return ", ".join(found)


def _shown(parameter):
    return "none" if parameter is None else parameter[1]


def _parameters(estimator, seed):
    """Give fingerprint and text of each parameter that training depends on."""
    values = estimator.get_params(deep=False)
    kept = {name: value for name, value in values.items() if name not in _NO_MATTER}
    kept["random_state"] = seed
    kept["device"] = estimator._device().type
    found = {}
    for name, value in kept.items():
        try:
            found[name] = [fingerprint(value), f"{value!r:.60}"]
        except TypeError as error:
            raise TypeError(
                f"{name} holds {error}, by which a checkpoint cannot be told from others: give "
                "another value, or set checkpoint=None."
            ) from error
    return found


def _data(estimator, data, goes_on):
    """Give the fingerprint of the data, and of what training goes on from."""
    start = dict(estimator.module_.state_dict()) if goes_on else None
    return fingerprint([data, getattr(estimator, "classes_", None), start])
