"""A file is replaced as a whole, or stays as it was."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import threading

import pytest

from sklearn_rnn.files import replace_file

OLD, NEW = b"old" * 1000, b"new" * 2000


@pytest.fixture
def path(tmp_path):
    """A file that is there already, alone in its folder."""
    path = tmp_path / "model"
    path.write_bytes(OLD)
    return path


def is_as_before(path):
    return path.read_bytes() == OLD and os.listdir(path.parent) == [path.name]


def failing(error):
    def fail(*args, **kwargs):
        raise error

    return fail


def test_a_file_gets_its_parts_in_order(path):
    replace_file(path, [b"a", memoryview(b"bc"), b"", bytearray(b"d")])
    assert path.read_bytes() == b"abcd"
    assert os.listdir(path.parent) == ["model"]


def test_a_new_file_has_the_rights_of_any_new_file(tmp_path):
    (tmp_path / "any").write_bytes(b"")
    replace_file(tmp_path / "model", [NEW])
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("any", "model")}
    assert len(modes) == 1


def test_the_data_reaches_the_disk_before_it_takes_the_name_and_the_name_after(path, monkeypatch):
    calls, fsync, replace = [], os.fsync, os.replace

    def record_fsync(descriptor):
        calls.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        assert (path.read_bytes() == OLD) == (calls == ["file"])
        fsync(descriptor)

    def record_replace(source, target):
        assert os.path.getsize(source) == len(NEW)
        calls.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    replace_file(path, [NEW])
    assert calls == ["file", "replace", "folder"]


@pytest.mark.parametrize("function", ["open", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_step_that_fails_leaves_the_old_file_alone(path, monkeypatch, function, code):
    monkeypatch.setattr(os, function, failing(OSError(code, os.strerror(code))))
    with pytest.raises(OSError) as caught:
        replace_file(path, [NEW])
    monkeypatch.undo()
    assert is_as_before(path)
    assert caught.value.errno == code
    assert caught.value.filename == str(path)


def test_a_disk_that_is_full_midway_leaves_the_old_file_alone(path):
    """The limit on the size of a file stands for the end of the disk: the write itself fails."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, limits[1]))
    try:
        with pytest.raises(OSError) as caught:
            replace_file(path, [bytes(2**19)] * 4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.errno == errno.EFBIG
    assert is_as_before(path)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("x"), MemoryError()])
def test_an_error_between_the_parts_leaves_the_old_file_alone(path, error):
    def parts():
        yield NEW
        raise error

    with pytest.raises(type(error)):
        replace_file(path, parts())
    assert is_as_before(path)


def test_a_missing_folder_is_an_os_error_that_names_the_path(tmp_path):
    path = tmp_path / "missing" / "model"
    with pytest.raises(FileNotFoundError) as caught:
        replace_file(path, [NEW])
    assert caught.value.filename == str(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_a_permission_error(path):
    path.parent.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            replace_file(path, [NEW])
    finally:
        path.parent.chmod(0o700)
    assert is_as_before(path)


def test_a_folder_or_a_device_is_not_replaced(tmp_path):
    for path in (tmp_path, os.devnull):
        with pytest.raises(OSError, match="no file"):
            replace_file(path, [NEW])
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert os.listdir(tmp_path) == []


def test_a_link_is_followed(path):
    link = path.with_name("link")
    link.symlink_to(path)
    replace_file(link, [NEW])
    assert link.is_symlink()
    assert path.read_bytes() == NEW


def test_a_name_as_long_as_a_folder_allows_is_fine(tmp_path):
    path = tmp_path / ("x" * 255)
    replace_file(path, [NEW])
    assert path.read_bytes() == NEW


def test_a_reader_sees_one_file_or_the_other(path):
    seen, done = set(), threading.Event()

    def read():
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(50):
        replace_file(path, [NEW if i % 2 else OLD])
    done.set()
    reader.join()
    assert seen <= {OLD, NEW}


def test_a_process_killed_midway_leaves_the_old_file(path):
    done = subprocess.run([sys.executable, "-c", KILLED_MIDWAY, path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == OLD


KILLED_MIDWAY = """
import os, signal, sys
from sklearn_rnn.files import replace_file

def parts():
    yield b"new" * 10**6
    os.kill(os.getpid(), signal.SIGKILL)

replace_file(sys.argv[1], parts())
"""
