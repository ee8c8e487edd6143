"""Commands of the door: ``python -m server run|serve|train|shell|eval``."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rules.arguments import SpanishParser
from rules.environment import EnvironmentFileError, load_environment_file
from server.stopping import StopRequest


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 1 when it can't start, 2 when ``.env`` can't be used."""
    options = _parser().parse_args(argv)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    # Before the slow imports below: from here on a signal is an orderly end.
    stop = StopRequest.install() if options.command == "run" else None
    try:
        load_environment_file()
    except EnvironmentFileError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    try:
        return _run(options, stop)
    except ValueError as error:  # settings, rules, office and documents all raise it
        print(f"Error: {error}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace, stop: StopRequest | None) -> int:
    if options.command == "train":
        return _train(options.force)
    if options.command == "shell":
        from server.shell import shell

        return shell()
    if options.command == "eval" and options.dialogues:
        from server.dialogues import report as report_dialogues

        return report_dialogues(options.dialogues, options.json)
    if options.command == "eval":
        from server.evaluation import report

        return report(options.json)
    from server.settings import load_settings

    given = {name: value for name in ("PORT", "HOST") if (value := getattr(options, name.lower())) is not None}
    settings = load_settings(**given)
    if stop is not None:
        from server.launcher import launch

        return launch(settings, stop)
    from server.serve import serve

    return serve(settings)


def _train(force: bool) -> int:
    from server.preparation import LaunchError
    from server.training import train

    try:
        train(force)
    except LaunchError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = SpanishParser(prog="python -m server", description="La puerta de entrada del asistente.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="orden")
    for name, text in (
        ("run", "arranca todas las partes y espera a que respondan"),
        ("serve", "arranca solo la puerta de entrada; las demás partes ya corren"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--host", help="dirección en la que escucha (HOST)")
        command.add_argument("--port", help="puerto (PORT)")
    training = commands.add_parser("train", help="revisa las reglas y entrena, si algo cambió")
    training.add_argument("--force", action="store_true", help="aunque nada haya cambiado")
    commands.add_parser("shell", help="conversa en la terminal (rasa shell)")
    evaluation = commands.add_parser("eval", help="arranca todo y le hace las preguntas de data/eval/e2e.jsonl")
    evaluation.add_argument("--json", action="store_true", help="sólo JSON en la salida")
    evaluation.add_argument("--dialogues", type=Path, help="en su lugar, los diálogos de este archivo, turno por turno")
    return parser


if __name__ == "__main__":
    sys.exit(main())
