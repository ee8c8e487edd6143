"""Take a message with several questions apart: «¿cuándo son las becas y dónde se piden? ¿y cuánto dan?».

A cut is made only where a new question begins after a finished one; what introduces a question
(«soy de posgrado y quiero saber cuándo…») stays with it.
"""
from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.followup import FUNCTION_WORDS
from nlu.text import INTERROGATIVES, fold, tokens

MAX_QUESTIONS = 3
_SENTENCE = re.compile(r"(?:[^?!.;\n]|\.(?=\S))+[?!.;\n]*")
_WORD = re.compile(r"[^\W_]+")
_JOINTS = frozenset({"y", "e", "o", "ademas", "tambien", "aparte", "asimismo"})
_PREPOSITIONS = frozenset({"a", "en", "de", "con", "por", "para", "desde", "hasta", "cada"})
# They ask wherever they stand; «que», «como» and «cual» also join clauses.
_PLAIN = INTERROGATIVES - {"que", "como", "porque", "cual", "cuales"}
# After these an unaccented «que» is no question: «y que no se me junten».
_AFTER_A_CONJUNCTION = frozenset({"no", "se", "me", "te", "nos", "lo", "la", "los", "las", "el", "ya", "yo", "si", "sea"})
# What opens a question that has no interrogative.
_OPENINGS = re.compile(
    r"(y |o |e |pero |tambien |ademas |otra cosa )*(si )?(puedo|puede|podemos|se puede|se pueden|debo|hay|tengo que|tienen"
    r"|existe|es (obligatorio|necesario)|me (pueden|dejan|recomiendas|afecta|cobran|valen)|la \w+ baja|el servicio social es)\b"
)
_REQUEST = re.compile(r"\b(quiero|quisiera|necesito|me gustaria) saber\b|\bsabes? (si|cuando|donde|como|que)\b")


def split_questions(message: str) -> list[str]:
    """The questions of ``message`` in order, each in the student's own words with what introduces it.

    The whole message alone when it holds one question, or none.
    """
    pieces: list[str] = []
    introduction: list[str] = []
    for clause in _clauses(message):
        if _asks(clause):
            pieces.append(" ".join([*introduction, clause]))
            introduction = []
        elif pieces:
            pieces[-1] = f"{pieces[-1]} {clause}"
        else:
            introduction.append(clause)
    return pieces if len(pieces) > 1 else [message]


def _clauses(message: str) -> Iterator[str]:
    """Sentences of the message, cut further where a second question begins within one."""
    for sentence in _SENTENCE.findall(message):
        words = [(match.start(), fold(match.group())) for match in _WORD.finditer(sentence)]
        start = begun = 0
        for at in range(1, len(words)):
            if _begins(words, at) and _finished([word for _, word in words[begun:at]]):
                yield sentence[start : words[at][0]].strip(" ,;")
                start, begun = words[at][0], at
        if rest := sentence[start:].strip():
            yield rest


def _begins(words: list[tuple[int, str]], at: int) -> bool:
    """Whether a new question may begin at word ``at``: a joint followed by an interrogative."""
    if words[at][1] not in _JOINTS:
        return False
    following = [word for _, word in words[at + 1 : at + 6]]
    while following and following[0] in _JOINTS:
        following = following[1:]
    if following[1:2] == ["saber"]:
        return True
    if following and following[0] in _PREPOSITIONS:
        following = following[1:]
    joins_a_clause = following[:1] == ["que"] and following[1:2] and following[1] in _AFTER_A_CONJUNCTION
    return bool(following) and following[0] in INTERROGATIVES and not joins_a_clause


def _finished(clause: list[str]) -> bool:
    """Whether the words before a joint are a question with a subject of its own."""
    asking = [i for i, word in enumerate(clause) if word in INTERROGATIVES]
    return len(clause) > 2 and bool(asking) and any(word not in FUNCTION_WORDS for word in clause[asking[0] + 1 :])


def _asks(clause: str) -> bool:
    text = " ".join(tokens(clause))
    words = text.split()
    if len(words) < 2:
        return False
    opening = words[words[0] in _JOINTS :]
    opening = opening[opening[0] in _PREPOSITIONS :]
    interrogative = opening[:1] and opening[0] in INTERROGATIVES or _PLAIN.intersection(words)
    return bool("?" in clause or interrogative or _OPENINGS.match(text) or _REQUEST.search(fold(clause)))
