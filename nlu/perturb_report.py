"""What each kind of hurried writing costs a rule book: coverage and risk beside the plain questions."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlu.decision import Decider
from nlu.evaluate import Report, evaluate
from nlu.perturb import KINDS, perturb_all
from nlu.questions import Question

ALL_KINDS = "todas"
PLAIN = "tal cual"


def evaluate_kinds(decider: Decider, questions: Sequence[Question], seed: int) -> dict[str, Report]:
    """The report on the questions as they are (``PLAIN``), then on each kind of perturbation."""
    asked = {PLAIN: list(questions), **{kind: perturb_all(questions, kind, seed) for kind in KINDS}}
    return {kind: evaluate(decider, written)[0] for kind, written in asked.items()}


def as_table(reports: Mapping[str, Report]) -> str:
    """One line a kind, in percent; the change in coverage is in points against ``PLAIN``."""
    head = f"{'escritura':<12}{'cobertura':>10}{'cambio':>8}{'riesgo':>8}{'ajenas':>8}{'acierto':>9}{'ms':>7}"
    return "\n".join([head, *(_line(kind, report, reports[PLAIN]) for kind, report in reports.items())])


def _line(kind: str, report: Report, plain: Report) -> str:
    change = _percent(report.coverage) - _percent(plain.coverage)
    figures = (report.coverage, report.selective_risk, report.false_accept_rate, report.accuracy)
    coverage, risk, foreign, accuracy = (f"{_percent(figure):.1f}" if figure is not None else "–" for figure in figures)
    return f"{kind:<12}{coverage:>10}{change:>+8.1f}{risk:>8}{foreign:>8}{accuracy:>9}{report.ms_per_question:>7.2f}"


def _percent(share: float | None) -> float:
    return 100 * (share or 0.0)
