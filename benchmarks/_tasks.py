"""The tasks of `bench_classification`: data, the floors of scikit-learn, what a score is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from _common import read_labelled_lines, read_names
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV, RidgeCV
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

# -------------------------------------------------------------------------------------- scores


@dataclass(frozen=True)
class Score:
    """A figure of a fitted model on held-out data."""

    title: str
    of: Callable  # (model, X, y) -> float
    digits: int
    lower_is_better: bool = False

    def best(self, values):
        """The index of the best of several values."""
        return int(np.argmin(values) if self.lower_is_better else np.argmax(values))

    def text(self, value):
        """A value as the table shows it."""
        return f"{value:.{self.digits}f}"


def percent_right(model, X, y):
    """Accuracy in percent."""
    return 100 * model.score(X, y)


def area_under_curve(model, X, y):
    """Area under the receiver operating characteristic, of two classes."""
    return roc_auc_score(y, model.predict_proba(X)[:, 1])


def root_error(model, X, y):
    """Root of the mean squared error."""
    return root_mean_squared_error(y, model.predict(X))


ACCURACY = Score("accuracy %", percent_right, digits=1)
AUC = Score("AUC", area_under_curve, digits=3)
RMSE = Score("RMSE (lower is better)", root_error, digits=4, lower_is_better=True)


# ---------------------------------------------------------------------------------------- data


@dataclass(frozen=True)
class Split:
    """What to fit on and what to score on."""

    X_train: object
    y_train: np.ndarray
    X_test: object
    y_test: np.ndarray


def select(X, rows):
    """The chosen elements of a list, an array or `Sequences`, as the same type."""
    return [X[row] for row in rows] if isinstance(X, list) else X[rows]


def splits_of(X, y, folds, test_size=0.2):
    """One seeded stratified part held out, or every fold of a seeded cross-validation."""
    rows = np.arange(len(y))
    if folds == 1:
        pairs = [train_test_split(rows, test_size=test_size, stratify=y, random_state=0)]
    else:
        pairs = StratifiedKFold(folds, shuffle=True, random_state=0).split(rows, y)
    return [Split(select(X, train), y[train], select(X, test), y[test]) for train, test in pairs]


def load_trec(path, folds):
    """TREC questions; the archive's test part is not used."""
    return splits_of(*read_labelled_lines(path / "train.txt"), folds)


def load_sst2(path, folds):
    """Stanford Sentiment Treebank, whole sentences only; its own train and dev parts."""
    train, dev = (read_labelled_lines(path / name) for name in ("train.txt", "dev.txt"))
    return [Split(*train, *dev)]


def load_names(path, folds):
    """Surnames of 18 languages; a name may stand in several."""
    return splits_of(*read_names(path), folds)


def load_recordings(path, folds):
    """A problem of the UCR/UEA archive, in its own train and test parts."""
    from sklearn_rnn.datasets import read_ts

    train, test = (read_ts(path.with_name(f"{path.name}_{part}.ts")) for part in ("TRAIN", "TEST"))
    return [Split(*train, *test)]


def load_pixels(path, folds, permuted=False):
    """scikit-learn's digits, one pixel a step, row by row or in one fixed random order."""
    pixels, y = load_digits(return_X_y=True)
    if permuted:
        pixels = pixels[:, np.random.default_rng(0).permutation(pixels.shape[1])]
    return splits_of(pixels[:, :, None], y, folds)  # (images, 64, 1)


def load_events(path, folds):
    """Customers' events, amounts as logarithms, and how long before the end of the log each was."""
    from sklearn_rnn import Sequences
    from sklearn_rnn.datasets import make_customer_events

    events, churned = make_customer_events(3_000, random_state=0)
    end = pd.Timestamp("2025-01-01")  # all events are before; gaps alone do not tell recency
    events["log_amount"] = np.log(events["amount"])
    events["log_time_left"] = np.log((end - events["when"]).dt.total_seconds())
    sequences = Sequences.from_frame(
        events,
        id_col="customer",
        time_col="when",
        numeric=["log_amount", "log_time_left"],
        categorical=["channel", "item"],
        static=["age", "region"],
    )
    return splits_of(sequences, churned.loc[sequences.ids].to_numpy(), folds, test_size=1 / 3)


# -------------------------------------------------------------------------------------- floors


def word_floors():
    """TF-IDF of words and pairs of words, logistic regression; C by cross-validation."""
    for token_pattern in (r"(?u)\b\w\w+\b", r"\S+"):  # scikit-learn's own, and every token
        words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=token_pattern)
        model = make_pipeline(words, LogisticRegression(max_iter=1_000))
        yield GridSearchCV(model, {"logisticregression__C": [1, 10, 100]}, cv=3)


def character_floors():
    """TF-IDF of one to four characters, logistic regression."""
    for analyzer in ("char", "char_wb"):
        characters = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 4))
        yield make_pipeline(characters, LogisticRegression(C=10, max_iter=300))


def summaries(recordings):
    """Mean, deviation, extremes, quartiles and mean step of every channel, and the length."""
    rows = []
    for steps in recordings:
        quartiles = np.quantile(steps, [0, 0.25, 0.5, 0.75, 1], axis=0)
        moves = np.abs(np.diff(steps, axis=0)).mean(axis=0)
        parts = [steps.mean(axis=0), steps.std(axis=0), *quartiles, moves, [len(steps)]]
        rows.append(np.concatenate(parts))
    return np.array(rows)


def resampled(recordings, length=50):
    """Every channel at ``length`` evenly spaced times, in one row."""
    rows = []
    for steps in recordings:
        times = np.linspace(0, len(steps) - 1, length)
        grid = np.arange(len(steps))
        rows.append(np.concatenate([np.interp(times, grid, channel) for channel in steps.T]))
    return np.array(rows)


def recording_floors():
    """Logistic regression on summaries, ridge regression on the resampled recording."""
    regression = LogisticRegression(max_iter=1_000)
    yield make_pipeline(FunctionTransformer(summaries), StandardScaler(), regression)
    ridge = RidgeClassifierCV(alphas=np.logspace(-3, 3, 13))
    yield make_pipeline(FunctionTransformer(resampled), StandardScaler(), ridge)


def regression_floors():
    """Ridge regression on the resampled recording, and on summaries of it."""
    for features in (resampled, summaries):
        ridge = RidgeCV(alphas=np.logspace(-3, 6, 19))
        yield make_pipeline(FunctionTransformer(features), StandardScaler(), ridge)


def pixels_of(images):
    """One row of numbers an image."""
    return images.reshape(len(images), -1)


def pixel_floors():
    """Logistic regression and a support vector machine, which see all pixels at once."""
    flat = FunctionTransformer(pixels_of)
    yield make_pipeline(flat, StandardScaler(), LogisticRegression(max_iter=1_000))
    yield make_pipeline(flat, SVC(gamma="scale"))


def slopes(values, customer):
    """Least-squares slope of each customer's values over their order."""
    table = pd.DataFrame({"value": values, "place": np.arange(len(values))})
    centred = table - table.groupby(customer).transform("mean")
    rise = (centred["value"] * centred["place"]).groupby(customer).sum()
    return rise / (centred["place"] ** 2).groupby(customer).sum()


def aggregates(sequences):
    """One row a customer: counts, recency, levels, spreads, trends, shares, static columns."""
    customer = np.repeat(np.arange(len(sequences)), sequences.lengths)
    steps = pd.DataFrame(sequences.values, columns=sequences.names.values)
    log_amount = steps["log_amount"]
    gaps = np.delete(np.arange(len(steps)), sequences.offsets[:-1])  # a first event has no gap
    log_gap, of_gap = steps["log_gap"].iloc[gaps].reset_index(drop=True), customer[gaps]
    channels = np.eye(len(sequences.categories[0]))[sequences.codes[:, 0]]
    regions = np.eye(len(sequences.static_categories[0]))[sequences.static_codes[:, 0]]
    figures = ["mean", "std", "min", "max", "last"]
    parts = (
        np.log(sequences.lengths),
        steps["log_time_left"].groupby(customer).agg(["first", "last"]),
        log_amount.groupby(customer).agg(figures),
        log_gap.groupby(of_gap).agg(figures),
        slopes(log_amount, customer),
        slopes(log_gap, of_gap),
        pd.DataFrame(channels).groupby(customer).mean(),
        sequences.static,
        regions,
    )
    return np.column_stack(parts)


def event_floors():
    """Logistic regression and boosted trees on aggregates that an analyst would make."""
    table = FunctionTransformer(aggregates)
    yield make_pipeline(table, StandardScaler(), LogisticRegression(max_iter=1_000))
    for leaves in (4, 31):
        trees = HistGradientBoostingClassifier(
            learning_rate=0.05, max_leaf_nodes=leaves, random_state=0
        )
        yield make_pipeline(table, trees)


# --------------------------------------------------------------------------------------- tasks


@dataclass(frozen=True)
class Task:
    """A task; it has a row in the table for each of its scores."""

    title: str
    held_out: str
    load: Callable  # (path, folds) -> list of Split
    floors: Callable  # () -> the candidates of the floor; the best on the test part counts
    anchor: str
    aim: str
    path: str | None = None  # below the data folder; None: nothing has to be there
    source: str = ""  # where the files can be had
    model: str = "RNNClassifier"
    scores: tuple = (ACCURACY,)

    def is_there(self, folder):
        """Whether the task's files are below the data folder."""
        if self.path is None:
            return True
        path = folder / self.path
        return path.is_dir() or path.with_name(f"{path.name}_TRAIN.ts").is_file()

    def splits(self, folder, folds):
        """What to fit and score on."""
        return self.load(folder / (self.path or ""), folds)


ARCHIVE = (
    "<problem>_TRAIN.ts and _TEST.ts of the UCR/UEA archive, timeseriesclassification.com; "
    "they also come with sktime (BSD-3)"
)

TASKS = {
    "trec": Task(
        title="TREC questions",
        held_out="stratified fifth of train",
        path="text/trec",
        load=load_trec,
        floors=word_floors,
        anchor="floor 89.0, CNN from scratch 88.2 (test)",
        aim=">= 91.5",
        source="train.txt, `label text` a line, six classes: TREC question classification, "
        "cogcomp.seas.upenn.edu/Data/QA/QC (for research)",
    ),
    "sst2": Task(
        title="SST-2 sentences",
        held_out="dev",
        path="text/sst2",
        load=load_sst2,
        floors=word_floors,
        anchor="floor 81.0, CNN from scratch with phrases 83.5 (test)",
        aim=">= 83.5",
        source="train.txt and dev.txt, `label text` a line, whole sentences only: Stanford "
        "Sentiment Treebank, nlp.stanford.edu/sentiment (for research)",
    ),
    "names": Task(
        title="surname -> language",
        held_out="stratified fifth of distinct pairs",
        path="text/names",
        load=load_names,
        floors=character_floors,
        anchor="floor 84.7 (5 folds, with repeats)",
        aim="> floor",
        source="one <language>.txt a language, a surname a line: names of the PyTorch tutorial "
        "on character-level networks, download.pytorch.org/tutorial/data.zip (MIT)",
    ),
    "japanese_vowels": Task(
        title="JapaneseVowels",
        held_out="TEST",
        path="timeseries/JapaneseVowels",
        load=load_recordings,
        floors=recording_floors,
        anchor="echo state 96.5, FCN 99.3, ResNet 99.2",
        aim=">= 99",
        source=ARCHIVE,
    ),
    "gun_point": Task(
        title="GunPoint",
        held_out="TEST",
        path="timeseries/GunPoint",
        load=load_recordings,
        floors=recording_floors,
        anchor="InceptionTime 100, ResNet 99.3",
        aim=">= 99",
        source=ARCHIVE,
    ),
    "basic_motions": Task(
        title="BasicMotions",
        held_out="TEST",
        path="timeseries/BasicMotions",
        load=load_recordings,
        floors=recording_floors,
        anchor="InceptionTime 100, ResNet 100",
        aim="100",
        source=ARCHIVE,
    ),
    "osu_leaf": Task(
        title="OSULeaf",
        held_out="TEST",
        path="timeseries/OSULeaf",
        load=load_recordings,
        floors=recording_floors,
        anchor="InceptionTime 92.1, ResNet 97.9",
        aim=">= 96",
        source=ARCHIVE,
    ),
    "covid3month": Task(
        title="Covid3Month",
        held_out="TEST",
        path="timeseries/Covid3Month",
        load=load_recordings,
        floors=regression_floors,
        anchor="-",
        aim="< floor",
        source="Covid3Month_TRAIN.ts and _TEST.ts of the archive of time series extrinsic "
        "regression, tseregression.org; they also come with sktime (BSD-3)",
        model="RNNRegressor",
        scores=(RMSE,),
    ),
    "digits_rows": Task(
        title="digits, pixel by pixel",
        held_out="stratified fifth",
        load=load_pixels,
        floors=pixel_floors,
        anchor="-",
        aim="> floor",
    ),
    "digits_permuted": Task(
        title="digits, pixels permuted",
        held_out="stratified fifth",
        load=partial(load_pixels, permuted=True),
        floors=pixel_floors,
        anchor="-",
        aim="> floor",
    ),
    "event_log": Task(
        title="customers' events -> churn",
        held_out="stratified third",
        load=load_events,
        floors=event_floors,
        anchor="-",
        aim="> floor",
        scores=(AUC, ACCURACY),
    ),
}
