"""The files of this package from which a trained model is made: code, and numbers that were fitted."""
from __future__ import annotations

from pathlib import Path

_SUFFIXES = (".py", ".json", ".npy")


def matcher_files() -> list[Path]:
    """They all, in a fixed order. A change in any of them makes a trained model outdated."""
    return sorted(path for path in Path(__file__).parent.iterdir() if path.suffix in _SUFFIXES)
