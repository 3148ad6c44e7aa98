"""A search on Spark, and the same one in this process: are their results equal?

    pip install -r benchmarks/scaling/requirements.txt   # and Java 17 or newer
    OMP_NUM_THREADS=1 python benchmarks/scaling/spark_search.py

Spark gives its tasks as many threads as ``spark.task.cpus`` says, one by default, so this process
has to have one as well.
"""

import os
import sys

import joblib
import pyspark
import torch
from _reviews import compare_searches, make_reviews, make_search
from joblibspark import register_spark
from pyspark.sql import SparkSession


def main():
    torch.set_num_threads(1)
    texts, labels = make_reviews(300)
    local = make_search().fit(texts, labels)

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers run what runs this
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    )
    register_spark()
    with joblib.parallel_config("spark", n_jobs=2):
        elsewhere = make_search().fit(texts, labels)
    spark.stop()

    print("pyspark", pyspark.__version__)
    compare_searches(local, elsewhere, texts)


if __name__ == "__main__":
    main()
