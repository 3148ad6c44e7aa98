"""Writing a fitted estimator as an ONNX model."""

from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.estimators._types import Folder

__all__ = ["ExportMixin"]


class ExportMixin:
    """Gives estimators ``to_onnx``; not public."""

    def to_onnx(self, path: Folder) -> None:
        """Write the fitted network as an ONNX model, to be run without this library.

        The file holds everything between raw numbers or ids and the prediction: standardisation,
        the filling of gaps, embeddings, recurrent layers, the scale of the target. It consists of
        standard operators (opset 18), so that onnxruntime runs it on its own. The answers are
        those of this estimator up to rounding, 1e-5 and mostly far less.

        What a server has to know beside the graph, such as classes and vocabulary, is JSON in the
        model's metadata under the key "sklearn_rnn"; its "inputs" and "outputs" describe the
        graph's own in words.

        Parameters
        ----------
        path : str or os.PathLike
            Where the file goes. What stands there is replaced at once, or not at all.

        Raises
        ------
        ImportError
            If onnx is missing (``pip install "sklearn-rnn[onnx]"``).
        ValueError
            If ``cell`` is a class of the user's own, for which ONNX has no operator, or the weights
            are larger than 2 GB.
        OSError
            If the file cannot be written.

        See Also
        --------
        save : Writes the estimator itself, for Python to read back.

        Notes
        -----
        Inputs of sequences are padded to the longest one of the batch; what stands behind
        ``lengths`` is not read. Only those inputs are there that the network reads:

        ==================  ===========================  ========  ===============================
        input               shape                        dtype     what
        ==================  ===========================  ========  ===============================
        ``lengths``         (batch,)                     int64     the steps of each sequence
        ``values``          (batch, time, features)      float64   numbers as ``fit`` saw them, NaN
                                                                   for missing ones under
                                                                   ``missing="mask"``
        ``times``           (batch, time)                float64   when each step was, if gaps are
                                                                   measured by time
        ``ids``             (batch, time)                int64     ids of tokens
        ``codes``           (batch, time, columns)       int64     ids of categories
        ``static``          (batch, columns)             float64   numbers of each sequence
        ``static_codes``    (batch, columns)             int64     ids of its categories
        ==================  ===========================  ========  ===============================

        Where the network looks into words (``subwords``, ``characters``), each distinct word of a
        batch is described once, instead of ``ids``:

        ==================  ===========================  ========  ===============================
        ``steps``           (batch, time)                int64     the place of the step's word
        ``words``           (words,)                     int64     its id, 1 for an unknown one
        ``ngrams``          (ngrams,)                    int64     hashed n-grams of all words
        ``ngram_words``     (ngrams,)                    int64     the word that each belongs to
        ``characters``      (words, characters)          int64     ids of characters, then zeros
        ``shapes``          (words,)                     int64     how each word is written
        ==================  ===========================  ========  ===============================

        So words that ``fit`` did not see are told apart as ``predict`` does. A tagger of dicts of
        features takes ``features`` (batch, time, any number), int64: the places of the features in
        the metadata's "features" plus 1, then zeros.

        A forecaster takes the end of each series, and what ``fit`` had beside it:

        ==================  ===========================  ========  ===============================
        ``values``          (batch, history)             float64   the last values, NaN for missing
        ``times``           (batch, window + horizon)    int64     microseconds since 1970, if the
                                                                   calendar is read
        ``known``           (batch, window + horizon,    float64   columns known in the future
                            columns)
        ``past``            (batch, window, columns)     float64   columns that are not
        ``known_codes``,    the same                     int64     ids of categories
        ``past_codes``
        ``static``          (batch, columns)             float64   numbers of each series
        ``static_codes``    (batch, columns)             int64     categories, the series itself
                                                                   and the target, where read
        ==================  ===========================  ========  ===============================

        Outputs:

        ===================  ===================  ========  ======================================
        RNNClassifier        ``probabilities``    float32   as ``predict_proba``;
                                                            ``probabilities_0``, ``_1`` ... for
                                                            several targets
        RNNRegressor         ``predictions``      float64   as ``predict``
        RNNTagger            ``emissions``        float32   (batch, time, classes): scores of each
                                                            step, from which the metadata's
                                                            "transitions" decide on the labels
        RNNEncoder           ``vectors``          float32   as ``transform``
        RNNForecaster        ``forecasts``        float64   (batch, horizon)
        ===================  ===================  ========  ======================================

        A sequence that holds NaN where ``predict`` would refuse it, or infinity, or has no steps,
        gives NaN. An id outside the vocabulary is read as unknown.

        Examples
        --------
        >>> import json, tempfile
        >>> import numpy as np
        >>> import onnxruntime
        >>> from sklearn_rnn import RNNClassifier
        >>> X = [np.arange(n) * sign for n in (3, 4, 5) for sign in (1, -1)] * 4
        >>> y = ["up", "down"] * 12
        >>> classifier = RNNClassifier(random_state=0).fit(X, y)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     classifier.to_onnx(f"{folder}/slope.onnx")
        ...     session = onnxruntime.InferenceSession(f"{folder}/slope.onnx")
        >>> values = np.array([[0.0, 1.0, 2.0], [0.0, -1.0, 0.0]])[..., None]
        >>> inputs = {"values": values, "lengths": np.array([3, 2])}
        >>> (probabilities,) = session.run(["probabilities"], inputs)
        >>> metadata = session.get_modelmeta().custom_metadata_map["sklearn_rnn"]
        >>> classes = np.array(json.loads(metadata)["classes"])
        >>> classes[probabilities.argmax(axis=1)].tolist()
        ['up', 'down']
        """
        from sklearn_rnn.persistence._onnx import write_onnx

        check_is_fitted(self)
        write_onnx(self, path)
