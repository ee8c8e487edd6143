"""Misspelt words are read as the book's; words that are right, foreign or figures are left alone."""
from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.lexicon import is_common
from nlu.sounds import edit_cost, is_one_edit, sound
from nlu.spelling import Speller
from nlu.text import tokens

BOOK = [
    "cómo me inscribo al trimestre", "cuándo es la inscripción", "dónde pago la inscripción al trimestre",
    "cuándo empieza el trimestre", "quiero dar de baja una materia", "cuándo pago la colegiatura de este año",
    "qué hago si perdí mi credencial", "quiero una constancia de estudios", "me queda una materia del plan de estudios",
    "me piden la constancia en servicios escolares", "necesito hablar con servicios escolares", "ya hice mi pago y no se ve",
]  # fmt: skip
SPELLER = Speller([tokens(question) for question in BOOK], others={"domingo", "horno"})


def read(text: str) -> str:
    return " ".join(SPELLER.mend(tokens(text)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("trimesrte", "trimestre"), ("trinestre", "trimestre"), ("trimetre", "trimestre"), ("triimestre", "trimestre"),
        ("inscripciion", "inscripcion"), ("costancia", "constancia"), ("conxtanxia", "constancia"),
        ("kolejiatura", "colegiatura"), ("ezcolares", "escolares"), ("nesesito", "necesito"), ("inskripsion", "inscripcion"),
        ("nscrpcn", "inscripcion"), ("trmstre", "trimestre"), ("srvcs", "servicios"), ("crdncial", "credencial"),
        ("pagolainscripcion", "pago la inscripcion"), ("dardebaja", "dar de baja"), ("keda", "queda"), ("ano", "año"),
    ],
)  # fmt: skip
def test_a_slip_is_read_as_what_was_meant(typed: str, meant: str) -> None:
    assert read(typed) == meant


@pytest.mark.parametrize("right", ["domingo", "horno", "2026", "25o", "x1y2", "zacatecas", "rfc", "ine", "beca"])
def test_what_may_be_right_is_left_alone(right: str) -> None:
    assert SPELLER.mend([right]) == [right]


def test_the_words_beside_choose_between_readings() -> None:
    speller = Speller([tokens(text) for text in ("pido mi carta", "llevo mi carta", "fue una corta", "es una corta")])
    assert speller.mend(["veo", "una", "cxrta"]) == ["veo", "una", "corta"]
    assert speller.mend(["veo", "mi", "cxrta"]) == ["veo", "mi", "carta"]


@given(st.lists(st.sampled_from([word for question in BOOK for word in tokens(question)]), max_size=8))
def test_the_books_own_words_stay(question: list[str]) -> None:
    assert SPELLER.mend(question) == question


@given(st.text(max_size=60))
def test_any_text_is_mended_and_figures_stay(text: str) -> None:
    written = tokens(text)
    mended = SPELLER.mend(written)
    assert re.findall(r"\d+", " ".join(mended)) == re.findall(r"\d+", " ".join(written))
    assert bool(mended) == bool(written)


@given(st.text("abcñ", min_size=1, max_size=6), st.data())
def test_every_single_edit_is_recognised(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    edited = {word[:place] + word[place + 1 :], word[:place] + "z" + word[place:], word[:place] + "z" + word[place + 1 :]}
    edited.add(word[:place] + word[place : place + 2][::-1] + word[place + 2 :])
    for typed in edited:
        assert is_one_edit(typed, word) and (typed == word or edit_cost(typed, word) > 0)
    assert not is_one_edit(word + "zz", word)


@pytest.mark.parametrize(("one", "other"), [("quiero", "kiero"), ("hacer", "aser"), ("mucho", "muxo"), ("voy", "boy")])
def test_what_sounds_alike_has_one_sound(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_an_empty_book_mends_nothing() -> None:
    assert Speller([]).mend(["hola"]) == ["hola"]


def test_a_flood_of_new_words_is_forgotten_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlu.spelling._REMEMBERED", 3)
    speller = Speller([tokens(question) for question in BOOK])
    for number in range(10):
        speller.mend([f"trimestr{chr(97 + number)}"])
    assert len(speller._remembered) <= 3


def test_the_likeliest_rules_lend_their_words() -> None:
    assert SPELLER.mend(["xolegiatuda"], near=("pago", "colegiatura")) == ["colegiatura"]
    assert SPELLER.mend(["sematan"]) == ["se", "matan"]
    assert SPELLER.mend(["sematan"], near=("semana", "dia")) == ["semana"]


@pytest.mark.parametrize(("typed", "meant"), [
    ("qsepuedepa", "que se puede para"), ("dndqpago", "donde que pago"), ("45años", "45 años"),
    ("pago2materias", "pago 2 materias"), ("credencialenchicago", "credencial en chicago"), ("90hrs", "90 horas"),
])  # fmt: skip
def test_lost_spaces_are_found_beside_shorthand_figures_and_words_that_the_book_lacks(typed: str, meant: str) -> None:
    book = [["que", "se", "puede", "para", "credencial"], ["donde", "pago", "en", "años"], ["materias", "en"]]
    speller = Speller(book * 5)
    assert speller.mend([typed]) == meant.split()


@pytest.mark.parametrize("code", ["25o", "cb07", "hb01", "h2o", "mp3", "4x4", "instagram", "liverpool"])
def test_codes_and_names_stay_whole(code: str) -> None:
    assert SPELLER.mend([code]) == [code]


@pytest.mark.parametrize(("right", "near"), [("cielo", "ciclo"), ("peso", "pero"), ("vender", "vencer"), ("party", "parte")])
def test_a_word_of_the_language_is_never_bent(right: str, near: str) -> None:
    speller = Speller([[near]] * 20)
    assert speller.mend([right]) == speller.mend([right], near=(near,)) == [right]


def test_what_sounds_right_is_not_bent_by_the_likeliest_rules() -> None:
    assert SPELLER.mend(["nesesito"], near=("necesite", "nececitas")) == ["necesito"]
    assert SPELLER.mend(["crdncl"], near=("cordial",)) == ["credencial"]


def test_a_slip_of_who_wrote_the_book_is_read_as_the_usual_word() -> None:
    speller = Speller([["equivalencia"]] * 40 + [["ekivalencia"]])
    assert speller.mend(["ekivalencia"]) == ["equivalencia"]
    assert Speller([["equivalencia"]] * 40 + [["ekivalencia"]] * 9).mend(["ekivalencia"]) == ["ekivalencia"]


@pytest.mark.parametrize("word", ["tiene", "vende", "abre", "necesita", "posgrado", "falsifico", "uacm", "unam", "ya", "se"])
def test_a_right_word_is_right_though_no_list_of_frequent_words_has_it(word):
    assert is_common(word)


@pytest.mark.parametrize("word", ["materias", "papeles", "students", "cafes", "leyes"])
def test_the_plural_of_a_right_word_is_right(word):
    assert is_common(word)


@pytest.mark.parametrize(
    "word",
    ["credenciall", "evalidacion", "calificacon", "reinscripsion", "sistemaas", "escolaress", "carreraas", "tramitess"],
)
def test_a_misspelt_word_is_no_word(word):
    assert not is_common(word)
