"""Check what comes in at the door. Pure functions over bytes; no web framework here."""
from __future__ import annotations

import json
import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_BODY = 16 * 1024
MAX_MESSAGE = 1000
MAX_SENDER = 128
# What other chat services call it; a client that is let down here would lose its conversation at each turn.
SENDER_ALIASES = ("session_id", "sender_id", "conversation_id", "user")

# What parts lines and pages in texts that are pasted.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\x1c-\x1e\u2028\u2029]")
# Letters by category that show nothing: Hangul fillers and the blank Braille cell.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800")


class BadRequest(ValueError):
    """A request that is refused. ``message`` is in Spanish; ``field`` is the culprit, if one."""

    def __init__(self, status: int, message: str, field: str | None = None):
        super().__init__(message)
        self.status, self.message, self.field = status, message, field


@dataclass(frozen=True)
class ChatRequest:
    """A clean turn: ``message`` has 1–1,000 characters (NFC, stripped), ``sender`` 1–128."""

    message: str
    sender: str


def check_content_type(value: str | None) -> None:
    """Accept JSON, or no declaration at all.

    Raises:
        BadRequest: 415.
    """
    kind = (value or "application/json").split(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise BadRequest(415, "Envía el cuerpo como JSON, con el encabezado «Content-Type: application/json».")


def read_request(body: bytes) -> ChatRequest:
    """The turn in ``body``; a missing sender gets a fresh uuid. Any of ``SENDER_ALIASES`` is the sender too;
    other keys (``metadata`` and the like) are ignored.

    Raises:
        BadRequest: 400 when it is not a JSON object, 413 when too large, 422 for a bad field.
    """
    value = _parse(body)
    return ChatRequest(message=_message(value), sender=_sender(value))


def too_large(most: int) -> BadRequest:
    """The refusal of a body over ``most`` bytes."""
    return BadRequest(413, f"La petición es demasiado grande: el máximo son {most // 1024} KiB.")


def _parse(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BODY:
        raise too_large(MAX_BODY)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(400, "El cuerpo no está en UTF-8.") from error
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except BadRequest:
        raise
    except RecursionError as error:
        raise BadRequest(400, "El cuerpo tiene listas u objetos anidados en demasiados niveles.") from error
    except ValueError as error:
        raise BadRequest(400, "El cuerpo no es JSON válido.") from error
    if not isinstance(value, dict):
        raise BadRequest(400, 'El cuerpo debe ser un objeto JSON, como {"message": "Tu pregunta"}.')
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        # Not by its name, which may be a text that no reply can carry.
        raise BadRequest(400, "El cuerpo repite un campo; mándalo una sola vez.")
    return result


def _message(value: dict[str, Any]) -> str:
    if "message" not in value:
        raise BadRequest(422, "Falta el campo «message» con tu pregunta.", "message")
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", _text(value["message"], "message")))
    if any(c not in "\n\t" and _is_control(c) for c in text):
        # Who pasted it can't see them: the way out has to be said.
        message = "El mensaje trae caracteres de control, que no se ven y suelen venir de un PDF. Escríbelo en vez de pegarlo."
        raise BadRequest(422, message, "message")
    text = text.strip()
    if is_blank(text):
        raise BadRequest(422, "El mensaje está vacío. Escribe tu pregunta.", "message")
    if len(text) > MAX_MESSAGE:
        raise BadRequest(422, f"El mensaje tiene {len(text)} caracteres; el máximo son {MAX_MESSAGE}.", "message")
    return text


def _sender(value: dict[str, Any]) -> str:
    given = {
        name: _identifier(value[name], name) for name in ("sender", *SENDER_ALIASES) if value.get(name) is not None
    }
    if not given:
        return str(uuid.uuid4())
    (first, sender), *others = given.items()
    for name, other in others:
        if other != sender:
            message = f"Los campos «{first}» y «{name}» identifican la misma conversación y no coinciden; deja uno solo."
            raise BadRequest(422, message, name)
    return sender


def _identifier(value: Any, field: str) -> str:
    text = _text(value, field)
    if any(map(_is_control, text)):
        raise BadRequest(422, f"El campo «{field}» tiene caracteres de control que no se admiten.", field)
    if is_blank(text):
        raise BadRequest(422, f"El campo «{field}» está vacío; quítalo o ponle un identificador.", field)
    if len(text) > MAX_SENDER:
        raise BadRequest(422, f"El campo «{field}» pasa de {MAX_SENDER} caracteres.", field)
    return text


def _text(value: Any, field: str) -> str:
    """``value`` when it is well-formed text; nothing is coerced (5 is not "5")."""
    if not isinstance(value, str):
        raise BadRequest(422, f"El campo «{field}» debe ser texto.", field)
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise BadRequest(422, f"El campo «{field}» tiene caracteres Unicode incompletos.", field)
    return value


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc"


def is_blank(text: str) -> bool:
    """Whether nothing of ``text`` can be seen: spaces, zero-width, stray accents, fillers."""
    return all(
        c in _INVISIBLE or c in "\n\t" or unicodedata.category(c) in {"Zs", "Zl", "Zp", "Cf", "Cn", "Co", "Mn", "Me"}
        for c in text
    )
