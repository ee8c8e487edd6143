"""The staff's commands: ``python -m rules check|new``.

A composition root: the only place of this package that knows ``nlu``, from which it takes how
questions are compared and which books are thin.
"""
from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from nlu.collisions import close_pairs
from nlu.text import normalize
from nlu.thin import THIN_BELOW
from rules.arguments import SpanishParser
from rules.book import RuleBookError, shown
from rules.checks import run_checks
from rules.checks.context import Context, read_context
from rules.environment import EnvironmentFileError, load_environment_file
from rules.facts import DocumentsError, read_documents
from rules.locations import Locations, LocationsError
from rules.office import OfficeError, load_office
from rules.output import run_while_read
from rules.problems import ERROR, FORMATS, Problem
from rules.scaffold import DOCUMENTS, OFFICE, RULES, SETTINGS, ScaffoldError, write_office
from rules.source import SourceError
from rules.text import count

OK, FAULTY, MISUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 0 (no errors), 1 (errors) or 2 (used wrongly)."""
    return run_while_read(lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    try:
        load_environment_file()
        places = Locations.from_environment()
    except (EnvironmentFileError, LocationsError) as error:
        print(error, file=sys.stderr)
        return MISUSED
    options = _parser(places).parse_args(arguments)
    status: int = options.run(options)
    return status


def check(options: argparse.Namespace) -> int:
    """Print every problem of a rule book."""
    # A file name that is not UTF-8 must not keep the problems from being printed.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        context = load_context(options.folder, options.documents, options.office)
    except (RuleBookError, DocumentsError, OfficeError, SourceError) as error:
        print(error, file=sys.stderr)
        return MISUSED
    problems = run_checks(context)
    for problem in problems:
        print(FORMATS[options.format](problem))
    print(_summary(context, problems), file=sys.stderr)
    return FAULTY if any(problem.level == ERROR for problem in problems) else OK


def new(options: argparse.Namespace) -> int:
    """Make the folder of another office and say how to use it."""
    try:
        settings = write_office(options.folder)
    except ScaffoldError as error:
        print(error, file=sys.stderr)
        return MISUSED
    place = shown(options.folder)
    print(f"Se hizo {place}: {RULES}/, {DOCUMENTS}/, {OFFICE} y {SETTINGS}, con un ejemplo inventado.\n\n{settings}")
    print("Con eso en .env, «make rules» revisa esa oficina y «make run» la arranca. Lo demás: rules/LEEME.md, «Otra oficina»")
    return OK


def load_context(folder: Path, documents: Path, office_file: Path) -> Context:
    """Everything that the checks look at, with the matcher's own way of comparing questions.

    Raises:
        RuleBookError, DocumentsError, OfficeError, SourceError: a folder or the office profile
            is missing or can't be used.
    """
    office = load_office(office_file)
    return read_context(folder, read_documents(documents), office, office.today(), normalize, close_pairs, THIN_BELOW)


def _parser(defaults: Locations) -> argparse.ArgumentParser:
    parser = SpanishParser(prog="python -m rules", description="Herramientas del libro de reglas.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="orden")
    checking = commands.add_parser("check", help="revisa el libro de reglas y dice todo lo que hay que corregir")
    checking.add_argument("folder", nargs="?", type=Path, default=defaults.rules, metavar="CARPETA",
                          help=f"carpeta con los archivos de reglas (*.yml); si no la das, {_in_help(defaults.rules)}")
    checking.add_argument("--format", choices=sorted(FORMATS), default="text",
                          help="text: para personas (lo normal); github: anotaciones para GitHub Actions")
    checking.add_argument("--documents", type=Path, default=defaults.documents, metavar="CARPETA",
                          help=f"carpeta de los documentos con los hechos; si no la das, {_in_help(defaults.documents)}")
    checking.add_argument("--office", type=Path, default=defaults.office, metavar="ARCHIVO",
                          help=f"perfil de la oficina; si no lo das, {_in_help(defaults.office)}")
    checking.set_defaults(run=check)
    making = commands.add_parser("new", help="hace la carpeta de otra oficina, con un ejemplo que ya sirve")
    making.add_argument("folder", type=Path, metavar="CARPETA", help="carpeta nueva, por ejemplo oficinas/biblioteca")
    making.set_defaults(run=new)
    return parser


def _in_help(path: Path) -> str:
    """``path`` as messages name it; argparse takes a % in a help text for a variable."""
    return shown(path).replace("%", "%%")


def _summary(context: Context, problems: Sequence[Problem]) -> str:
    errors = sum(problem.level == ERROR for problem in problems)
    files = len(context.sources) + len(context.unreadable)
    return (
        f"{count(files, 'archivo')}, {count(len(context.entries), 'regla')}, "
        f"{count(len(context.questions), 'pregunta')}: "
        f"{count(errors, 'error', 'errores')}, {count(len(problems) - errors, 'aviso')}"
    )


if __name__ == "__main__":
    gc.disable()  # a short run: what is read stays to its end, and a fifth of the time went into looking for what didn't
    sys.exit(main())
