"""Several questions in one message: which rule answers each, and one reply out of them."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nlu.asked import asked, held
from nlu.context import URGENT
from nlu.datum import kinds_asked
from nlu.followup import BEFORE_NOUNS, FUNCTION_WORDS, Turn, is_elliptic, leans
from nlu.payload import KIND_NO_ANSWER, KIND_OFFICIAL, KIND_SMALL_TALK, MAX_SUGGESTIONS
from nlu.split import MAX_QUESTIONS, split_questions, split_shared_verb
from nlu.text import normalize, tokens

# More are asked only to find MAX_QUESTIONS that are neither small talk nor the same again.
_MOST_ASKED = 3 * MAX_QUESTIONS
# Reason of a decision in parts, and where Rasa keeps them in the parsed message.
SEVERAL, PARTS = "several", "parts"
# Confidence (0–1) from which a part is taken to ask of what was named before: of the parts of data/calibration it leaves all.
_STILL_LIKELY = 0.5
_SHOWN_LETTERS = 140
# Of the hours at which an office serves, whatever it is asked for.
_SERVING = frozenset({
    "abre", "abren", "cierra", "cierran", "atiende", "atienden", "trabaja", "trabajan", "recibe", "reciben", "queda", "quedan",
    "esta", "hora", "horas", "dia", "dias",
})  # fmt: skip
# Characters that would format the student's words as Markdown.
_MARKUP = re.compile(r"[*_`<>#\[\]|\\~]+")
# Addresses, which a page would make links of, within an answer that bears the office's name.
_ADDRESS = re.compile(
    r"\(?\b(?:(?:[a-z][a-z0-9+.-]*://|mailto:|www\.)\S+|(?:[\w-]+\.)+(?:com|mx|org|net|edu|gob|info|io|app|co|xyz|site|top)\b(?:/\S*)?)\)?",
    re.IGNORECASE,
)
# Where a call for help ends and something else may be asked.
_PIECES = re.compile(r"[.,;:!?¡¿\n]+")
# What joins a question to the one before it.
_JOINT = re.compile(
    r"^(¿?)\s*(?:y|e|tambi[eé]n|adem[aá]s)\b(?:[\s,]+(?:tambi[eé]n|adem[aá]s|luego|despu[eé]s)\b)*(?! de\b)[\s,]+",
    re.IGNORECASE,
)


class Verdict(Protocol):
    """What this module needs of ``nlu.decision.Decision``."""

    @property
    def sure(self) -> bool: ...
    @property
    def rule_id(self) -> str | None: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def suggestions(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Part:
    """A question of the message, empty for a call for help; ``rule_id`` is None where no rule surely answers it."""

    question: str
    rule_id: str | None
    confidence: float


def parts_of(
    message: str,
    whole: Verdict,
    history: Sequence[Turn] | None,
    decide: Callable[[str, Sequence[Turn] | None], Verdict],
) -> tuple[Part, ...]:
    """The questions of ``message`` with their rules when it must be answered in parts; else empty.

    Only the first ``MAX_QUESTIONS`` parts were asked; what comes after them is left to be asked again.

    Args:
        whole: the verdict on the message as it is. If it is sure and only one part is, of another rule,
            the message is one question after all.
        history: earlier turns, oldest first; None when they can't be known.
        decide: verdict on a question after a history; each part is read after those before it.
    """
    if whole.reason == URGENT:
        return _after_help(message, whole, decide)
    questions = _distinct(message)
    if len(questions) == 1 and not whole.sure:
        questions = split_shared_verb(message) or questions
    # What staff wrote as one question is one.
    if len(questions) == 1 or whole.reason == "exact":
        return ()
    parts: list[Part] = []
    turns = list(history or ())
    known = history is not None
    read = 0
    while read < min(len(questions), _MOST_ASKED) and len(parts) < MAX_QUESTIONS:
        question = questions[read]
        read += 1
        verdict = decide(question, turns if known else None)
        if verdict.reason == URGENT:
            return ()
        rule_id = verdict.rule_id or _of_the_whole(verdict, whole)
        if parts and rule_id and not _asked_of(parts[-1], question, rule_id, decide):
            rule_id = None
        turns.append(Turn(question, rule_id))
        if verdict.kind != KIND_SMALL_TALK:
            _add(parts, Part(question, rule_id, verdict.confidence if verdict.sure else whole.confidence))
            # Until a part says what it is about, the next may lean on what was said before the message.
            known = known or rule_id is not None or not leans(question)
    parts += [Part(question, None, 0.0) for question in questions[read:]]
    rules = {part.rule_id for part in parts} - {None}
    fragment = whole.sure and whole.rule_id not in rules and len(rules) < 2
    return tuple(parts) if rules and len(parts) > 1 and not fragment else ()


def _after_help(
    message: str, urgent: Verdict, decide: Callable[[str, Sequence[Turn] | None], Verdict]
) -> tuple[Part, ...]:
    """The urgent answer, first and under no heading, and what else is surely asked: «ya no puedo más, ¿cuánto cuesta el
    título?». Of what isn't nothing is said."""
    pieces = [piece.strip() for piece in _PIECES.split(message) if piece.strip()]
    rest = ", ".join(piece for piece in pieces if decide(piece, None).reason != URGENT)
    parts = [Part("", urgent.rule_id, urgent.confidence)]
    for question in split_questions(rest)[: MAX_QUESTIONS - 1]:
        verdict = decide(question, None)
        if verdict.sure and verdict.kind != KIND_SMALL_TALK:
            _add(parts, Part(question, verdict.rule_id, verdict.confidence))
    return tuple(parts) if len(parts) > 1 else ()


def asked_once(message: str) -> str:
    """``message``, or the one question that it repeats."""
    questions = split_questions(message)
    return questions[0] if len(questions) > 1 and len(_distinct(message)) == 1 else message


def _distinct(message: str) -> list[str]:
    """The questions of ``message``, none twice."""
    first: dict[str, str] = {}
    for question in split_questions(message):
        first.setdefault(normalize(question), question)
    return list(first.values())


def _of_the_whole(part: Verdict, whole: Verdict) -> str | None:
    """The rule of the whole message, if it is surely meant and the part is likeliest to be what asks for it."""
    return whole.rule_id if whole.sure and part.suggestions[:1] == (whole.rule_id,) else None


def _asked_of(before: Part, question: str, rule_id: str, decide: Callable[[str, Sequence[Turn] | None], Verdict]) -> bool:
    """Whether a part without a subject of its own asks for ``rule_id`` of what the part before it names too: the hours of
    the office answer no «¿dónde está el módulo sur y a qué hora abre?»."""
    named = _named(before.question)
    if before.rule_id == rule_id or not named or not _names_no_subject(question):
        return True
    verdict = decide(f"{question} {named}", None)
    return verdict.suggestions[:1] == (rule_id,) and verdict.confidence >= _STILL_LIKELY


def _named(question: str) -> str:
    """The words after an article, a possessive or a preposition that name something, with those that tell it from others."""
    named: list[str] = []
    naming = False
    for word in tokens(question):
        naming = word in BEFORE_NOUNS or (naming and word not in FUNCTION_WORDS and not kinds_asked(word))
        named += [word] if naming and word not in BEFORE_NOUNS else []
    return " ".join(named)


def _add(parts: list[Part], part: Part) -> None:
    """Add ``part``, or make one of it and the earlier part that the same rule answers."""
    same = next((i for i, other in enumerate(parts) if part.rule_id and other.rule_id == part.rule_id), None)
    if same is None:
        parts.append(part)
    else:
        other = parts[same]
        question = f"{other.question} {part.question}"
        parts[same] = Part(question, other.rule_id, max(other.confidence, part.confidence))


def compose(answered: Sequence[tuple[str, str | None, dict[str, Any] | None]]) -> tuple[str, dict[str, Any]]:
    """One reply: each answer word for word under its question, then what has none and what was not asked.

    Args:
        answered: for each part its question, and the text and payload of its rule's answer or None;
            those after the first ``MAX_QUESTIONS`` were not asked (see ``parts_of``).
    """
    known = [(question, text, payload) for question, text, payload in answered if text and payload]
    told = " ".join(text for _, text, _ in known)
    unanswered = [question for question, text, _ in answered[:MAX_QUESTIONS] if not (text or _holds(told, question))]
    left = [question for question, _, _ in answered[MAX_QUESTIONS:]]
    blocks = [f"**{_shown(question)}**\n\n{text}" if question else text for question, text, _ in known]
    if len(blocks) == 1 and not (unanswered or left):
        blocks = [told]
    if unanswered:
        blocks.append(_unanswered(unanswered))
    if left:
        blocks.append(_left(left))
    again = [_shown(question) for question in (*unanswered, *left) if not is_elliptic(question)]  # «¿dónde?» asks nothing
    return "\n\n".join(blocks), _merged([payload for _, _, payload in known], again)


def _holds(told: str, question: str) -> bool:
    """Whether ``question`` names no subject of its own and the answers ``told`` hold the datum it asks for."""
    wanted = asked(question)
    return bool(wanted) and wanted <= held(told) and (leans(question) or _names_no_subject(question))


def _names_no_subject(question: str) -> bool:
    """Whether ``question`` names nothing but a datum: «¿en qué página?», «¿a qué hora abren?»."""
    return all(word in FUNCTION_WORDS | _SERVING or kinds_asked(word) for word in tokens(question))


def _unanswered(questions: Sequence[str]) -> str:
    quoted = " ni para ".join(f"«{_shown(question)}»" for question in questions)
    again = "Pregúntamela sola" if len(questions) == 1 else "Pregúntame cada una sola"
    return f"No tengo una respuesta segura para {quoted}. {again}, con otras palabras, y la busco de nuevo."


def _left(questions: Sequence[str]) -> str:
    quoted = " y ".join(f"«{_shown(question)}»" for question in questions)
    one = len(questions) == 1
    missing = "Faltó" if one else "Faltaron"
    again = "Pregúntamela aparte y la busco" if one else "Pregúntamelas aparte y las busco"
    return f"Contesto {MAX_QUESTIONS} preguntas a la vez. {missing} {quoted}. {again}."


def _merged(payloads: Sequence[dict[str, Any]], open_questions: Sequence[str]) -> dict[str, Any]:
    official = any(payload["kind"] == KIND_OFFICIAL for payload in payloads)
    sources = [source for payload in payloads for source in payload["sources"]]
    asked_again = [{"title": question, "message": question} for question in open_questions]
    related = [suggestion for payload in payloads for suggestion in payload["suggestions"]]
    return {
        "kind": KIND_OFFICIAL if official else KIND_NO_ANSWER,
        "rule_id": payloads[0]["rule_id"],
        "rule_ids": [payload["rule_id"] for payload in payloads],
        "confidence": min(float(payload["confidence"]) for payload in payloads),
        "sources": [source for i, source in enumerate(sources) if source not in sources[:i]],
        "suggestions": [s for i, s in enumerate([*asked_again, *related]) if s not in [*asked_again, *related][:i]][
            :MAX_SUGGESTIONS
        ],
    }


def _shown(question: str) -> str:
    """The student's words, on one line, without markup nor the joint that they begin with, cut if long."""
    text = _JOINT.sub(r"\1", " ".join(_MARKUP.sub(" ", _ADDRESS.sub(" ", question)).split()))
    if text.startswith("¿") and "?" not in text:  # cut out of a longer one
        text += "?"
    elif text.endswith("?") and not {"¿", ","} & set(text):
        text = f"¿{text}"
    first = text.startswith("¿")
    text = text[:first] + text[first : first + 1].upper() + text[first + 1 :]
    return text if len(text) <= _SHOWN_LETTERS else f"{text[: _SHOWN_LETTERS - 1].rstrip()}…"
