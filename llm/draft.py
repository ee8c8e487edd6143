"""A model's reply as it grows: cut into sentences, each checked before it may be shown.

Pure text handling: pieces go in, text that may be shown comes out.
"""
from __future__ import annotations

import re
from collections.abc import Iterator

from llm.grounding import Verdict, check
from llm.passages import Passage
from llm.prompt import END, REFUSAL, read_verdict
from llm.quoting import LIMIT, is_echo, join, sentences
from llm.retrieval import stem, stems
from llm.support import content_words
from nlu.asked import asked, held
from nlu.text import fold, words

_NO_WORD_YET = re.compile(r"\s*(\[\d?\]?)?\s*")
_END_MARK = re.compile(r"[.!?…][\"»”)*]*$")
_LAST_WORDS = 3  # that the passage must end a sentence with before a reply may end so without a full stop
_LONGEST = 1000  # characters of raw text after which a model that goes on has gone astray


class Draft:
    """The reply to ``question`` over ``passage``.

    ``closing`` will be said after it; room is left for that, and what hardly says more is left out.
    Nothing is shown until the datum asked for is among what may be, and a word of the question or of
    the passage's title: «confírmalo en la CSE» alone answers nothing.
    """

    def __init__(self, question: str, passage: Passage, closing: str) -> None:
        self._question = question
        self._passage = passage
        self._closing = closing
        self._wanted = asked(question)
        self._subject = _words(f"{question} {passage.title}") & set(stems(passage.text))
        self._raw = ""
        self._judged = 0
        self._units: list[str] = []
        self.over = False  # nothing more will be shown
        self.refused = False  # the model says that it does not know
        self.text = ""  # all that was shown
        self.verdict: Verdict | None = None  # of the sentence at which it was cut off

    def add(self, piece: str) -> str:
        """Take in the next piece; the text, maybe empty, that may now be shown."""
        self._raw += piece
        if self.over or _NO_WORD_YET.fullmatch(self._raw):
            return ""
        ended = END in self._raw or len(self._raw) > _LONGEST
        return self._advance(complete=END in self._raw, last=ended)

    def finish(self) -> str:
        """The model wrote nothing more: the text that may still be shown."""
        return "" if self.over else self._advance(complete=True, last=True)

    def complete(self) -> str:
        """Sentences of the passage, word for word, that say what the question asks about and the reply left
        out: a small model may word the wrong sentence. Nothing is added to nothing."""
        if self.refused or not self._units:
            return ""
        added: list[str] = []
        for unit in _unsaid(self._question, self._passage, join(self._units)):
            if self._has_room(join([*added, unit])) and not is_echo(unit, self._closing):
                added.append(unit)
        self._units = [*self._units, *added] if self.text else [*added, *self._units]
        return self._release()

    def _advance(self, complete: bool, last: bool) -> str:
        answers, reply = read_verdict(self._raw.partition(END)[0])
        if answers is False or _is_refusal(reply):
            self.refused = self.over = True
            return ""
        units = sentences(with_lists(reply)) if reply.strip() else []
        for unit in units[self._judged : len(units) if complete else -1]:
            self._judged += 1
            if not self.over:
                self._judge(unit)
        self.over = self.over or last
        return self._release()

    def _judge(self, unit: str) -> None:
        self.verdict = check(unit, [self._passage], self._question)
        if not (self.verdict.ok and self._has_room(unit) and _is_finished(unit, self._passage)):
            self.over = True
        elif not is_echo(unit, self._closing):
            self._units.append(unit)

    def _has_room(self, unit: str) -> bool:
        """Whether ``unit`` is new and fits in with what must be said at the end."""
        repeated = fold(unit) in map(fold, self._units)
        return not repeated and len(join([*self._units, unit, self._closing])) <= LIMIT

    def _release(self) -> str:
        text = join(self._units)
        if not self._wanted <= held(text) or (self._subject and self._subject.isdisjoint(stems(text))):
            return ""
        shown, self.text = self.text, text
        return text[len(shown) :]


def _words(text: str) -> set[str]:
    return {stem(word) for word in content_words(text)}


def _unsaid(question: str, passage: Passage, text: str) -> Iterator[str]:
    """The sentences of ``passage`` with words of ``question`` that ``text`` lacks."""
    missing = _words(question) - set(stems(text))
    for unit in (part for whole in sentences(passage.text) for part in _unsaid_parts(whole, text)):
        held_words = missing & set(stems(unit))
        if held_words:
            missing -= held_words
            yield unit


def _unsaid_parts(unit: str, text: str) -> list[str]:
    """``unit`` itself, or the items of a list whose beginning ``text`` says already."""
    head, *items = unit.split("\n- ")
    said = " ".join(words(head)) in " ".join(words(text))
    return [f"- {item}" for item in items] if items and said else [unit]


def with_lists(text: str) -> str:
    """``text`` with the list items that the prompt's format put on one line back on their own lines."""
    head, colon, items = text.partition(": - ")
    return f"{head}:\n\n- " + items.replace(" - ", "\n- ") if colon else text


def _is_refusal(reply: str) -> bool:
    return words(reply)[: len(words(REFUSAL))] == words(REFUSAL)


def _is_finished(unit: str, passage: Passage) -> bool:
    """Whether a sentence was not broken off: it has an end mark, or stops where the passage does."""
    if _END_MARK.search(unit):
        return True
    last = r"\W+".join(map(re.escape, words(unit)[-_LAST_WORDS:]))
    return bool(re.search(rf"\b{last}\W*(?:$|\n|[.;!?](?:\s|$))", fold(passage.text).replace("*", "")))
