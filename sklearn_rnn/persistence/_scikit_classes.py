"""Which parts of scikit-learn a model file may hold, and what their fitted state has to be like."""

from functools import cache
from importlib import import_module

import numpy as np

__all__ = ["UFUNCS", "allowed_names", "check_fitted_state", "classes"]

# By the module that they are imported from. What is not here is not loaded: above all whatever
# holds trees or compiled state, which a file could make to read beyond its arrays.
_CLASSES = {
    "sklearn.compose": ("ColumnTransformer",),
    "sklearn.decomposition": (
        *("FactorAnalysis", "FastICA", "IncrementalPCA", "NMF", "PCA", "TruncatedSVD"),
    ),
    "sklearn.dummy": ("DummyClassifier", "DummyRegressor"),
    "sklearn.feature_extraction": ("DictVectorizer", "FeatureHasher"),
    "sklearn.feature_extraction.text": (
        *("CountVectorizer", "HashingVectorizer", "TfidfTransformer", "TfidfVectorizer"),
    ),
    "sklearn.feature_selection": ("SelectKBest", "SelectPercentile", "VarianceThreshold"),
    "sklearn.impute": ("KNNImputer", "MissingIndicator", "SimpleImputer"),
    "sklearn.linear_model": (
        *("ElasticNet", "Lasso", "LinearRegression", "LogisticRegression", "Ridge"),
        "RidgeClassifier",
    ),
    "sklearn.pipeline": ("FeatureUnion", "Pipeline"),
    "sklearn.preprocessing": (
        *("Binarizer", "FunctionTransformer", "KBinsDiscretizer", "LabelBinarizer"),
        *("LabelEncoder", "MaxAbsScaler", "MinMaxScaler", "MultiLabelBinarizer", "Normalizer"),
        *("OneHotEncoder", "OrdinalEncoder", "PolynomialFeatures", "PowerTransformer"),
        *("QuantileTransformer", "RobustScaler", "StandardScaler", "TargetEncoder"),
    ),
    "sklearn.random_projection": ("GaussianRandomProjection",),
}
_FUNCTIONS = {
    "sklearn.feature_selection": (
        *("chi2", "f_classif", "f_regression", "mutual_info_classif", "mutual_info_regression"),
    ),
}
UFUNCS = (
    *("absolute", "arcsinh", "cbrt", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2"),
    *("negative", "sinh", "sqrt", "square"),
)
_BUILTINS = ("str", "int", "float", "bool")
_SCALARS = (
    *("bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "str_", "datetime64", "timedelta64"),
)

# Arrays of a fitted transformer whose last axis is the columns of its input, with their number of
# dimensions; None may stand for those with a parameter that leaves them out.
_OF_COLUMNS = {
    "StandardScaler": {"mean_": 1, "scale_": 1},
    "MinMaxScaler": {"min_": 1, "scale_": 1, "data_min_": 1, "data_max_": 1},
    "MaxAbsScaler": {"scale_": 1, "max_abs_": 1},
    "RobustScaler": {"center_": 1, "scale_": 1},
    "SimpleImputer": {"statistics_": 1},
    "PowerTransformer": {"lambdas_": 1},
    "QuantileTransformer": {"quantiles_": 2},
    "VarianceThreshold": {"variances_": 1},
    "SelectKBest": {"scores_": 1},
    "SelectPercentile": {"scores_": 1},
    "PCA": {"mean_": 1, "components_": 2},
    "IncrementalPCA": {"mean_": 1, "components_": 2},
    "FactorAnalysis": {"mean_": 1, "components_": 2},
    "TruncatedSVD": {"components_": 2},
    "NMF": {"components_": 2},
    "GaussianRandomProjection": {"components_": 2},
}


@cache
def classes() -> dict[str, type]:
    """Give the classes by their names."""
    return dict(_found(_CLASSES))


def _found(names):
    """Yield the names and what they name, as far as this release of scikit-learn has it."""
    for module, members in names.items():
        found = import_module(module)
        yield from ((name, getattr(found, name)) for name in members if hasattr(found, name))


@cache
def allowed_names() -> dict[str, frozenset]:
    """Give the names that each loader of skops may bring into being."""
    functions = {f"{one.__module__}.{one.__name__}" for _, one in _found(_FUNCTIONS)}
    scalars = {f"numpy.{name}" for name in _SCALARS} | {"numpy.bool", "numpy.str"}
    types = {f"builtins.{name}" for name in _BUILTINS} | scalars
    return {
        "JsonNode": frozenset({"builtins.str"}),
        "DictNode": frozenset({"builtins.dict"}),
        "ListNode": frozenset({"builtins.list"}),
        "TupleNode": frozenset({"builtins.tuple"}),
        "SetNode": frozenset({"builtins.set"}),
        "SliceNode": frozenset({"builtins.slice"}),
        "DTypeNode": frozenset({"numpy.dtype"}),
        "NdArrayNode": frozenset(scalars | {"numpy.ndarray"}),
        "TypeNode": frozenset(types),
        "FunctionNode": frozenset(functions | {f"numpy.{name}" for name in UFUNCS}),
        "ObjectNode": frozenset(f"{one.__module__}.{one.__name__}" for one in classes().values()),
    }


def check_fitted_state(estimator) -> None:
    """Raise a ValueError if the arrays of a fitted transformer do not fit its columns."""
    arrays = _OF_COLUMNS.get(type(estimator).__name__, {})
    width = getattr(estimator, "n_features_in_", None)
    if width is None:
        if any(hasattr(estimator, name) for name in arrays):
            raise ValueError(f"a fitted {type(estimator).__name__} has n_features_in_.")
        return
    if type(width) is not int or width < 1:
        raise ValueError(f"n_features_in_ is {width!r:.40}.")
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and getattr(names, "shape", None) != (width,):
        raise ValueError(f"feature_names_in_ are not {width}.")
    categories = getattr(estimator, "categories_", None)
    if categories is not None and (type(categories) is not list or len(categories) != width):
        raise ValueError(f"categories_ is no list of {width}.")
    for name, ndim in arrays.items():
        array = getattr(estimator, name)
        if array is None:
            continue
        if not isinstance(array, np.ndarray) or array.ndim != ndim or array.shape[-1] != width:
            raise ValueError(f"{name} is no array of {ndim} dimensions, the last of {width}.")
