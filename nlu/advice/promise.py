"""What is promised at a risk, and how many judged turns are missing until they prove it."""
from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nlu.calibration import Calibration
from nlu.confidence import Curve, fewest_turns, proven_threshold

# Beyond this many times the turns at hand, or those of a faultless start, errors are called too many to prove it.
_FARTHEST = 50


@dataclass(frozen=True)
class Promise:
    """The ``threshold`` (0–1) in use at ``risk`` (0–1), and what judged turns say of it.

    ``proven`` tells a proof with what ``origin`` names from an estimate. ``judged``: turns that count;
    ``left_out``: judged ones that don't, being variants of the book. ``coverage``: share (0–1) of those that
    count which the threshold answers, None without any. ``missing``: more judged turns with which they would
    prove the risk if errors stay as rare as they are (0: they do; None: at no threshold are they rare enough);
    where it isn't known what share is answered, ``missing_answered``, these are turns that must be answered.
    """

    risk: float
    threshold: float
    proven: bool
    origin: str
    judged: int
    left_out: int
    coverage: float | None
    missing: int | None
    missing_answered: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON data."""
        return asdict(self)


def promise(calibration: Calibration, risk: float) -> Promise:
    """What is promised of ``calibration``'s book at ``risk`` (0–1)."""
    in_use, judged, curve = calibration.threshold(risk), calibration.judged_turns, calibration.judged
    answered = max((count for value, count, _ in curve if value >= in_use.value), default=0)
    if calibration.judged_threshold(risk):
        missing: int | None = 0
    else:
        missing = _missing(curve, judged, answered, risk) if answered else fewest_turns(risk)
    return Promise(
        risk,
        in_use.value,
        in_use.proven,
        in_use.origin,
        judged,
        calibration.judged_variants,
        round(answered / judged, 4) if judged else None,
        missing,
        missing_answered=not answered,
    )


def _missing(curve: Curve, judged: int, answered: int, risk: float) -> int | None:
    """The fewest more turns with which the risk is proven, all shares kept, once enough are ``answered`` at the
    threshold in use: a few turns without an error at a much lower one say little."""
    turns, fewest = judged, fewest_turns(risk)
    while turns <= _FARTHEST * max(judged, fewest):
        times = turns / judged
        if int(answered * times) >= fewest:
            grown = tuple((value, int(count * times), round(wrong * times)) for value, count, wrong in curve)
            if proven_threshold(grown, risk, ""):
                return turns - judged
        turns += max(1, turns // 50)
    return None
