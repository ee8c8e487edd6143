"""A model's reply as it grows: cut into sentences, each checked before it may be shown.

Pure text handling: pieces go in, text that may be shown comes out.
"""
from __future__ import annotations

import re
from collections.abc import Iterator

from llm.grounding import Verdict, check
from llm.lists import subject_stems, whole_list, with_lists, without_bare_mark
from llm.passages import Passage
from llm.prompt import END, REFUSAL, read_verdict
from llm.quoting import LIMIT, ends_in_colon, is_echo, join, list_of, sentences
from llm.retrieval import stems
from nlu.asked import asked, held
from nlu.text import fold, words

_WHOLE_WORDS = re.compile(r".*\s", re.DOTALL)
_END_MARK = re.compile(r"[.!?…][\"»”)*]*$")
_LAST_WORDS = 3  # that the passage must end a sentence with before a reply may end so without a full stop
_LONGEST = 1000  # characters of raw text after which a model that goes on has gone astray
_REFUSAL_WORDS = words(REFUSAL)


class Draft:
    """The reply to ``question`` over ``passage``.

    ``closing`` will be said after it; room is left for that, and what hardly says more is left out.
    Nothing is shown until the datum asked for is among what may be, and a word of the question or of
    the passage's title: «confírmalo en la CSE» alone answers nothing. A heading is shown with what it
    announces, and a list of the passage whole. However the reply is cut into pieces, the same is shown.
    """

    def __init__(self, question: str, passage: Passage, closing: str) -> None:
        self._question = question
        self._passage = passage
        self._closing = closing
        self._wanted = asked(question)
        self._subject = subject_stems(f"{question} {passage.title}") & set(stems(passage.text))
        self._raw = ""
        self._judged = 0
        self._units: list[str] = []
        self.over = False  # nothing more will be shown
        self.refused = False  # the model says that it does not know
        self.text = ""  # all that was shown
        self.verdict: Verdict | None = None  # of the sentence at which it was cut off

    def add(self, piece: str) -> str:
        """Take in the next piece; the text, maybe empty, that may now be shown."""
        self._raw = (self._raw + piece)[:_LONGEST]
        if self.over or not piece:
            return ""
        ended = END in self._raw
        return self._advance(complete=ended, last=ended or len(self._raw) == _LONGEST)

    def finish(self) -> str:
        """The model wrote nothing more: the text that may still be shown."""
        return "" if self.over else self._advance(complete=True, last=True)

    def complete(self) -> str:
        """Sentences of the passage, word for word, that say what the question asks about and the reply left
        out: a small model may word the wrong sentence. Nothing is added to nothing."""
        self._units = _closed(self._units)
        if self.refused or not self._units:
            return ""
        added: list[str] = []
        for unit in _unsaid(self._question, self._passage, join(self._units)):
            if self._has_room(join([*added, unit])) and not is_echo(unit, self._closing) and not ends_in_colon(unit):
                added.append(unit)
        self._units = [*self._units, *added] if self.text else [*added, *self._units]
        return self._release()

    def _advance(self, complete: bool, last: bool) -> str:
        answers, reply = read_verdict(self._raw.partition(END)[0])
        opening = words(reply if complete else _whole_words(reply))[: len(_REFUSAL_WORDS)]
        if answers is False or opening == _REFUSAL_WORDS:
            self.refused = self.over = True
            return ""
        if complete or len(opening) == len(_REFUSAL_WORDS):  # else it may yet become a refusal
            self._judge_new(_units_of(reply, complete))
        self.over = self.over or last
        return self._release()

    def _judge_new(self, units: list[str]) -> None:
        for unit in units[self._judged :]:
            self._judged += 1
            if not self.over:
                self._judge(unit)

    def _judge(self, unit: str) -> None:
        self.verdict = check(unit, [self._passage], self._question)
        if not (self.verdict.ok and self._is_new(unit) and _is_finished(unit, self._passage)):
            self.over = True
        elif not is_echo(unit, self._closing) and not _says(join(self._units), unit):
            shown = whole_list(unit, self._passage) or unit
            self.over = not self._has_room(shown)
            self._units += [] if self.over else [shown]

    def _is_new(self, unit: str) -> bool:
        return fold(unit) not in map(fold, self._units)

    def _has_room(self, unit: str) -> bool:
        """Whether ``unit`` fits in with what must be said at the end."""
        return len(join([*self._units, unit, self._closing])) <= LIMIT

    def _release(self) -> str:
        text = join(_closed(self._units))
        if not self._wanted <= held(text) or (self._subject and self._subject.isdisjoint(stems(text))):
            return ""
        shown, self.text = self.text, text
        return text[len(shown) :]


def _unsaid(question: str, passage: Passage, text: str) -> Iterator[str]:
    """The sentences of ``passage`` with words of ``question`` that ``text`` lacks."""
    missing = subject_stems(question) - set(stems(text))
    for unit in (part for whole in sentences(passage.text) for part in _unsaid_parts(whole, text)):
        held_words = missing & set(stems(unit))
        if held_words:
            missing -= held_words
            yield unit


def _unsaid_parts(unit: str, text: str) -> list[str]:
    """``unit`` itself, or the items of a list whose beginning ``text`` says already."""
    heading, items = list_of(unit)
    return items if items and _says(text, heading) else [unit]


def _says(text: str, part: str) -> bool:
    """Whether ``part`` stands in ``text``, word for word."""
    return f" {' '.join(words(part))} " in f" {' '.join(words(text))} "


def _closed(units: list[str]) -> list[str]:
    """``units`` without a heading at their end that announces nothing yet."""
    return _closed(units[:-1]) if units and ends_in_colon(units[-1]) else units


def _units_of(reply: str, complete: bool) -> list[str]:
    """The sentences of ``reply`` that nothing written after it can change: all but the last, unless it is complete."""
    text = without_bare_mark(with_lists(reply), complete)
    units = sentences(text) if text.strip() else []
    return units if complete else units[:-1]


def _whole_words(text: str) -> str:
    found = _WHOLE_WORDS.match(text)
    return found[0] if found else ""


def _is_finished(unit: str, passage: Passage) -> bool:
    """Whether a sentence was not broken off: it has an end mark, or stops where the passage does."""
    if _END_MARK.search(unit):
        return True
    last = r"\W+".join(map(re.escape, words(unit)[-_LAST_WORDS:]))
    return bool(re.search(rf"\b{last}\W*(?:$|\n|[.;!?](?:\s|$))", fold(passage.text).replace("*", "")))
