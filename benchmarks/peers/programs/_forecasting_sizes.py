"""The GRU that every forecaster trains, and on what batches of windows."""

HIDDEN_SIZE = 64
BATCH_SIZE = 128
LEARNING_RATE = 2e-3
CLIP = 1.0
