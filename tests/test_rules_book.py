"""The rule book as a value: what loads, what is refused, what its hash covers."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from rules.book import RuleBook, RuleBookError, build_rule_book, load_rule_book
from rules.locations import ROOT, Locations, LocationsError
from rules.source import parse_source

TEXT = """\
tema: Pagos
reglas:
  - id: pago
    preguntas: ["¿Cómo pago?", 404]
    respuesta: |
      En línea.
    fuente: Guía
    hechos: [H4.03]
    url: https://cse.izt.uam.mx
    ambito: UAM-I
    revisada: 2026-11-22
    vigente_hasta: 2027-01-15
    relacionadas: [otra]
    no_es: ["¿Cuándo pago?"]
  - id: adios
    tipo: charla
    preguntas: [adiós]
    respuesta: ¡Hasta luego!
"""


def book(text: str = TEXT) -> RuleBook:
    return build_rule_book([parse_source(text, "pagos.yml")])


def test_a_rule_carries_everything_that_staff_wrote() -> None:
    rule = book().by_id["pago"]
    assert rule.questions == ("¿Cómo pago?", "404") and rule.answer == "En línea."
    assert (rule.topic, rule.type, rule.scope, rule.source) == ("Pagos", "oficial", "UAM-I", "Guía")
    assert rule.facts == ("H4.03",) and rule.related == ("otra",) and rule.not_this == ("¿Cuándo pago?",)
    assert rule.reviewed == dt.date(2026, 11, 22) and rule.url == "https://cse.izt.uam.mx"
    assert str(rule.position) == "pagos.yml:3:5"


def test_an_answer_holds_through_its_last_day() -> None:
    rule = book().by_id["pago"]
    assert not rule.expired(dt.date(2027, 1, 15)) and rule.expired(dt.date(2027, 1, 16))
    assert not book().by_id["adios"].expired(dt.date.max)


def test_the_hash_changes_with_what_is_matched_and_only_with_that() -> None:
    first = book()
    other_answer = RuleBook(tuple(replace(rule, answer="x", reviewed=None) for rule in first.rules))
    other_question = RuleBook((replace(first.rules[0], questions=("x",)), first.rules[1]))
    assert first.hash == other_answer.hash != other_question.hash


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: adios", "id: pago", "pagos.yml:15:5: la regla «pago» ya existe en pagos.yml:3:5"),
        ("[adiós]", "[]", "no tiene preguntas"),
        ("[adiós]", "adiós", "es una lista de textos"),
        ("respuesta: ¡Hasta luego!", "", "necesita «respuesta»"),
        ("charla", "plática", "«plática» no es un tipo"),
        ("2027-01-15", "2027-02-30", "no es una fecha"),
        ("2027-01-15", "２０２７-01-15", "no es una fecha"),
        ("fuente: Guía", "fuente: [Guía]", "pagos.yml:7:13: «fuente» es un texto"),
        ("reglas:", "normas:", "falta la lista «reglas»"),
    ],
)
def test_what_can_t_be_matched_is_refused_with_its_place(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(RuleBookError) as caught:
        book(TEXT.replace(old, new))
    assert says in str(caught.value)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nada"):
        with pytest.raises(RuleBookError, match=r"no hay archivos de reglas.*\(CSE_RULES\)"):
            load_rule_book(folder)


def test_the_office_s_own_book_loads_with_the_promised_size() -> None:
    own = load_rule_book(ROOT / "rules")
    assert len(own) >= 130
    assert sum(len(rule.questions) for rule in own.rules) >= 1600
    assert {related for rule in own.rules for related in rule.related} <= own.by_id.keys()


def test_places_come_from_the_environment_and_default_to_the_repository() -> None:
    assert Locations.from_environment({}).rules == ROOT / "rules"
    places = Locations.from_environment({"CSE_RULES": "/otra", "CSE_OFFICE": "otra.yml"})
    assert (places.rules, places.office) == (Path("/otra"), ROOT / "otra.yml")


@pytest.mark.parametrize("variable", ["RULES", "DOCUMENTS", "OFFICE", "OUT_OF_SCOPE", "JUDGED_TURNS", "MODELS", "ENCODER"])
def test_an_empty_place_is_the_repository_s_own(variable: str) -> None:
    assert Locations.from_environment({f"CSE_{variable}": ""}) == Locations.from_environment({})


def test_places_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "j.jsonl").touch()
    places = Locations.from_environment({"CSE_RULES": "~/reglas", "CSE_MODELS": "~", "CSE_JUDGED_TURNS": "~/j.jsonl"})
    assert (places.rules, places.models, places.judged_turns) == (tmp_path / "reglas", tmp_path, tmp_path / "j.jsonl")


@pytest.mark.parametrize("variable", ["CSE_OUT_OF_SCOPE", "CSE_JUDGED_TURNS"])
def test_an_optional_file_that_is_named_must_be_there(variable: str) -> None:
    with pytest.raises(LocationsError, match=f"{variable}=/nada: no existe"):
        Locations.from_environment({variable: "/nada"})
