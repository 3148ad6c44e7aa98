"""A network that starts from a language model."""

import torch
from torch import Tensor, nn

from sklearn_rnn.data import PADDING_ID
from sklearn_rnn.modules._language_modelling import LanguageNetwork
from sklearn_rnn.nn import CELLS

__all__ = ["pretrained_parts", "pretrained_patterns", "start_from_language"]


def start_from_language(network: nn.Module, language: LanguageNetwork, rows: Tensor) -> None:
    """Fill the embedding and the forward layers of a network with those of a language model.

    The network then has the states of the language model, but for the end of a text, which that
    one reads first: n-grams of characters, layers in the other direction and whatever else it
    reads begin with weights of zero towards them.

    Parameters
    ----------
    network : Module
        With a ``TokenEmbedding`` and a ``RecurrentStack``.
    language : LanguageNetwork
        Of the same cell and sizes.
    rows : Tensor of shape (n_tokens,), int64
        The language model's id for each id of the network. That of padding does not matter.
    """
    embedding, recurrent = _find(network)
    with torch.no_grad():
        table = language.embedding.weight
        embedding.weight.copy_(table[rows.to(table.device)])
        embedding.weight[PADDING_ID] = 0
        if embedding.subword_weight is not None:
            embedding.subword_weight.zero_()
        context = getattr(getattr(network, "body", network), "context", None)
        if context is not None:
            context.start_from(language.context[rows.to(table.device)])
        for (layer, *_), (source,) in zip(recurrent.layers, language.recurrent.layers, strict=True):
            _fill(layer, source)


def pretrained_parts(network: nn.Module) -> list[list[nn.Parameter]]:
    """Give what a language model has filled, part by part from the input upwards."""
    embedding, recurrent = _find(network)
    return [[embedding.weight], *(list(layer.parameters()) for layer, *_ in recurrent.layers)]


def pretrained_patterns(num_layers: int) -> list[str]:
    """Give patterns of the names of these parts' weights, in that order."""
    layers = [f"*recurrent.layers.{i}.0.*" for i in range(num_layers)]
    return ["*input.embedding.weight", *layers]


def _find(network):
    body = getattr(network, "body", network)
    return body.input.embedding, body.recurrent


def _fill(layer, source):
    """Copy weights; a layer that reads more features than its source weighs these by zero."""
    weights = source.state_dict()
    for name, weight in layer.state_dict().items():
        given = weights[name]
        if weight.shape == given.shape:
            weight.copy_(given)
        elif not (name.startswith("weight_ih") and _is_named(layer)):
            raise ValueError(
                f"the layers read more than those of the language model (characters, or states of "
                f"the other direction), and which weights of the cell {type(layer).__name__} read "
                "what is not known; set bidirectional=False, for a tagger also characters=False."
            )
        else:
            weight.zero_()[:, : given.shape[1]] = given


def _is_named(layer):
    """Whether its weights have torch's names, which is so for torch's and for named cells."""
    return isinstance(layer, nn.RNNBase) or type(layer) in CELLS.values()
