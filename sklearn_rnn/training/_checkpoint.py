"""The state of training in a file, one an epoch, from which it goes on bit for bit."""

import contextlib
import os
import re
from pathlib import Path
from typing import NamedTuple

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file
from sklearn_rnn.training._packing import pack, unpack
from sklearn_rnn.training._training_state import restore_training, training_state

__all__ = ["Checkpoint", "EpochFile", "find_epoch_files", "read_epoch_file"]

_LAYOUT = 1
_NAME = re.compile(r"(?P<run>.+)-(?P<epoch>\d{6,})\.safetensors")


class EpochFile(NamedTuple):
    """The file of an epoch: the name of the run, how many epochs are over, the path."""

    run: str
    epoch: int
    path: Path


def find_epoch_files(folder: str | os.PathLike, run: str) -> list[EpochFile]:
    """Find the files whose run begins with a text, that of the last epoch first."""
    found = []
    for path in Path(folder).iterdir():
        name = _NAME.fullmatch(path.name)
        if name and name["run"].startswith(run):
            found.append(EpochFile(name["run"], int(name["epoch"]), path))
    return sorted(found, key=lambda file: file.epoch, reverse=True)


def read_epoch_file(path: Path) -> tuple[dict, dict]:
    """Give the document and the arrays of a file.

    Raises
    ------
    ModelFileError
        If it is no checkpoint, or damaged.
    """
    document, arrays = read_model_file(path)
    if document.get("checkpoint") != _LAYOUT:
        raise ModelFileError(
            f"the file {str(path)!a} is no checkpoint of this version of the library: begin anew "
            "with resume=False, or go on with the version that wrote it."
        )
    return document, arrays


class Checkpoint:
    """Keeps the state of a net after each epoch, and brings a net back to it.

    Parameters
    ----------
    folder : str or os.PathLike
    run : str
        What the names of the run's files begin with.
    about : dict
        What a file says of the run beside its state, for whoever looks for the run.
    resumed : EpochFile or None
        What to go on from.
    """

    def __init__(self, folder, run: str, about: dict, resumed: EpochFile | None = None):
        self.folder, self.run, self.about, self.resumed = Path(folder), run, about, resumed

    def begin(self, net) -> int:
        """Bring the net to where training goes on; give the number of epochs that are left.

        The first file is written here, so that a folder that takes none is found at once.
        """
        for path in self.folder.glob(f".{self.run}-*.tmp"):
            _remove(path)  # a process was killed while it wrote
        if self.resumed is None:
            self._keep_only(self._write(net, is_over=False))
            return net.max_epochs
        if self._restore(net):
            return 0
        self._write(net, is_over=False)
        return net.max_epochs - len(net.history)

    def after_epoch(self, net, *, is_over: bool) -> None:
        """Keep the state, and then remove the file of the epoch before.

        ``is_over`` says whether training ends with this epoch.
        """
        self._keep_only(self._write(net, is_over=is_over))

    def _keep_only(self, written):
        for file in find_epoch_files(self.folder, self.run):
            if file.run == self.run and file.path != written:
                _remove(file.path)

    def _write(self, net, *, is_over):
        state, arrays = pack(training_state(net))
        path = self.folder / f"{self.run}-{len(net.history):06d}.safetensors"
        document = {"checkpoint": _LAYOUT, **self.about, "is_over": is_over, "state": state}
        write_model_file(path, document, arrays)
        return path

    def _restore(self, net):
        """Fill the net from the file; tell whether training was over."""
        path = self.resumed.path
        document, arrays = read_epoch_file(path)
        try:
            restore_training(net, unpack(document["state"], arrays, net.device))
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise ModelFileError(
                f"the checkpoint {str(path)!a} does not fit this fit ({error!r}): begin anew with "
                "resume=False."
            ) from error
        return document["is_over"] or len(net.history) >= net.max_epochs


def _remove(path):
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
