"""Commands of the door: ``python -m server run`` (everything) and ``serve`` (the gateway alone)."""
from __future__ import annotations

import argparse
import sys

from server.stopping import StopRequest


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 1 when it can't start."""
    options = _parser().parse_args(argv)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    # Before the slow imports below: from here on a signal is an orderly end.
    stop = StopRequest.install() if options.command == "run" else None
    from server.settings import SettingsError, load_environment_file, load_settings

    load_environment_file()
    given = {name: value for name in ("PORT", "HOST") if (value := getattr(options, name.lower())) is not None}
    try:
        settings = load_settings(**given)
    except SettingsError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    if stop is not None:
        from server.launcher import launch

        return launch(settings, stop)
    from server.serve import serve

    return serve(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server", description="La puerta de entrada del asistente.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="orden")
    for name, text in (
        ("run", "arranca todas las partes y espera a que respondan"),
        ("serve", "arranca solo la puerta de entrada; las demás partes ya corren"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--host", help="dirección en la que escucha (HOST)")
        command.add_argument("--port", help="puerto (PORT)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
