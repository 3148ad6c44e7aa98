"""skorch's own net, written the usual way."""

import torch
from bench_training import Usual


class PlainSkorch:
    """The program "usual" of ``bench_training.py``."""

    packages = ("skorch", "torch", "numpy")

    def __init__(self, task, seed):
        self.task, self.seed = task, seed

    def fit(self):
        self.model = Usual(self.task.workload)
        torch.manual_seed(self.seed)  # weights are drawn in fit
        self.model.fit(self.task.workload.sequences, self.task.workload.classes)

    def predict(self):
        return self.model.predict(self.task.held_out).tolist()
