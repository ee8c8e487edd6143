"""``python -m llm evaluate``: write what is missing, judge, keep it all, and print the table."""
from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from llm.cache import WeightsError
from llm.engine import Choice
from llm.evaluation.bench import Bench, Result
from llm.evaluation.cases import PARTS, chosen, read_cases
from llm.evaluation.records import write_answers, write_failures, write_sample
from llm.evaluation.scorer import Verdict, summarise
from llm.evaluation.systems import BARE, BY_NAME, TUNED, UNREAD, Desk
from llm.evaluation.table import Row, as_markdown
from llm.framework import best_dtype
from llm.lora import read_manifest
from llm.train import PLAIN
from llm.train import Options as Training
from llm.weights import DEFAULT_PRESET
from rules.locations import ROOT, Locations


@dataclass(frozen=True)
class Options:
    """What ``python -m llm evaluate`` is told; counts are of questions, ``limit`` None means all."""

    systems: Sequence[str] = tuple(BY_NAME)
    part: str | None = None
    limit: int | None = None
    seed: int = 0
    timed: int = 8
    sample: int = 0
    cases: Path = ROOT / "data/eval/generator.jsonl"
    out: Path = ROOT / ".run/evaluation"
    preset: str = DEFAULT_PRESET
    adapter: Path = Training.out
    plain_adapter: Path = PLAIN.out
    dtype: str = "auto"


def add_evaluate(commands: Any) -> None:
    """Add the command to those of ``python -m llm``."""
    parser = commands.add_parser("evaluate", help="el modelo con y sin LoRA y con y sin pasajes, junto a citar")
    add = parser.add_argument
    add("--systems", nargs="+", choices=BY_NAME, metavar="SISTEMA", help=", ".join(BY_NAME))
    add("--part", choices=PARTS, help="solo esta parte de la prueba")
    add("--limit", type=int, metavar="N", help="a lo más N preguntas, al azar con la semilla")
    add("--seed", type=int, help="semilla de lo que se toma al azar (%(default)s)")
    add("--timed", type=int, metavar="N", help="preguntas que se cronometran de una en una (%(default)s)")
    add("--sample", type=int, metavar="N", help="escribe N respuestas de cada sistema para juzgarlas a mano")
    add("--cases", type=Path, metavar="ARCHIVO", help="las preguntas de prueba")
    add("--out", type=Path, metavar="CARPETA", help="donde se guardan respuestas, fallos y muestras")
    add("--preset", help="modelo base, ya traído con «pull» (%(default)s)")
    add("--adapter", type=Path, metavar="CARPETA", help="el adaptador que se entrega")
    add("--plain-adapter", type=Path, metavar="CARPETA", help="el de «train --without-passages»")
    add("--dtype", choices=("auto", "float32", "bfloat16"), help="aritmética (%(default)s)")
    parser.set_defaults(**vars(Options()), run=_run)


def _run(arguments: argparse.Namespace) -> int:
    for name in ("adapter", "plain_adapter"):
        folder = getattr(arguments, name)
        # The usual ones may be missing, and then their systems are left out; one that was asked for may not.
        if folder != getattr(Options, name):
            read_manifest(folder)
    evaluate(Options(**{field.name: getattr(arguments, field.name) for field in fields(Options)}))
    return 0


def evaluate(options: Options) -> None:
    """Print the table; keep answers, failures and samples in ``options.out``.

    Raises:
        ValueError: the test set or one of the office's files can't be used.
        OSError: the test set can't be read, or nothing can be written.
    """
    cases = chosen(read_cases(options.cases), options.part, options.limit, options.seed)
    dtype = best_dtype() if options.dtype == "auto" else options.dtype
    desk = Desk.load(Locations.from_environment())
    bench = Bench(desk, cases, _models(options), dtype, options.out, options.timed, options.seed)
    results = list(bench.results([BY_NAME[name] for name in options.systems], _say_skipped))
    for result in results:
        _keep(options, result)
    table = as_markdown(row for name in BY_NAME for result in results if result.system.name == name for row in _rows(result))
    print(f"{dt.date.today()}, commit {_commit()}, {options.preset} in {dtype}, {len(cases)} questions. Seconds: medians of "
          f"{options.timed} questions asked one by one.\n\n{table}")  # fmt: skip


def _models(options: Options) -> dict[str, Choice]:
    adapters = {BARE: None, UNREAD: options.plain_adapter, TUNED: options.adapter}
    return {name: Choice(options.preset, adapter) for name, adapter in adapters.items()}


def _say_skipped(systems: str, error: WeightsError) -> None:
    print(f"Sin {systems}: {error}", file=sys.stderr)


def _keep(options: Options, result: Result) -> None:
    name, verdicts = result.system.name, result.verdicts
    write_answers(options.out / f"answers-{name}.jsonl", verdicts)
    write_failures(options.out / f"failures-{name}.md", result.system.title, verdicts)
    if options.sample:
        write_sample(options.out / f"sample-{name}.csv", verdicts, options.sample, options.seed)


def _rows(result: Result) -> list[Row]:
    """One row for each part that was asked, and one for all if there are several."""
    parts = {part: [v for v in result.verdicts if v.case.part == part] for part in PARTS}
    asked: dict[str, Sequence[Verdict]] = {part: found for part, found in parts.items() if found}
    if len(asked) > 1:
        asked["all"] = result.verdicts
    return [Row(result.system.title, part, summarise(found), result.seconds) for part, found in asked.items()]


def _commit() -> str:
    """The short hash of the working tree's commit, marked when files differ from it."""
    git = ("git", "-C", str(ROOT))
    try:
        name = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{name} with changes" if changed else name
