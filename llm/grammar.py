"""Spanish words by what they do in a sentence: negate or bound, permit or oblige, condition, bind.

All are folded: lower case, without accents. No knowledge of any office.
"""
from __future__ import annotations

import re

from nlu.text import fold

NOT, ONLY = "not", "only"
MUST, MAY = "<deber>", "<poder>"


def _by_word(words: dict[str, str]) -> dict[str, str]:
    return {word: key for key, listed in words.items() for word in listed.split()}


# What governs the content word after it.
MARKS = _by_word({
    NOT: "no nunca jamas ni sin tampoco nadie nada ningun ninguno ninguna ningunos ningunas",
    ONLY: "solo solamente unicamente exclusivamente",
    "up to": "hasta", "from": "desde", "before": "antes", "after": "despues tras", "more": "mas", "less": "menos",
    "about": "casi aproximadamente alrededor hacia cerca", "except": "salvo excepto",
    "hardly": "apenas raramente dificilmente escasamente",
    "some": "algunos algunas pocos pocas varios varias ciertos ciertas",
})  # fmt: skip
BEFORE_DE = frozenset(("antes", "despues", "cerca"))  # marks before «de» and «que»; else adverbs like any other
_MODALS = _by_word({
    MAY: "puedo puedes puede podemos pueden podra podras podran podria podrias podrian poder pueda puedas puedan",
    MUST: "debo debes debe debemos deben debera deberas deberan deberia deber deba debas deban",
})  # fmt: skip
# «hay que», «tienes que» oblige; alone they don't.
_OBLIGE_BEFORE_QUE = "hay tengo tienes tiene tenemos tienen tenga tengas tengan tendra tendras tendran tener"
_OBLIGING = frozenset(_OBLIGE_BEFORE_QUE.split())
# What governs one of these (a modal or a stem) governs the content word after it too: «no se puede renunciar».
AUXILIARIES = frozenset((MUST, MAY, "volv", "conven", "permit", "necesit"))
# Stems of what is somebody's and is followed by its figure: a telephone, an address.
CONTACTS = frozenset(("telefon", "numer", "corre", "electron", "contact", "pagin", "siti"))
_CONDITIONS = frozenset(("si", "cuando", "salvo", "excepto", "mientras"))
# Words that limit what the whole clause says: «rara vez», «es falso que», «dejó de».
LIMITS = frozenset((
    "rara", "raras", "falso", "falsa", "mentira", "dudoso", "improbable", "dejo", "deja", "dejan", "dejaron", "dejado",
))  # fmt: skip
# Stems that limit the word before them: «3 días hábiles», «3 materias como mínimo».
LIMITS_AFTER = frozenset(("habil", "natural", "minim", "maxim"))
OF_WORDS = frozenset(("de", "del", "el", "la", "los", "las"))
AND_WORDS = frozenset(("y", "e", "o", "u", "ni"))
# Words that state nothing by themselves.
_FUNCTION_WORDS = """
    a al ante con cual cuales como cuyo cuya cuyos cuyas de del donde e el ella ellas ello ellos en entre era eran es
    esa esas ese eso esos esta estan estas este esto estos estar estaba fue fueron ser sea sean son ha han haber hay
    haya he la las le les lo los me mi mis nos nuestra nuestro os para pero por pues que quien quienes se su sus
    tal te ti tu tus un una unas uno unos y ya asi ademas aqui ahi alli mismo misma mismos mismas segun o u
    hace hacen haces hacer haga hagas realiza realizan realizas realizar tramite tramites dicho dicha dichos dichas
    aunque porque cuando si mientras tambien aun usted ustedes durante mediante van va entonces luego
"""
FUNCTION = frozenset(_FUNCTION_WORDS.split())
_AFTER_ONLY = "(?:por|en|con|para|al?|del?|si|cuando|mediante|durante|ante)"
_NO_FUNCTION = rf"(?!(?:{'|'.join(sorted(FUNCTION))})\b)\w+"
# Words that begin a condition only after and before certain others: «siempre que», «a menos que», «únicamente por…».
_CONDITIONAL = {
    "siempre": (".*", "(?:y cuando|que)"), "menos": ("a", "que"), "tal": ("con", "(?:de )?que"),
    "caso": ("en", "(?:de|que)"), "condicion": ("a", "de"), "haber": ("de", r"\w+"), "pero": (".*", "no"),
    "previo": (".*", _NO_FUNCTION), "previa": (".*", _NO_FUNCTION),
    **{word: (".*", _AFTER_ONLY) for word, key in MARKS.items() if key == ONLY},
}  # fmt: skip


def modal(word: str, rest: str) -> str | None:
    """``MAY`` or ``MUST`` if ``word``, before ``rest``, says so."""
    if word in _OBLIGING and re.match(r"\s+que\b", rest):
        return MUST
    return _MODALS.get(word)


def is_condition(word: str, rest: str, before: str) -> bool:
    """Whether ``word``, between the function word ``before`` (empty if none) and ``rest``, begins a condition."""
    if word in _CONDITIONS:
        return True
    first, second = _CONDITIONAL.get(word, (".*", None))
    return bool(second and re.fullmatch(first, before) and re.match(rf"\s+{second}\b", fold(rest)))


def is_mark(word: str, rest: str) -> bool:
    """Whether ``word``, before ``rest``, governs what follows."""
    return word in MARKS and (word not in BEFORE_DE or bool(re.match(r"\s+(?:del?|que)\b", rest)))
