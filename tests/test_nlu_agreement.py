"""What is said nearly in a rule's words and is its contrary, or counts otherwise, is no question for that rule."""
from __future__ import annotations

from pathlib import Path

import pytest

from nlu.agreement import Stance
from nlu.decision import Decider
from nlu.development import make_book
from nlu.text import tokens
from tests.nlu_books import book_of, entry, office_decider

DEBTS = [
    "¿Puedo reinscribirme si debo 2 materias?", "debo dos materias, me puedo reinscribir?", "reinscribirme debiendo 2 materias",
]  # fmt: skip
UNPAID = ["¿Qué pasa si no pagué la cuota?", "que pasa si no pague la cuota", "no pague la cuota q pasa", "sin pagar la cuota"]


def says_the_contrary(question: str, variants: list[str], answer: str = "") -> bool:
    return Stance([tokens(variant) for variant in variants], tokens(answer)).contradicted_by(tokens(question))


@pytest.mark.parametrize(
    ("question", "variants"),
    [
        ("¿Puedo reinscribirme si debo 5 materias?", DEBTS),
        ("puedo reinscribirme si debo cinco materias", DEBTS),
        ("¿Qué pasa si ya pagué la cuota?", UNPAID),
        ("que pasa si pague la cuota", UNPAID),
        ("¿Puedo entrar con credencial?", ["¿Puedo entrar sin credencial?", "entrar sin credencial"]),
        ("¿Cómo pido la cuarta oportunidad?", ["¿Cómo pido la quinta oportunidad?", "pedir quinta oportunidad"]),
    ],
)
def test_the_contrary_and_another_number_are_told_apart(question: str, variants: list[str]) -> None:
    assert says_the_contrary(question, variants)


@pytest.mark.parametrize(
    ("question", "variants", "answer"),
    [
        ("si debo 2 materias puedo reinscribirme?", DEBTS, ""),
        ("¿Puedo reinscribirme si debo 3 materias?", DEBTS, "Sí, si debes hasta 3 materias."),
        ("debo 2 materias y voy en 5 trimestre, me reinscribo?", DEBTS, ""),
        ("no sé qué pasa si no pagué la cuota", UNPAID, ""),
        ("no sé cómo pedir la beca", ["¿Cómo pido la beca?", "como pedir la beca"], ""),
        ("¿Qué pasa si ya pagué la cuota?", [*UNPAID, "ya pague la cuota, que pasa"], ""),
        ("no me ha llegado mi beca, a quien le digo", ["¿A quién le aviso si la beca no llega?", "ya me toca la beca"], ""),
    ],
)
def test_what_the_rule_says_too_is_no_contrary(question: str, variants: list[str], answer: str) -> None:
    assert not says_the_contrary(question, variants, answer)


@pytest.mark.parametrize("question", ["¿Puedo reinscribirme si debo 5 materias?", "¿Qué pasa si ya pagué la cuota?"])
def test_a_rule_is_not_given_for_its_contrary(question: str) -> None:
    others = {"beca": ["¿Cómo pido una beca?", "quiero una beca"], "credencial": ["¿Dónde recojo mi credencial?"]}
    decider = Decider(make_book({"debe": DEBTS, "cuota": UNPAID, **others}), risk=0.1)
    decision = decider.decide(question)
    assert (decision.sure, decision.reason) == (False, "contrary")
    assert decider.confidences(question, 1)[decision.candidates[0].rule_id] == 0.0
    assert decider.decide("¿Puedo reinscribirme si debo 2 materias?").sure


def test_one_word_that_a_rule_is_asked_more_of_is_too_little() -> None:
    variants = ("¿Una NA baja mi promedio?", "el NA se promedia", "nss", "quiero ver mi kárdex")
    marks = Stance([tokens(text) for text in variants], [])
    assert marks.is_vague(tokens("mi promedio")) and marks.is_vague(tokens("quiero saber de mi promedio"))
    for enough in ("mi NSS", "kardex", "¿cuánto es el promedio?", "NA promedio"):
        assert not marks.is_vague(tokens(enough))


def test_a_vague_word_gets_no_official_answer_and_its_suggestions() -> None:
    book = {
        "na": ["¿Una NA baja mi promedio?", "el NA afecta el promedio", "NA y promedio", "me baja el promedio una NA"],
        "kardex": ["kárdex", "¿Cómo veo mi kárdex?", "quiero mi kárdex"],
        "beca": ["¿Cómo pido una beca?", "quiero una beca", "solicitar beca"],
    }
    decider = Decider(make_book(book), risk=0.5)
    decision = decider.decide("mi promedio")
    assert (decision.sure, decision.reason, decision.suggestions[0]) == (False, "vague", "na")
    assert decider.confidences("mi promedio", 1) == {"na": 0.0}
    assert decider.decide("mi kardex").sure


def test_a_short_question_that_names_what_a_rule_never_says_is_foreign_to_it() -> None:
    variants = ("¿Cómo renuevo mi beca?", "quiero renovar la beca", "renovación de becas")
    grant = Stance([tokens(text) for text in variants], tokens("Entra al sistema y sube tu constancia."))
    for other in ("renovar la luz", "¿cómo renuevo mi pasaporte?", "cuánto cuesta la visa"):
        assert grant.is_foreign(tokens(other))
    for same in ("pregunta: ¿cómo renuevo la beca?", "renovar beca", "renuevan las becas?", "beca constancia",
                 "¿dónde renuevo la beca de mi hermano el chico?"):  # fmt: skip
        assert not grant.is_foreign(tokens(same))


def test_what_only_a_no_es_names_is_asked_of_another() -> None:
    variants = ("¿Dónde tiro el aceite de cocina?", "qué hago con el aceite usado de freír")
    not_this = ("¿dónde dejo el aceite de motor?",)
    oil = Stance([tokens(text) for text in variants], tokens("Llévalo al punto verde."), [tokens(text) for text in not_this])
    for other in ("aceite de motor", "cambié el aceite del motor y no sé qué hacer con él", "aceites para motores, ¿dónde?"):
        assert oil.is_elsewhere(tokens(other))
    for same in ("¿dónde dejo el aceite de cocina?", "aceite de freír", "aceite", "¿me recogen el aceite en casa?"):
        assert not oil.is_elsewhere(tokens(same))


def test_a_no_es_keeps_its_rule_from_what_it_names_however_it_is_asked(tmp_path: Path) -> None:
    oil = entry("aceite", ["¿Dónde tiro el aceite de cocina?", "aceite de cocina", "qué hago con el aceite usado"])
    other = entry("pilas", ["¿Dónde dejo las pilas?", "pilas usadas", "tirar pilas"])
    plain = Decider(book_of(tmp_path / "sin", oil, other), risk=0.5)
    told = Decider(book_of(tmp_path / "con", {**oil, "no_es": ["¿Dónde dejo el aceite de motor?"]}, other), risk=0.5)
    question = "qué hago con el aceite usado de motor"
    assert plain.decide(question).rule_id == "aceite"
    assert (told.decide(question).reason, told.decide(question).rule_id) == ("lookalike", None)
    assert told.decide("qué hago con el aceite usado de mi cocina").rule_id == "aceite"


def test_the_office_s_book_does_not_renew_the_light() -> None:
    assert not office_decider().decide("renovar la luz").sure
    assert office_decider().confidences("renovar la luz", 1) == {"becas_renovar": 0.0}
    assert office_decider().decide("quiero renovar mi beca").sure


def test_a_size_that_the_answer_does_not_have_is_another_thing() -> None:
    variants = ("¿Cuánto cuesta una pipa de agua?", "cuanto sale la pipa", "pipa para mi casa de 100 metros")
    answer = "La pipa de 10,000 litros cuesta 950 pesos y la de 5,000 litros 520."
    water = Stance([tokens(text) for text in variants], tokens(answer))
    for other in ("cuanto cuesta la pipa de 20 mil litros", "pipa de 3000 litros", "¿y la pipa de 20,000 litros?"):
        assert water.contradicted_by(tokens(other))
    for same in ("la pipa de 5 mil litros", "pipas de 10,000 litros", "pipa para una casa de 80 metros", "una pipa de 2 años"):
        assert not water.contradicted_by(tokens(same))


def test_a_verb_of_any_matter_and_a_number_make_no_question_foreign() -> None:
    hours = Stance([tokens(text) for text in ("¿Cuál es el horario?", "a qué hora abren")], tokens("De 9 a 15 horas."))
    for same in ("qué horario tienen", "horario de las 9", "me das el horario"):
        assert not hours.is_foreign(tokens(same))
    assert hours.is_foreign(tokens("qué horario tiene el banco"))
