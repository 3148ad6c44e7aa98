"""Convolutions over time: beside the recurrent stack, or in front of it."""

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._masking import lengths_to_mask
from sklearn_rnn.nn._precision import at_least_float32, exact_dtype

__all__ = ["ConvolutionBranch", "ConvolutionStem", "MaskedBatchNorm"]

_KERNELS = (7, 5, 3)
_STEM_KERNEL = 5


class MaskedBatchNorm(nn.Module):
    """Batch normalisation over real steps only.

    Padding is neither counted in the statistics nor changed by them: it stays zero. Prediction
    uses the running statistics, so batch mates do not matter. Signals in half precision are
    measured and scaled in float32.

    Parameters
    ----------
    channels : int

    References
    ----------
    Ioffe and Szegedy, "Batch Normalization", 2015.
    """

    momentum = 0.1
    epsilon = 1e-5
    add_up = None  # what sums over the processes that share a batch, where there are several

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, dtype=torch.float32))
        self.bias = nn.Parameter(torch.zeros(channels, dtype=torch.float32))
        self.register_buffer("running_mean", torch.zeros(channels, dtype=torch.float32))
        self.register_buffer("running_variance", torch.ones(channels, dtype=torch.float32))

    def forward(self, signals: Tensor, mask: Tensor | None) -> Tensor:
        """``(batch, channels, time)``, with a mask ``(batch, 1, time)`` or None."""
        wide = signals.to(at_least_float32(signals))
        if self.training:
            mean, variance = self._measure(wide, mask)
        else:
            mean, variance = self.running_mean, self.running_variance
        scale = self.weight * (variance + self.epsilon).rsqrt()
        shifted = wide * scale[:, None] + (self.bias - mean * scale)[:, None]
        return (shifted if mask is None else shifted * mask).to(signals.dtype)

    def _measure(self, signals, mask):
        if self.add_up is not None:
            count, mean, variance = self._measure_together(signals, mask)
        elif mask is None:
            count = signals.shape[0] * signals.shape[2]
            mean = signals.mean((0, 2))
            variance = (signals - mean[:, None]).square().mean((0, 2))
        else:
            count = mask.sum()
            mean = (signals * mask).sum((0, 2)) / count
            variance = ((signals - mean[:, None]).square() * mask).sum((0, 2)) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            # A device is not asked whether there is more than one value.
            fewer = max(count - 1, 1) if mask is None else (count - 1).clamp(min=1)
            unbiased = variance * count / fewer
            self.running_variance.lerp_(unbiased, self.momentum)
        return mean, variance

    def _measure_together(self, signals, mask):
        """Measure the whole batch, of which this process has a part."""
        real = torch.ones_like(signals[:, :1]) if mask is None else mask
        sums = self.add_up(torch.cat([(signals * real).sum((0, 2)), real.sum()[None]]))
        count, mean = sums[-1], sums[:-1] / sums[-1]
        squares = ((signals - mean[:, None]).square() * real).sum((0, 2))
        return count, mean, self.add_up(squares) / count


class ConvolutionBranch(nn.Module):
    """Three convolutions over time, then the mean over all real steps.

    The branch that LSTM-FCN sets beside the recurrent layers (Karim et al., "LSTM Fully
    Convolutional Networks for Time Series Classification", 2018; the convolutions are those of
    Wang et al., "Time Series Classification from Scratch", 2017, with an odd first kernel).

    Parameters
    ----------
    input_size : int
        Features of a step.
    channels : tuple of int
        Channels of the three layers.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        The channels of the last layer.
    """

    def __init__(
        self,
        input_size: int,
        channels: tuple[int, int, int] = (128, 256, 128),
        *,
        generator: torch.Generator,
    ):
        super().__init__()
        sizes = (input_size, *channels)
        self.convolutions = nn.ModuleList(
            _convolution(sizes[i], sizes[i + 1], kernel, generator)
            for i, kernel in enumerate(_KERNELS)
        )
        self.norms = nn.ModuleList(MaskedBatchNorm(size) for size in channels)
        self.output_size = channels[-1]

    def forward(self, steps: Tensor, lengths: Tensor | None) -> Tensor:
        """``(batch, time, features) -> (batch, output_size)``.

        Padding has to be zero in ``steps``; it is kept zero between the layers, so that the end
        of a sequence looks the same with and without padding.
        """
        mask, counts = None, steps.shape[1]
        if lengths is not None:
            mask = lengths_to_mask(lengths, steps.shape[1])[:, None].to(at_least_float32(steps))
            counts = lengths[:, None]
        signals = steps.transpose(1, 2)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            signals = norm(convolution(signals), mask).relu()
        signals = signals.to(exact_dtype(signals, self.training))
        return (signals.sum(2) / counts).to(at_least_float32(steps))


class ConvolutionStem(nn.Module):
    """Two convolutions over time that shorten recordings before the recurrent stack reads them.

    The first one moves ``stride`` steps at a time and sees ``2 * stride + 1`` of them, so that
    whatever the stride no step is left out, and most are seen twice; the second one, of kernel 5,
    joins what the first one found. Each is followed by normalisation and a ramp: these are the
    blocks of Wang et al., "Time Series Classification from Scratch", 2017, which Karim et al.,
    "LSTM Fully Convolutional Networks for Time Series Classification", 2018, set beside the
    recurrent layers. Prediction computes in float64, so that batch mates do not matter.

    Parameters
    ----------
    input_size : int
        Features of a step.
    channels : int, default=64
        Channels of both layers.
    stride : int
        How many steps become one.
    generator : torch.Generator
        What the weights are drawn from.

    Attributes
    ----------
    output_size : int
        ``channels``.

    See Also
    --------
    segment_steps : Makes several steps one without any weights.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import ConvolutionStem
    >>> stem = ConvolutionStem(3, 8, stride=4, generator=torch.Generator().manual_seed(0))
    >>> steps, lengths = stem(torch.zeros(2, 10, 3), torch.tensor([10, 4]))
    >>> tuple(steps.shape), lengths.tolist()
    ((2, 3, 8), [3, 1])
    """

    def __init__(
        self, input_size: int, channels: int = 64, *, stride: int, generator: torch.Generator
    ):
        super().__init__()
        self.stride = stride
        self.output_size = channels
        self.convolutions = nn.ModuleList(
            [
                _convolution(input_size, channels, 2 * stride + 1, generator, stride),
                _convolution(channels, channels, _STEM_KERNEL, generator),
            ]
        )
        self.norms = nn.ModuleList(MaskedBatchNorm(channels) for _ in self.convolutions)

    def forward(self, steps: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Give fewer steps, and how many of them are real.

        Parameters
        ----------
        steps : Tensor of shape (batch, time, input_size)
            Right-padded with zeros.
        lengths : Tensor of shape (batch,), int64, or None
            None means that every sequence fills its row.

        Returns
        -------
        steps : Tensor of shape (batch, ceil(time / stride), channels)
            Right-padded with zeros again.
        lengths : Tensor of shape (batch,), int64, or None
            ``ceil(lengths / stride)``, or None where None came.
        """
        time, mask = -(-steps.shape[1] // self.stride), None
        if lengths is not None:
            lengths = -(-lengths // self.stride)
            mask = lengths_to_mask(lengths, time)[:, None].to(at_least_float32(steps))
        signals = steps.transpose(1, 2).to(exact_dtype(steps, self.training))
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            signals = norm(_convolve(convolution, signals), mask).relu()
        if not self.training:
            signals = signals.to(steps.dtype)
        return signals.transpose(1, 2), lengths


def _convolve(layer, signals):
    """Run a convolution in the type of its signals."""
    weight = layer.weight.to(signals.dtype)
    return nn.functional.conv1d(signals, weight, stride=layer.stride, padding=layer.padding)


def _convolution(inputs, outputs, kernel, generator, stride=1):
    layer = nn.Conv1d(
        inputs,
        outputs,
        kernel,
        stride=stride,
        padding=kernel // 2,
        bias=False,
        device="meta",
        dtype=torch.float32,
    ).to_empty(device="cpu")
    nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu", generator=generator)
    return layer
