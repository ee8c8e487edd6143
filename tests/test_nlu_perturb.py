"""Questions written in a hurry: repeatable, as hurried as promised, never losing a figure."""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from nlu.__main__ import main
from nlu.perturb import KINDS, LETTERS_PER_EDIT, edits, perturb, perturb_all
from nlu.questions import Question
from nlu.text import fold, normalize
from tests.nlu_books import school_entries, write_book, write_questions

WORDS = st.sampled_from([
    "¿Cuándo", "cómo", "qué", "dónde", "puedo", "tramitar", "mi", "constancia", "inscripción", "2026", "a", "las", "10:30",
    "del", "trimestre", "25-O", "mucho", "porque", "también", "contraseña", "año", "Ñandú", "tú", "puedes", "$1,234.50",
    "y", "hola", "por", "favor", "UEA", "(0–10)",
])  # fmt: skip
SENTENCES = st.lists(WORDS, min_size=1, max_size=15).map(" ".join)
ANY = SENTENCES | st.text(max_size=40)
KIND = st.sampled_from(sorted(KINDS))


@given(ANY, KIND, st.integers(0, 99))
def test_the_same_seed_writes_the_same(text: str, kind: str, seed: int) -> None:
    assert perturb(text, kind, Random(seed)) == perturb(text, kind, Random(seed))


@given(ANY, KIND, st.integers(0, 99))
def test_figures_stay_and_nothing_becomes_empty(text: str, kind: str, seed: int) -> None:
    written = perturb(text, kind, Random(seed))
    assert re.findall(r"\d", fold(written)) == re.findall(r"\d", fold(text))
    assert bool(written.strip()) or not text.strip()
    assert bool(normalize(written)) or not normalize(text)


@given(SENTENCES, st.integers(0, 99))
def test_numbers_are_never_joined(text: str, seed: int) -> None:
    assert re.findall(r"\d+", perturb(text, "joined", Random(seed))) == re.findall(r"\d+", text)


@given(SENTENCES, st.integers(0, 99))
def test_no_question_gets_more_typos_than_one_in_eight_letters(text: str, seed: int) -> None:
    letters = sum(map(str.isalpha, text))
    assert edits(text) == max(1, round(letters / LETTERS_PER_EDIT))
    # Two swapped letters count twice where another typo fell between them.
    assert OSA.distance(text, perturb(text, "typos", Random(seed))) <= 2 * edits(text)


def test_over_many_questions_nearly_every_typo_shows() -> None:
    text = "necesito saber cuando puedo tramitar la constancia de estudios con promedio"
    rng = Random(1)
    made = sum(OSA.distance(text, perturb(text, "typos", rng)) for _ in range(200)) / 200
    assert 0.85 * edits(text) <= made <= edits(text)


EXAMPLES = {
    "no_accents": ("¿Qué año?", "que ano?"),
    "tuteo": ("¿me puede decir qué debe llevar?", "¿me puedes decir qué debes llevar?"),
    "usted": ("oye, ¿sabes la fecha?", "oiga, ¿sabe la fecha?"),
    "voseo": ("¿me puedes decir si tienes mi acta?", "¿me podés decir si tenés mi acta?"),
    "joined": ("mi beca", "mibeca"),
    "english": ("contraseña", "password"),
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_each_kind_writes_as_its_name_says(kind: str) -> None:
    plain, written = EXAMPLES[kind]
    assert perturb(plain, kind, Random(0)) == written


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_hurried_writing_differs(kind: str) -> None:
    text = "¿Cuándo puedo tramitar la constancia de estudios y qué necesito, porque también trabajo mucho?"
    assert perturb(text, kind, Random(3)) != text


def test_a_held_key_is_held() -> None:
    assert re.search(r"(\w)\1\1", perturb("porfa", "elongated", Random(0)))


def test_asides_stand_around_the_question_as_it_is() -> None:
    written = {perturb("¿dónde pago?", "asides", Random(seed)) for seed in range(50)}
    assert len(written) > 20 and all("¿dónde pago?" in text for text in written)


def test_texting_drops_what_costs() -> None:
    words = {perturb("quiero", "sms", Random(seed)) for seed in range(20)}
    assert words == {"kiero", "qiero"}
    assert perturb("tramitar", "sms", Random(0)) == "trmtr"


def test_questions_keep_their_rule() -> None:
    questions = [Question("¿Dónde pago la colegiatura?", "pago"), Question("receta de mole", None)]
    assert [q.rule for q in perturb_all(questions, "mixed", 4)] == ["pago", None]


@pytest.fixture
def small(tmp_path: Path) -> list[str]:
    rules = write_book(tmp_path / "r", *school_entries())
    asked = write_questions(tmp_path / "q", ("en qué banco se paga la inscripción", "pago"), ("receta de mole", None))
    return ["nlu", "evaluate", str(rules), str(asked)]


def test_the_table_has_every_kind_beside_the_plain_questions(
    small: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [*small, "--perturb", "todas"])
    assert main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:12].strip() for line in lines] == ["escritura", "tal cual", *KINDS]
    assert lines[1].split()[2:4] == ["100.0", "+0.0"]


def test_one_kind_is_reported_as_any_questions_are(
    small: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [*small, "--perturb", "no_accents", "--seed", "5", "--json"])
    assert main() == 0
    assert json.loads(capsys.readouterr().out)["in_scope"] == 1
