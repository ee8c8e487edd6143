"""The office profile: everything that tells one office from another, in one file."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jsonschema import Draft7Validator

from rules.source import read_source

_TEXT = {"type": "string", "minLength": 1}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "nombre", "siglas", "institucion", "zona_horaria", "ambitos", "saludo",
        "sin_respuesta", "donde_preguntar", "temas_rapidos",
    ],
    "properties": {
        "nombre": _TEXT,
        "siglas": _TEXT,
        "institucion": _TEXT,
        "otros_nombres": {"type": "array", "items": _TEXT},
        "zona_horaria": _TEXT,
        "ambitos": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["nombre"],
                "properties": {"nombre": _TEXT, "aviso": _TEXT},
            },
        },
        "saludo": _TEXT,
        "sin_respuesta": _TEXT,
        "nada_mas": _TEXT,
        "ajeno": _TEXT,
        "donde_preguntar": {
            "type": "object",
            "required": ["general"],
            "additionalProperties": _TEXT,
        },
        "temas_rapidos": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["titulo", "mensaje"],
                "properties": {"titulo": _TEXT, "mensaje": _TEXT},
            },
        },
    },
}

_NOTHING_MORE = "Lo que sé de eso es lo que te acabo de decir; si tu caso es otro, prefiero no inventar."
_FOREIGN = "No tengo nada sobre eso. Contesto preguntas de {name}; si es una de ellas, dímela con otras palabras."


class OfficeError(ValueError):
    """The office profile is missing, incomplete or names an unknown time zone."""


@dataclass(frozen=True)
class Scope:
    """Whose rule an answer is. ``notice`` is appended to what is quoted from that scope."""

    key: str
    name: str
    notice: str | None


@dataclass(frozen=True)
class QuickTopic:
    """A button of the web page: its label and the message that it sends."""

    title: str
    message: str


@dataclass(frozen=True)
class Office:
    """The office as the engine needs it; see ``data/oficina.yml`` for each field's meaning."""

    name: str
    short_name: str
    institution: str
    other_names: tuple[str, ...]
    time_zone: ZoneInfo
    scopes: dict[str, Scope]
    greeting: str
    no_answer: str
    nothing_more: str
    foreign: str
    where_to_ask: dict[str, str]
    quick_topics: tuple[QuickTopic, ...]

    def today(self, now: dt.datetime | None = None) -> dt.date:
        """The date at the office; ``now`` is an aware time (default: the clock)."""
        return (now or dt.datetime.now(dt.timezone.utc)).astimezone(self.time_zone).date()

    def where(self, topic: str | None = None) -> str:
        """The sentence that says where to ask about ``topic`` (its name, as in ``tema``)."""
        return self.where_to_ask.get(topic or "general", self.where_to_ask["general"])


def load_office(path: Path) -> Office:
    """Read the office profile.

    Raises:
        OfficeError: what is wrong, where, and how to mend it.
        rules.source.SourceError: the file is not YAML.
    """
    if not path.is_file():
        raise OfficeError(f"{path}: no existe el perfil de la oficina. Copia data/oficina.yml y adáptalo")
    source = read_source(path)
    errors = sorted(Draft7Validator(_SCHEMA).iter_errors(source.value), key=lambda e: list(map(str, e.path)))
    if errors:
        first = errors[0]
        raise OfficeError(f"{source.at(*first.path)}: perfil de la oficina incompleto o mal escrito: {first.message}")
    value: dict[str, Any] = source.value
    try:
        zone = ZoneInfo(value["zona_horaria"])
    except (KeyError, ValueError, OSError) as error:
        raise OfficeError(
            f"{source.at('zona_horaria')}: no existe la zona horaria {value['zona_horaria']!r}. "
            "Usa un nombre como America/Mexico_City"
        ) from error
    return Office(
        name=value["nombre"],
        short_name=value["siglas"],
        institution=value["institucion"],
        other_names=tuple(value.get("otros_nombres", ())),
        time_zone=zone,
        scopes={key: Scope(key, s["nombre"], s.get("aviso")) for key, s in value["ambitos"].items()},
        greeting=value["saludo"],
        no_answer=value["sin_respuesta"],
        nothing_more=value.get("nada_mas", _NOTHING_MORE),
        foreign=value.get("ajeno", _FOREIGN.format(name=value["nombre"])),
        where_to_ask=dict(value["donde_preguntar"]),
        quick_topics=tuple(QuickTopic(t["titulo"], t["mensaje"]) for t in value["temas_rapidos"]),
    )
