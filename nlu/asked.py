"""Which kind of datum a question asks for, and whether a text holds one.

A passage about the right topic is no answer to «¿cuánto cuesta?» when it states no amount.
These are word lists of Spanish, not of any office.
"""
from __future__ import annotations

import re
from enum import Enum

from nlu.text import fold, normalize


class Datum(Enum):
    """A kind of fact that a question can ask for by name."""

    AMOUNT = "monto"
    HOUR = "hora"
    DATE = "fecha"
    TIME = "momento"
    PHONE = "teléfono"
    MAIL = "correo"
    LINK = "liga"
    NUMBER = "cantidad"


# Matched against nlu.text.normalize(question): folded, shorthand written out.
_ASKED = {
    Datum.AMOUNT: r"(?<!cada )cuanto (me |nos |les |te )?(cuesta|cuestan|vale|valen|sale|salen|cobran|costaria|saldria|"
    r"se paga|hay que pagar|tengo que pagar|debo pagar|pago|dinero|gana|es el pago|es de pago|se cobra|dan|pagan)"
    r"|(de|a) cuanto (es|son|asciende|esta)|cuanto (es|esta) (la|el) (cuota|costo|pago|multa|inscripcion|anualidad)"
    r"|\b(precio|precios|costo|costos|tarifa|tarifas|monto|montos)\b|tiene costo|a como (esta|sale|dan)|que tan car",
    Datum.HOUR: r"\bque horas?\b|horario de (atencion|servicio|ventanilla|oficina)|horario(s)? (tiene|atienden|manejan|abren)"
    r"|que horario\b",
    Datum.DATE: r"\b(que|cual|cuales) (dia|dias|fecha|fechas|son las fechas|es la fecha)\b|\bfechas?\b(?! de nacimiento)",
    Datum.TIME: r"\bcuando\b|\bcada cuanto\b|\bplazo|\blimites?\b|\bvencen?\b"
    r"|en que semana|que semana|hasta cuando|a partir de cuando",
    Datum.PHONE: r"\btelefonos?\b|\bnumero (para|de) (llamar|marcar|contacto|telefono|whats\w*)|\bwhats\w*|marcarles|llamarles",
    Datum.MAIL: r"\b(que|cual|algun|tienen|su|sus|el|la|hay) (es el |es su )?(correos?|e ?mails?|mails?)\b"
    r"(?! (institucional|de alumno|personal|electronico institucional|de la uam))",
    Datum.LINK: r"\b(liga|ligas|link|links|enlace|enlaces|url|sitio web)\b|\b(que|cual|cual es la) (pagina|sitio)\b",
    Datum.NUMBER: r"\bcuant[oa]s\b|\bcuanto (tiempo|tarda|tardan|dura|demora|falta)\b|\bque tanto (tarda|tiempo)",
}
_MONTHS = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
_NUMBER_WORDS = (
    "cero|un solo|una sola|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta"
    "|cien|mitad|un trimestre|un mes|un ano|una semana|depende|dependen|ningun|ninguna|unica|unico"
    "|tercer|segunda|tercera|quinta"
)
# Matched against the folded text of a passage.
_HELD = {
    Datum.AMOUNT: r"\$ ?\d|\d ?(pesos|mxn)\b|\b(sin|no tiene|ningun) costo\b|\bgratuit[oa]s?\b|\bgratis\b"
    r"|\bno se (paga|cobra)\b|\bno (te )?cuesta\b",
    Datum.HOUR: r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?(hrs?|horas|am|pm)\b|\ba las \d",
    Datum.DATE: rf"\b({_MONTHS})\b|\bsemanas? \d|\b\d+ (dias|semanas|horas|meses)\b|\b\d{{4}}-\d\d-\d\d\b"
    r"|\b(ultimo|primer|primera|segunda|tercera|cuarta|quinta) (dia|semana)\b|\b(lunes|martes|miercoles|jueves|viernes)\b"
    r"|\b(dos|tres|cuatro|cinco|seis) (semanas|meses|trimestres|anos)\b|\bperiodo intertrimestral\b",
    Datum.TIME: rf"\b({_MONTHS})\b|\b(semanas?|dias?|mes|meses|anos?|trimestres?|horas|antes|despues|durante|hasta|hacia"
    r"|cuando|mientras|al (inicio|final|terminar|inscribir\w*|ingresar|concluir)|cada|primer[oa]?|plazos?|siguiente)\b",
    Datum.PHONE: r"\b\d{2,4}[ -]\d{3,4}[ -]?\d{2,4}\b|\b\d{8,10}\b",
    Datum.MAIL: r"@",
    Datum.LINK: r"https?://|\b[\w-]+(\.[\w-]+)*\.(mx|org|com|net|edu|gob)\b",
    Datum.NUMBER: rf"\d|\b({_NUMBER_WORDS})\b",
}
_ASKED_PATTERNS = {datum: re.compile(pattern) for datum, pattern in _ASKED.items()}
_HELD_PATTERNS = {datum: re.compile(pattern) for datum, pattern in _HELD.items()}


def asked(question: str) -> frozenset[Datum]:
    """The kinds of datum that ``question`` asks for; empty for «¿qué es…?», «¿cómo…?» and the like."""
    return asked_in(normalize(question))


def asked_in(normalized: str) -> frozenset[Datum]:
    """As :func:`asked`, of a question that is normalised already."""
    return frozenset(datum for datum, pattern in _ASKED_PATTERNS.items() if pattern.search(normalized))


def held(text: str) -> frozenset[Datum]:
    """The kinds of datum that ``text`` states."""
    folded = fold(text)
    return frozenset(datum for datum, pattern in _HELD_PATTERNS.items() if pattern.search(folded))
