"""Slow, obvious truths in numpy's float64, which the tests hold the library against.

Everything here works on one sequence, or one row, at a time: there is no padding to go wrong.
Weights are laid out as torch lays them out.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

__all__ = [
    "POOLINGS",
    "SCANS",
    "CellWeights",
    "LRUWeights",
    "MinWeights",
    "absolute_error",
    "attention_pooling",
    "crf_log_probabilities",
    "crf_path_scores",
    "cross_entropy",
    "directional_derivative",
    "gru",
    "huber",
    "indrnn",
    "last_pooling",
    "layer_norm_lstm",
    "lru",
    "lru_states",
    "lstm",
    "max_pooling",
    "mean_pooling",
    "mingru",
    "minlstm",
    "ordinal_probabilities",
    "pad_right",
    "peephole_lstm",
    "pinball",
    "recurrent_stack",
    "rnn_relu",
    "rnn_sigmoid",
    "rnn_tanh",
    "slstm",
    "squared_error",
]


# --- cells --------------------------------------------------------------------------------------


class CellWeights(NamedTuple):
    """The weights of one cell, in torch's layout: one block of rows a gate."""

    input: np.ndarray  # (gates * hidden, features)
    recurrent: np.ndarray  # (gates * hidden, hidden)
    input_bias: np.ndarray  # (gates * hidden,)
    recurrent_bias: np.ndarray  # (gates * hidden,)
    others: tuple = ()  # peepholes, gains; what a cell has beside, in its own order

    @classmethod
    def of(cls, named):
        """Sort out pairs of torch's names and arrays; what has other names comes behind."""
        arrays = dict(named)
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        return cls(*map(arrays.pop, names), tuple(arrays.values()))

    @property
    def hidden_size(self):
        return self.recurrent.shape[-1]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0)


def lstm(steps, weights):
    """Run an LSTM over steps ``(time, features)``: the states ``(time, hidden)``."""
    hidden, memory = np.zeros(weights.hidden_size), np.zeros(weights.hidden_size)
    states = []
    for step in steps:
        from_input = weights.input @ step + weights.input_bias
        from_state = weights.recurrent @ hidden + weights.recurrent_bias
        read, forget, candidate, write = np.split(from_input + from_state, 4)
        memory = sigmoid(forget) * memory + sigmoid(read) * np.tanh(candidate)
        hidden = sigmoid(write) * np.tanh(memory)
        states.append(hidden)
    return np.array(states)


def gru(steps, weights):
    """Run a GRU over steps ``(time, features)``: the states ``(time, hidden)``."""
    hidden = np.zeros(weights.hidden_size)
    states = []
    for step in steps:
        from_input = np.split(weights.input @ step + weights.input_bias, 3)
        from_state = np.split(weights.recurrent @ hidden + weights.recurrent_bias, 3)
        reset = sigmoid(from_input[0] + from_state[0])
        keep = sigmoid(from_input[1] + from_state[1])
        candidate = np.tanh(from_input[2] + reset * from_state[2])
        hidden = keep * hidden + (1 - keep) * candidate
        states.append(hidden)
    return np.array(states)


def rnn_tanh(steps, weights):
    """Run an Elman network with tanh over steps ``(time, features)``."""
    return elman(steps, weights, np.tanh)


def rnn_relu(steps, weights):
    """Run an Elman network with a ramp over steps ``(time, features)``."""
    return elman(steps, weights, relu)


def elman(steps, weights, activation):
    hidden = np.zeros(weights.hidden_size)
    states = []
    for step in steps:
        from_input = weights.input @ step + weights.input_bias
        hidden = activation(from_input + weights.recurrent @ hidden + weights.recurrent_bias)
        states.append(hidden)
    return np.array(states)


def rnn_sigmoid(steps, weights):
    """Run an Elman network with sigmoids over steps ``(time, features)``."""
    return elman(steps, weights, sigmoid)


def peephole_lstm(steps, weights):
    """Run an LSTM whose gates see the memory; peepholes of input, forget and output gate."""
    hidden, memory = np.zeros(weights.hidden_size), np.zeros(weights.hidden_size)
    to_read, to_forget, to_write = np.split(weights.others[0], 3)
    states = []
    for step in steps:
        from_input = weights.input @ step + weights.input_bias
        from_state = weights.recurrent @ hidden + weights.recurrent_bias
        read, forget, candidate, write = np.split(from_input + from_state, 4)
        read, forget = sigmoid(read + to_read * memory), sigmoid(forget + to_forget * memory)
        memory = forget * memory + read * np.tanh(candidate)
        hidden = sigmoid(write + to_write * memory) * np.tanh(memory)
        states.append(hidden)
    return np.array(states)


def normalise(row):
    """Layer normalisation without gain and bias, as torch does it."""
    centred = row - sum(row) / len(row)
    return centred / np.sqrt(sum(centred**2) / len(row) + 1e-5)


def layer_norm_lstm(steps, weights):
    """Run an LSTM with layer normalisation (Ba et al. 2016, eq. 20 to 22)."""
    hidden, memory = np.zeros(weights.hidden_size), np.zeros(weights.hidden_size)
    input_gain, gain, memory_gain, memory_bias = weights.others
    states = []
    for step in steps:
        from_input = input_gain * normalise(weights.input @ step) + weights.input_bias
        from_state = gain * normalise(weights.recurrent @ hidden) + weights.recurrent_bias
        read, forget, candidate, write = np.split(from_input + from_state, 4)
        memory = sigmoid(forget) * memory + sigmoid(read) * np.tanh(candidate)
        hidden = sigmoid(write) * np.tanh(memory_gain * normalise(memory) + memory_bias)
        states.append(hidden)
    return np.array(states)


def slstm(steps, weights):
    """Run an sLSTM as its paper stabilises it (Beck et al. 2024, eq. 8 to 17)."""
    hidden, memory, normaliser = np.zeros((3, weights.hidden_size))
    stabiliser = np.full(weights.hidden_size, -np.inf)
    states = []
    for step in steps:
        from_input = weights.input @ step + weights.input_bias
        from_state = weights.recurrent @ hidden + weights.recurrent_bias
        read, forget, candidate, write = np.split(from_input + from_state, 4)
        log_forget = -np.logaddexp(0, -forget)
        larger = np.maximum(log_forget + stabiliser, read)
        kept, taken = np.exp(log_forget + stabiliser - larger), np.exp(read - larger)
        memory = kept * memory + taken * np.tanh(candidate)
        normaliser = kept * normaliser + taken
        hidden, stabiliser = sigmoid(write) * memory / normaliser, larger
        states.append(hidden)
    return np.array(states)


def indrnn(steps, weights):
    """Run units that see, of the last state, themselves alone (Li et al. 2018, eq. 3)."""
    hidden = np.zeros(weights.hidden_size)
    states = []
    for step in steps:
        from_input = weights.input @ step + weights.input_bias + weights.recurrent_bias
        hidden = relu(from_input + np.clip(weights.recurrent, -1, 1) * hidden)
        states.append(hidden)
    return np.array(states)


CELLS = {
    "lstm": lstm,
    "gru": gru,
    "rnn_tanh": rnn_tanh,
    "rnn_relu": rnn_relu,
    "rnn_sigmoid": rnn_sigmoid,
    "peephole_lstm": peephole_lstm,
    "layer_norm_lstm": layer_norm_lstm,
    "slstm": slstm,
    "indrnn": indrnn,
}


def recurrent_stack(sequence, cell, layers):
    """Run layers of cells over one sequence ``(time, features)``.

    ``layers`` holds one list a layer: the weights of the forward direction, and, if there is a
    backward one, those that read the sequence from its end.
    """
    run = CELLS[cell]
    steps = sequence
    for directions in layers:
        states = [run(steps, directions[0])]
        if len(directions) == 2:
            states.append(run(steps[::-1], directions[1])[::-1])
        steps = np.concatenate(states, axis=1)
    return steps


# --- cells that are scans over time ---------------------------------------------------------------


class MinWeights(NamedTuple):
    """The weights of a cell whose gates read the input alone: one block of rows a gate."""

    input: np.ndarray  # (gates * hidden, features)
    bias: np.ndarray  # (gates * hidden,)


def mingru(steps, weights, state=0.0):
    """Run a minGRU (Feng et al. 2024, section 3.1) over steps ``(time, features)``."""
    states = []
    for step in steps:
        keep, candidate = np.split(weights.input @ step + weights.bias, 2)
        state = sigmoid(keep) * state + sigmoid(-keep) * candidate
        states.append(state)
    return np.array(states)


def minlstm(steps, weights, state=0.0):
    """Run a minLSTM whose states have one scale (Feng et al. 2024, section 3.2)."""
    states = []
    for step in steps:
        forget, read, candidate = np.split(weights.input @ step + weights.bias, 3)
        forget, read = sigmoid(forget), sigmoid(read)
        state = (forget * state + read * candidate) / (forget + read)
        states.append(state)
    return np.array(states)


class LRUWeights(NamedTuple):
    """The weights of linear recurrent units, in the order of the layer's parameters."""

    input: np.ndarray  # (4 * hidden, features)
    output: np.ndarray  # (2 * hidden, 2 * hidden)
    bias: np.ndarray  # (2 * hidden,)
    log_decay: np.ndarray  # (hidden,)
    log_phase: np.ndarray  # (hidden,)
    log_scale: np.ndarray  # (hidden,)


def lru_states(steps, weights, state=0.0):
    """Give the complex states of linear recurrent units (Orvieto et al. 2023, section 3)."""
    size = len(weights.log_decay)
    into = weights.input[: 2 * size : 2] + 1j * weights.input[1 : 2 * size : 2]
    eigenvalues = np.exp(-np.exp(weights.log_decay) + 1j * np.exp(weights.log_phase))
    states = []
    for step in steps:
        state = eigenvalues * state + np.exp(weights.log_scale) * (into @ step)
        states.append(state)
    return np.array(states)


def lru(steps, weights, state=0.0):
    """Run linear recurrent units, which a gated linear unit reads."""
    size = len(weights.log_decay)
    out_of, skip = weights.output[:, ::2] - 1j * weights.output[:, 1::2], weights.input[2 * size :]
    outputs = []
    for step, turned in zip(steps, lru_states(steps, weights, state), strict=True):
        value, gate = np.split((out_of @ turned).real + skip @ step + weights.bias, 2)
        outputs.append(value * sigmoid(gate))
    return np.array(outputs)


SCANS = {"mingru": (mingru, MinWeights), "minlstm": (minlstm, MinWeights), "lru": (lru, LRUWeights)}


# --- poolings of the states (time, size) of one sequence ----------------------------------------


def last_pooling(states, bidirectional):
    """The state in which each direction ends."""
    if not bidirectional:
        return states[-1]
    half = states.shape[1] // 2
    return np.concatenate([states[-1, :half], states[0, half:]])


def mean_pooling(states, bidirectional):
    return sum(states) / len(states)


def max_pooling(states, bidirectional):
    return np.array([max(unit) for unit in states.T])


def attention_pooling(states, projection, bias, query):
    """Yang et al. 2016, equations 5 to 7, one step at a time."""
    scores = [query @ np.tanh(projection @ state + bias) for state in states]
    weights = [np.exp(score) for score in scores]
    return sum(weight * state for weight, state in zip(weights, states, strict=True)) / sum(weights)


POOLINGS = {"last": last_pooling, "mean": mean_pooling, "max": max_pooling}


# --- losses of one number against another -------------------------------------------------------


def squared_error(prediction, target):
    return (prediction - target) ** 2 / 2


def absolute_error(prediction, target):
    return prediction - target if prediction > target else target - prediction


def huber(prediction, target, delta):
    distance = absolute_error(prediction, target)
    return distance**2 / 2 if distance <= delta else delta * (distance - delta / 2)


def ordinal_probabilities(score, cuts):
    """P(rank = j) = P(rank > j - 1) - P(rank > j), where P(rank > j) = sigmoid(score - cut_j)."""
    above = [1.0, *(sigmoid(score - cut) for cut in cuts), 0.0]
    return [above[j] - above[j + 1] for j in range(len(cuts) + 1)]


def pinball(prediction, target, quantile):
    if prediction < target:
        return quantile * (target - prediction)
    return (1 - quantile) * (prediction - target)


def cross_entropy(logits, label):
    """Of one row of logits."""
    return np.log(sum(np.exp(logit) for logit in logits)) - logits[label]


# --- conditional random field -------------------------------------------------------------------


def crf_path_scores(emissions, start, transitions, end):
    """The score of every tag sequence over emissions ``(time, tags)``, by its tags.

    What is not allowed has -inf among its scores.
    """
    time, n_tags = emissions.shape
    scores = {}
    for path in product(range(n_tags), repeat=time):
        score = start[path[0]] + end[path[-1]]
        for step, tag in enumerate(path):
            score = score + emissions[step, tag]
            if step > 0:
                score = score + transitions[path[step - 1], tag]
        scores[path] = score
    return scores


def crf_log_probabilities(scores):
    """The log-probability of every path, from its score."""
    highest = max(scores.values())
    total = sum(np.exp(score - highest) for score in scores.values())
    return {path: score - highest - np.log(total) for path, score in scores.items()}


# --- helpers ------------------------------------------------------------------------------------


def pad_right(sequences, fill=0.0):
    """Lay sequences of unequal length out as one array, ``fill`` behind their ends."""
    time = max(map(len, sequences))
    padded = np.full((len(sequences), time, *sequences[0].shape[1:]), fill, sequences[0].dtype)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


def directional_derivative(function, points, directions, step=1e-6):
    """Give the slope of ``function(*points)`` along ``directions``, by a central difference."""
    ahead = [point + step * way for point, way in zip(points, directions, strict=True)]
    behind = [point - step * way for point, way in zip(points, directions, strict=True)]
    return (function(*ahead) - function(*behind)) / (2 * step)
