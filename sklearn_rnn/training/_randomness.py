"""One seed a fit, and what is drawn from it."""

import numpy as np
import torch

__all__ = ["fit_seed", "make_generators"]


def fit_seed(random_state) -> int:
    """Draw the seed of a fit.

    An int always gives the same one, a ``RandomState`` moves on, and None takes fresh entropy of
    the operating system: numpy's global generator is neither read nor moved.
    """
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(np.iinfo(np.int32).max))
    return int(random_state)


def make_generators(seed: int, device) -> tuple[torch.Generator, torch.Generator]:
    """Give a CPU generator, for weights and shuffling, and one on the device, for dropout."""
    host_seed, device_seed = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    host = torch.Generator().manual_seed(int(host_seed) >> 1)
    return host, torch.Generator(device=device).manual_seed(int(device_seed) >> 1)
