"""Training what was pretrained from the top down."""

from skorch.callbacks import Callback

from sklearn_rnn.modules import pretrained_parts

__all__ = ["GradualUnfreezing"]


class GradualUnfreezing(Callback):
    """Keep pretrained parts as they are at first, and release them from the top down.

    Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018,
    section 3.3.

    Parameters
    ----------
    n_epochs : int
        After so many epochs the next part is released.
    """

    def __init__(self, n_epochs: int):
        self.n_epochs = n_epochs

    def on_train_begin(self, net, **kwargs):
        self.n_over_ = 0

    def on_epoch_begin(self, net, **kwargs):
        for i, part in enumerate(reversed(_parts(net))):
            _set_trained(part, self.n_over_ >= (i + 1) * self.n_epochs)

    def on_epoch_end(self, net, **kwargs):
        self.n_over_ += 1

    def on_train_end(self, net, **kwargs):
        for part in _parts(net):
            _set_trained(part, True)

    def on_train_failed(self, net):
        """Release all, when training ends with an exception."""
        self.on_train_end(net)


def _parts(net):
    return pretrained_parts(getattr(net.module_, "_orig_mod", net.module_))


def _set_trained(part, trained):
    for weight in part:
        weight.requires_grad_(trained)
