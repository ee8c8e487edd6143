"""Fold a message to the form in which questions are compared.

Case, accents (ñ kept apart: año is not ano), emoji, characters that show nothing, stretched letters,
texting shorthand and ordinals are levelled on both sides; greetings and politeness are taken off when something
else remains. Pure functions, no knowledge of any office.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
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
    "4a": "cuarta", "5ta": "quinta", "5a": "quinta", "6ta": "sexta", "6a": "sexta", "7ma": "septima", "7a": "septima",
    "8va": "octava", "8a": "octava", "9na": "novena", "9a": "novena", "10ma": "decima", "1era": "primera", "3era": "tercera",
    "1o": "primero", "2o": "segundo", "3o": "tercero", "4to": "cuarto", "4o": "cuarto", "5to": "quinto", "5o": "quinto",
    "6to": "sexto", "6o": "sexto", "7mo": "septimo", "7o": "septimo", "8vo": "octavo", "8o": "octavo", "9no": "noveno",
    "9o": "noveno", "10mo": "decimo",
    "aki": "aqui", "kien": "quien", "qn": "quien", "kienes": "quienes", "kual": "cual", "dl": "del", "ste": "este",
    "sto": "esto", "stoy": "estoy", "stan": "estan", "bno": "bueno", "vdd": "verdad", "asta": "hasta",
    "pra": "para", "ai": "ahi", "ay": "hay", "tmbn": "tambien", "tbm": "tambien", "mats": "materias", "pdo": "puedo",
    "califs": "calificaciones", "aser": "hacer", "acer": "hacer", "boy": "voy", "qiero": "quiero",
    "ntons": "entonces", "ntonces": "entonces", "dsps": "despues", "wey": "guey",
    "c": "se", "sem": "semana", "prof": "profesor", "cra": "carrera",
}  # fmt: skip
# What makes a word no shorthand: its neighbours. «contra» with a word that it governs after it and no owner before it,
# «maestra en», «horas extra», and a letter that names a place or an item («edificio C»).
_GOVERNED = frozenset({
    "el", "la", "los", "las", "un", "una", "unos", "unas", "mi", "tu", "su", "mis", "sus", "ese", "esa", "este", "quien", "que",
})  # fmt: skip
_OWNERS = frozenset({"mi", "tu", "su", "la", "una", "otra", "nueva", "misma", "sin", "de"})
_ADDED = frozenset({"hora", "horas", "costo", "costos", "pago", "pagos", "cobro", "cobros", "clase", "clases", "tiempo"})
_LETTERED = frozenset({"edificio", "salon", "aula", "inciso", "grupo", "seccion", "letra", "bloque", "anexo", "fraccion"})
_AFTER_A_LETTER = frozenset({"", "y", "o", "de", "del", "en", "esta"})
# English that slips into Mexican students' messages. On both sides, so that a book may use it too.
ENGLISH = {
    "mail": "correo", "email": "correo", "link": "liga", "website": "pagina", "deadline": "fecha limite", "login": "entrar",
    "online": "en linea", "payment": "pago", "pay": "pagar", "grade": "calificacion", "grades": "calificaciones",
    "schedule": "horario", "scholarship": "beca", "scholarships": "becas", "teacher": "profesor", "class": "clase",
    "classes": "clases", "subject": "materia", "subjects": "materias", "course": "curso", "exam": "examen",
    "exams": "examenes", "form": "formulario", "document": "documento", "documents": "documentos", "student": "alumno",
    "students": "alumnos", "phone": "telefono", "school": "escuela", "when": "cuando", "where": "donde", "how": "como",
    "who": "quien", "because": "porque", "need": "necesito", "want": "quiero", "but": "pero", "and": "y", "for": "para",
    "with": "con", "my": "mi", "the": "el", "now": "ahora", "today": "hoy", "week": "semana", "free": "gratis",
    "date": "fecha", "card": "tarjeta", "fee": "cuota", "enrollment": "inscripcion",
}  # fmt: skip
# Other words for what one wants or needs.
WISHES = {
    "quisiera": "quiero", "kisiera": "quiero", "deseo": "quiero", "desearia": "quiero", "pretendo": "quiero",
    "gustaria": "quiero", "ocupo": "necesito", "requiero": "necesito", "nesesito": "necesito", "necesitaria": "necesito",
}  # fmt: skip
_WRITTEN_OUT = {**ENGLISH, **SHORTHAND, **WISHES}

# Openings and closings that carry no question.
_FRAMES = """hola|que onda|que hubo|que pex|que rollo|buenas tardes|buenas noches|buenos dias|buen dia|buenas|que tal
    oye|oigan|oiga|disculpa|disculpe|disculpen|perdon|una pregunta|una duda|tengo una duda|tengo una pregunta
    consulta|por favor|porfavor|porfa|porfis|gracias|muchas gracias|de antemano|saludos
    me urge|me podrian decir|me podrias decir|me podria decir|me puedes decir
    me pueden decir|podrian decirme|podrias decirme|podria decirme|puedes decirme|me puede decir
    quiero saber|necesito saber|me quiero saber|alguien sabe|alguien me puede decir|saben|sabes|sabe
    me podrian ayudar|me pueden ayudar|me ayudan|ayuda|ayudame|ayudenme|amigo|compa|bro|ntp|urge
    es urgente|segun yo|dime|diganme|digame|decime|me dices|me dice|me dicen|me decis|me puede decir|me podes decir
    me podes ayudar|me puedes ayudar|me puede ayudar|tu sabes|usted sabe|sabe usted|ustedes saben|saben ustedes
    vos sabes|sabras|sabran|sabra usted|disculpe usted|sera que me puede decir|seria tan amable de decirme|che|vos|hey|hi|hello
    otra cosa|otra duda|otra pregunta|una cosa|cambiando de tema|ya pues
    pues|osea|o sea|por cierto|la verdad|mira|mire|ey|wey|guey|joven|jovenes|srita|señorita
    sorry|please|plis|thanks|thank you|thx|ty|asap|help|pls help|guys
    """
# At the end of a message these may be what it is about: «¿cómo solicito ayuda?».
_ONLY_OPEN = frozenset({
    ("ayuda",), ("consulta",), ("perdon",), ("amigo",), ("compa",), ("urge",), ("es", "urgente"), ("otra", "cosa"),
    ("otra", "duda"), ("otra", "pregunta"), ("una", "cosa"), ("pues",), ("osea",), ("o", "sea"),
    ("por", "cierto"), ("la", "verdad"), ("mira",), ("mire",), ("ey",), ("joven",), ("jovenes",), ("srita",), ("señorita",),
})  # fmt: skip
_FRAME_TOKENS = frozenset(tuple(frame.split()) for frame in _FRAMES.replace("\n", "|").split("|") if frame.strip())
_CLOSINGS = _FRAME_TOKENS - _ONLY_OPEN
_LONGEST_FRAME = max(map(len, _FRAME_TOKENS))
INTERROGATIVES = frozenset({
    "que", "cual", "cuales", "cuando", "donde", "cuanto", "cuanta", "cuantos", "cuantas", "como", "quien",
    "quienes", "porque", "what", "which", "when", "where", "how", "who", "why",
})  # fmt: skip
# Laughter and emoticons spelt with letters.
_NOISE = re.compile(r"a?(?:j+[aeio]+){2,}j*|(?:ha|he|js|ks){2,}|x+d+|lo+l|uwu|owo")
_EMOTICON = re.compile(r"(?<!\w)(?:[:;]'?[vpdo]|[:;]'?[()]|([tuxno])[_.]\1)(?!\w)", re.IGNORECASE)
# Unicode categories: pictures, skin tones, joiners and variation selectors, what is not assigned yet.
_PICTURES = frozenset({"So", "Sk", "Cf", "Mn", "Cn", "Co"})
# What shows nothing and takes no room wherever it stands: soft hyphens (copied from PDF), joiners, marks of direction,
# variation selectors, tags; all of Unicode's Default_Ignorable_Code_Point but the Hangul fillers, which are as wide as
# a letter, and the marks of interlinear notes.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
# Roman numerals are no stretched letters.
_STRETCHED = re.compile(r"\b([ivx]+)\b|([^\W\d_])\2{2,}")
_NUMBER_SIGN = re.compile(r"\b[Nn](?:[º°]|o\.(?=\s*\d))")
WORD = re.compile(r"[^\W_]+")
_TILDE = "\u0303"
# Capitals for each small letter from which a message is shouted; so many words, each with a capital, are no proper name.
_SHOUTED = 2
_TITLE_WORDS = 3
# What nearly every turn is made of; no form of Unicode changes these but for the accents.
_SPANISH = re.compile("[\x00-\x7fáéíóúüñÁÉÍÓÚÜÑ¿¡«»]*")
_WITHOUT_ACCENT = str.maketrans("áéíóúü", "aeiouu")


def seen(text: str) -> str:
    """``text`` without the characters that show nothing, so that no word is parted by one. Idempotent."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def fold(text: str) -> str:
    """Lower case without accents nor what shows nothing; ñ stays, ligatures and full-width forms become plain."""
    if text.isascii():
        return text.lower()
    if _SPANISH.fullmatch(text):
        return text.lower().translate(_WITHOUT_ACCENT)
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", seen(text)).lower())
    kept = "".join(
        c for i, c in enumerate(decomposed)
        if not unicodedata.combining(c) or (c == _TILDE and i and decomposed[i - 1] == "n")
    )
    return unicodedata.normalize("NFC", kept)


def without_emoji(text: str) -> str:
    """``text`` without emoji, emoticons and what shows nothing; letters, marks and signs such as $ and % stay."""
    composed = unicodedata.normalize("NFC", seen(text))
    kept = "".join(char for char in composed if unicodedata.category(char) not in _PICTURES)
    return _EMOTICON.sub(" ", kept)


def calm(text: str) -> str:
    """``text`` in small letters if nearly all of it, more than a word, is in capitals or every word begins with one."""
    found = [word for word in WORD.findall(text) if word[0].isalpha()]
    large, small = (sum(map(kind, text)) for kind in (str.isupper, str.islower))
    shouted = large > _SHOUTED * small or len(found) > _TITLE_WORDS and all(word[0].isupper() for word in found)
    return text.lower() if shouted and len(found) > 1 else text


def words(text: str) -> list[str]:
    """Folded words and numbers of ``text``; stretched letters (3 or more) become one, «Nº» is «numero»."""
    written = _NUMBER_SIGN.sub(" numero ", seen(text))
    return WORD.findall(_STRETCHED.sub(lambda found: found[1] or found[2], _EMOTICON.sub(" ", fold(written))))


@lru_cache(maxsize=65536)
def _expand(word: str) -> tuple[str, ...]:
    return () if _NOISE.fullmatch(word) else tuple(_WRITTEN_OUT.get(word, word).split())


def expand(parts: Iterable[str]) -> list[str]:
    """Folded words with shorthand and English written out, laughter taken off."""
    around = ["", *parts, ""]
    return [
        part
        for before, word, after in zip(around, around[1:], around[2:], strict=False)
        for part in ((word,) if _means_itself(before, word, after) else _expand(word))
    ]


def _means_itself(before: str, word: str, after: str) -> bool:
    """Whether what could be shorthand is meant as it stands."""
    if len(word) == 1:
        return before in _LETTERED and after in _AFTER_A_LETTER
    if word == "contra":
        return after in _GOVERNED and before not in _OWNERS
    if word in ("maestro", "maestra"):
        return after == "en"
    return word == "extra" and before in _ADDED


def tokens(text: str) -> list[str]:
    """Words of ``text`` with shorthand written out, laughter, greetings and politeness taken off."""
    return list(_tokens(text))


@lru_cache(maxsize=256)  # one turn is read by many, one after the other
def _tokens(text: str) -> tuple[str, ...]:
    written = words(text)
    expanded = expand(written)
    return tuple(_without_frames(expanded) or expanded or written)


def normalize(text: str) -> str:
    """``tokens`` joined by single spaces: the form that is matched. Idempotent."""
    return " ".join(tokens(text))


def is_polite(text: str) -> bool:
    """Whether ``text`` is greetings and politeness alone."""
    return not _without_frames(expand(words(text)))


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
            if tuple(parts[end - size : end]) in _CLOSINGS:
                end, changed = end - size, True
                break
    return parts[start:end]
