"""A new office's folder: a small example, complete and valid, that staff then turn into their own."""
from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from rules.book import shown
from rules.locations import ROOT
from rules.office import load_office

TEMPLATE = Path(__file__).with_name("plantilla")
RULES, DOCUMENTS, OFFICE, SETTINGS = "reglas", "documentos", "oficina.yml", "ajustes.env"
_SCHEMA = Path(__file__).with_name("schema.json")
_NAME = re.compile(r"[\w.-]+")


class ScaffoldError(ValueError):
    """The folder can't be made; the message says why and how to mend it, in Spanish."""


def write_office(folder: Path) -> str:
    """Make ``folder`` with the example office, all of it or nothing, and return the settings that use it, as lines of
    ``.env``.

    Raises:
        ScaffoldError: it is there already, its name is no plain one, or it can't be written.
    """
    folder = folder.absolute()
    if os.path.lexists(folder):
        raise ScaffoldError(f"{shown(folder)}: ya existe, y no se toca. Da el nombre de una carpeta nueva")
    if not _NAME.fullmatch(folder.name):
        raise ScaffoldError(f"{shown(folder)}: el nombre sólo puede llevar letras, números, punto, guion y _. Da otro")
    try:
        return _write(folder, _values(folder))
    except OSError as error:
        raise ScaffoldError(f"{shown(folder)}: no se puede escribir ({error.strerror}). Da otra carpeta") from error


def _values(folder: Path) -> dict[str, str]:
    """What stands for each ``{{name}}`` of the template. The review is of today at the example's office."""
    return {
        "hoy": load_office(TEMPLATE / OFFICE).today().isoformat(),
        "carpeta": str(folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder),
        "nombre": folder.name,
        "esquema": os.path.relpath(_SCHEMA, folder / RULES),
    }


def _write(folder: Path, values: dict[str, str]) -> str:
    """Write beside ``folder``, then rename: nobody sees half an office."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        made = Path(temporary) / folder.name
        shutil.copytree(TEMPLATE, made)
        for path in sorted(path for path in made.rglob("*") if path.is_file()):
            path.write_text(_filled(path.read_text(encoding="utf-8"), values), encoding="utf-8")
        settings = (made / SETTINGS).read_text(encoding="utf-8")
        made.rename(folder)
    return settings


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text
