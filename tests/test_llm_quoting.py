"""A quotation: whole sentences, as they stand, with their source, within the limit."""
import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.passages import Passage
from llm.quoting import LIMIT, closing_for, join, quote, sentences
from tests.llm_parts import quoting_assistant

TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def assistant():
    return quoting_assistant()


def a_passage(text, scope="UAM", origin="Guía"):
    return Passage("H0.01", "Título", text, "Tema", scope, (), origin, ("Título",), frozenset({"H0.01"}))


def quoted(assistant, text, question="título", **about):
    return quote(question, a_passage(text, **about), assistant.office, assistant.index.grams)


def test_sentences_end_where_they_end():
    text = "Vive en Av. Juárez 3, col. Centro. ¿Y luego? El mínimo es 7.0. Va en la ext. 1646."
    assert sentences(text) == ["Vive en Av. Juárez 3, col. Centro.", "¿Y luego?", "El mínimo es 7.0.", "Va en la ext. 1646."]


def test_a_list_stays_with_the_line_that_introduces_it():
    assert sentences("Hola. Los pasos son:\n\n- Paga.\n- Inscribe.\n\nListo.") == [
        "Hola.",
        "Los pasos son:\n\n- Paga.\n- Inscribe.",
        "Listo.",
    ]


def test_a_list_may_have_blank_lines_between_its_items_and_a_bold_heading():
    assert sentences("**Los pasos son:**\n\n1. Paga.\n\n2. Inscribe.\n\nListo.\n\n- Eso.") == [
        "**Los pasos son:**\n\n1. Paga.\n2. Inscribe.",
        "Listo.",
        "- Eso.",
    ]


def test_items_that_nothing_introduces_stand_alone():
    assert sentences("Es una oficina.\n\n- Hace constancias.\n- Hace\n  historiales.") == [
        "Es una oficina.",
        "- Hace constancias.",
        "- Hace historiales.",
    ]


def test_says_that_it_quotes_and_whose_word_it_is(assistant):
    assert quoted(assistant, "Se paga en el banco.") == "Según Guía: Se paga en el banco."


def test_a_text_that_names_its_source_is_not_introduced_twice(assistant):
    assert quoted(assistant, "Según la guía, se paga en el banco.") == "Según la guía, se paga en el banco."


def test_the_notice_of_the_scope_follows_what_is_quoted(assistant):
    notice = assistant.office.scopes["AZC"].notice
    assert quoted(assistant, "Va en la semana 5.", scope="AZC") == f"Según Guía: Va en la semana 5. {notice}"


def test_a_sentence_that_repeats_the_notice_is_left_out(assistant):
    text = "Va en la semana 5. Confírmalo en la CSE de UAM-I."
    assert quoted(assistant, text, scope="AZC").count("en la CSE") == 1
    assert "Confírmalo" in quoted(assistant, text, scope="UAM")


def test_what_does_not_fit_is_left_out_in_whole_sentences(assistant):
    sentence = "El trámite tiene muchas reglas que conviene leer con calma antes de pedirlo en ventanilla."
    text = " ".join([sentence] * 6)
    assert quoted(assistant, text) == "Según Guía: " + " ".join([sentence] * 4)


def test_the_sentence_about_the_question_is_kept(assistant):
    filler = "Hay asuntos generales que conviene leer con mucha calma antes de acudir a ventanilla. " * 4
    answer = quoted(assistant, filler + "La reposición de credencial va en la semana 9.", question="credencial reposición")
    assert "La reposición de credencial va en la semana 9." in answer
    assert len(answer) <= LIMIT


def test_long_sources_give_way_to_the_text(assistant):
    origin = "; ".join(["Instructivo para tramitar equivalencias", *(f"Página número {i} de la guía" for i in range(9))])
    text = "La equivalencia tarda un trimestre. " * 5
    answer = quoted(assistant, text.strip(), origin=origin)
    assert answer.startswith("Según Instructivo para tramitar equivalencias y otras fuentes: ")
    assert text.strip() in answer


def test_a_sentence_too_long_is_not_quoted_at_all(assistant):
    assert quoted(assistant, "Palabra " * 80 + "fin.") is None


def test_every_passage_is_quoted_word_for_word_within_the_limit(assistant):
    for passage in assistant.index.passages:
        text = quote(passage.title, passage, assistant.office, assistant.index.grams)
        if text is None:
            continue
        assert len(text) <= LIMIT, passage.id
        notice = assistant.office.scopes[passage.scope].notice or ""
        rest = text.replace(notice, "") if notice else text
        kept = [unit for unit in sentences(passage.text) if unit in text]
        for unit in kept:
            rest = rest.replace(unit, "", 1)
        assert kept and re.fullmatch(r"\s*(Según [^:]*.*:)?\s*", rest), passage.id


def test_a_rules_answer_is_quoted_as_the_office_wrote_it_and_says_whose_practice_it_tells(assistant):
    rules = [p for p in assistant.index.passages if p.rule and len(p.text) <= LIMIT]
    named = [p for p in rules if p.scope == "AZC" and "Azcapotzalco" in p.text]
    assert len(named) > 20
    for passage in named:
        assert quote(passage.title, passage, assistant.office, assistant.index.grams) == passage.text
    silent = replace(named[0], text="Va en la semana 5.", scope="AZC")
    notice = assistant.office.scopes["AZC"].notice
    assert quote("semana", silent, assistant.office, assistant.index.grams) == f"Va en la semana 5. {notice}"


def test_what_a_rule_says_of_its_own_worth_is_said_after_whatever_is_taken_from_it(assistant):
    rule = next(p for p in assistant.index.passages if p.rule and p.scope == "UAM-I")
    text = "El mapa está en el portal. Es información no oficial: confírmala en la CSE."
    passage = replace(rule, text=text)
    assert closing_for("El mapa está en el portal.", passage, assistant.office) == (
        "Es información no oficial: confírmala en la CSE."
    )
    assert closing_for(text, passage, assistant.office) == ""
    abroad = replace(passage, scope="AZC")
    notice = assistant.office.scopes["AZC"].notice
    assert closing_for("El mapa está en el portal.", abroad, assistant.office) == notice
    own = closing_for("En Azcapotzalco el mapa está en el portal.", abroad, assistant.office)
    assert own == "Es información no oficial: confírmala en la CSE."


def test_no_number_mail_or_link_appears_that_the_passage_or_its_source_lacks(assistant):
    for passage in assistant.index.passages:
        text = quote(passage.title, passage, assistant.office, assistant.index.grams) or ""
        known = f"{passage.text} {passage.origin}"
        assert all(datum in known for datum in re.findall(r"\d[\d.,:/-]*\d|\d|\S+@\S+\w|https?://\S+", text)), passage.id


@given(st.text(alphabet="Aa. ¿?\n-:9á", max_size=120))
def test_sentences_lose_no_word(text):
    assert "".join(join(sentences(text)).split()) == "".join(text.split())


def test_what_a_rule_does_not_know_is_said_after_whatever_is_taken_from_it(assistant):
    passage = next(p for p in assistant.index.passages if p.id == "cambio_unidad")
    for question in ("en qué semana se pide el cambio", *passage.questions):
        said = quote(question, passage, assistant.office, assistant.index.grams)
        assert said is not None and "De Iztapalapa y las demás no tengo el dato" in said
    silent = replace(passage, text="Va en la semana 5. De Iztapalapa no tengo el dato: confírmalo en la CSE.", scope="AZC")
    assert closing_for("Va en la semana 5.", silent, assistant.office).startswith("De Iztapalapa no tengo el dato")
    aside = replace(passage, text="Valen el banco (no tengo a la mano cuál) o CoDi. Guarda tu comprobante.", scope="UAM-I")
    assert closing_for("Guarda tu comprobante.", aside, assistant.office) == ""
