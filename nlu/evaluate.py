"""How good a rule book answers a file of questions: coverage, risk and what they cost."""
from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from nlu.decision import Decider, Decision
from nlu.questions import Question


@dataclass(frozen=True)
class Report:
    """Shares are fractions of 1; ``None`` where there is nothing to divide by.

    accuracy: in-scope questions whose best rule is right, nothing rejected.
    coverage: in-scope questions answered / in-scope questions.
    selective_risk: answers that are wrong (out of scope counts) / answers.
    false_accept_rate: out-of-scope questions answered / out-of-scope questions.
    aurc: area under the risk–coverage curve over all questions (Geifman & El-Yaniv 2017).
    """

    accuracy: float | None
    coverage: float | None
    selective_risk: float | None
    false_accept_rate: float | None
    aurc: float
    threshold: float
    ms_per_question: float
    in_scope: int
    out_of_scope: int
    answered: int
    wrong: int
    risk: float
    rules: int
    variants: int

    def to_dict(self) -> dict[str, float | int | None]:
        return asdict(self)


def evaluate(decider: Decider, questions: Sequence[Question]) -> tuple[Report, list[tuple[Question, Decision]]]:
    """Ask every question without history; returns the report and each decision."""
    start = time.perf_counter()
    decisions = [decider.decide(question.text) for question in questions]
    elapsed = time.perf_counter() - start
    inside = np.array([question.rule is not None for question in questions])
    best = [decision.rule_id or (decision.suggestions[0] if decision.suggestions else None) for decision in decisions]
    pairs = zip(questions, best, strict=True)
    right = np.array([question.rule is not None and rule == question.rule for question, rule in pairs])
    sure = np.array([decision.sure for decision in decisions])
    confidence = np.array([decision.confidence for decision in decisions])
    report = Report(
        accuracy=_share(right[inside].sum(), inside.sum()),
        coverage=_share((sure & inside).sum(), inside.sum()),
        selective_risk=_share((sure & ~right).sum(), sure.sum()),
        false_accept_rate=_share((sure & ~inside).sum(), (~inside).sum()),
        aurc=round(risk_coverage_area(confidence, right), 4),
        threshold=decider.threshold,
        ms_per_question=round(elapsed / len(questions) * 1000, 3),
        in_scope=int(inside.sum()),
        out_of_scope=int((~inside).sum()),
        answered=int(sure.sum()),
        wrong=int((sure & ~right).sum()),
        risk=decider.risk,
        rules=len(decider.book),
        variants=sum(len(rule.questions) for rule in decider.book.rules),
    )
    return report, list(zip(questions, decisions, strict=True))


def risk_coverage_area(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean selective risk over all coverages, questions taken by falling confidence."""
    order = np.argsort(-confidence, kind="stable")
    risks = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    return float(risks.mean())


def _share(part: int, whole: int) -> float | None:
    return round(float(part) / float(whole), 4) if whole else None
