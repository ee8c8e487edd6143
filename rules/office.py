"""The office profile: everything that tells one office from another, in one file."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rules.book import shown
from rules.office_faults import office_faults
from rules.source import Source, read_source

_NOTHING_MORE = "Lo que sé de eso es lo que te acabo de decir; si tu caso es otro, prefiero no inventar."
_WHICH_SUBJECT = "¿De qué asunto? Pregúntamelo completo en un solo mensaje, por favor."
_WHICH_QUESTION = "¿Qué quieres saber de eso? Elige una de estas preguntas o escríbeme la tuya completa."
# No article goes with the name: nobody knows whether it is «el», «la» or «los».
_FOREIGN = (
    "No tengo nada sobre eso. Contesto preguntas sobre los asuntos de esta oficina ({name}); si es una de ellas, dímela con "
    "otras palabras."
)


class OfficeError(ValueError):
    """The office profile is missing, incomplete or names an unknown time zone; a line for each fault."""


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
    """The office as the engine needs it; see ``data/oficina.yml`` for each field's meaning. ``source`` is the
    file as it was written, for those who say what is wrong with it."""

    name: str
    short_name: str
    institution: str
    other_names: tuple[str, ...]
    nicknames: tuple[str, ...]
    time_zone: ZoneInfo
    scopes: dict[str, Scope]
    greeting: str
    no_answer: str
    nothing_more: str
    foreign: str
    which_subject: str
    which_question: str
    where_to_ask: dict[str, str]
    distinctions: tuple[tuple[str, ...], ...]
    quick_topics: tuple[QuickTopic, ...]
    source: Source = field(repr=False, compare=False)

    @property
    def own_names(self) -> tuple[str, ...]:
        """All that the office and its institution go by."""
        return (self.name, self.short_name, self.institution, *self.other_names, *self.nicknames)

    @property
    def declining(self) -> tuple[str, ...]:
        """The beginnings of all messages that answer nothing."""
        return (self.no_answer, self.nothing_more, self.foreign, self.which_subject, self.which_question)

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
        mend = "Corrige la ruta (CSE_OFFICE); si es otra oficina, haz su carpeta con «python -m rules new»"
        raise OfficeError(f"{shown(path)}: no existe el perfil de la oficina. {mend}")
    source = read_source(path, shown(path))
    faults = office_faults(source)
    if faults:
        raise OfficeError("\n".join(faults))
    value: dict[str, Any] = source.value
    try:
        zone = ZoneInfo(value["zona_horaria"])
    except (KeyError, ValueError, OSError) as error:
        raise OfficeError(
            f"{source.key_at('zona_horaria')}: no existe la zona horaria {value['zona_horaria']!r}. "
            "Usa un nombre como America/Mexico_City"
        ) from error
    return Office(
        name=value["nombre"],
        short_name=value["siglas"],
        institution=value["institucion"],
        other_names=tuple(value.get("otros_nombres", ())),
        nicknames=tuple(value.get("apodos", ())),
        time_zone=zone,
        scopes={key: Scope(key, s["nombre"], s.get("aviso")) for key, s in value["ambitos"].items()},
        greeting=value["saludo"],
        no_answer=value["sin_respuesta"],
        nothing_more=value.get("nada_mas", _NOTHING_MORE),
        foreign=value.get("ajeno", _FOREIGN.format(name=value["nombre"])),
        which_subject=value.get("falta_asunto", _WHICH_SUBJECT),
        which_question=value.get("falta_pregunta", _WHICH_QUESTION),
        where_to_ask=dict(value["donde_preguntar"]),
        distinctions=tuple(map(tuple, value.get("distingue", ()))),
        quick_topics=tuple(QuickTopic(t["titulo"], t["mensaje"]) for t in value["temas_rapidos"]),
        source=source,
    )
