"""A training run on disk: what it is, how far it came, and every variable, in one file written at once."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llm.cache import WeightsError

_FILE = "checkpoint.npz"
Values = list[NDArray[Any]]


@dataclass
class Progress:
    """``step`` optimiser steps are done. ``rows`` of the loss table; the ``best`` validation loss so
    far, and for how many measures it hasn't improved (``stale``)."""

    step: int = 0
    seconds: float = 0.0
    rows: list[dict[str, float]] = field(default_factory=list)
    best: float = float("inf")
    stale: int = 0
    losses: list[float] = field(default_factory=list)
    done: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """``progress`` with the ``state`` of training then, and the kernels of the ``best`` measure."""

    progress: Progress
    state: Values
    best: Values


def save(folder: Path, identity: dict[str, object], checkpoint: Checkpoint) -> None:
    """Write ``checkpoint`` of the run that ``identity`` names into ``folder``, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"identity": identity, "progress": asdict(checkpoint.progress)})
    arrays = _named("state", checkpoint.state) | _named("best", checkpoint.best)
    draft = folder / f"draft-{_FILE}"
    np.savez(draft, about=np.array(about), **arrays)  # type: ignore[arg-type]
    draft.replace(folder / _FILE)


def load(folder: Path, identity: dict[str, object]) -> Checkpoint | None:
    """The checkpoint of the unfinished run in ``folder``; None when there is none or it came to its end.

    Raises WeightsError when the unfinished run is another than ``identity`` or can't be read.
    """
    path = folder / _FILE
    if not path.is_file():
        return None
    try:
        with np.load(path) as file:
            about = json.loads(str(file["about"]))
            checkpoint = Checkpoint(Progress(**about["progress"]), _values("state", file), _values("best", file))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path} no se puede leer ({error}). Empieza de nuevo con --restart.") from error
    if checkpoint.progress.done:
        return None
    differing = _differing(about["identity"], identity)
    if differing:
        raise WeightsError(
            f"En {folder} hay un entrenamiento sin terminar con otros valores de: {', '.join(differing)}. "
            "Repite con los mismos para seguirlo, o usa --restart para empezar de nuevo."
        )
    return checkpoint


def _differing(theirs: dict[str, object], ours: dict[str, object]) -> list[str]:
    ours = json.loads(json.dumps(ours))  # lists for tuples, as the file has them
    return sorted(key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key))


def _named(prefix: str, values: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{prefix}_{place}": value for place, value in enumerate(values)}


def _values(prefix: str, file: Any) -> Values:
    count = sum(name.startswith(f"{prefix}_") for name in file.files)
    return [file[f"{prefix}_{place}"] for place in range(count)]
