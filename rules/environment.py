"""The file ``.env``: every command adds what it says to the environment, which wins."""
from __future__ import annotations

import difflib
import io
import os
import re
import sys
from collections.abc import Iterable, MutableMapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from rules.locations import ROOT

ENV_FILE = ROOT / ".env"
EXAMPLE = ROOT / ".env.example"
# Names that the code reads and the example leaves out: the launcher sets them.
_UNLISTED = ("CSE_LLM_HOST", "CSE_LLM_PORT", "CSE_ACTION_DEADLINE")


class EnvironmentFileError(ValueError):
    """``.env`` can't be used; the message says why and how to mend it, in Spanish."""


def load_environment_file(environment: MutableMapping[str, str] | None = None, path: Path = ENV_FILE) -> None:
    """Add what ``.env`` says to ``environment`` (the process's own), which wins; empty values
    count as absent, and so does a missing file. A name that nobody reads is told on stderr.

    Raises:
        EnvironmentFileError: it can't be read, isn't UTF-8, or a line of it isn't ``NAME=value``.
    """
    target = os.environ if environment is None else environment
    text = _text(path)
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            line = binding.original.line + len(binding.original.string) - len(binding.original.string.lstrip("\n"))
            raise EnvironmentFileError(f"{path}:{line}: no se entiende. Escribe NOMBRE=valor y cierra las comillas que abras")
    for name, value in dotenv_values(stream=io.StringIO(text)).items():
        if value and name not in target:
            target[name] = value
            _warn(name, path)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ""
    except IsADirectoryError as error:
        raise EnvironmentFileError(f"{path}: es una carpeta. Quítala, o pon ahí el archivo (copia .env.example)") from error
    except UnicodeDecodeError as error:
        raise EnvironmentFileError(f"{path}: no está en UTF-8. Guárdalo con esa codificación") from error
    except OSError as error:
        raise EnvironmentFileError(f"{path}: no se puede leer ({error.strerror}). Revisa sus permisos") from error


def _warn(name: str, path: Path) -> None:
    """Say on stderr that ``name`` looks like a setting and is none."""
    known = {*_listed(), *_UNLISTED}
    if name in known or not name.startswith("CSE"):
        return
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    hint = f"¿Quisiste decir {near[0]}?" if near else "Los que hay están en .env.example"
    print(f"aviso: {path.name}: {name} no es un ajuste y no cuenta. {hint}", file=sys.stderr)


def _listed() -> Iterable[str]:
    """The settings of the example file, which lists them all."""
    text = EXAMPLE.read_text("utf-8") if EXAMPLE.is_file() else ""
    return re.findall(r"^(?:# ?)?(CSE_\w+)=", text, re.MULTILINE)
