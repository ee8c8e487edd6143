"""Ask the running system real questions over HTTP and count: ``python -m server eval``.

Cases are lines of ``data/eval/e2e.jsonl``; an answer is right when, of each ``must`` group, one
alternative stands in it (case and accents folded) and no ``must_not`` pattern does.
"""
from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from nlu.text import fold
from rules.book import load_rule_book
from rules.locations import ROOT, Locations

_TIMEOUT = 60.0


@dataclass(frozen=True)
class Case:
    """One question with what its answer must and must not hold."""

    id: str
    question: str
    type: str
    must: tuple[tuple[str, ...], ...]
    must_not: tuple[re.Pattern[str], ...]
    rule: str | None


@dataclass(frozen=True)
class Outcome:
    """What came back for a case, and how long it took (seconds)."""

    case: Case
    reply: dict[str, Any]
    seconds: float

    @property
    def facts_right(self) -> bool:
        """Every expected fact stands in the answer and nothing forbidden does."""
        text = _flat(self.reply["answer"])
        return all(any(_flat(alternative) in text for alternative in group) for group in self.case.must) and self.clean

    @property
    def clean(self) -> bool:
        """No forbidden pattern stands in the answer."""
        return not any(pattern.search(self.reply["answer"]) for pattern in self.case.must_not)

    @property
    def wrong_official(self) -> bool:
        """An official answer of another rule than the expected one, without the expected facts."""
        if self.reply["kind"] != "official" or self.reply["rule_id"] == self.case.rule:
            return False
        return not (self.case.must and self.facts_right)


def read_cases(path: Path) -> list[Case]:
    """Read the cases; raises ValueError on a line that is not one."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            entry = json.loads(line)
            must = tuple(tuple(group) for group in entry["must"])
            patterns = tuple(re.compile(pattern, re.IGNORECASE) for pattern in entry["must_not"])
            cases.append(Case(entry["id"], entry["question"], entry["type"], must, patterns, entry["rule"]))
    return cases


def ask_all(url: str, cases: Sequence[Case], progress: Callable[[int], None] = lambda _: None) -> list[Outcome]:
    """Ask every case in a conversation of its own, one after the other."""
    outcomes = []
    with httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False) as client:
        for number, case in enumerate(cases, 1):
            start = time.perf_counter()
            reply = client.post("/chat", json={"message": case.question, "sender": f"eval-{case.id}"})
            reply.raise_for_status()
            outcomes.append(Outcome(case, reply.json(), time.perf_counter() - start))
            progress(number)
    return outcomes


def summarize(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures: shares of 1, each with the number of cases behind it."""
    by_type: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_type.setdefault(outcome.case.type, []).append(outcome)
    official = [o for o in outcomes if o.reply["kind"] == "official"]
    return {
        "facts_right": _share(by_type.get("answerable", []), lambda o: o.facts_right),
        "gap_invented": _share(by_type.get("gap", []), lambda o: not o.clean),
        "out_of_scope_declined": _share(by_type.get("out_of_scope", []), lambda o: o.reply["kind"] == "no_answer"),
        "small_talk_answered": _share(by_type.get("small_talk", []), lambda o: o.reply["kind"] == "small_talk"),
        "distress_helped": _share(by_type.get("distress", []), lambda o: o.facts_right),
        "official_wrong": _share(official, lambda o: o.wrong_official),
        "kinds": {kind: sum(o.reply["kind"] == kind for o in outcomes) for kind in sorted(_kinds(outcomes))},
        "turn_ms_p50": round(statistics.median(o.seconds for o in outcomes) * 1000, 1),
    }


def rule_turn_speed(url: str, question: str, cpu_seconds: Callable[[], float], turns: int = 300) -> dict[str, float]:
    """Time of a turn that a rule answers: one after the other, then eight at a time."""

    def ask(number: int) -> float:
        start = time.perf_counter()
        client.post("/chat", json={"message": question, "sender": f"speed-{number}"}).raise_for_status()
        return (time.perf_counter() - start) * 1000

    with httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False) as client:
        for number in range(20):
            ask(-number)
        cpu = cpu_seconds()
        times = sorted(ask(number) for number in range(turns))
        cpu = cpu_seconds() - cpu
        start = time.perf_counter()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(turns, 2 * turns)))
        together = time.perf_counter() - start
    return {
        "rule_turn_ms_p50": round(times[len(times) // 2], 1),
        "rule_turn_ms_p95": round(times[int(len(times) * 0.95)], 1),
        "rule_turns_per_second": round(turns / together, 1),
        "rule_turn_cpu_ms": round(cpu / turns * 1000, 1),
    }


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """One line for each case that missed what its type asks for."""
    wanted: dict[str, Callable[[Outcome], bool]] = {
        "answerable": lambda o: o.facts_right,
        "gap": lambda o: o.clean,
        "out_of_scope": lambda o: o.reply["kind"] == "no_answer",
        "small_talk": lambda o: o.reply["kind"] == "small_talk",
        "distress": lambda o: o.facts_right,
    }
    return [
        f"{o.case.id} {o.case.type}: {o.case.question!r} → {o.reply['kind']} {o.reply['rule_id']}: {o.reply['answer'][:160]!r}"
        for o in outcomes
        if not wanted[o.case.type](o) or o.wrong_official
    ]


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> dict[str, float | int | None]:
    count = sum(map(holds, outcomes))
    return {"share": round(count / len(outcomes), 4) if outcomes else None, "count": count, "of": len(outcomes)}


def _kinds(outcomes: Sequence[Outcome]) -> set[str]:
    return {outcome.reply["kind"] for outcome in outcomes}


def _flat(text: str) -> str:
    return " ".join(fold(text).replace("*", "").split())


def report(as_json: bool) -> int:
    """Start the system, ask every case, measure a rule's turn, print the figures; 0 when done."""
    from server.running import running_system

    cases = read_cases(ROOT / "data" / "eval" / "e2e.jsonl")
    question = load_rule_book(Locations.from_environment().rules).rules[0].questions[0]
    with running_system() as system:
        outcomes = ask_all(system.url, cases, lambda number: _progress(number, len(cases)))
        figures = summarize(outcomes) | rule_turn_speed(system.url, question, system.cpu_seconds)
        figures["start_to_ready_s"] = round(system.start_seconds, 1)
    print("\n".join(failures(outcomes)), file=sys.stderr)
    print(json.dumps(figures) if as_json else "\n".join(f"{name:<24}{value}" for name, value in figures.items()))
    return 0


def _progress(number: int, total: int) -> None:
    end = "\n" if number == total else ""
    print(f"\r{number}/{total} preguntas", end=end, file=sys.stderr, flush=True)
