"""What a batch frees stays in the process for the next one."""

import platform
import subprocess
import sys

import pytest

from sklearn_rnn.training import _memory

SCRIPT = """
import resource
import runpy
import sys

import torch

# By itself: other imports may have freed a large block already, which is all that it does.
keep_freed_memory = runpy.run_path(sys.argv[1])["keep_freed_memory"]


def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        [torch.ones(1 << 20, dtype=torch.float32) for _ in range(8)]  # 4 MiB each
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


faults()
before = faults()
keep_freed_memory("cpu")
faults()
print(before, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries free otherwise")
def test_pages_of_a_batch_are_not_fetched_again_for_the_next_one():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, _memory.__file__], capture_output=True, text=True
    )
    before, after = map(int, done.stdout.split())
    assert before > 20 * 4096
    assert after < before / 20
