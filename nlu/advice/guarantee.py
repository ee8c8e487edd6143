"""The report of a calibration, in Spanish: what is promised, of which questions, and what is missing to prove it."""
from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from nlu.advice.promise import Promise, promise
from nlu.calibration import Calibration
from nlu.confidence import CERTAINTY, LEAST_PROVEN, OUT_OF_SCOPE_SHARE
from nlu.decision import SMALL_TALK_RISK
from nlu.thin import THIN_BELOW
from rules.text import count

# Risks that have a row beside the one that was asked for.
_RISKS = (0.01, 0.02, 0.05, 0.10)
_WIDTH = 110


def guarantee(calibration: Calibration, risk: float, judged_file: Path) -> str:
    """What ``calibration`` promises at ``risk`` (0–1) and at a few others. ``judged_file`` is where staff keep
    judged turns."""
    rows = [promise(calibration, each) for each in sorted({*_RISKS, risk})]
    in_use = next(row for row in rows if row.risk == risk)
    parts = (
        _head(calibration, in_use),
        [_row(row, row is in_use) for row in rows],
        _covered(calibration, in_use),
        _to_do(calibration, in_use, rows, judged_file),
    )
    return "\n\n".join("\n".join(part) for part in parts)


def percent(share: float) -> str:
    """A share (0–1) as it is said, three figures at most: «2 %», «2.5 %»."""
    return f"{100 * share:.3g} %"


def proof(found: Promise) -> str:
    """How the threshold in use is known."""
    how = f"probado al {percent(CERTAINTY)} con" if found.proven else "estimado, sin prueba, según"
    return f"{how} {found.origin}"


def judged_turns(found: Promise) -> str:
    """How many turns are judged, and which of them don't count."""
    if not found.left_out:
        return f"{found.judged:,}"
    left_out = "1 más no cuenta" if found.left_out == 1 else f"{found.left_out:,} más no cuentan"
    return f"{found.judged:,}; {left_out}: una variante del libro, letra por letra, se contesta con cualquier umbral"


def still_missing(found: Promise, first: str) -> str:
    """How many judged turns would prove the risk; ``first`` says what to mend first where none would."""
    if found.missing == 0:
        return "Tus turnos juzgados lo prueban: no falta ninguno."
    if found.missing is None:
        return f"Con los errores que hay, ningún umbral lo probaría con más turnos juzgados: {first}."
    if found.missing_answered:
        few = f"{found.missing:,} turnos juzgados que el bot conteste, sin ningún error"
        return f"Para probarlo con preguntas de tu oficina faltan unos {few}; los que no contesta no cuentan."
    alike = f"si se contestan tantos ({percent(found.coverage or 0)} de ellos) y tan bien como hasta ahora"
    return f"Para probarlo con preguntas de tu oficina faltan unos {found.missing:,} turnos juzgados más, {alike}."


def _head(calibration: Calibration, in_use: Promise) -> Iterator[str]:
    variants = calibration.statistics.variants
    size = f"{count(len(variants), 'regla')}, {count(int(variants.sum()), 'variante')}"
    yield f"Libro            {calibration.book_hash[:12]}: {size} ({calibration.variants_a_rule:.1f} por regla)"
    yield f"Ajuste           {calibration.turns:,} variantes preguntadas sin su regla"
    yield f"Turnos juzgados  {judged_turns(in_use)}"


def _row(row: Promise, in_use: bool) -> str:
    answered = "" if row.coverage is None else f"  contesta {100 * row.coverage:>5.1f} % de los juzgados"
    mark = "  ← en uso" if in_use else ""
    return f"riesgo {percent(row.risk):>6}  umbral {row.threshold:.3f}{answered}  {proof(row)}{mark}"


def _covered(calibration: Calibration, in_use: Promise) -> Iterator[str]:
    most = f"a lo más el {percent(in_use.risk)} de lo que el bot contesta como oficial está mal"
    yield _paragraph(
        f"Qué promete: {most}, con {percent(CERTAINTY)} de certeza."
        if in_use.proven
        else f"Qué estima, sin probarlo: {most}."
    )
    if calibration.judged_threshold(in_use.risk) and calibration.close_misses:
        yield _paragraph(_spared(calibration, in_use))
    yield _paragraph(f"{'Qué cubre' if in_use.proven else 'En qué se basa'}: {_like(calibration, in_use)}.")
    yield _paragraph(
        "Qué no cubre: preguntas de otra clase (temas nuevos, otra época del año, otro canal) o más de ellas sin respuesta "
        "en el libro; respuestas mal escritas en el libro y turnos mal juzgados; lo que no se decide con este umbral: "
        "variantes preguntadas letra por letra, reglas urgentes, preguntas que siguen a otra, y la plática, que se "
        f"contesta con un riesgo de {percent(max(in_use.risk, SMALL_TALK_RISK))}."
    )


def _spared(calibration: Calibration, in_use: Promise) -> str:
    """How many close misses are answered, which the threshold keeps low too."""
    misses = calibration.close_misses
    answered = sum(miss.official and miss.confidence >= in_use.threshold for miss in misses)
    return (
        f"Qué cuida además: de {len(misses):,} turnos juzgados que son de la oficina sin que ninguna regla los conteste, se "
        f"contestarían como oficiales {answered:,}; a lo más el {percent(in_use.risk)}, sin certeza calculada."
    )


def _like(calibration: Calibration, in_use: Promise) -> str:
    if calibration.judged_threshold(in_use.risk):
        return "preguntas como las de tus turnos juzgados, con la misma parte sin respuesta en el libro que entre ellos"
    shares = f"si el {percent(OUT_OF_SCOPE_SHARE)} de ellas no tiene respuesta en el libro"
    return f"preguntas como las de {in_use.origin}, {shares}; que las de tu oficina sean así se supone"


def _to_do(calibration: Calibration, in_use: Promise, rows: list[Promise], judged_file: Path) -> Iterator[str]:
    yield _paragraph(f"Qué falta: {still_missing(in_use, 'corrige antes lo que dice «python -m nlu suggest»')}")
    if in_use.missing != 0:
        yield _paragraph(f"Mientras tanto se usa el umbral {in_use.threshold:.3f}, {proof(in_use)}.")
        yield _paragraph(
            "Qué hacer: junta preguntas reales de tu oficina, anota qué regla contesta cada una y ponlas en "
            f"{judged_file} (otro archivo se da con CSE_JUDGED_TURNS), una por línea: "
            '{"question": "...", "rule": "id" o null}.'
        )
    if calibration.variants_a_rule < LEAST_PROVEN:
        yield _paragraph(
            f"Libro muy chico: la prueba con otros libros se hizo con {LEAST_PROVEN} variantes por regla o más; éste "
            f"tiene {calibration.variants_a_rule:.1f} y queda fuera de ella. Escribe al menos {LEAST_PROVEN} por regla; "
            "«python -m nlu suggest» dice en cuáles faltan."
        )
    elif not in_use.proven:
        proven = [percent(row.risk) for row in rows if row.proven]
        or_else = f", o tolera más riesgo: el {proven[0]} sí está probado" if proven else ""
        yield _paragraph(f"También sirve escribir más variantes (desde {THIN_BELOW} por regla se prueba más){or_else}.")


def _paragraph(text: str) -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
