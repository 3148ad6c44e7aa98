"""The one-file format of models and checkpoints: written at once or not at all, read strictly."""

from sklearn_rnn.files._atomic import replace_file
from sklearn_rnn.files._container import read_model_file, write_model_file
from sklearn_rnn.files._json import format_json, parse_json

__all__ = ["format_json", "parse_json", "read_model_file", "replace_file", "write_model_file"]
