"""The small network that flair and we train, and for how long."""

HIDDEN_SIZE = 64
EMBEDDING_SIZE = 64
EPOCHS = 4
