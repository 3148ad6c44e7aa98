"""Pictures to files that are the same, byte for byte, each time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import matplotlib.style
import torch

from pictures._registry import OVERVIEW, PICTURES

__all__ = ["make_pictures"]

_SETTINGS = {
    "svg.fonttype": "path",  # letters look alike wherever the picture is shown
    "svg.hashsalt": "sklearn_rnn",  # else the names of shapes would be drawn at random
}


def make_pictures(folder: str | Path, names: Iterable[str] | None = None) -> list[Path]:
    """Draw pictures and write each to ``<name>.svg``.

    Parameters
    ----------
    folder : str or Path
        Is made where it does not exist.
    names : iterable of str or None, default=None
        Keys of ``PICTURES`` or ``OVERVIEW``; None means all of ``PICTURES``.

    Returns
    -------
    list of Path
        The files, in the order of the names.

    Raises
    ------
    ValueError
        If there is no picture of a name.
    """
    known = PICTURES | OVERVIEW
    names = list(PICTURES if names is None else names)
    for name in names:
        if name not in known:
            raise ValueError(f"there is no picture {name!r}; there are {', '.join(known)}.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _one_thread():
        return [_write(known[name], folder / f"{name}.svg") for name in names]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch compute in one thread.

    A fit gives the same bits only at the same number of threads, and more than one slow such
    small networks down.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _write(draw, path):
    """Draw and save with matplotlib's own settings, whatever those of the process are."""
    with matplotlib.style.context("default"), matplotlib.rc_context(_SETTINGS):
        draw().savefig(path, metadata={"Date": None})
    return path
