"""Gather what staff could add to a rule book, and say it in Spanish."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nlu.advice.clashes import Clash, clashes
from nlu.advice.gains import Coverage, Gain, Mistake, coverage
from nlu.advice.guarantee import judged_turns, percent, proof, still_missing
from nlu.advice.heldout import hold_out
from nlu.advice.promise import Promise, promise
from nlu.advice.thin import Thin, as_notice, thin
from nlu.advice.turns import AskedTurn
from nlu.advice.weak import WeakRule, weak_rules
from nlu.decision import Decider
from nlu.matcher import Matcher
from rules.text import count


@dataclass(frozen=True)
class Suggestions:
    """All that was found, in the order in which it pays."""

    rules: int
    variants: int
    coverage: Coverage
    weak: list[WeakRule]
    clashes: list[Clash]
    promise: Promise
    thin: Thin | None

    def to_dict(self) -> dict[str, Any]:
        """JSON data; shares are in 0–1, gains in points of coverage."""
        return {
            "rules": self.rules,
            "variants": self.variants,
            "turns": self.coverage.turns,
            "coverage": round(self.coverage.now, 4),
            "mistakes": [mistake.to_dict() for mistake in self.coverage.mistakes],
            "gains": [gain.to_dict() for gain in self.coverage.gains],
            "weak": [rule.to_dict() for rule in self.weak],
            "clashes": [clash.to_dict() for clash in self.clashes],
            "promise": self.promise.to_dict(),
            "thin": self.thin.to_dict() if self.thin else None,
        }


def suggest(decider: Decider, turns: Sequence[AskedTurn]) -> Suggestions:
    """Look for what is weak in the decider's book."""
    matcher = Matcher(decider.book)
    held = hold_out(matcher)
    return Suggestions(
        len(decider.book),
        len(held.variants),
        coverage(decider, matcher.extractor, turns),
        weak_rules(held),
        clashes(held),
        promise(decider.calibration, decider.risk),
        thin(decider, matcher),
    )


def as_report(found: Suggestions, most: int) -> str:
    """The suggestions for people, at most ``most`` of each kind."""
    parts = (
        _mistakes(found.coverage.mistakes[:most], len(found.coverage.mistakes)),
        _gains(found.coverage, most),
        _weak(found.weak[:most], len(found.weak)),
        _clashes(found.clashes[:most], len(found.clashes)),
        _promise(found.promise),
    )
    head = f"Libro: {count(found.rules, 'regla')}, {count(found.variants, 'variante')}. Turnos mirados: {found.coverage.turns}."
    notice = ["\n".join(as_notice(found.thin))] if found.thin else []
    return "\n\n".join([head, *notice, *("\n".join(part) for part in parts)])


def _title(text: str, shown: int, all_of_them: int) -> str:
    return f"{text} ({all_of_them})" if shown == all_of_them else f"{text} ({shown} de {all_of_them})"


def _mistakes(mistakes: Sequence[Mistake], total: int) -> Iterator[str]:
    yield _title("1. Preguntas juzgadas que hoy se contestan mal", len(mistakes), total)
    for mistake in mistakes:
        mend = f"agrégala a «{mistake.right}»" if mistake.right else f"agrégala a no_es de «{mistake.rule}»"
        yield f"   {mistake.confidence:.2f}  «{mistake.text}»: contesta «{mistake.rule}»; {mend}"
    if not mistakes:
        yield "   Ninguna."


def _gains(found: Coverage, most: int) -> Iterator[str]:
    gains = found.gains[:most]
    yield _title("2. Variantes que más subirían la cobertura", len(gains), len(found.gains))
    if not found.turns:
        yield "   No hay turnos que mirar. Da la bitácora con --turns, o junta turnos juzgados."
        return
    then = found.now + sum(gain.points for gain in gains) / 100
    yield f"   Hoy se contesta el {found.now:.1%} de los turnos que tienen regla; con éstas, cerca del {then:.1%}."
    for gain in gains:
        yield f"   +{gain.points:.2f} puntos  «{gain.rule}» ← «{gain.text}»  ({_why(gain)})"


def _why(gain: Gain) -> str:
    known = "juzgada" if gain.judged else "la regla es una suposición: júzgala antes"
    return f"confianza de hoy {gain.confidence:.2f}, acerca {count(gain.turns, 'turno')}, {known}"


def _weak(weak: Sequence[WeakRule], total: int) -> Iterator[str]:
    yield _title("3. Reglas débiles: escríbeles variantes distintas de las que ya tienen", len(weak), total)
    for rule in weak:
        yield (
            f"   «{rule.rule}»: {rule.variants} variantes, {rule.repeated} repetidas; "
            f"el {rule.found:.0%} de ellas hallaría su regla si no estuviera escrita"
        )
        if rule.example:
            yield f"      casi iguales: «{rule.example[0]}» y «{rule.example[1]}»"
    if not weak:
        yield "   Ninguna."


def _clashes(pairs: Sequence[Clash], total: int) -> Iterator[str]:
    yield _title("4. Reglas que chocan: las palabras que las separan deberían estar en más variantes", len(pairs), total)
    for clash in pairs:
        first, second = clash.taken
        yield f"   «{clash.rules[0]}» y «{clash.rules[1]}»: se quitan {first + second} variantes ({first} y {second})"
        for rule, words, example in zip(clash.rules, clash.words, clash.examples):
            said = ", ".join(words) or "ninguna palabra propia"
            yield f"      «{rule}» dice: {said}" + (f"; se pierde «{example}»" if example else "")
    if not pairs:
        yield "   Ninguna."


def _promise(found: Promise) -> Iterator[str]:
    yield f"5. Promesa: a lo más {percent(found.risk)} de las respuestas oficiales equivocadas"
    yield f"   Umbral en uso {found.threshold:.3f}: {proof(found)}."
    yield f"   Turnos juzgados: {judged_turns(found)}."
    yield f"   {still_missing(found, 'corrige antes lo de los puntos 1 y 4')}"
