"""Training on skorch: the net, its batches, callbacks, devices and randomness."""

from sklearn_rnn.training._averaging import AverageWeights
from sklearn_rnn.training._callbacks import (
    SCHEDULES,
    BestEpoch,
    ClipGradients,
    EpochLog,
    EpochTime,
    LastEpoch,
    LearningRateCurve,
    ProgressBar,
    ScheduledSampling,
)
from sklearn_rnn.training._carried_runs import after_texts, surprise_at_tokens, write_on
from sklearn_rnn.training._checkpoint import Checkpoint, find_epoch_files, read_epoch_file
from sklearn_rnn.training._dataset import SequenceDataset, TokenTables
from sklearn_rnn.training._devices import check_precision, resolve_device
from sklearn_rnn.training._distributed import DistributedNet
from sklearn_rnn.training._fingerprint import fingerprint
from sklearn_rnn.training._generation_runs import Drawing, draw_on, likelihood_of_steps
from sklearn_rnn.training._missing import MissingSteps, fill_static, find_missing
from sklearn_rnn.training._neighbours import NeighbourDataset
from sklearn_rnn.training._net import SequenceNet, StopTraining, loss_of_rows
from sklearn_rnn.training._optimizers import OPTIMIZERS, optimizer_options
from sklearn_rnn.training._pairs import PairBatches, PairDataset
from sklearn_rnn.training._pieces import PieceDataset, Pieces
from sklearn_rnn.training._processes import Processes, together
from sklearn_rnn.training._randomness import fit_seed, make_generators
from sklearn_rnn.training._scaling import StepScaler
from sklearn_rnn.training._streams import StreamBatches, StreamDataset
from sklearn_rnn.training._target_search import Search, read_targets, write_targets
from sklearn_rnn.training._training_state import TrainingCallback
from sklearn_rnn.training._tree_dataset import NumberedTrees, TreeDataset
from sklearn_rnn.training._unfreezing import GradualUnfreezing
from sklearn_rnn.training._window_index import Windows
from sklearn_rnn.training._window_regression import fit_window_regression
from sklearn_rnn.training._window_scalers import WindowScalers
from sklearn_rnn.training._windows import WindowDataset, WindowStatistics

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "AverageWeights",
    "BestEpoch",
    "Checkpoint",
    "ClipGradients",
    "DistributedNet",
    "Drawing",
    "EpochLog",
    "EpochTime",
    "GradualUnfreezing",
    "LastEpoch",
    "LearningRateCurve",
    "MissingSteps",
    "NeighbourDataset",
    "NumberedTrees",
    "PairBatches",
    "PairDataset",
    "PieceDataset",
    "Pieces",
    "Processes",
    "ProgressBar",
    "ScheduledSampling",
    "Search",
    "SequenceDataset",
    "SequenceNet",
    "StepScaler",
    "StopTraining",
    "StreamBatches",
    "StreamDataset",
    "TokenTables",
    "TrainingCallback",
    "TreeDataset",
    "WindowDataset",
    "WindowScalers",
    "WindowStatistics",
    "Windows",
    "after_texts",
    "check_precision",
    "draw_on",
    "fill_static",
    "find_epoch_files",
    "find_missing",
    "fingerprint",
    "fit_seed",
    "fit_window_regression",
    "likelihood_of_steps",
    "loss_of_rows",
    "make_generators",
    "optimizer_options",
    "read_epoch_file",
    "read_targets",
    "resolve_device",
    "surprise_at_tokens",
    "together",
    "write_on",
    "write_targets",
]
