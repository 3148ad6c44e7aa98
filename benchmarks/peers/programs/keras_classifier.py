"""Keras on torch: the recurrent classifier of its guides, with the sizes of `_workloads`."""

import keras
import numpy as np
from _workloads import BATCH_SIZE, CLIP, EMBEDDING_SIZE, HIDDEN_SIZE, LEARNING_RATE
from keras import layers


def padded(sequences):
    """Zeros behind each sequence, as the guide on masking recommends."""
    return keras.utils.pad_sequences(sequences, padding="post", dtype=sequences[0].dtype)


def build(workload):
    """Embedding or masking, one LSTM both ways, last states, dense layer."""
    if workload.n_tokens:
        first = [
            keras.Input((None,), dtype="int64"),
            layers.Embedding(workload.n_tokens, EMBEDDING_SIZE, mask_zero=True),
        ]
    else:
        first = [keras.Input((None, workload.n_channels)), layers.Masking()]
    model = keras.Sequential(
        [
            *first,
            layers.Bidirectional(layers.LSTM(HIDDEN_SIZE)),
            layers.Dense(workload.n_classes),
        ]
    )
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE, global_clipnorm=CLIP),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


class KerasPadded:
    """`Model.fit` on one array, all sequences padded to the longest."""

    packages = ("keras", "torch", "numpy")

    def __init__(self, task, seed):
        self.task, self.seed = task, seed

    def fit(self):
        keras.utils.set_random_seed(self.seed)
        self.model = build(self.task.workload)
        self.model.fit(
            *self.batches(), batch_size=self.batch_size, epochs=self.task.epochs, verbose=0
        )

    batch_size = BATCH_SIZE

    def batches(self):
        """What `Model.fit` takes."""
        return padded(self.task.workload.sequences), self.task.workload.classes

    def predict(self):
        scores = self.model.predict(
            padded(self.task.held_out), batch_size=BATCH_SIZE, verbose=0
        )  # (sequences, classes)
        return scores.argmax(axis=1).tolist()


class LikeLengths(keras.utils.PyDataset):
    """Batches of sequences of like length, in another order each epoch."""

    def __init__(self, sequences, classes, seed):
        super().__init__()
        self.sequences, self.classes = sequences, classes
        self.lengths = np.array(list(map(len, sequences)))
        self.rng = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        rows = self.rows[index]
        return padded([self.sequences[row] for row in rows]), self.classes[rows]

    def on_epoch_end(self):
        """Shuffle, sort by length, cut, shuffle the batches."""
        order = self.rng.permutation(len(self.lengths))
        order = order[np.argsort(self.lengths[order], kind="stable")]
        batches = np.split(order, range(BATCH_SIZE, len(order), BATCH_SIZE))
        self.rows = [batches[i] for i in self.rng.permutation(len(batches))]


class KerasBucketed(KerasPadded):
    """The same model by someone careful; sequences to predict are sorted by length too."""

    batch_size = None

    def batches(self):
        return (LikeLengths(self.task.workload.sequences, self.task.workload.classes, self.seed),)

    def predict(self):
        sequences = self.task.held_out
        order = np.argsort(list(map(len, sequences)), kind="stable")
        classes = np.empty(len(sequences), dtype=np.int64)
        for rows in np.split(order, range(BATCH_SIZE, len(order), BATCH_SIZE)):
            scores = self.model.predict_on_batch(padded([sequences[row] for row in rows]))
            classes[rows] = scores.argmax(axis=1)
        return classes.tolist()
