"""Fold a message to the form in which questions are compared.

Case, accents (ñ kept apart: año is not ano), emoji, stretched letters, texting shorthand and
ordinals are levelled on both sides; greetings and politeness are taken off when something
else remains. Pure functions, no knowledge of any office.
"""
from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# How Mexican students shorten words when they type in a hurry.
SHORTHAND = {
    "q": "que", "k": "que", "ke": "que", "kiero": "quiero", "kero": "quiero", "qe": "que", "x": "por",
    "xq": "porque", "pq": "porque", "xk": "porque", "porq": "porque", "xfa": "porfa", "xfavor": "por favor",
    "pls": "por favor", "tb": "tambien", "tmb": "tambien", "tbn": "tambien", "dnd": "donde", "dond": "donde", "d": "de",
    "cmo": "como", "komo": "como", "cm": "como", "cdo": "cuando", "cuando": "cuando", "kuando": "cuando",
    "cto": "cuanto", "cnto": "cuanto", "kuanto": "cuanto", "pa": "para", "toy": "estoy", "ta": "esta",
    "sta": "esta", "tas": "estas", "nse": "no se", "nc": "no se", "msj": "mensaje", "grax": "gracias",
    "grasias": "gracias", "ola": "hola", "hol": "hola", "wenas": "buenas", "bn": "bien", "mñn": "mañana",
    "hr": "hora", "hrs": "horas", "sig": "siguiente", "trim": "trimestre", "tri": "trimestre",
    "info": "informacion", "tel": "telefono", "mat": "materia", "calif": "calificacion",
    "cal": "calificacion", "calis": "calificaciones", "cel": "celular", "compu": "computadora", "uni": "universidad",
    "lic": "licenciatura", "prepa": "bachillerato", "ss": "servicio social", "doc": "documento",
    "docs": "documentos", "profe": "profesor", "profes": "profesores", "maestro": "profesor",
    "maestra": "profesor", "recu": "recuperacion", "recus": "recuperaciones", "extra": "extraordinario",
    "contra": "contraseña", "pass": "contraseña", "password": "contraseña", "ueas": "uea",
    "1ra": "primera", "1a": "primera", "1ro": "primero", "1er": "primer", "2da": "segunda", "2a": "segunda",
    "2do": "segundo", "3ra": "tercera", "3a": "tercera", "3ro": "tercero", "3er": "tercer", "4ta": "cuarta",
    "4a": "cuarta", "5ta": "quinta", "5a": "quinta", "6ta": "sexta", "7ma": "septima",
}  # fmt: skip

# Openings and closings that carry no question.
_FRAMES = """hola|que onda|que hubo|que pex|que rollo|buenas tardes|buenas noches|buenos dias|buen dia|buenas|que tal
    oye|oigan|oiga|disculpa|disculpe|disculpen|perdon|una pregunta|una duda|tengo una duda|tengo una pregunta
    consulta|por favor|porfavor|porfa|porfis|gracias|muchas gracias|de antemano|saludos
    me podrian decir|me podrias decir|me podria decir|me puedes decir
    me pueden decir|podrian decirme|podrias decirme|podria decirme|puedes decirme|me puede decir|quisiera saber
    quiero saber|necesito saber|me gustaria saber|alguien sabe|alguien me puede decir|saben|sabes|sabe
    me podrian ayudar|me pueden ayudar|me ayudan|ayuda|amigo|compa|bro|ntp|urge|es urgente|segun yo
    """
_FRAME_TOKENS = frozenset(tuple(frame.split()) for frame in _FRAMES.replace("\n", "|").split("|") if frame.strip())
_LONGEST_FRAME = max(map(len, _FRAME_TOKENS))
INTERROGATIVES = frozenset({
    "que", "cual", "cuales", "cuando", "donde", "cuanto", "cuanta", "cuantos", "cuantas", "como", "quien",
    "quienes", "porque", "what", "which", "when", "where", "how", "who", "why",
})  # fmt: skip
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[^\W_]+")
_TILDE = "\u0303"


def fold(text: str) -> str:
    """Lower case without accents; ñ stays, ligatures and full-width forms become plain."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower())
    kept = "".join(
        c for i, c in enumerate(decomposed)
        if not unicodedata.combining(c) or (c == _TILDE and i and decomposed[i - 1] == "n")
    )
    return unicodedata.normalize("NFC", kept)


def words(text: str) -> list[str]:
    """Folded words and numbers of ``text``; stretched letters (3 or more) become one."""
    return _WORD.findall(_STRETCHED.sub(r"\1", fold(text)))


@lru_cache(maxsize=65536)
def _expand(word: str) -> tuple[str, ...]:
    return tuple(SHORTHAND.get(word, word).split())


def tokens(text: str) -> list[str]:
    """Words of ``text`` with shorthand written out, greetings and politeness taken off."""
    expanded = [part for word in words(text) for part in _expand(word)]
    return _without_frames(expanded) or expanded


def normalize(text: str) -> str:
    """``tokens`` joined by single spaces: the form that is matched. Idempotent."""
    return " ".join(tokens(text))


def _without_frames(parts: list[str]) -> list[str]:
    """Take greetings and politeness off both ends, longest phrase first, until nothing changes."""
    start, end = 0, len(parts)
    changed = True
    while changed and start < end:
        changed = False
        for size in range(min(_LONGEST_FRAME, end - start), 0, -1):
            if tuple(parts[start : start + size]) in _FRAME_TOKENS:
                start, changed = start + size, True
                break
            if tuple(parts[end - size : end]) in _FRAME_TOKENS:
                end, changed = end - size, True
                break
    return parts[start:end]
