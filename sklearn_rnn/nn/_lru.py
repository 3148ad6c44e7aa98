"""The linear recurrent unit."""

import math

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._initial_weights import draw_keeping_biases
from sklearn_rnn.nn._scan import linear_scan
from sklearn_rnn.nn._scan_cell import check_batch_first, project, time_first

__all__ = ["LRU"]

# The ring in which the eigenvalues begin: the whole disc, as in the paper's section 3.2.
_SMALLEST_RADIUS, _LARGEST_RADIUS, _LARGEST_PHASE = 0.0, 1.0, 2 * math.pi
# Their logarithms have to be finite: memories of about a tenth of a step to a million steps.
_SQUARES, _SMALLEST_PHASE = (1e-8, 1 - 2e-6), 1e-4


class LRU(nn.Module):
    """One layer of linear recurrent units in one direction, called like ``torch.nn.LSTM``.

    As many complex states as there are units turn and fade by themselves, each in its own way, and
    a gated linear unit reads them and the step::

        z[t] = lambda * z[t - 1] + gamma * (B x[t])
        h[t] = (Re(C z[t]) + D x[t] + b) * sigmoid(Re(C' z[t]) + D' x[t] + b')

    with ``lambda = exp(-exp(log_decay) + i exp(log_phase))``, inside the unit circle whatever the
    weights become, and ``gamma`` beginning at ``sqrt(1 - |lambda|^2)``, which lets all states be
    about as large as what they read. The paper puts the nonlinear part behind the layer, a gated
    linear unit over the outputs ``Re(C z) + D x``. Without it layers on each other would be one
    linear map, so it belongs to the cell here, and its matrices are merged with C and D.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a step, and units.
    batch_first : bool, default=True
        Has to be True: steps are ``(batch, time, features)``.
    device, dtype : torch.device and torch.dtype, or None, default=None
        Of the weights, as torch takes them.

    See Also
    --------
    build_cell : Builds it as "lru", its weights drawn from a generator.
    MinGRU : Another cell that is a scan over time.

    References
    ----------
    Orvieto et al., "Resurrecting Recurrent Neural Networks for Long Sequences", 2023: section 3.3
    (parametrisation), lemma 3.2 (the ring), section 3.4 and eq. 7 (gamma), appendix A.

    Examples
    --------
    >>> import torch
    >>> from sklearn_rnn.nn import build_cell
    >>> cell = build_cell("lru", 3, 8, generator=torch.Generator().manual_seed(0))
    >>> states, (real, imaginary) = cell(torch.zeros(2, 5, 3))
    >>> states.shape, real.shape
    (torch.Size([2, 5, 8]), torch.Size([2, 8]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        batch_first: bool = True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        check_batch_first(batch_first, self)
        self.input_size, self.hidden_size = input_size, hidden_size

        def parameter(*shape):
            return nn.Parameter(torch.empty(*shape, device=device, dtype=dtype))

        # B, of which the rows of real and imaginary part alternate; then D and D'
        self.weight_ih = parameter(4 * hidden_size, input_size)
        # C and C', for the real and imaginary parts of the states by turns
        self.weight_ho = parameter(2 * hidden_size, 2 * hidden_size)
        self.bias = parameter(2 * hidden_size)
        self.log_decay, self.log_phase = parameter(hidden_size), parameter(hidden_size)
        self.log_scale = parameter(hidden_size)

    @property
    def eigenvalues(self) -> Tensor:
        """By what each state is multiplied in a step: ``(hidden,)``, complex."""
        return torch.polar(torch.exp(-self.log_decay.exp()), self.log_phase.exp())

    def fill(self, generator: torch.Generator) -> None:
        """Draw the weights: eigenvalues uniform on a ring, matrices normal, biases zero.

        Parameters
        ----------
        generator : torch.Generator
            What they are drawn from.
        """
        size, width = self.hidden_size, self.input_size
        inner, outer = _SMALLEST_RADIUS**2, _LARGEST_RADIUS**2
        squares = torch.empty(size, dtype=torch.float32)
        squares.uniform_(inner, outer, generator=generator).clamp_(*_SQUARES)
        phases = torch.empty(size, dtype=torch.float32)
        phases.uniform_(0, _LARGEST_PHASE, generator=generator).clamp_(min=_SMALLEST_PHASE)
        self.log_phase.copy_(phases.log())
        self._keep_for((-2 / squares.log()).log())
        to_state, skip = self.weight_ih.split(2 * size)
        to_state.normal_(std=(2 * width) ** -0.5, generator=generator)
        nn.init.xavier_uniform_(skip, generator=generator)
        self.weight_ho.normal_(std=size**-0.5, generator=generator)
        self.bias.zero_()

    def fill_gates(self, longest: int, generator: torch.Generator) -> None:
        """Draw how long the states last, for times up to the length of the longest sequence.

        Parameters
        ----------
        longest : int
            The length of the longest sequence.
        generator : torch.Generator
            What they are drawn from.
        """
        self._keep_for(draw_keeping_biases(self.hidden_size, longest, generator))

    @torch.no_grad()
    def _keep_for(self, log_times):
        """Let each state fade to ``1 / e`` over times of the logarithm ``(hidden,)``."""
        self.log_decay.copy_(-log_times)
        squares = -torch.expm1(-2 / log_times.exp())  # 1 - |lambda|^2
        self.log_scale.copy_(squares.log() / 2)

    def forward(
        self, steps: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Run over steps; give all outputs, and the last state.

        Parameters
        ----------
        steps : Tensor of shape (batch, time, features)
            What is read.
        state : pair of Tensors of shape (batch, hidden), or None, default=None
            The real and the imaginary part of what an earlier call gave; None means zeros.

        Returns
        -------
        outputs : Tensor of shape (batch, time, hidden)
            What is read of the state after each step.
        state : pair of Tensors of shape (batch, hidden)
            The last state, its real and its imaginary part.
        """
        steps, size = time_first(steps), self.hidden_size
        scale = self.log_scale.exp().repeat_interleave(2)
        to_state, skip = self.weight_ih.split(2 * size)
        inputs = project(steps, to_state * scale[:, None])
        inputs = torch.view_as_complex(inputs.unflatten(-1, (size, 2)))
        initial = None if state is None else torch.complex(*state)
        states = linear_scan(self.eigenvalues, inputs, initial)
        outputs = project(torch.view_as_real(states).flatten(2), self.weight_ho)
        outputs = outputs + project(steps, skip, self.bias)
        outputs = nn.functional.glu(outputs, dim=-1).transpose(0, 1)
        # copies, which do not keep all other states in memory
        return outputs, (states[-1].real.contiguous(), states[-1].imag.contiguous())

    def extra_repr(self) -> str:
        """What torch prints between the brackets."""
        return f"{self.input_size}, {self.hidden_size}"
