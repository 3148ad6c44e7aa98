"""Which one of several processes that work side by side this one is."""

import multiprocessing
import os
import sys

__all__ = ["process_number"]


def process_number() -> int | None:
    """Give a number that processes side by side on one machine do not share, as far as it goes.

    ======================================  =====================================================
    the process                             its number
    ======================================  =====================================================
    of ``torchrun``                         ``LOCAL_RANK``
    runs a task of Spark                    the first GPU that Spark gave the task, if it gives
                                            out GPUs by number; else that of the task, since tasks
                                            that run at the same time were begun one after the
                                            other
    a worker of Ray                         its process id, since Ray does not count its workers
    a worker of a pool: loky, which is      how many its parent had begun before it
    joblib's, ``multiprocessing``,
    ``concurrent.futures``, Dask
    a worker of dask-cuda                   None: the first GPU that it sees is its own
    any other                               None
    ======================================  =====================================================

    Nothing is imported for that: a process that runs a task has loaded what runs it.
    """
    local_rank = os.environ.get("LOCAL_RANK", "")
    if local_rank.isdecimal():
        return int(local_rank)
    if "dask_cuda" in sys.modules:  # it sets CUDA_VISIBLE_DEVICES of each worker, its own first
        return None
    task = _spark_task()
    if task is not None:
        gpu = task.resources().get("gpu")
        place = "" if gpu is None else gpu.addresses[0]
        return int(place) if place.isdecimal() else task.taskAttemptId()
    if "RAY_RAYLET_PID" in os.environ:
        return os.getpid()
    # Where multiprocessing counts: from 1, with a place for each pool that a pool is within.
    counts = multiprocessing.current_process()._identity
    return sum(counts) - len(counts) if counts else None


def _spark_task():
    spark = sys.modules.get("pyspark")
    return None if spark is None else spark.TaskContext.get()
