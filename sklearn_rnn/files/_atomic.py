"""Files that are written whole or not at all."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

__all__ = ["TEMPORARY", "replace_file"]

TEMPORARY = ".tmp"  # how the names of unfinished files end
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP)  # file systems whose folders know no sync


def replace_file(path: str | os.PathLike, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file so that at any moment either the old or the new one is there, and whole.

    The bytes go to a file beside it, reach the disk, and then take its name; a link is followed.

    Parameters
    ----------
    path : str or os.PathLike
    parts : iterable of bytes-like
        The content, in order.

    Raises
    ------
    OSError
        If the disk is full, the folder is missing or may not be written to, or the path is no
        file. Whatever had the name before is as it was, and nothing else is left.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise OSError(f"{os.fspath(path)!r} is no file (a folder or a device): give another path.")
    temporary = target.parent / f".{target.name[:200]}.{secrets.token_hex(6)}{TEMPORARY}"
    try:
        _write(temporary, parts)
        os.replace(temporary, target)
        _sync_folder(target.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):  # the user gave this name, and knows no other
            error.filename, error.filename2 = os.fspath(path), None
        raise


def _write(path, parts):
    """Write a new file, with the rights that a new file has, and wait for the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder):
    """Let the new name reach the disk too, where a folder can be opened for that."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows, or a folder that may be written to but not listed
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)
