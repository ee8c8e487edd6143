"""Take a message with several questions apart: «¿cuándo son las becas y dónde se piden? ¿y cuánto dan?».

A cut is made only where a new question begins after a finished one; what introduces a question
(«soy de posgrado y quiero saber cuándo…») stays with it.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.followup import FUNCTION_WORDS
from nlu.text import INTERROGATIVES, expand, fold, tokens
from nlu.text import words as words_of

MAX_QUESTIONS = 3
# Words that are read to know whether a question begins.
_AHEAD = 12
# A point within an address or a number, or after «Dr» or a lone letter, ends nothing; before «¿» it does.
_SENTENCE = re.compile(
    r"(?:[^?!.;\n]|\.(?=\S)"
    r"|(?i:(?<=\b[^\W\d_])|(?<=\b(?:dr|ma|sr))|(?<=\b(?:dra|ing|lic|sra))|(?<=\bmtr[oa]))\.(?!\s*[¿\n]))+"
    r"[?!.;\n]*"
)
_MARKS, _EDGES = frozenset("¿?!.;,\n"), " ¿?¡!.\n"
_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[áéíóúÁÉÍÓÚ]")
_JOINTS = frozenset({"y", "e", "o", "ademas", "tambien", "aparte", "asimismo"})
_THEN = frozenset({"luego", "despues"})  # after a joint they set nothing apart
_PREPOSITIONS = frozenset({"a", "en", "de", "con", "por", "para", "desde", "hasta", "cada"})
# They ask wherever they stand; «que», «como» and «cual» also join clauses.
_PLAIN = INTERROGATIVES - {"que", "como", "porque", "cual", "cuales"}
# Two of them may share one verb, as «qué» and «cuál» seldom do.
_SHARING = frozenset({"cuando", "donde", "como", "cuanto"})
_TWO_ASKED = re.compile(r"\b(?P<first>\w{4,6})\s+(?:y|e)\s+(?P<second>\w{4,6})\s+(?P<rest>\S.*)", re.DOTALL)
# After these an unaccented «que» is no question: «y que no se me junten».
_AFTER_A_CONJUNCTION = frozenset({"no", "se", "me", "te", "nos", "lo", "la", "los", "las", "el", "ya", "yo", "si", "sea"})
# An unaccented «como», «quien»… after a comma mostly explains: «, como alumno de nuevo ingreso,».
_NEVER_AFTER_A_COMMA = frozenset({"como", "quien", "quienes", "porque", "cual", "cuales"})
# It asks about all that was told before: «cuando entro se cae, que hago».
_REACTION = re.compile(r"que (hago|puedo hacer|debo hacer|procede|pasa|sigue)\b")
# It asks for the name of what was just asked for: «¿hay una fecha límite y cuál es?».
_SAME_THING = re.compile(r"(cual(es)? (es|son|seria|serian)|que mas)$")
# What opens a question that has no interrogative.
_OPENINGS = re.compile(
    r"(y |o |e |pero |tambien |ademas |otra cosa )*(si )?(puedo|puede|podemos|se puede|se pueden|debo|hay|tengo que|tienen"
    r"|existe|es (obligatorio|necesario)|me (pueden|dejan|recomiendas|afecta|cobran|valen)|la \w+ baja"
    r"|el servicio social es)\b"
)
# Those of them that are hardly ever said without asking.
_SURE_OPENINGS = re.compile(
    r"((y|pero|tambien|ademas|si) )*(puedo|podemos|(se )?(puede|pueden)|hay|habra|existen?|tienen|me (pueden|dejan|afecta)"
    r"|es (obligatorio|necesario|posible|forzoso))\b(?P<subject>.*)"
)
# What opens one after a finished question: the verbs that yes-or-no questions to an office begin with.
_SECOND_OPENINGS = re.compile(
    r"(todavia |aun )?((se|me|te|nos|lo|la|los|las|le|les) )*(puedo|puede|pueden|podemos|podria|hay|habra|existen?"
    r"|tengo (que|derecho)|debo \w+[aei]r(me|lo|la|los|las)?|tienen?|es (obligatorio|necesario|posible|forzoso|gratis)"
    r"|dan|piden|cobran|aceptan|atienden|abren|reciben|dejan|permiten|reconocen|necesito|necesita|requieren?"
    r"|sirven?|basta|conviene|afecta|incluye|pierdo|valen|cuentan|respetan)\b"
    r"(?! (decir|decirme|ayudar|ayudarme|orientar|apoyar|explicar|informar)\b)"
)
_REQUEST = re.compile(r"\b(quiero|quisiera|necesito|me gustaria) saber\b|(?<!\bno )\bsabes? (si|cuando|donde|como|que)\b")
# A «si» after them asks; any other sets a condition, and what follows may belong to it.
_ASKING_VERBS = frozenset({
    "saber", "decir", "decirme", "dicen", "dices", "diganme", "sabe", "sabes", "saben", "sabemos", "se", "preguntar",
    "confirmar",
})  # fmt: skip
_SUBORDINATING = frozenset({"que", "cuando", "donde", "como", "porque", "quien", "aunque"})
# «hay que», «tengo que» set nothing apart.
_OBLIGING = frozenset({"hay", "tengo", "tiene", "tienen", "tenemos", "tenga"})


@dataclass(frozen=True)
class _Word:
    """A word of a sentence: folded, shorthand written out, with what its writing says."""

    text: str
    start: int
    accented: bool
    after_comma: bool
    after_mark: bool  # «¿», but for what a colon announces


@dataclass(frozen=True)
class _Style:
    """How the message is written: who writes «qué» or «¿» once means something by leaving it out."""

    accents: bool  # on an interrogative
    any_accents: bool
    marks: bool


def split_questions(message: str) -> list[str]:
    """The questions of ``message`` in order, each in the student's own words with what introduces it.

    The whole message alone when it holds one question, or none.
    """
    if _is_plain(message):
        return [message]
    pieces: list[str] = []
    introduction: list[str] = []
    for clause, asks in _clauses(message):
        if asks:
            pieces.append(" ".join([*introduction, clause]))
            introduction = []
        elif pieces:
            pieces[-1] = f"{pieces[-1]} {clause}"
        else:
            introduction.append(clause)
    return pieces if len(pieces) > 1 else [message]


def split_shared_verb(message: str) -> list[str]:
    """«¿Cuándo y cómo me reinscribo?» as «¿Cuándo me reinscribo?» and «cómo me reinscribo?», for which there may be a
    rule each; empty where nothing is asked so."""
    found = _TWO_ASKED.search(message)
    if found is None or not _is_plain(found["rest"]) or len(words_of(found["rest"])) < 2:
        return []
    if not {fold(found["first"]), fold(found["second"])} <= _SHARING:
        return []
    return [f"{message[: found.end('first')]} {found['rest']}", f"{found['second']} {found['rest']}"]


def _is_plain(message: str) -> bool:
    """Whether nothing in ``message`` could part two questions, as in most: told without reading it word by word."""
    return _MARKS.isdisjoint(message.strip(_EDGES)) and _JOINTS.isdisjoint(expand(words_of(message)))


def _clauses(message: str) -> Iterator[tuple[str, bool]]:
    """Sentences of the message, cut further where a second question begins within one, and whether each asks."""
    style = _Style(any(map(_accented, _WORD.findall(message))), bool(_ACCENT.search(message)), "¿" in message)
    for sentence in _SENTENCE.findall(message):
        words = _words(sentence)
        start = begun = 0
        for at in range(1, len(words)):
            if not _may_begin(words[at]):
                continue
            left, here = words[begun:at], words[at].start
            if all(word.text in _JOINTS for word in left):  # «y también…» begins once
                continue
            if not _begins(left, words[at : at + _AHEAD], style, "?" in sentence):
                continue
            clause = sentence[start:here].strip(" ,;")
            certain = words[at].after_comma and words[at].text not in _JOINTS
            if _finished(clause, left, start > 0, certain, style):
                yield clause, True
                start, begun = here, at
        if rest := sentence[start:].strip():
            yield rest, start > 0 or _asks(rest, style)


def _words(sentence: str) -> list[_Word]:
    found: list[_Word] = []
    end = 0
    for match in _WORD.finditer(sentence):
        between = sentence[end : match.start()]
        start = end + between.index("¿") if "¿" in between else match.start()
        comma, mark = "," in between, "¿" in between and ":" not in between
        for text in expand([fold(match.group())]):
            found.append(_Word(text, start, _accented(match.group()), comma, mark))
            comma = mark = False
        end = match.end()
    return found


def _accented(word: str) -> bool:
    return fold(word) in INTERROGATIVES and bool(_ACCENT.search(word))


def _text(words: Sequence[_Word]) -> str:
    return " ".join(word.text for word in words)


def _may_begin(word: _Word) -> bool:
    # What «o» adds is another answer to the same question.
    return word.text != "o" and (word.text in _JOINTS or word.after_comma or word.after_mark)


def _begins(left: Sequence[_Word], right: Sequence[_Word], style: _Style, marked: bool) -> bool:
    """Whether ``right`` begins as a new question does; ``marked`` tells whether the sentence has a «?»."""
    first = right[0]
    joint = first.text in _JOINTS
    following = list(right)
    while following and following[0].text in (_JOINTS | _THEN if joint else _JOINTS):
        following = following[1:]
    if not following:
        return False
    if following[1:2] and following[1].text == "saber":
        return True
    if following[0].text == "si":
        return joint and not _conditional(left)
    if _SECOND_OPENINGS.match(_text(following)):
        own = first.text == "y" or (marked and not joint and first.text != "tengo")
        alternatives = any(word.text == "o" for word in left)
        return own and not alternatives and not _conditional(left) and not _subordinate(left)
    if following[0].text in _PREPOSITIONS:
        following = following[1:]
    return bool(following) and following[0].text in INTERROGATIVES and _interrogative_begins(left, following, joint, style)


def _interrogative_begins(left: Sequence[_Word], right: Sequence[_Word], joint: bool, style: _Style) -> bool:
    """Whether the interrogative that ``right`` begins with asks something new."""
    asked, text = right[0], _text(right)
    if _SAME_THING.match(text) or _goes_on_telling(left):
        return False
    if not joint and all(word.text in INTERROGATIVES or word.text in _PREPOSITIONS for word in right):
        return False
    if asked.accented or asked.after_mark:
        return True
    if not joint:
        return not (style.any_accents or asked.text in _NEVER_AFTER_A_COMMA or _REACTION.match(text))
    conjunction = right[1:2] and right[1].text in _AFTER_A_CONJUNCTION
    return asked.text != "que" or not (conjunction or any(map(_joins, left[1:], left)))


def _joins(word: _Word, before: _Word) -> bool:
    """Whether the word is a «que» that joins a clause."""
    return word.text == "que" and not word.accented and before.text not in _OBLIGING | _ASKING_VERBS | _PREPOSITIONS


def _goes_on_telling(words: Sequence[_Word]) -> bool:
    """Whether an interrogative belongs to a clause that tells: «la constancia que dice cuántas materias llevo y qué…»."""
    told = zip(words, words[1:], words[3:], strict=False)
    return any(_joins(joining, before) and asked.text in INTERROGATIVES for before, joining, asked in told)


def _conditional(words: Sequence[_Word]) -> bool:
    """Whether a «si» sets a condition: «qué pasa si no pago y me dan de baja»."""
    return any(word.text == "si" and (i == 0 or words[i - 1].text not in _ASKING_VERBS) for i, word in enumerate(words))


def _subordinate(words: Sequence[_Word]) -> bool:
    """Whether a clause hangs from the question, which a verb after «y» may go on with: «la materia que debo y puedo…»."""
    bare = tokens(_text(words))
    words = words[len(words) - len(bare) :]
    asking = next((i for i, word in enumerate(words) if word.text in INTERROGATIVES), len(words))
    return any(
        word.text in _SUBORDINATING and not word.accented and words[i - 1].text not in _OBLIGING
        for i, word in enumerate(words)
        if i > asking and words[i - 1].text not in _PREPOSITIONS
    )


def _finished(clause: str, words: Sequence[_Word], leaning: bool, certain: bool, style: _Style) -> bool:
    """Whether the words before a cut are a question with a subject of its own, or one that leans on another before.

    ``certain``: what may as well be telling («cuando entro se cae, …») is not taken for a question.
    """
    if words[-1].text in INTERROGATIVES:
        return False
    asking = next((i for i, word in enumerate(words) if word.text in INTERROGATIVES), None)
    if asking is None or not (_surely_interrogates(clause, style) if certain else _interrogates(clause, style)):
        return leaning or _asks_yes_or_no(clause)
    # «a qué hora y en qué salón es» has its verb after the joint, where «qué piden y hasta cuándo» has two.
    after_preposition = asking > 0 and words[asking - 1].text in _PREPOSITIONS
    long_enough = len(words) - asking > 2 if after_preposition else len(words) > 2
    told, asked = words[:asking], words[asking:]
    subject = _names_something(word.text for word in asked[1:])
    if not subject and len(asked) > 1 and not _REACTION.match(_text(asked)):
        subject = _names_something(_said(_text(told)))  # «el título cuánto tarda y…»
    return leaning or (long_enough and subject)


def _asks_yes_or_no(clause: str) -> bool:
    _, mark, marked = clause.rpartition("¿")
    parts = _said(marked)
    if mark and len(parts) > 2 and parts[0] not in {"si", "y", *_PREPOSITIONS}:
        return _names_something(parts[1:])
    openings = (_SURE_OPENINGS.match(" ".join(_said(part))) for part in re.split("[,¿]", clause))
    return any(opening and _names_something(opening["subject"].split()) for opening in openings)


def _said(text: str) -> list[str]:
    """The tokens after greetings and politeness; none where there is nothing else, for which a word is set after it."""
    return tokens(f"{text} 0")[:-1]


def _names_something(texts: Iterator[str] | Sequence[str]) -> bool:
    return any(text not in FUNCTION_WORDS for text in texts)


def _asks(clause: str, style: _Style) -> bool:
    text = " ".join(tokens(clause))
    if " " not in text:
        return False
    # Who opens questions with «¿» leaves what merely tells without it.
    opening = _OPENINGS.match(text) and not style.marks
    return bool("?" in clause or _interrogates(clause, style) or opening or _REQUEST.search(fold(clause)))


def _interrogates(clause: str, style: _Style) -> bool:
    """Whether an interrogative in the clause asks."""
    if _surely_interrogates(clause, style) or _opening_interrogative(clause, style):
        return True
    return not (style.accents or _only_tells(clause, style)) and bool(_PLAIN.intersection(tokens(clause)))


def _surely_interrogates(clause: str, style: _Style) -> bool:
    """The same by what leaves no doubt: an accent, a request, or where none has its accent, an interrogative at the head."""
    if _REQUEST.search(fold(clause)):
        return True
    if any(map(_accented, _WORD.findall(clause))):
        return not _only_tells(clause, style) or _opening_interrogative(clause, style)
    return not style.accents and _opening_interrogative(clause, style)


def _only_tells(clause: str, style: _Style) -> bool:
    """Whether the clause stands outside the question marks of who writes «¿»."""
    return style.marks and "¿" not in clause and "?" not in clause


def _opening_interrogative(clause: str, style: _Style) -> bool:
    words = tokens(clause)
    opening = words[words[0] in _JOINTS :] if words else []
    if opening != words and opening[:1] and opening[0] in _THEN:
        opening = opening[1:]
    conjunction = style.any_accents and not any(map(_accented, _WORD.findall(clause)))
    if conjunction and " ".join(opening[:2]) in {"para que", "desde que", "hasta que"}:
        return False
    opening = opening[bool(opening) and opening[0] in _PREPOSITIONS :]
    return bool(opening) and opening[0] in INTERROGATIVES
