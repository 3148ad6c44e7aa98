"""What every estimator has that trains a net: building, training, undoing, pickling."""

from abc import abstractmethod
from contextlib import contextmanager

import torch

from sklearn_rnn._sklearn import breaks_lines
from sklearn_rnn.estimators._building import build_net
from sklearn_rnn.estimators._history import record_training
from sklearn_rnn.training import SequenceNet, check_precision, resolve_device

__all__ = ["TrainedNetMixin"]


class TrainedNetMixin:
    """Keeps a net as ``net_``, the plan of its module as ``_architecture``; not public.

    A subclass says what its module is (``_make_module``), what it is trained on (``_as_dataset``)
    and which of its parameters "auto" resolves (``_auto_parameters``).
    """

    _rise_of_lr = 0.3  # the part of training in which "one_cycle" rises

    @property
    def module_(self):
        """The torch module."""
        return getattr(self.net_.module_, "_orig_mod", self.net_.module_)  # compiled, or as it is

    @breaks_lines
    def __repr__(self, N_CHAR_MAX=700):
        """Show the parameters and, once fitted, what "auto" has chosen."""
        text = super().__repr__(N_CHAR_MAX)
        chosen = [
            f"{name}={getattr(self, name + '_')!r}"
            for name in self._auto_parameters
            if hasattr(self, "net_") and getattr(self, name) == "auto"
        ]
        return f"{text} with {', '.join(chosen)}" if chosen else text

    @property
    def n_iter_(self):
        """How many epochs were run, over all calls of fit that went on from each other."""
        return len(self.history_)

    def __getstate__(self):
        """Keep parameters, plain attributes and the weights as numpy arrays."""
        state = super().__getstate__().copy()
        if state.pop("net_", None) is not None:
            state["_settings"] = None
            weights = self.module_.state_dict()
            state["_weights"] = {name: w.detach().cpu().numpy() for name, w in weights.items()}
        return state

    def __setstate__(self, state):
        """Build the module again and fill it with the weights, on the device there is."""
        state = dict(state)
        weights = state.pop("_weights", None)
        super().__setstate__(state)
        if weights is None:
            return
        module = self._make_module(self._architecture, torch.Generator())
        module.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
        self.net_ = SequenceNet(
            module, shuffle_generator=None, optimizer=torch.optim.SGD, device=self._device(True)
        ).initialize()

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    @contextmanager
    def _as_before_if_it_fails(self, goes_on):
        """Undo what fails: nothing is fitted then, or, if training went on, all is as before.

        Only the state of an optimiser that has moved the weights does not come back:
        ``partial_fit`` begins it anew.
        """
        if not goes_on:
            self.__dict__.pop("net_", None)
            try:
                yield
            except BaseException:
                self.__dict__.pop("net_", None)
                raise
            return
        before, net, module = vars(self).copy(), self.net_, self.module_
        weights = {name: weight.clone() for name, weight in module.state_dict().items()}
        n_epochs = len(net.history)
        try:
            yield
        except BaseException:
            self.__dict__ = before
            del net.history[n_epochs:]
            moved = module.to(net.device).state_dict()
            if not all(torch.equal(moved[name], weight) for name, weight in weights.items()):
                module.load_state_dict(weights)
                self._settings = None
            raise

    @abstractmethod
    def _make_module(self, architecture, generator):
        """Build the network."""

    @abstractmethod
    def _as_dataset(self, data, device):
        """Give what the net is trained or validated on."""

    def _device(self, lenient=False):
        try:
            return resolve_device(self.device)
        except ValueError:
            if lenient:
                return torch.device("cpu")
            raise

    def _build(self, seed, goes_on, *, max_epochs, validated, scheduled=True):
        """Build the skorch net around the module there is, or around a new one."""
        module = self.module_ if goes_on else None
        device = self._device()
        check_precision(self.precision, device)
        if not goes_on:
            self.history_ = []
        self.net_ = build_net(
            self,
            lambda generator: module or self._make_module(self._architecture, generator),
            seed=seed,
            device=device,
            max_epochs=max_epochs,
            validated=validated,
            scheduled=scheduled,
        )

    def _train(self, train, valid):
        """Run the net over the data and keep what it recorded."""
        net, device = self.net_, self.net_.device
        datasets = [
            None if part is None else self._as_dataset(part, device) for part in (train, valid)
        ]
        net.train_split = None if valid is None else lambda dataset, y=None: datasets
        before = len(net.history)
        try:
            net.partial_fit(datasets[0])
        finally:
            net.train_split = None  # it holds the data
        self.history_, self.best_epoch_ = record_training(net, self.history_, before)
