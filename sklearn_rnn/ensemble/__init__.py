"""Several models as one."""

from sklearn_rnn.ensemble._seed_ensemble import SeedEnsemble

__all__ = ["SeedEnsemble"]
