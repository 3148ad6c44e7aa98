"""Predictions over the partitions of a dataframe of Spark: are they those of one process?

pip install -r benchmarks/scaling/requirements.txt   # and Java 17 or newer
OMP_NUM_THREADS=1 python benchmarks/scaling/spark_predict.py
"""

import os
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyspark
import torch
from _reviews import make_reviews
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, pandas_udf

from sklearn_rnn import RNNClassifier, RNNForecaster


def predict_texts(spark):
    """Texts by a pandas UDF over batches; the estimator reaches each worker once."""
    texts, labels = make_reviews(2000)
    model = RNNClassifier(max_epochs=2, random_state=0).fit(texts[:300], labels[:300])
    sent = spark.sparkContext.broadcast(model)

    @pandas_udf("double")
    def probability(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        for batch in batches:
            yield pd.Series(
                sent.value.predict_proba(batch)[:, 1] if len(batch) else [], dtype=float
            )

    frame = pd.DataFrame({"number": np.arange(len(texts)), "text": texts})
    parts = spark.createDataFrame(frame).repartition(7)
    some = parts.filter(col("number") % 500 == 0)  # most partitions have no row left
    for kept in (parts, some):
        found = kept.withColumn("good", probability("text")).toPandas().sort_values("number")
        expected = model.predict_proba([texts[i] for i in found["number"]])[:, 1]
        np.testing.assert_array_equal(found["good"], expected)
        print(f"equal to the last bit: the probabilities of {len(found)} texts")


def forecast_series(spark):
    """Series by groups, each forecast from its own history."""
    days = pd.date_range("2024-01-01", periods=70)
    rng = np.random.default_rng(0)
    week = np.tile([5.0, 6, 7, 8, 9, 2, 1], 10)
    sales = pd.concat(
        pd.DataFrame({"shop": f"shop {i}", "day": days, "sales": week + rng.normal(size=70)})
        for i in range(6)
    )
    model = RNNForecaster(horizon=7, max_epochs=2, random_state=0, id_col="shop", time_col="day")
    model.fit(sales, "sales")
    sent = spark.sparkContext.broadcast(model)

    def forecast(history: pd.DataFrame) -> pd.DataFrame:
        return sent.value.forecast(7, context=history)

    groups = spark.createDataFrame(sales).groupBy("shop")
    found = groups.applyInPandas(forecast, "shop string, day timestamp, sales double").toPandas()
    found = found.sort_values(["shop", "day"], ignore_index=True)
    expected = model.forecast(7)
    assert found["shop"].tolist() == expected["shop"].tolist()
    np.testing.assert_array_equal(found["day"], expected["day"])
    np.testing.assert_array_equal(found["sales"], expected["sales"])
    print(f"equal to the last bit: {len(found)} forecasts of {found['shop'].nunique()} series")


def main():
    torch.set_num_threads(1)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers run what runs this
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    print("pyspark", pyspark.__version__)
    predict_texts(spark)
    forecast_series(spark)
    spark.stop()


if __name__ == "__main__":
    main()
