"""Sentences made by program to fool the ground check, from the sentences of all passages.

``python -m tests.grounding_cases`` prints how many of each kind are refused, and how many of the
passages' own sentences and extracts pass; with ``-v`` also those that went wrong.
"""
from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from llm.grounding import Verdict, check
from llm.passages import Passage
from llm.quoting import sentences
from llm.reading import read
from nlu.text import fold
from rules.figures import DATE, EMAIL, LINK, MONTH, NUMBER, PHONE, Figure, figures
from tests.llm_parts import quoting_assistant

MONTHS = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip
DAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado"]
NUMBERS = ["dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "veinte"]
ORDINALS = ["primera", "segunda", "tercera", "cuarta", "quinta", "sexta"]
UNITS = ["días", "semanas", "meses", "trimestres", "años", "horas"]
OPPOSITES = [
    ("antes", "después"), ("máximo", "mínimo"), ("sin", "con"), ("más", "menos"), ("total", "parcial"),
    ("obligatorio", "opcional"), ("primer", "último"), ("primero", "después"), ("inicio", "final"), ("hasta", "desde"),
    ("aumenta", "disminuye"), ("sube", "baja"), ("permite", "prohíbe"), ("abre", "cierra"), ("todos", "algunos"),
    ("anterior", "posterior"), ("mayor", "menor"), ("reciente", "antigua"), ("conviene", "importa"),
    ("gratuito", "costoso"), ("oficial", "informal"), ("al menos", "a lo más"), ("dentro de", "después de"),
]  # fmt: skip
INVENTED = [
    ", con un costo de $350", ", que cuesta 120 pesos", ", al teléfono 55 1234 5678", ", en el correo tramites@izt.uam.mx",
    ", en https://www.izt.uam.mx/escolares", ", a las 10:00", ", a más tardar el 5 de mayo", ", en la semana 9",
    ", en un plazo de 3 días hábiles", ", con un 20 % de descuento", ", en el edificio T", ", con la licenciada Martínez",
    ", en la CODDAA", ", los lunes y los jueves",
]  # fmt: skip
VERB = re.compile(
    r"\b(se \w+|es|son|está|están|puede|pueden|debe|deben|tiene|tienen|hay que|hay|existe|sirve|vale|valen|permite|"
    r"ofrece|atiende|conserva|necesita|cuenta|pide|da|baja|equivale|significa|depende|afecta|aparece)\b"
)


@dataclass(frozen=True)
class Case:
    """``text`` is to be judged against ``passages``; ``original`` is what it was made from."""

    kind: str
    text: str
    passages: tuple[Passage, ...]
    original: str


class Maker:
    """Makes the cases; ``random`` chooses among equal possibilities."""

    def __init__(self, passages: tuple[Passage, ...], seed: int = 7) -> None:
        self.passages = [p for p in passages if not p.nobody_knows]
        self.random = random.Random(seed)
        self.names = sorted({t.word for p in self.passages for t in read(p.text) if t.name and len(t.word) > 2})
        self.words = sorted({w for p in self.passages for w in re.findall(r"\b[a-záéíóúñ]{6,}\b", p.text)})

    def own(self) -> Iterator[Case]:
        """Every sentence as it stands."""
        for passage, sentence in self._sentences():
            yield Case("own sentence", sentence, (passage,), sentence)

    def extracts(self) -> Iterator[Case]:
        """Every sentence without its last clause, if that is no condition."""
        for passage, sentence in self._sentences():
            parts = re.split(r"[;,] (?=(?:y |pero |que |porque |así que |es decir|según )?)", sentence.rstrip("."))
            head, tail = ", ".join(parts[:-1]), parts[-1]
            conditional = re.search(r"\b(si|sólo|salvo|cuando|siempre que|sin)\b", tail)
            whole = len(re.findall(r"\w+", head)) >= 6 and VERB.search(head) and head.count("(") == head.count(")")
            if "\n" not in sentence and len(parts) > 1 and whole and not conditional and not _is_list(parts):
                yield Case("extract", head + ".", (passage,), sentence)

    def mutants(self) -> Iterator[Case]:
        """Sentences that must not be said, of every kind."""
        makers: dict[str, Callable[[str, Passage], Iterator[str]]] = {
            "number": self._numbers, "number of the passage": self._own_figures, "month": self._months,
            "day": self._days, "unit": self._units, "contact": self._contacts, "invented": self._invented,
            "negation added": self._negated, "negation dropped": self._affirmed, "opposite": self._opposites,
            "name": self._named, "name of the passage": self._own_names, "word": self._worded,
            "condition dropped": self._unconditional,
        }  # fmt: skip
        for passage, sentence in self._sentences():
            for kind, make in makers.items():
                for text in dict.fromkeys(make(sentence, passage)):
                    if fold(text) != fold(sentence):
                        yield Case(kind, text, (passage, *self._others(passage)), sentence)
        yield from self._splices()
        yield from self._splices_within()
        yield from self._subjects()

    def _sentences(self) -> Iterator[tuple[Passage, str]]:
        for passage in self.passages:
            for sentence in sentences(passage.text):
                if len(read(sentence)) >= 3:
                    yield passage, sentence

    def _others(self, passage: Passage) -> list[Passage]:
        """Two more passages on the topic, as a search would bring them."""
        near = [p for p in self.passages if p.topic == passage.topic and not p.akin(passage)]
        return self.random.sample(near, min(2, len(near)))

    def _replace(self, text: str, figure: Figure, new: str) -> str:
        return text[: figure.start] + new + text[figure.start + len(figure.text) :]

    def _numbers(self, text: str, passage: Passage) -> Iterator[str]:
        for figure in figures(text):
            digits = re.search(r"\d+", figure.text)
            if digits and figure.kind not in (EMAIL, LINK):
                for change in (1, 7):
                    yield self._replace(text, figure, figure.text.replace(digits[0], str(int(digits[0]) + change), 1))
            elif figure.kind == NUMBER:
                listed = ORDINALS if fold(figure.text).endswith(("a", "o", "er")) and figure.text not in NUMBERS else NUMBERS
                for word in self.random.sample(listed, 2):
                    yield self._replace(text, figure, word)

    def _own_figures(self, text: str, passage: Passage) -> Iterator[str]:
        """Another figure of the same kind that stands in the passage."""
        for figure in figures(text):
            for other in figures(passage.text):
                if other.kind == figure.kind and other.gives.isdisjoint(figure.gives):
                    yield self._replace(text, figure, other.text)

    def _months(self, text: str, passage: Passage) -> Iterator[str]:
        for figure in figures(text):
            if figure.kind in (DATE, MONTH):
                month = next((m for m in MONTHS if m in figure.label), None)
                if month:
                    yield text.replace(month, self.random.choice([m for m in MONTHS if m != month]))

    def _days(self, text: str, passage: Passage) -> Iterator[str]:
        for day in DAYS:
            if day in text.split():
                yield text.replace(day, self.random.choice([d for d in DAYS if d != day]))

    def _units(self, text: str, passage: Passage) -> Iterator[str]:
        for figure in figures(text):
            if figure.kind == NUMBER:
                end = figure.start + len(figure.text)
                unit = re.match(r" (\w+)", text[end:])
                if unit and any(fold(unit[1]).startswith(fold(u)[:3]) for u in UNITS):
                    for other in self.random.sample([u for u in UNITS if u[:3] != unit[1][:3]], 2):
                        yield text[:end] + " " + other + text[end + unit.end() :]

    def _contacts(self, text: str, passage: Passage) -> Iterator[str]:
        for figure in figures(text):
            if figure.kind in (EMAIL, LINK):
                place = self.random.randrange(len(figure.text) // 2)
                yield self._replace(text, figure, figure.text[:place] + "x" + figure.text[place:])
                yield self._replace(text, figure, figure.text.replace("uam", "unam"))
            if figure.kind == PHONE:
                yield self._replace(text, figure, figure.text[:-1] + str((int(figure.text[-1]) + 3) % 10))

    def _invented(self, text: str, passage: Passage) -> Iterator[str]:
        for addition in self.random.sample(INVENTED, 4):
            yield text.rstrip(".") + addition + "."

    def _negated(self, text: str, passage: Passage) -> Iterator[str]:
        for found in VERB.finditer(text):
            if not re.search(r"\b(no|ni|sin|nunca)\s+(?:\w+ )?$", text[: found.start()]):
                yield text[: found.start()] + self.random.choice(["no ", "nunca ", "tampoco "]) + text[found.start() :]

    def _affirmed(self, text: str, passage: Passage) -> Iterator[str]:
        for found in re.finditer(r"\b(no|sólo|únicamente|tampoco|nunca|ni) ", text):
            yield text[: found.start()] + text[found.end() :]
        for found in re.finditer(r"\bsin ", text):
            yield text[: found.start()] + "con " + text[found.end() :]

    def _opposites(self, text: str, passage: Passage) -> Iterator[str]:
        for pair in OPPOSITES:
            for word, opposite in (pair, pair[::-1]):
                if re.search(rf"\b{word}\b", text) and word != "con":
                    yield re.sub(rf"\b{word}\b", opposite, text, count=1)
        if re.search(r"\bpueden?\b", text):
            yield re.sub(r"\bpuede(n?)\b", r"debe\1", text, count=1)

    def _named(self, text: str, passage: Passage) -> Iterator[str]:
        for token in read(text):
            found = re.search(rf"\b{re.escape(token.word)}\b", text, re.IGNORECASE)
            if token.name and len(token.word) > 2 and found:
                other = self.random.choice([n for n in self.names if n != token.word])
                yield text[: found.start()] + other.capitalize() + text[found.end() :]

    def _own_names(self, text: str, passage: Passage) -> Iterator[str]:
        """Places exchanged where a passage speaks of two."""
        if "Azcapotzalco" in passage.text and "Xochimilco" in passage.text and "Azcapotzalco y Xochimilco" not in text:
            swapped = text.replace("Azcapotzalco", "\0").replace("Xochimilco", "Azcapotzalco").replace("\0", "Xochimilco")
            yield swapped

    def _worded(self, text: str, passage: Passage) -> Iterator[str]:
        known = {t.key for t in read(passage.text)} | {t.key for t in read(passage.title)}
        for found in re.finditer(r"\b[a-záéíóúñ]{7,}\b", text):
            word = self.random.choice(self.words)
            if read(word) and read(word)[0].key not in known and read(found[0]):
                yield text[: found.start()] + word + text[found.end() :]

    def _unconditional(self, text: str, passage: Passage) -> Iterator[str]:
        found = re.search(r"(?<=[^,.;:(]) (?:si|salvo|siempre que) [^,;.]+(?=[.;])", text)
        if found and len(read(text[: found.start()])) >= 3:
            yield text[: found.start()] + text[found.end() :]
        found = re.match(r"(?:En \w+, )?[Ss]i [^,]+, ", text)
        if found:
            yield text[found.end() :]

    def _splices(self) -> Iterator[Case]:
        """The beginning of one sentence with the end of another passage's."""
        made = [(p, s) for p, s in self._sentences() if ", " in s and "\n" not in s]
        for passage, sentence in made:
            other, ending = self.random.choice(made)
            if not other.akin(passage):
                text = sentence.split(", ")[0] + " " + ending.split(", ", 1)[1]
                yield Case("splice", text, (passage, other), sentence)
        for passage, sentence in made:
            near = [(p, s) for p, s in made if p.topic == passage.topic and not p.akin(passage)]
            if near:
                other, ending = self.random.choice(near)
                words, ends = sentence.split(), ending.split()
                text = " ".join(words[: len(words) // 2] + ends[len(ends) // 2 :])
                yield Case("splice in the topic", text, (passage, other), sentence)

    def _splices_within(self) -> Iterator[Case]:
        """The subject of one clause with what another clause of the passage says."""
        for passage in self.passages:
            clauses = [c for s in sentences(passage.text) if "\n" not in s for c in s.rstrip(".").split("; ")]
            for one, two in zip(clauses, clauses[1:]):
                first, second = one.split(), two.split()
                if min(len(first), len(second)) >= 8 and VERB.search(one) and VERB.search(two):
                    text = " ".join(first[: len(first) // 2] + second[len(second) // 2 :]) + "."
                    yield Case("splice in the passage", text, (passage,), one)

    def _subjects(self) -> Iterator[Case]:
        """A sentence whose subject is the title of another passage on the topic."""
        for passage, sentence in self._sentences():
            others = [p for p in self.passages if p.topic == passage.topic and not p.akin(passage) and not p.rule]
            verb = VERB.search(sentence)
            if others and verb and verb.start() > 10 and not passage.rule:
                title = self.random.choice(others).title
                text = f"{title} {sentence[verb.start() :]}"
                yield Case("subject", text, (passage,), sentence)


def _is_list(parts: list[str]) -> bool:
    return sum(len(part.split()) <= 4 for part in parts) >= 3


def passages() -> tuple[Passage, ...]:
    """The office's passages."""
    return quoting_assistant().index.passages


def judged(case: Case) -> Verdict:
    """The check's verdict, the question being the passage's title."""
    return check(case.text, case.passages, case.passages[0].title)


def passed(case: Case) -> bool:
    """Whether the check lets the case be said."""
    return judged(case).ok


def rates(cases: Iterator[Case]) -> dict[str, tuple[int, int]]:
    """How many of each kind pass, of how many."""
    counts: dict[str, tuple[int, int]] = {}
    for case in cases:
        ok, total = counts.get(case.kind, (0, 0))
        counts[case.kind] = (ok + passed(case), total + 1)
    return counts


def main(verbose: bool) -> None:
    """Print the table."""
    maker = Maker(passages())
    for cases, wanted in ((maker.own, True), (maker.extracts, True), (maker.mutants, False)):
        for kind, (ok, total) in rates(cases()).items():
            right = ok if wanted else total - ok
            print(f"{kind:<24}{right:6d} of {total:5d} right, {right / total:.1%}")
    if verbose:
        fresh = Maker(passages())
        for case in [*fresh.own(), *fresh.extracts(), *fresh.mutants()]:
            wanted = case.kind in ("own sentence", "extract")
            if passed(case) != wanted:
                verdict = judged(case)
                print(f"\n{case.kind} | {verdict.reason} {verdict.at} | {case.text}\n   {case.passages[0].id}: {case.original}")


if __name__ == "__main__":
    main("-v" in sys.argv)
