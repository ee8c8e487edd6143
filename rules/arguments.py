"""A command line whose mistakes are told in Spanish; the commands of all rooms use it."""
from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

# What argparse says in English, and how we say it; {0} and {1} are what the pattern's groups caught.
_MESSAGES = {
    r"invalid int value: (.+)": "{0} no es un número entero",
    r"invalid float value: (.+)": "{0} no es un número",
    r"invalid \w+ value: (.+)": "{0} no es un valor válido",
    r"invalid choice: (.+?) \(choose from (.+)\)": "no existe {0}; elige entre {1}",
    r"the following arguments are required: (.+)": "falta {0}",
    r"unrecognized arguments: (.+)": "sobra {0}",
    r"one of the arguments (.+) is required": "falta uno de éstos: {0}",
    r"not allowed with argument (.+)": "no va junto con {0}",
    r"expected one argument": "lleva un valor",
    r"expected at most one argument": "lleva a lo más un valor",
    r"expected at least one argument": "lleva al menos un valor",
    r"expected (\d+) arguments?": "valores que lleva: {0}",
    r"ignored explicit argument (.+)": "no lleva valor, y le diste {0}",
    r"ambiguous option: (.+) could match (.+)": "{0} puede ser {1}; escríbela completa",
}


def at_least(least: int) -> Callable[[str], int]:
    """What argparse's ``type`` takes for whole numbers from ``least`` on."""

    def whole(text: str) -> int:
        value = int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"da un número entero de {least} en adelante")
        return value

    return whole


def _in_spanish(message: str) -> str:
    """The message of argparse in Spanish; one that we don't know (our own, too) stays as it is."""
    of_argument = re.fullmatch(r"argument (.+?): (.+)", message, re.DOTALL)
    if of_argument:
        return f"{of_argument[1]}: {_in_spanish(of_argument[2])}"
    for pattern, said in _MESSAGES.items():
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return said.format(*found.groups())
    return message


class _Help(argparse.HelpFormatter):
    def add_usage(self, usage: str | None, actions: Iterable[Any], groups: Iterable[Any], prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "uso: " if prefix is None else prefix)


class SpanishParser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that speaks Spanish. Wrong use says what is wrong and exits with 2; parsers of
    subcommands are of this class too."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **{"formatter_class": _Help, "add_help": False, **options})
        self._positionals.title = "argumentos"
        self._optionals.title = "opciones"
        self.add_argument("-h", "--help", action="help", help="muestra esta ayuda y termina")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"Uso incorrecto: {_in_spanish(message)}. La ayuda: {self.prog} --help\n")
