"""Read a text as a row of content words and figures, each with what governs it.

The eye of the ground check: which number, name or word stands where, under which negation or
bound («sólo», «hasta»), in which clause, on which condition and for which place («en
Azcapotzalco»).
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from llm.grammar import AND_WORDS, AUXILIARIES, FUNCTION, MARKS, OF_WORDS, is_condition, is_mark, modal
from llm.quoting import sentences
from llm.retrieval import stem
from nlu.text import fold
from rules.figures import AMOUNT, DATE, MONTH, NUMBER, PERCENT, TIME, WEEKDAY, Figure, Key, figures
from rules.numerals import CARDINAL, ORDINAL, word_value

NOTHING, OF, AND, OTHER = "", "of", "and", "other"
RANGE, OR_ELSE = "range", "or"
YES, NO = "sí", "no"
# A «sí» or «no», in whatever words, before or after the sentence that says it in full. «Si» and «no» that
# nothing divides from what follows are a condition and a negation.
_DIVIDED = r"(?=\W*(?:$|[^\w\s*_\"»”]))"
_YES = (
    rf"(?:sí|si{_DIVIDED}|(?:claro|por\s+supuesto|desde\s+luego)(?:\s+que\s+sí)?|correcto|"
    rf"as[ií]\s+es{_DIVIDED}|es\s+as[ií]{_DIVIDED}|en\s+efecto|efectivamente|exact(?:o|amente)|cierto|afirmativo|ok|okay)"
)
_NO = rf"(?:(?:claro|por\s+supuesto|desde\s+luego)\s+que\s+no|no{_DIVIDED}|para\s+nada|negativo|en\s+absoluto|nel)"
_LEAD = re.compile(rf"^\W*(?:(?P<no>{_NO})|(?P<yes>{_YES}))(?!\w)[\W_]*", re.IGNORECASE)
_TAIL = re.compile(rf"[,;:—–-]\s*(?:(?P<no>{_NO})|(?P<yes>{_YES}))\W*$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_NUMBER_WORD = re.compile(rf"{CARDINAL}|{ORDINAL}")
_RANGE_WORDS = frozenset(("a", "al", "hasta"))
_JOINED = (DATE, MONTH, NUMBER, PERCENT, AMOUNT, TIME, WEEKDAY)
_SHORT_CODE = re.compile(r"[A-ZÑ]{1,2}")
_ORDINAL = re.compile(rf"{ORDINAL}|\d+(?:er|r[oa]|d[oa]|t[oa]|m[oa]|v[oa]|n[oa]|[oaº°ª])")

# Folded endings that tell a tense apart from the present; nouns in them meet themselves alone.
_TENSES = {
    "imperfect": ("aba", "aban", "abamo", "ia", "ian", "iamo"),
    "future": ("ara", "aran", "aremo", "era", "eran", "eremo", "ira", "iran", "iremo"),
}  # fmt: skip
_VERB_LETTERS = 5


@dataclass(frozen=True)
class Token:
    """A content word or figure of a text.

    ``word`` is folded, ``key`` the form compared; ``name``: capitalised where no sentence begins.
    ``segment`` numbers the stretches between full stops and semicolons, ``group`` those between
    any punctuation. ``marks`` are the negations and bounds that govern the token, sorted, each as
    often as it stands there; ``places`` those it is said for; ``condition`` the numbers of the
    condition («si…») that it is part of and of the alternative («o si…») in it. ``link`` is what
    stands between the token before and this one: ``NOTHING``, ``OF`` (only «de» and articles),
    ``AND`` (a conjunction) or ``OTHER``; ``single``: «un» or «una» stands right before;
    ``opens_place``: «en» stands right before a name; ``aside``: in brackets; ``code``: a name that is
    one or two capitals, such as a mark. ``joint`` is how a figure goes with one before it: ``RANGE``
    («de X a Y», «entre X y Y», «X–Y»), ``OR_ELSE`` («X o Y») or ``NOTHING``; ``reach`` how many tokens
    before it that other figure stands.
    """

    word: str
    key: str
    segment: int
    group: int
    name: bool = False
    figure: Figure | None = None
    ordinal: bool = False
    marks: tuple[str, ...] = ()
    places: frozenset[str] = frozenset()
    condition: tuple[int, int] | None = None
    link: str = OTHER
    single: bool = False
    opens_place: bool = False
    aside: bool = False
    code: bool = False
    joint: str = NOTHING
    reach: int = 0

    def stated_by(self, other: Token) -> bool:
        """Whether ``other``, of a passage, states this token of an answer."""
        if self.figure and other.figure:
            return self.ordinal == other.ordinal and self.figure.supported_by(other.figure.gives)
        if self.figure or other.figure:
            return False
        return self.word == other.word if self.name else self.key == other.key and _same_tense(self.word, other.word)


def lead(text: str) -> str | None:
    """``YES`` or ``NO`` if ``text`` begins, or ends, by answering so."""
    found = _LEAD.match(text) or _TAIL.search(text)
    return (NO if found["no"] else YES) if found else None


@lru_cache(maxsize=2048)
def read(text: str) -> tuple[Token, ...]:
    """The tokens of ``text``, in order."""
    reader = _Reader()
    for sentence in sentences(unicodedata.normalize("NFC", text)):
        reader.sentence(sentence)
    return tuple(_with_places(reader.tokens))


class _Reader:
    """Goes through a text once; its fields say what governs the next token."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.segment = self.group = 0
        self.last_condition = (0, 0)
        self.aside = False
        self.condition: tuple[int, int] | None = None
        self.marks: list[str] = []
        self.between: list[str] = []  # the folded words since the token before
        self.joining: list[str] = []  # the same, not forgotten at a dash, which is one of them
        self.entre = False  # «entre» stands before, in the same group

    def sentence(self, text: str) -> None:
        """Add the tokens of one sentence."""
        self.boundary(";")
        text = _TAIL.sub("", _LEAD.sub("", text))
        self.entre = False
        end = 0
        for start, stop, figure in _items(text):
            self.boundary(text[end:start])
            if figure:
                self.add(Token(fold(figure.text), "", self.segment, self.group, figure=figure, ordinal=_is_ordinal(figure)))
            else:
                self.word(text[start:stop], text[stop:], first=not _WORD.search(text[:start]))
            end = stop
        self.leave_marks()
        self.marks, self.aside = [], False

    def boundary(self, gap: str) -> None:
        """Note the punctuation between two words."""
        if brackets := re.findall(r"[()]", gap):
            self.aside = brackets[-1] == "("
        if re.search(r"[,;:()\[\]\n—–]", gap):
            self.group += 1
            self.condition, self.between = None, []
            self.leave_marks()
        if re.fullmatch(r"\s*[-–—]\s*", gap):
            self.joining.append("-")
        elif re.search(r"[,;:\n—–]", gap):
            self.joining, self.entre = [","], False
        if ";" in gap:
            self.segment += 1

    def word(self, raw: str, rest: str, first: bool) -> None:
        """Take in one word: a mark, a modal, a function word, or content."""
        word = fold(raw)
        if is_condition(word, rest, "".join(self.between[-1:])) and raw.lower() != "sí":
            number, alternative = self.last_condition
            again = self.between[-1:] in (["o"], ["u"])
            self.condition = self.last_condition = (number, alternative + 1) if again else (number + 1, 0)
        function = word in FUNCTION and (first or not _SHORT_CODE.fullmatch(raw) or len(raw) > 1)
        mark = is_mark(word, rest)
        if mark:
            self.marks.append(MARKS[word])
        elif (verb := modal(word, rest)) or not function:
            name = not first and raw[0].isupper() or len(raw) > 1 and raw.isupper()
            code = name and bool(_SHORT_CODE.fullmatch(raw))
            self.add(Token(word, verb or _key(word), self.segment, self.group, name=name, code=code))
        if mark or function:
            self.between.append(word)
            self.joining.append(word)
        self.entre = self.entre or word == "entre"

    def add(self, token: Token) -> None:
        """Add ``token`` with what governs it."""
        joint, reach = self.joint(token)
        self.tokens.append(replace(
            token,
            joint=joint,
            reach=reach,
            marks=tuple(sorted(self.marks)),
            condition=self.condition,
            link=_link(self.between),
            single=self.between[-1:] in (["un"], ["una"], ["uno"]),
            opens_place=token.name and self.between[-1:] == ["en"],
            aside=self.aside,
        ))  # fmt: skip
        if token.key not in AUXILIARIES:
            self.marks = []
        self.between, self.joining = [], []

    def joint(self, token: Token) -> tuple[str, int]:
        """How ``token``, if a figure, is joined to a figure at most two tokens before, and at which distance."""
        for reach, other in enumerate(self.tokens[:-3:-1], 1):
            if reach == 2 and not self.tokens[-1].aside and (self.tokens[-1].link != NOTHING or self.tokens[-1].name):
                break  # what stands between is no unit: «B a 8 y S a 6»
            if token.figure and other.figure and not (other.aside and reach == 1):
                alike = other.figure.kind == token.figure.kind and token.figure.kind in _JOINED
                kind = _joint(set(self.joining), reach, self.entre) if alike else NOTHING
                self.entre = self.entre and kind != RANGE
                return kind, reach if kind else 0
        return NOTHING, 0

    def leave_marks(self) -> None:
        """Marks that nothing follows govern what stands before them: «cinco años o más»."""
        last = self.tokens[-1] if self.tokens else None
        if self.marks and last and last.segment == self.segment:
            self.tokens[-1] = replace(last, marks=tuple(sorted([*last.marks, *self.marks])))
            self.marks = []


def _joint(words: set[str], reach: int, entre: bool) -> str:
    """What the words between two figures of a kind make of them; «entre» may stand before both."""
    if "," in words:
        return NOTHING
    if words & _RANGE_WORDS or entre and words & {"y", "e"} or "-" in words and reach == 1:
        return RANGE
    return OR_ELSE if words & {"o", "u"} else NOTHING


def _link(words: list[str]) -> str:
    if not words:
        return NOTHING
    if words[-1] in AND_WORDS or words[0] in AND_WORDS:
        return AND
    return OF if OF_WORDS.issuperset(words) else OTHER


def _items(text: str) -> Iterator[tuple[int, int, Figure | None]]:
    """(start, end, figure or None for a word) of everything in ``text``, in order."""
    spans = [(f.start, f.start + len(f.text), f) for f in figures(text)]
    plain = "".join(_plain(char) for char in text)
    for found in _NUMBER_WORD.finditer(plain):
        if _free(found.span(), spans):
            spans.append((*found.span(), _number(found[0], found.start())))
    words = [(*found.span(), None) for found in _WORD.finditer(text) if _free(found.span(), spans)]
    yield from sorted([*spans, *words], key=lambda item: item[0])


def _free(span: tuple[int, int], taken: list[tuple[int, int, Figure]]) -> bool:
    return all(span[1] <= start or end <= span[0] for start, end, _ in taken)


def _plain(char: str) -> str:
    folded = fold(char)
    return folded if len(folded) == 1 else char


def _number(words: str, start: int) -> Figure:
    key: Key = (NUMBER, Decimal(word_value(" ".join(words.split()))))
    return Figure(NUMBER, words, start, (frozenset((key,)),), frozenset((key,)), False, words)


def _is_ordinal(figure: Figure) -> bool:
    return bool(_ORDINAL.fullmatch(fold(figure.text)))


def _same_tense(one: str, other: str) -> bool:
    """Whether two words of one stem, if verbs, are of one tense: «se aceptaba» is not «se acepta»."""
    one, other = one.removesuffix("s"), other.removesuffix("s")
    return one[:-1] == other[:-1] or _tense(one) == _tense(other)


def _tense(word: str) -> str:
    long_enough = len(word) >= _VERB_LETTERS
    return next((tense for tense, endings in _TENSES.items() if long_enough and word.endswith(endings)), "")


def _key(word: str) -> str:
    """The stem with the vowels that change in conjugation levelled: «pide» and «pedir» agree."""
    return stem(word).replace("ie", "e").replace("ue", "o")


def _with_places(tokens: list[Token]) -> Iterator[Token]:
    """Each token with the names that «en …» last named before it, joined names together."""
    places: frozenset[str] = frozenset()
    for place, token in enumerate(tokens):
        if token.opens_place:
            places = _joined_names(tokens[place:])
        yield replace(token, places=places)


def _joined_names(tokens: list[Token]) -> frozenset[str]:
    names = [tokens[0].word]
    for token in tokens[1:]:
        if not (token.name and token.link == AND):
            break
        names.append(token.word)
    return frozenset(names)
