"""Several steps read as one."""

from torch import Tensor, nn

from sklearn_rnn.nn._masking import lengths_to_mask

__all__ = ["segment_steps"]


def segment_steps(
    steps: Tensor, lengths: Tensor | None, segment: int
) -> tuple[Tensor, Tensor | None]:
    """Join each ``segment`` steps to one, so that a recurrent layer reads long series in fewer.

    The recurrent layer then takes ``time / segment`` steps, which saves time and shortens the way
    of the gradient (Lin et al., "SegRNN: Segment Recurrent Neural Network for Long-Term Time
    Series Forecasting", 2023).

    Parameters
    ----------
    steps : Tensor of shape (batch, time, features)
        Right-padded.
    lengths : Tensor of shape (batch,), int64, or None
        None means that every sequence fills its row.
    segment : int
        How many steps become one.

    Returns
    -------
    segments : Tensor of shape (batch, ceil(time / segment), segment * features)
        The features of the first step come first. What the last segment of a sequence lacks is
        zero, whatever stood in the padding.
    lengths : Tensor of shape (batch,), int64, or None
        ``ceil(lengths / segment)``.

    See Also
    --------
    ConvolutionStem : Shortens recordings by convolutions that are learned.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import segment_steps
    >>> steps = torch.arange(1.0, 6)[None, :, None]
    >>> segments, lengths = segment_steps(steps, torch.tensor([5]), 2)
    >>> segments.tolist(), lengths.tolist()
    ([[[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]]], [3])
    """
    batch, time, features = steps.shape
    if lengths is not None:
        steps = steps.masked_fill(~lengths_to_mask(lengths, time)[..., None], 0)
        lengths = -(-lengths // segment)
    full = nn.functional.pad(steps, (0, 0, 0, -time % segment))
    return full.reshape(batch, -1, segment * features), lengths
