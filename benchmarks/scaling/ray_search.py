"""A search on Ray, and the same one in this process: are their results equal?

    pip install -r benchmarks/scaling/requirements.txt
    OMP_NUM_THREADS=1 python benchmarks/scaling/ray_search.py

Ray gives its workers one thread each, so this process has to have one as well.
"""

import joblib
import ray
import torch
from _reviews import compare_searches, make_reviews, make_search
from ray.util.joblib import register_ray


def main():
    torch.set_num_threads(1)
    texts, labels = make_reviews(300)
    local = make_search().fit(texts, labels)

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)  # or address="auto"
    register_ray()
    with joblib.parallel_config("ray", n_jobs=2):
        elsewhere = make_search().fit(texts, labels)
    ray.shutdown()

    print("ray", ray.__version__)
    compare_searches(local, elsewhere, texts)


if __name__ == "__main__":
    main()
