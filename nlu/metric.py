"""A linear map under which questions that one answer serves lie closer than questions that merely share their subject.

The sentence encoder was trained to tell what a sentence is about; of «¿cuánto cuesta la credencial?» and «¿qué piden
para la credencial?» it makes neighbours. The map is fitted by ``python -m nlu metric`` (``metric_fit.py``) on offices that
take part in nothing else here, and kept in ``metric.npy``.
"""
from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np

METRIC_FILE = Path(__file__).with_name("metric.npy")


def unit(vectors: np.ndarray) -> np.ndarray:
    """``vectors``, shape (n, dimensions), each of length one; one of nothing stays so."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: np.ndarray = vectors / np.maximum(lengths, 1e-9)
    return scaled


@lru_cache(maxsize=2)
def load_metric(path: Path = METRIC_FILE) -> np.ndarray:
    """The map, float32, shape (dimensions, dimensions); it multiplies from the right.

    Raises:
        OSError, ValueError: the file is missing or damaged.
    """
    metric: np.ndarray = np.load(path, allow_pickle=False).astype(np.float32)
    return metric


def metric_hash(path: Path = METRIC_FILE) -> str:
    """SHA-256 (hex) of the kept map."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
