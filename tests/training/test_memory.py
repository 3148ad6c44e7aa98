"""What a batch frees stays in the process for the next one."""

import os
import platform
import subprocess
import sys

import pytest

from sklearn_rnn.training import _memory

SCRIPT = """
import ctypes
import runpy
import sys

import torch

# By itself: other imports may have freed a large block already, which is all that it does.
keep_freed_memory = runpy.run_path(sys.argv[1])["keep_freed_memory"]


class Counts(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost",
    )]


mallinfo = ctypes.CDLL(None).mallinfo
mallinfo.restype = Counts


def is_mapped():
    before = mallinfo().hblks  # blocks that the system gives, and takes back when they are freed
    kept.append(torch.empty(30 << 20, dtype=torch.uint8))
    return mallinfo().hblks - before


kept = []
before = is_mapped()
keep_freed_memory("cpu")
print(before, is_mapped())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries free otherwise")
def test_large_blocks_come_from_memory_that_is_kept():
    command = [sys.executable, "-c", SCRIPT, _memory.__file__]
    # Dask sets MALLOC_TRIM_THRESHOLD_ for its workers; glibc then adapts nothing.
    usual = {name: x for name, x in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=usual)
    assert done.stdout.split() == ["1", "0"]
