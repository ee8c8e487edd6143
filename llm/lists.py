"""Lists in a model's reply: given their lines back, and held against the list of the passage.

Pure text handling; sentences and lists are cut in ``llm.quoting``.
"""
from __future__ import annotations

import re

from llm.passages import Passage
from llm.quoting import ends_in_colon, list_of, sentences
from llm.retrieval import stem
from llm.support import content_words
from nlu.text import words

_SHARE = 0.5  # of the words of a heading or item that another must hold to say the same
_AMOUNT_END = re.compile(r"\d\s*(?:%|h|hrs?\.?|horas|[ap]\.?\s?m\.?)?$", re.IGNORECASE)
_AMOUNT = re.compile(r"\$?\d")
_BARE_MARK = re.compile(r"[-*+]|\d+[.)]")
_MARK_TO_BE = re.compile(r"[-*+]|\d+[.)]?")


def with_lists(text: str) -> str:
    """``text`` with the list items that the prompt's format put on one line back on their own lines.
    A dash between two figures is a range: «9:00 - 14:00»."""
    return "\n".join(map(_with_list, text.split("\n")))


def _with_list(line: str) -> str:
    head, colon, items = line.partition(": - ")
    if not colon:
        return line

    def mark(dash: re.Match[str]) -> str:
        is_range = _AMOUNT_END.search(items[: dash.start()]) and _AMOUNT.match(items[dash.end() :])
        return dash[0] if is_range else "\n- "

    return f"{head}:\n\n- " + re.sub(" - ", mark, items)


def without_bare_mark(text: str, whole: bool) -> str:
    """``text`` without a last line that is only an item's mark. Unless the text is ``whole``, digits may become one."""
    before, newline, last = text.rstrip().rpartition("\n")
    bare = (_BARE_MARK if whole else _MARK_TO_BE).fullmatch(last.strip())
    return before if newline and bare else text


def whole_list(unit: str, passage: Passage) -> str | None:
    """The list of ``passage``, its heading included, that ``unit`` introduces without giving every item; None if
    there is none. A heading without its items, or with some of them, is misread as all that there is."""
    lists = [text for text in sentences(passage.text) if _introduces(unit, text)]
    most = max(lists, key=lambda text: _count_said(unit, text), default=None)
    return most if most and _count_said(unit, most) < len(list_of(most)[1]) else None


def _introduces(unit: str, listed: str) -> bool:
    """Whether ``unit`` has the heading of the list ``listed``, or another over some of its items."""
    heading, items = list_of(listed)
    introduced, colon, _ = unit.partition(":")
    if not items or not colon:
        return False
    if words(introduced) == words(heading):
        return True
    is_list = bool(list_of(unit)[1]) or ends_in_colon(unit)
    return is_list and (_holds(subject_stems(heading), subject_stems(introduced)) or _count_said(unit, listed) > 0)


def _count_said(unit: str, listed: str) -> int:
    """How many items of ``listed`` follow the heading of ``unit``: at least half of the words that each alone has."""
    said = subject_stems(unit.partition(":")[2])
    items = [subject_stems(item) for item in list_of(listed)[1]]
    own = [item.difference(*(other for other in items if other is not item)) or item for item in items]
    return sum(_holds(said, item) for item in own)


def _holds(text: set[str], part: set[str]) -> bool:
    return bool(part) and len(part & text) >= _SHARE * len(part)


def subject_stems(text: str) -> set[str]:
    """The stems of the words of ``text`` that may name its subject."""
    return {stem(word) for word in content_words(text)}
