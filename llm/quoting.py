"""Quote a passage: whole sentences with their source and the notice of their scope.

Pure text handling; whether a passage deserves to be quoted is decided elsewhere.
"""
from __future__ import annotations

import re
from collections.abc import Iterator

from llm.passages import UNOFFICIAL, Passage
from llm.retrieval import TermIndex, stem, stems
from llm.support import content_words
from rules.office import Office

LIMIT = 400
_ECHO_SHARE = 0.6
_LIST_ITEM = re.compile(r"([-*+]|\d+[.)])\s+")
# A sentence ends at a full stop, ! or ? followed by a capital; abbreviations and 7.0 do not.
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[¿¡«\"*(]*[A-ZÁÉÍÓÚÑ])")
# Sentences of a rule's answer that only tell how far it may be trusted.
_CAVEAT = re.compile(
    r"(?=.*(?:oficial|conf[ií]rm))"
    r"(?:as[ií] (?:lo|es)|es(?:to)? |no (?:es|viene)|(?:el dato|la lista|los datos) vienen? |conf[ií]rma).{,160}(?<!:)$",
    re.IGNORECASE,
)
_CONFIRM = re.compile("conf[ií]rma", re.IGNORECASE)
# Sentences that say what the answer doesn't know; not in passing, between brackets.
_UNKNOWN = re.compile(r"(?<!\()\bno (?:l[oa]s? )?(?:tengo|dice si)\b", re.IGNORECASE)
_ABBREVIATION = re.compile(r"(?:\b(?:Av|col|Col|art|Art|núm|Núm|ext|Ext|Dr|Dra|Lic|Mtro|Mtra|Ing|etc|pág|p|C|P|[A-Z])\.)$")


def sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order, joined again by ``join``.

    A list that a sentence introduces by a colon stays with it, blank lines between its items or not,
    for neither says anything alone; the items of any other list stand for themselves.
    """
    units: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        prose, items = _prose_and_items(paragraph)
        units += _split(" ".join(prose)) if prose else []
        before = units[-1] if units else ""
        if items and ends_in_colon(before):
            units[-1] += "\n\n" + "\n".join(items)
        elif items and not prose and list_of(before)[1]:
            units[-1] += "\n" + "\n".join(items)
        else:
            units += items
    return units


def ends_in_colon(unit: str) -> bool:
    """Whether a sentence announces what follows it."""
    return unit.rstrip("*_ ").endswith(":")


def list_of(unit: str) -> tuple[str, list[str]]:
    """The line that introduces the list in one of ``sentences``, and its items with their marks (none: no list)."""
    heading, *items = unit.split("\n")
    return heading, [item for item in items if item]


def _prose_and_items(paragraph: str) -> tuple[list[str], list[str]]:
    """The lines before a paragraph's list, and its items with their continuation lines."""
    prose: list[str] = []
    items: list[str] = []
    for line in (line.strip() for line in paragraph.splitlines()):
        if _LIST_ITEM.match(line):
            items.append(line)
        elif items:
            items[-1] += " " + line
        elif line:
            prose.append(line)
    return prose, items


def _split(line: str) -> list[str]:
    parts: list[str] = []
    for part in _SENTENCE_END.split(line):
        if parts and _ABBREVIATION.search(parts[-1]):
            parts[-1] += " " + part
        else:
            parts.append(part)
    return parts


def join(units: list[str]) -> str:
    """Sentences as one Markdown text; lists keep their own paragraph."""
    text = ""
    for before, unit in zip(["", *units], units):
        gap = "" if not text else _gap(before, unit)
        text += gap + unit
    return text


def _gap(before: str, unit: str) -> str:
    if _LIST_ITEM.match(before) and _LIST_ITEM.match(unit):
        return "\n"
    apart = any("\n" in text or _LIST_ITEM.match(text) for text in (before, unit))
    return "\n\n" if apart else " "


def quote(question: str, passage: Passage, office: Office, terms: TermIndex) -> str | None:
    """The best-supported sentences of ``passage`` with their source, at most ``LIMIT`` characters.

    They stand together as in the passage, as many as fit. None when not even the best fits. A rule's answer is the
    office's own text: it says itself where it comes from, and is given word for word where it fits.
    """
    if passage.rule and len(passage.text) <= LIMIT and says_its_scope(passage.text, passage, office):
        return passage.text
    closings = closings_of(passage, office)
    units = _without_echoes(sentences(passage.text), " ".join(closings))
    best = _best(question, units, terms)
    sources = [""] if passage.rule else _source_names(passage)
    windows = [(source, units) for source in sources] + [(sources[-1], window) for window in _windows(units, best)]
    quotations = (_framed(source, join(window), closing_for(join(window), passage, office)) for source, window in windows)
    return next((quotation for quotation in quotations if len(quotation) <= LIMIT), None)


def excerpt(question: str, passage: Passage, terms: TermIndex, limit: int) -> str:
    """The sentences of ``passage`` around the best-supported one, at most ``limit`` characters if they can be cut."""
    units = sentences(passage.text)
    best = _best(question, units, terms)
    return next((text for window in _windows(units, best) if len(text := join(window)) <= limit), units[best])


def _best(question: str, units: list[str], terms: TermIndex) -> int:
    return max(range(len(units)), key=lambda i: (_overlap(question, units[i], terms), -i))


def closings_of(passage: Passage, office: Office) -> list[str]:
    """All that may have to be said after a text from ``passage``: the notice of its scope, and the sentences in which
    a rule says how far its answer may be trusted and what it doesn't know."""
    own = [unit for unit in sentences(passage.text) if _CAVEAT.match(unit) or _UNKNOWN.search(unit)] if passage.rule else []
    return [notice for notice in (*own, _notice_of(passage, office)) if notice]


def closing_for(text: str, passage: Passage, office: Office) -> str:
    """What of it must be said after ``text``: where that names the scope, the rule's own words are enough."""
    notice = _notice_of(passage, office)
    own = [closing for closing in closings_of(passage, office) if closing != notice]
    if notice and says_its_scope(" ".join([text, *own]), passage, office) and any(map(_CONFIRM.search, own)):
        notice = ""
    elif notice:
        own = [closing for closing in own if _UNKNOWN.search(closing) or not _CONFIRM.search(closing)]
    return " ".join(closing for closing in (*own, notice) if closing and closing not in text)


def says_its_scope(text: str, passage: Passage, office: Office) -> bool:
    """Whether ``text`` names the place whose practice it tells, where that is not the office's own."""
    scope = office.scopes.get(passage.scope or "")
    return scope is None or scope.notice is None or scope.name.split()[-1] in text


def _notice_of(passage: Passage, office: Office) -> str:
    """What the office appends to a text from the passage's scope; empty if nothing."""
    scope = office.scopes.get(passage.scope or "")
    return scope.notice or "" if scope else ""


def _framed(source: str, text: str, notice: str) -> str:
    named = not source or text.startswith("Según ")  # the text names its source itself
    head = "" if named else f"Según {source}:" + ("\n\n" if "\n" in text else " ")
    tail = ("\n\n" if "\n" in text else " ") + notice if notice else ""
    return head + text + tail


def _source_names(passage: Passage) -> list[str]:
    """The source in full and, should it leave no room, its first title alone."""
    first, *others = passage.origin.split("; ")
    closing = ")" if first.startswith(f"{UNOFFICIAL} (") else ""
    return [passage.origin, f"{first} y otras fuentes{closing}"] if others else [passage.origin]


def _without_echoes(units: list[str], notice: str) -> list[str]:
    """Leave out sentences that say hardly more than the notice which follows them."""
    return [unit for unit in units if not is_echo(unit, notice)] or units


def is_echo(unit: str, notice: str) -> bool:
    """Whether a sentence says hardly more than ``notice``."""
    said = set(stems(notice))
    words = [stem(word) for word in content_words(unit)]
    repeated = sum(word in said for word in words)
    return not re.search(r"\d", unit) and repeated >= _ECHO_SHARE * len(words) and repeated > 0


def _overlap(question: str, unit: str, terms: TermIndex) -> float:
    return sum(terms.weight(term) for term in set(terms.split(question)) & set(terms.split(unit)))


def _windows(units: list[str], best: int) -> Iterator[list[str]]:
    """Runs of ``units`` that hold ``best``: from the first unit on before others, since later
    sentences lean on earlier ones, and longer before shorter."""
    for start in range(best + 1):
        for end in range(len(units), best, -1):
            yield units[start:end]
