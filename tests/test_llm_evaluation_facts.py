"""The scorer's own reading: what a text states, and whether another states it too."""
from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llm.evaluation import facts, numbers
from llm.evaluation.facts import Held, facts_of, names_in
from llm.evaluation.numbers import fold, numbers_of, tokens_of

PASSAGE = """Según la guía de Azcapotzalco, hay **dos** recuperaciones por trimestre y un máximo de 480 horas (7.0 de
promedio). El examen fue del 10 al 17 de marzo de 2026, a las 9:30 h, y cuesta $1,250.50. Escribe a
tramites@correo.uam.mx, entra a https://cse.izt.uam.mx/admision/fechas o llama al 55 5804-4600 ext. 1646. El trimestre
es el 26-P. La CSE de la UAM-I pide el 75 % de los créditos y treinta y cinco días."""
NAMES = frozenset({"azcapotzalco", "xochimilco"})


def unsupported(answer, *texts):
    held = Held.of(texts or (PASSAGE,))
    return {fact.kind for fact in facts_of(answer, NAMES) if not held.states(fact)}


@pytest.mark.parametrize(
    "answer",
    [
        "Hay 2 recuperaciones, con 7 de promedio y 35 días.",
        "Son cuatrocientas ochenta horas.",
        "Fue el 17 de marzo.",
        "Terminó el 17/03/2026 y empezó en marzo de 2026.",
        "A las 9:30, por 1250.5 pesos.",
        "Escribe a TRAMITES@correo.uam.mx o entra a cse.izt.uam.mx.",
        "Llama al (55) 5804 4600, extensión 1646.",
        "La UAM y la CSE piden el 75 por ciento en el 26P.",
        "Azcapotzalco lo dice. ¿En Azcapotzalco? Sí.",
        "Para eso hay un máximo.",
    ],
)
def test_what_the_passage_states_in_other_words_is_supported(answer):
    assert unsupported(answer) == set()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Hay tres oportunidades.", "number"),
        ("Son 480 créditos.", "count"),
        ("El 11 de marzo.", "date"),
        ("El 10 de abril de 2026.", "date"),
        ("El 10 de marzo de 2025.", "date"),
        ("El 10/04/2026.", "date"),
        ("A las 10:30 h.", "time"),
        ("A las 9 de la mañana.", "time"),
        ("Cuesta $125.", "amount"),
        ("Cuesta 300 pesos.", "amount"),
        ("Escribe a becas@correo.uam.mx.", "mail"),
        ("Entra a becas.uam.mx.", "link"),
        ("Entra a cse.izt.uam.mx/becas.", "link"),
        ("Llama al 55 5804 4601.", "phone"),
        ("Es en el 26-O.", "code"),
        ("Lo ve la DSE.", "acronym"),
        ("Lo dice la guía de Xochimilco.", "name"),
        ("Xochimilco no lo permite.", "name"),
    ],
)
def test_what_the_passage_does_not_state_is_found(answer, kind):
    assert kind in unsupported(answer)


def test_a_number_of_one_passage_may_be_counted_with_the_unit_it_has_in_another():
    assert unsupported("Son 6 meses.", "Son 6 copias.", "Dura 6 meses.") == set()
    assert unsupported("Son 6 meses.", "Son 6 copias en un mes.") == {"count"}


def test_a_word_that_opens_a_sentence_is_a_name_only_where_the_office_uses_it_so():
    names = names_in(["Según la guía de Azcapotzalco, pregunta. Pregunta en la guía de Xochimilco.", "- Prepara todo"])
    assert names == {"azcapotzalco", "xochimilco"}
    assert {fact.text for fact in facts_of("Prepara todo. Xochimilco no.", names)} == {"Xochimilco"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("treinta y cinco", [35]),
        ("dos mil quinientos", [2500]),
        ("ciento veinte o cien", [120, 100]),
        ("veintiún créditos, 1,234 y 7,5", [21, 1234, 7.5]),
        ("un trámite y una vez", []),
        ("la quinta y la segunda", [5, 2]),
        ("10 mil", [10000]),
        ("dos y tres", [2, 3]),
        ("treinta y", [30]),
    ],
)
def test_numbers_are_read_in_words_and_digits(text, values):
    assert [number.value for number in numbers_of(tokens_of(text))] == values


@example("A*A")
@given(st.text(max_size=80))
def test_whatever_a_text_states_it_states_itself(text):
    held = Held.of([text])
    assert [fact for fact in facts_of(text, NAMES) if not held.states(fact)] == []


@given(st.integers(0, 9999), st.sampled_from(["créditos", "horas", "días"]))
def test_any_number_is_missed_where_only_another_stands(value, unit):
    assert unsupported(f"Son {value} {unit}.", f"Son {value + 1} {unit}.") == {"number", "count"}


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_the_scorer_shares_no_code_with_what_it_judges():
    for module in (facts, numbers):
        tree = ast.parse(Path(module.__file__).read_text("utf-8"))
        imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert [name for name in imported if name.startswith(("rules", "nlu", "llm"))] in ([], ["llm.evaluation.numbers"])
