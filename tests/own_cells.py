"""Recurrent cells as a user may write them."""

import torch

__all__ = ["Forgetful", "Mixer"]


class Mixer(torch.nn.Module):
    """A cell with a state ``(batch, hidden)``; its weights come from torch's global generator."""

    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__()
        assert batch_first
        self.mix = torch.nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, steps, state=None):
        state = steps.new_zeros(len(steps), self.mix.out_features) if state is None else state
        states = []
        for step in steps.unbind(1):
            state = torch.tanh(self.mix(torch.cat([step, state], dim=1)))
            states.append(state)
        return torch.stack(states, dim=1), state


class Forgetful(Mixer):
    """A cell that takes a state and does not read it."""

    def forward(self, steps, state=None):
        return super().forward(steps, None)
