"""Transformers that tokenize, encode, scale and pad sequences; frames of series made ready."""

from sklearn_rnn.preprocessing._fill_gaps import fill_gaps
from sklearn_rnn.preprocessing._frame_to_sequences import FrameToSequences
from sklearn_rnn.preprocessing._future_frame import make_future_frame
from sklearn_rnn.preprocessing._one_hot_sequences import OneHotSequences
from sklearn_rnn.preprocessing._per_step import PerStep
from sklearn_rnn.preprocessing._sequence_padder import SequencePadder
from sklearn_rnn.preprocessing._sliding_windows import SlidingWindows
from sklearn_rnn.preprocessing._token_encoder import TokenEncoder
from sklearn_rnn.preprocessing._word_embedder import WordEmbedder
from sklearn_rnn.preprocessing._word_tokenizer import WordTokenizer

__all__ = [
    "FrameToSequences",
    "OneHotSequences",
    "PerStep",
    "SequencePadder",
    "SlidingWindows",
    "TokenEncoder",
    "WordEmbedder",
    "WordTokenizer",
    "fill_gaps",
    "make_future_frame",
]
