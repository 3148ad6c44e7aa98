"""The past of series to their future."""

from collections.abc import Hashable, Sequence
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import CallbackSupport, Interval, StrOptions, validate_parameters
from sklearn_rnn.estimators._building import net_settings
from sklearn_rnn.estimators._constraints import PARAMETER_CONSTRAINTS
from sklearn_rnn.estimators._exporting import ExportMixin
from sklearn_rnn.estimators._forecaster_blending import (
    fit_blend,
    linear_share,
    measure_share,
    take_new_share,
)
from sklearn_rnn.estimators._forecaster_calibrating import (
    calibrate,
    recalibrate,
    train_apart,
)
from sklearn_rnn.estimators._forecaster_defaults import AUTO_FORECAST_PARAMETERS, COUNT_LOSSES
from sklearn_rnn.estimators._forecaster_methods import ForecastMethodsMixin
from sklearn_rnn.estimators._forecaster_output import check_quantiles
from sklearn_rnn.estimators._forecaster_planning import (
    calendar_columns,
    choose_forecast_parameters,
    knows_ids,
    plan_network,
    series_codes,
    series_means,
    traits_of,
    year_length,
)
from sklearn_rnn.estimators._forecaster_predicting import forecast_rows
from sklearn_rnn.estimators._forecaster_reading import (
    keep_shapes,
    read_more,
    read_training_panel,
    read_weight,
    row_weight,
)
from sklearn_rnn.estimators._forecaster_rows import join_history, scored_rows
from sklearn_rnn.estimators._forecaster_training import (
    append_newer,
    newest_part,
    newest_windows,
    split_panel,
    weigh,
)
from sklearn_rnn.estimators._forecaster_transform import TargetTransform, check_counts
from sklearn_rnn.estimators._forecaster_windows import warn_of_short_series
from sklearn_rnn.estimators._resuming import begin_run
from sklearn_rnn.estimators._scikit_callbacks import train_in_tasks
from sklearn_rnn.estimators._trained_net import TrainedNetMixin
from sklearn_rnn.estimators._types import (
    Cell,
    Folder,
    ForecastLoss,
    Optimizer,
    Precision,
    RandomState,
    Schedule,
)
from sklearn_rnn.modules import DECODERS, ForecastCommittee, ForecastingNetwork, LinearBlend
from sklearn_rnn.nn import FORECAST_LOSSES, SCALINGS
from sklearn_rnn.training import WindowDataset, WindowScalers, fit_seed

__all__ = ["RNNForecaster"]

_AUTO = StrOptions({"auto"})
_COUNT = Interval(Integral, 1, None, closed="left")
_SHARED = (
    "cell hidden_size num_layers residual dropout max_epochs batch_size lr optimizer weight_decay "
    "gradient_clip lr_schedule early_stopping validation_fraction n_iter_no_change tol warm_start "
    "device precision random_state verbose callbacks net_params checkpoint"
)


class RNNForecaster(
    ForecastMethodsMixin,
    TrainedNetMixin,
    ExportMixin,
    RegressorMixin,
    CallbackSupport,
    BaseEstimator,
):
    """Forecast one or thousands of time series with a recurrent network.

    One network for all series: it reads the last ``window`` steps of a series, centred and scaled
    by themselves, and gives its next ``horizon`` steps. Takes DataFrames, Series or arrays, with
    time in the index, in a column or by position; see ``fit``. As ``predict`` takes the rows of the
    times to forecast, ``TimeSeriesSplit``, ``cross_val_score`` and ``GridSearchCV`` work as they
    are; ``forecast`` goes on from the end of each series.

    Parameters
    ----------
    horizon : int or "auto", default="auto"
        How many steps the network forecasts at once. Further ones are forecast in blocks, each
        from the one before.
    window : int or "auto", default="auto"
        How many steps back it looks.
    time_col : hashable or None, default=None
        The column of X with the times. None takes the index of X if it holds datetimes, periods or
        integers, else that of y, else the position of the row.
    id_col : hashable, list of them or None, default=None
        The column that tells series apart, or several. None takes all levels of a MultiIndex but
        the last, which is time. A frame with the columns "unique_id" and "ds" is understood
        without either.
    freq : str, offset or None, default=None
        The frequency of the times, as pandas writes it; None infers it.
    past : list of column names, default=()
        Columns of X that are not known in the future. They are read up to the end of a window, and
        never after it.
    static : list of column names, default=()
        Columns of X that are constant within each series.
    gaps : {"error", "mask"}, default="error"
        What times that are left out mean. "mask" takes them for missing values.
    calendar : "auto" or None, default="auto"
        Whether the network reads the hour, the day of the week and so on, as the frequency has it.
    scaling : {"auto", "mean", "last", "mean_abs"} or None, default="auto"
        What a window is centred on and divided by: its mean and deviation, its last value and
        deviation, nothing and the mean of its magnitudes, or nothing at all.
    log : bool or "auto", default="auto"
        Whether the network models the logarithms of the values, which all have to be above zero
        then. "auto" takes them where they exist, unless the loss aims at the mean
        ("squared_error", "poisson" and "negative_binomial").
    difference : bool, int or "auto", default=False
        Whether the network corrects the seasonal naive forecast instead of forecasting by itself:
        True for that of the shortest usual season, an int for another season.
    segment : int or "auto", default="auto"
        How many steps the recurrent layers read at a time; the window is a multiple of it.
    decoder : {"auto", "parallel", "mlp", "recursive"}, default="auto"
        How the final state becomes the steps ahead: by one short step a segment, by a network with
        one hidden layer, or one step at a time, each from the last.
    cell : str or class, default="gru"
        The recurrent cell: "lstm", "gru", "rnn_tanh", "rnn_relu"; "mingru", "minlstm", "lru", which
        are scans over time; "indrnn", "slstm", "peephole_lstm", "layer_norm_lstm", "rnn_sigmoid".
        The user guide, section "Cells", tells what each is good for. Or a ``torch.nn.Module``
        class called like ``torch.nn.LSTM``:
        ``cell(input_size, hidden_size, batch_first=True)``.
    hidden_size : int or "auto", default="auto"
        Units of a layer.
    n_networks : int or "auto", default="auto"
        How many networks are trained side by side, whose forecasts are averaged.
    linear_share : float or "auto", default="auto"
        The weight, from 0 to 1, of a linear map of the window in the forecast: least squares,
        fitted to the same windows and averaged with the network. "auto" takes half of what is
        best on the last part of each series. Only a loss that gives points
        ("absolute_error", "squared_error", "huber"), a scaling and a decoder that is not recursive
        have one; ``partial_fit`` alone has none.
    num_layers : int, default=1
        Recurrent layers on top of each other.
    residual : bool, default=False
        Whether the states of a layer are added to what it reads.
    dropout : float or "auto", default="auto"
        Dropout between layers and of the states that forecasts are read from.
    loss : {"auto", "absolute_error", "squared_error", "huber", "quantile", "normal", \
"student_t", "negative_binomial", "poisson"}, default="auto"
        What training makes small. "quantile" forecasts all ``quantiles`` at once, and the median
        as the point; the last four are distributions, trained by likelihood, with their mean as
        the point.
    delta : float, default=1.35
        Where ``loss="huber"`` turns from squared to linear, in deviations of the window.
    quantiles : list of float, default=(0.1, 0.2, ..., 0.9)
        What ``loss="quantile"`` forecasts; other quantiles are read off between them.
    intervals : {"auto", "conformal", "model"}, default="auto"
        Where intervals come from. "conformal" moves the quantiles of the network, or its points,
        by the errors of forecasts of values that were not trained on, so that they cover what they
        should: those that early stopping holds out, else the last part of each series, which
        another, single network forecasts that is trained without it. "model" takes the quantiles
        of the network as they are.
    recency : float or None, default=None
        After how many steps, counted back from the end of its series, a value counts half in
        training.
    max_epochs : int or "auto", default="auto"
        Passes over the training windows, or as many as ``windows_per_epoch``.
    windows_per_epoch : int, "auto" or None, default="auto"
        How many windows an epoch draws from all there are; None means all of them.
    batch_size : int or "auto", default="auto"
        Windows in a batch.
    lr : float or "auto", default="auto"
        The learning rate.
    optimizer : {"adamw", "adam", "nadam", "rmsprop", "sgd"} or class, default="adamw"
        The optimiser, or a ``torch.optim.Optimizer`` class.
    weight_decay : float, default=0.01
        Decay of the weights, as the optimiser defines it; one that has none is not given it.
    gradient_clip : float or None, default=1.0
        The norm that the gradients of a batch are scaled down to.
    averaging : float or None, default=0.99
        The decay of the moving average of the weights that ``fit`` ends with; None ends with the
        last ones.
    lr_schedule : {"one_cycle", "cosine", "plateau"} or None, default="one_cycle"
        How the learning rate changes. A skorch ``LRScheduler`` among ``callbacks`` takes its place.
    early_stopping : bool or "auto", default="auto"
        Whether to validate after each epoch on the last windows of each series, keep the best
        epoch's weights, and stop after ``n_iter_no_change`` epochs without improvement.
    validation_fraction : float, default=0.1
        The part of each series, its last, to validate on.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the last call.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1", "mps"; "auto" takes a CUDA device where there is one.
    precision : {"float32", "bfloat16"}, default="float32"
        What training computes in.
    random_state : int, RandomState or None, default=None
        An int makes fits repeatable, bit for bit on a CPU with the same number of threads.
    verbose : int, default=0
        0 is silent, 1 shows a progress bar, 2 prints one line an epoch.
    callbacks : list or None, default=None
        Further skorch callbacks. Each net gets copies, which stand in ``net_.callbacks_``.
    net_params : dict or None, default=None
        Further arguments of the skorch net, ``{"optimizer__betas": (0.9, 0.95)}``; what a
        parameter of the estimator sets is refused.
    checkpoint : str, os.PathLike or None, default=None
        A folder for the state of training, one file an epoch, from which ``fit`` with
        ``resume=True`` goes on after whatever cut it short. The name of a file tells data and
        parameters, so that a search can use one folder; the file of the epoch before is removed.

    Attributes
    ----------
    n_features_in_ : int
        The number of columns of X, those of ids, times and targets among them.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if they were strings.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module.
    history_ : list of dict
        A record of each epoch: ``epoch`` from 1, ``train_loss``, ``lr``, the seconds ``dur``, and,
        with early stopping, ``valid_loss``.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``, whose whole epochs then count as all there are; if it came
        before intervals were calibrated, there are points alone.
    linear_share_ : float
        The weight of the linear map in the forecast.
    horizon_, window_, calendar_, scaling_, log_, difference_, segment_, decoder_, \
hidden_size_, n_networks_, dropout_, loss_, intervals_, max_epochs_, windows_per_epoch_, \
batch_size_, lr_, early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    sklearn_rnn.model_selection.PanelTimeSeriesSplit : Cross-validation of several series by time.
    sklearn_rnn.preprocessing.make_future_frame : The rows that ``predict`` and ``forecast`` take.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn_rnn import RNNForecaster
    >>> times = pd.date_range("2024-01-01", periods=120, freq="D")
    >>> sales = pd.Series(np.tile([5.0, 6, 7, 8, 9, 2, 1], 18)[:120], index=times, name="sales")
    >>> forecaster = RNNForecaster(horizon=7, max_epochs=30, random_state=0)
    >>> forecaster = forecaster.fit(None, sales)
    >>> forecaster.forecast(3, level=[80]).columns.tolist()
    ['sales', 'sales-lo-80', 'sales-hi-80']
    >>> forecaster.forecast(3).round().astype(int)
                sales
    2024-04-30      6
    2024-05-01      7
    2024-05-02      8
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    n_features_in_: int
    feature_names_in_: np.ndarray
    horizon_: int
    window_: int
    calendar_: Any
    scaling_: str | None
    log_: bool
    difference_: bool | int
    segment_: int
    decoder_: str
    n_networks_: int
    loss_: str
    intervals_: str
    windows_per_epoch_: int | None

    _parameter_constraints = {
        "horizon": [_AUTO, _COUNT],
        "window": [_AUTO, _COUNT],
        "time_col": "no_validation",
        "id_col": "no_validation",
        "freq": "no_validation",
        "past": ["array-like"],
        "static": ["array-like"],
        "gaps": [StrOptions({"error", "mask"})],
        "calendar": [_AUTO, None],
        "scaling": [StrOptions({"auto", *SCALINGS}), None],
        "log": ["boolean", _AUTO],
        "difference": ["boolean", _AUTO, _COUNT],
        "segment": [_AUTO, _COUNT],
        "n_networks": [_AUTO, _COUNT],
        "linear_share": [_AUTO, Interval(Real, 0, 1, closed="both")],
        "decoder": [StrOptions({"auto", *DECODERS})],
        "loss": [StrOptions({"auto", *FORECAST_LOSSES})],
        "delta": [Interval(Real, 0, None, closed="neither")],
        "quantiles": ["array-like"],
        "intervals": [StrOptions({"auto", "conformal", "model"})],
        "recency": [Interval(Real, 0, None, closed="neither"), None],
        "averaging": [Interval(Real, 0, 1, closed="left"), None],
        "windows_per_epoch": [_AUTO, _COUNT, None],
        **{name: PARAMETER_CONSTRAINTS[name] for name in _SHARED.split()},
    }
    _rise_of_lr = 0.15
    _auto_parameters = (*AUTO_FORECAST_PARAMETERS, "linear_share")

    def __init__(
        self,
        horizon: int | Literal["auto"] = "auto",
        window: int | Literal["auto"] = "auto",
        *,
        time_col: Hashable | None = None,
        id_col: Hashable | list[Any] | None = None,
        freq: str | pd.DateOffset | None = None,
        past: Sequence[Any] | np.ndarray = (),
        static: Sequence[Any] | np.ndarray = (),
        gaps: Literal["error", "mask"] = "error",
        calendar: Literal["auto"] | None = "auto",
        scaling: Literal["auto", "mean", "last", "mean_abs"] | None = "auto",
        log: bool | Literal["auto"] = "auto",
        difference: bool | int | Literal["auto"] = False,
        segment: int | Literal["auto"] = "auto",
        decoder: Literal["auto", "parallel", "mlp", "recursive"] = "auto",
        cell: Cell = "gru",
        hidden_size: int | Literal["auto"] = "auto",
        n_networks: int | Literal["auto"] = "auto",
        linear_share: float | Literal["auto"] = "auto",
        num_layers: int = 1,
        residual: bool = False,
        dropout: float | Literal["auto"] = "auto",
        loss: ForecastLoss = "auto",
        delta: float = 1.35,
        quantiles: Sequence[float] | np.ndarray = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
        intervals: Literal["auto", "model", "conformal"] = "auto",
        recency: float | None = None,
        max_epochs: int | Literal["auto"] = "auto",
        windows_per_epoch: int | Literal["auto"] | None = "auto",
        batch_size: int | Literal["auto"] = "auto",
        lr: float | Literal["auto"] = "auto",
        optimizer: Optimizer = "adamw",
        weight_decay: float = 0.01,
        gradient_clip: float | None = 1.0,
        averaging: float | None = 0.99,
        lr_schedule: Schedule | None = "one_cycle",
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        device: str = "auto",
        precision: Precision = "float32",
        random_state: RandomState | None = None,
        verbose: int = 0,
        callbacks: list[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        checkpoint: Folder | None = None,
    ):
        self.horizon = horizon
        self.window = window
        self.time_col = time_col
        self.id_col = id_col
        self.freq = freq
        self.past = past
        self.static = static
        self.gaps = gaps
        self.calendar = calendar
        self.scaling = scaling
        self.log = log
        self.difference = difference
        self.segment = segment
        self.decoder = decoder
        self.cell = cell
        self.hidden_size = hidden_size
        self.n_networks = n_networks
        self.linear_share = linear_share
        self.num_layers = num_layers
        self.residual = residual
        self.dropout = dropout
        self.loss = loss
        self.delta = delta
        self.quantiles = quantiles
        self.intervals = intervals
        self.recency = recency
        self.max_epochs = max_epochs
        self.windows_per_epoch = windows_per_epoch
        self.batch_size = batch_size
        self.lr = lr
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.averaging = averaging
        self.lr_schedule = lr_schedule
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks
        self.net_params = net_params
        self.checkpoint = checkpoint

    def fit(self, X, y=None, sample_weight=None, *, resume: bool | Literal["auto"] = False) -> Self:
        """Train the network.

        Parameters
        ----------
        X : DataFrame of shape (rows, n_columns), array of shape (rows, n_features), Series or None
            What is known at each time, of pandas or polars; it may have no columns. All columns
            but those named in ``past`` are taken as known in the future too: numbers (a bool is
            0 or 1), or categories (text, category), which are embedded. A Series, or None beside
            y, is fine where nothing is known, and so is an index of times.
        y : Series, DataFrame, array, str, list of str or None, default=None
            The values to forecast, of shape (rows,) or (rows, n_targets), or the names of columns
            of X; NaN is missing. Each column of several is forecast, by the same network. None is
            fine if X is a Series, or has the columns "unique_id", "ds" and "y".
        sample_weight : array-like of shape (rows,) or None, default=None
            How much the target of each row counts in training; one of weight 0 is only looked
            back at.
        resume : bool or "auto", default=False
            Whether to go on after the last epoch that the same fit has left in ``checkpoint``:
            what comes out is, bit for bit, what the fit would have given if nothing had cut it
            short. In an empty folder it begins anew; if there are only fits of other data or
            parameters, True is an error, and "auto" begins anew.

        Returns
        -------
        self : RNNForecaster
            The estimator, fitted.

        Raises
        ------
        ValueError or TypeError
            If the data is not as it should be: times that are duplicate, missing or contradict
            the frequency, gaps unless masked, a missing value in a known column, an infinite
            target; the message names the series and the time.
        DivergenceError
            If a loss becomes NaN or infinite.
        OSError
            If ``checkpoint`` cannot be written to; the last file that was whole stays.
        """
        self._check_parameters()
        goes_on = self.warm_start and hasattr(self, "net_")
        with self._as_before_if_it_fails(goes_on, keeps_epochs=True):
            if goes_on:
                panel = read_more(self, X, y, "X")
            else:
                panel = read_training_panel(self, X, y)
                keep_shapes(self, X, y)
            weight = read_weight(self, X, y, sample_weight, panel)
            given = {"X": X, "y": y, "sample_weight": sample_weight}
            run = begin_run(self, (panel, weight), resume=resume, goes_on=goes_on)
            self._fit_panel(panel, weight, run, goes_on=goes_on, given=given)
        return self

    def partial_fit(self, X, y=None, sample_weight=None) -> Self:
        """Train for one epoch on new rows, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: columns and
        categories, the frequency, standardisation and whatever is "auto". Later rows go on from
        those of earlier calls, and each window that holds a new value is trained on. Where many
        are new, they serve to calibrate the intervals before.

        Parameters
        ----------
        X, y, sample_weight : as in ``fit``
            The new rows. A series that is new begins with them.

        Returns
        -------
        self : RNNForecaster
            The estimator, fitted.
        """
        self._check_parameters()
        first = not hasattr(self, "net_")
        with self._as_before_if_it_fails(not first):
            if first:
                panel = rows = read_training_panel(self, X, y)
                keep_shapes(self, X, y)
            else:
                rows = read_more(self, X, y, "X")
                panel = join_history(self._panel, rows)
            choose_forecast_parameters(self, panel, reset=first, keep_auto=True)
            if self.loss_ in COUNT_LOSSES:
                check_counts(rows, self.loss_)
            split = newest_windows(self, panel, rows)
            weight = read_weight(self, X, y, sample_weight, rows)
            train = newest_part(self, panel, rows, split, weight)
            if first:
                self._learn_network(panel, split)
            else:
                recalibrate(self, panel, split)
            settings = net_settings(self)
            if first or settings != self._settings:
                seed = fit_seed(self.random_state)
                self._build(seed, not first, max_epochs=1, validated=False, scheduled=False)
                self._settings = settings
            self._train(train, None)
            if first:
                self._panel, self._calibration = panel, None
                self._calibration = calibrate(self, panel, split)
            else:
                self._panel = append_newer(self._panel, rows, gaps=self.gaps)
        return self

    def update(self, X, y=None) -> Self:
        """Append newer rows to the series, without training.

        Parameters
        ----------
        X, y : as in ``fit``
            Rows after those of ``fit``, at whose end forecasts begin from then on; or new series.

        Returns
        -------
        self : RNNForecaster
            The estimator, fitted.

        Raises
        ------
        ValueError
            If rows are at times that the forecaster has already, or leave a gap; the message names
            the series and the time.
        """
        check_is_fitted(self)
        self._panel = self._panel.extend(read_more(self, X, y, "X"), gaps=self.gaps)
        return self

    def predict(self, X) -> np.ndarray:
        """Forecast at the times of the rows of X.

        Rows after the end of their series are forecast from there, through a gap if there is one;
        beyond ``horizon_`` steps in blocks, each from the forecasts before it, with ``past``
        columns missing. Rows at times of the training data are forecast one step ahead, from the
        training data before them.

        Parameters
        ----------
        X : DataFrame of shape (rows, n_columns), array of shape (rows, n_features) or Index
            The times to forecast, in any order, with the columns that are known in the future;
            where there are none, an index of times is enough. Without times (an array, if ``fit``
            had no times either) they follow the last row of ``fit``.

        Returns
        -------
        ndarray of shape (rows,) or (rows, n_targets), float64
            At the first time of a series or before it, where there is nothing to forecast from,
            the mean of its training data. NaN, with a warning, after a series whose last window
            holds no observed value.

        Raises
        ------
        ValueError
            If a series is not known, a row is more than 10,000 steps after the end of its series
            (or 100 times the horizon, where that is more), or one at a time of the training data
            has other known values than there; the message names the series and the time.
        """
        check_is_fitted(self)
        means = self._means_of_fit()
        return self._shaped(forecast_rows(self, X, lambda ahead: ahead.point(), means))

    def score(self, X, y, sample_weight=None) -> float:
        """Give the coefficient of determination, R2, of the forecasts at the rows of X.

        Parameters
        ----------
        X : DataFrame, array or Index
            The times to forecast, in a form that ``predict`` takes.
        y : array-like of shape (rows,) or (rows, n_targets)
            What came; rows where it is missing, or there is nothing to forecast from, are left out.
        sample_weight : array-like of shape (rows,) or None, default=None
            How much each row counts.

        Returns
        -------
        float
            1 is the best; the mean over several targets.
        """
        predicted = self.predict(X)
        y, rows = scored_rows(y, predicted)
        weight = row_weight(sample_weight, len(rows))
        weight = None if weight is None else weight[rows]
        return r2_score(y[rows], predicted[rows], sample_weight=weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = True  # on rows that are no series, as checks have them
        return tags

    @property
    def linear_share_(self) -> float:
        """The weight of the linear map in the forecast."""
        return linear_share(self)

    def _check_parameters(self):
        validate_parameters(self)
        check_quantiles(self.quantiles)

    def _fit_panel(self, panel, weight, run, *, goes_on=False, given=None):
        """Train on series, from the weights there are or from new ones, and calibrate."""
        before = self._calibration if goes_on else None
        try:
            split = self._train_panel(panel, weight, run, goes_on=goes_on, given=given)._split
            warn_of_short_series(panel, self.window_)
            self._calibrate(panel, split, before)
            if self._calibration is None:
                self._calibrate_apart(panel, split, weight, run.seed)
        except KeyboardInterrupt:
            if hasattr(self, "interrupted_"):  # there are whole epochs
                self._calibrate(panel, self._split, before)
            raise
        finally:
            self.__dict__.pop("_split", None)
        return self

    def _calibrate(self, panel, split, before):
        """Calibrate if that needs no second network; ``before`` is what there is of earlier."""
        goes_on = before is not None and not self.early_stopping_
        self._calibration = before if goes_on else None
        apart = split.held is None and self.intervals_ == "conformal"
        if not (goes_on or apart):
            if before is None:
                measure_share(self, self, panel, split.held)
            self._calibration = calibrate(self, panel, split)

    def _calibrate_apart(self, panel, split, weight, seed):
        """Calibrate by a second network, or, if no series can spare rows, by what was learnt."""
        apart = train_apart(self, panel, weight, seed)
        forecaster, split = (self, split) if apart is None else apart
        measure_share(self, forecaster, panel, split.held)
        self._calibration = calibrate(forecaster, panel, split)

    def _train_panel(self, panel, weight, run, *, goes_on=False, given=None):
        choose_forecast_parameters(self, panel, reset=not goes_on)
        if self.loss_ in COUNT_LOSSES:
            check_counts(panel, self.loss_)
        split = split_panel(self, panel)
        if not goes_on:
            self._learn_network(panel, split)
        self._panel, self._calibration, self._split = panel, None, split
        train, valid = weigh(self, panel, split, weight)
        self._build(run.seed, goes_on, max_epochs=self.max_epochs_, validated=valid is not None)
        run.watch(self.net_)
        self._settings = None
        if goes_on:
            take_new_share(self)
        else:
            fit_blend(self, train)
        if given is None:
            self._train(train, valid)
        else:
            train_in_tasks(self, train, valid, **given)
        return self

    def _learn_network(self, panel, split):
        """Learn what the network is built from: standardisation, categories, sizes."""
        trained_until = panel.stops - split.held_rows[:: panel.n_targets]
        rows = panel.row_ticks < np.repeat(trained_until, panel.group_lengths)
        self._scalers = WindowScalers.fit(panel, rows)
        self._fit_groups = None
        if panel.ids is not None:
            self._fit_groups = {name: group for group, name in enumerate(panel.ids)}
        self._knows_ids = knows_ids(panel, traits_of(panel))
        self._means = series_means(panel)
        self._transform = TargetTransform.learn(panel, self.log_)
        self._calendar_columns = calendar_columns(panel) if self.calendar_ else ()
        self._season = self.difference_ or None
        self._year_length = year_length(panel)
        self._widths = None
        dataset = self._window_dataset(panel, split.train)
        self._widths, share = dataset.learn_widths(), dataset.observed_share()
        self._architecture = plan_network(self, panel, self._scalers)._replace(observed_share=share)

    def _as_dataset(self, part, device):
        return self._window_dataset(
            part.panel,
            part.windows,
            device=device,
            weight=part.weight,
            windows_per_epoch=self.windows_per_epoch_ if part.is_training else None,
            series_scale=part.series_scale,
            teacher=part.is_training and self.decoder_ == "recursive",
        )

    def _window_dataset(self, panel, windows, *, horizon=None, device="cpu", **options):
        """Cut windows as the network reads them."""
        return WindowDataset(
            self._transform.of_panel(panel),
            windows,
            window=self.window_,
            horizon=self.horizon_ if horizon is None else horizon,
            scaling=self.scaling_,
            widths=self._widths,
            scalers=self._scalers,
            calendar=self._calendar(panel) if self._calendar_columns else None,
            season=self._season,
            series_codes=series_codes(panel, self._fit_groups if self._knows_ids else None),
            counts=self.loss_ in COUNT_LOSSES,
            steps=self.window_ // self.segment_,
            device=device,
            **options,
        )

    def _calendar(self, panel):
        """Give the function from ticks to those features of the calendar that are read."""
        columns = list(self._calendar_columns)
        return lambda ticks: panel.axis.calendar(ticks)[:, columns]

    def _make_module(self, architecture, generator):
        if self.n_networks_ == 1:
            network = ForecastingNetwork(architecture, generator=generator)
        else:
            network = ForecastCommittee(architecture, self.n_networks_, generator=generator)
        return LinearBlend(network) if architecture.linear_blend else network

    @property
    def _reach(self):
        """How many rows before a cutoff matter."""
        return self.window_ + (self._season or 0)

    def _shaped(self, values):
        """Give (rows, n_targets, ...) in the shape of the y of ``fit``."""
        return values[:, 0] if self._target_ndim == 1 else values

    def _means_of_fit(self):
        """Give the mean of the training data of each group, (n_groups, n_targets)."""
        if self._fit_groups is None:
            return self._means[:1]
        return self._means[[self._fit_groups.get(name, -1) for name in self._panel.ids]]
