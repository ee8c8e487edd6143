"""Small rule books for the tests of the checker: one good rule, and ways to spoil it."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from rules.__main__ import load_context
from rules.checks import run_checks
from rules.checks.context import Context
from rules.locations import ROOT
from rules.problems import Problem

DOCUMENTS, OFFICE = ROOT / "data/documents", ROOT / "data/oficina.yml"
TODAY = dt.date(2026, 11, 22)
VARIANTS = [
    "¿Cuánto tarda en verse mi depósito?", "ya deposité y nada", "sigue sin salir el movimiento del banco",
    "liquidé la línea de captura ayer", "comprobante que nadie registra",
]
# Other rules need other questions: these are far from each other and from the above.
OTHER = [
    ["perros azules", "lluvia en marzo", "zapatos", "el cometa Halley", "guitarra sin cuerdas"],
    ["jardín botánico", "quesadilla con queso", "bicicleta", "volcán nevado", "ajedrez"],
]
REMOVED = "(quitar)"


def rule(index: int = 0, **changes: Any) -> dict[str, Any]:
    """A rule without fault; ``changes`` replace keys, the value «(quitar)» takes one away."""
    good: dict[str, Any] = {
        "id": f"regla_{index}",
        "preguntas": VARIANTS if index == 0 else OTHER[index - 1],
        "respuesta": "El pago tarda en verse. Confírmalo en la CSE.",
        "fuente": "Trámite de reinscripción",
        "hechos": ["H4.03", "H1.04"],
        "ambito": "UAM-I",
        "revisada": "2026-11-22",
    }
    return {key: value for key, value in {**good, **changes}.items() if value != REMOVED}


def book_text(*rules: dict[str, Any]) -> str:
    """A rule file with these rules."""
    return yaml.safe_dump({"tema": "Pagos", "reglas": list(rules)}, allow_unicode=True, sort_keys=False, width=1000)


def context_of(folder: Path, **files: str | bytes) -> Context:
    """The context of a book whose files are given by name (without .yml), as of ``TODAY``. The office has no
    buttons and one place to ask, and no book is thin: a small book couldn't answer for the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.yml").write_bytes(data)
    context = load_context(folder, DOCUMENTS, OFFICE)
    general = {"general": context.office.where()}
    return replace(context, today=TODAY, thin_below=0, office=replace(context.office, where_to_ask=general, quick_topics=()))


def problems_of(folder: Path, **files: str | bytes) -> list[Problem]:
    return run_checks(context_of(folder, **files))


def found(problems: list[Problem]) -> set[tuple[str, str, int]]:
    """(check, file name, line) of each problem."""
    return {(p.check, Path(p.position.file).name, p.position.line) for p in problems}
