"""A model's reply as it grows: only checked sentences come out, and only when they answer."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.draft import Draft, with_lists
from llm.grounding import check
from llm.quoting import LIMIT, sentences
from tests.llm_parts import passage

PAYMENT = passage("El pago tarda en verse entre 48 y 72 horas hábiles. Después se reporta a la CSE con el comprobante.")
LIST = passage("Los pasos son:\n\n- Genera tu línea de captura.\n- Paga.\n- Inscribe tus UEA.", facts="H0.02")
QUESTION = "qué pasa después de pagar"


def draft(question=QUESTION, text=PAYMENT, closing=""):
    return Draft(question, text, closing)


def shown(made, reply, size=5):
    """What each piece of ``reply`` lets through, and what its end does."""
    pieces = [made.add(reply[i : i + size]) for i in range(0, len(reply), size)]
    return [*pieces, made.finish()]


def test_a_sentence_is_shown_when_it_is_whole_and_not_before():
    made = draft()
    assert made.add("[1] El pago tarda en verse entre 48 y 72 horas hábiles.") == ""
    assert made.add(" Después se rep") == "El pago tarda en verse entre 48 y 72 horas hábiles."
    assert made.add("orta a la CSE con el comprobante.<end_of_turn>") == " Después se reporta a la CSE con el comprobante."
    assert made.over


@given(st.integers(1, 60))
@settings(deadline=None)
def test_pieces_of_any_size_give_the_same_text(size):
    reply = "[1] El pago tarda en verse entre 48 y 72 horas hábiles. Después se reporta a la CSE con el comprobante."
    made = draft()
    assert "".join(shown(made, reply, size)) == made.text == reply.removeprefix("[1] ")


def test_a_false_sentence_is_cut_and_ends_the_answer():
    made = draft()
    reply = "[1] El pago tarda en verse entre 48 y 72 horas hábiles. Después cuesta $300. Después se reporta a la CSE."
    said = shown(made, reply)
    assert "".join(said) == "El pago tarda en verse entre 48 y 72 horas hábiles."
    assert made.over and made.verdict.reason == "word"


@pytest.mark.parametrize("reply", ["[1] El pago tarda 24 horas hábiles.", "[1] Genera tu línea de captura.", "", "[1] "])
def test_a_reply_that_the_passage_does_not_state_shows_nothing(reply):
    made = draft()
    assert "".join(shown(made, reply)) == "" and not made.refused


@pytest.mark.parametrize("reply", ["[0] No lo sé.", "No lo sé.", "[1] no lo se, pregunta", "[0] El pago tarda en verse."])
def test_a_refusal_is_known_as_such(reply):
    made = draft()
    assert "".join(shown(made, reply)) == "" and made.refused and made.over


def test_nothing_is_shown_that_lacks_the_datum_asked_for():
    assert "".join(shown(draft("¿cuánto cuesta?"), "[1] Después se reporta a la CSE con el comprobante.")) == ""
    assert "".join(shown(draft("¿cuánto tarda?"), "[1] El pago tarda en verse entre 48 y 72 horas hábiles.")) != ""


def test_nothing_is_shown_that_is_not_about_the_question():
    """What is left of a reply may be the passage's mere notice."""
    text = passage("La reinscripción en blanco conserva tu lugar. Pregunta los detalles en la oficina.", title="En blanco")
    made = draft("¿conserva mi lugar?", text=text)
    assert "".join(shown(made, "[1] Pregunta los detalles en la oficina.")) == ""
    assert made.complete() == "La reinscripción en blanco conserva tu lugar. Pregunta los detalles en la oficina."
    made = draft("¿conserva mi lugar?", text=text)
    assert "".join(shown(made, "[1] La reinscripción en blanco conserva tu lugar.")) != ""


def test_what_was_asked_about_and_left_out_is_added_in_the_passages_words():
    made = draft("después del pago, ¿con qué comprobante se reporta?")
    shown(made, "[1] El pago tarda en verse entre 48 y 72 horas hábiles.")
    assert made.complete() == " Después se reporta a la CSE con el comprobante."
    assert made.complete() == ""
    made = draft("¿cuánto tarda en verse el pago?")
    shown(made, "[1] El pago tarda en verse entre 48 y 72 horas hábiles.")
    assert made.complete() == ""
    made = draft("¿con qué comprobante se reporta?")
    shown(made, "[1] Cuesta $300.")
    assert made.complete() == "" and made.text == ""


def test_of_a_list_already_begun_only_the_items_left_out_are_added():
    text = passage(
        "La admisión tiene dos partes y se empieza por la administrativa:\n\n- **Administrativa**: en la CSE.\n"
        "- **Académica**: en la coordinación.", title="Admisión a posgrado",
    )  # fmt: skip
    made = draft("¿qué parte de la admisión va en la coordinación?", text=text)
    shown(made, "[1] La admisión tiene dos partes y se empieza por la administrativa: Administrativa: en la CSE.")
    assert made.complete().strip() == "- **Académica**: en la coordinación."
    assert made.text.count("dos partes") == 1


def test_a_sentence_said_twice_or_broken_off_is_not_shown():
    once = "El pago tarda en verse entre 48 y 72 horas hábiles."
    assert "".join(shown(draft(), f"[1] {once} {once} {once}")) == once
    assert "".join(shown(draft(), "[1] El pago tarda en verse entre 48")) == ""


def test_a_model_that_never_ends_is_ended():
    made = draft()
    assert made.add("[1] El pago " + "tarda y tarda " * 100) == "" and made.over


def test_room_is_left_for_the_closing_and_echoes_of_it_are_left_out():
    closing = "Es práctica publicada por Azcapotzalco; confírmalo en la CSE de UAM-I."
    long = passage("Una frase. " + " ".join(f"Frase número {n} de la guía de Azcapotzalco." for n in range(20)))
    made = draft(text=long, closing=closing)
    text = "".join(shown(made, "[1] " + long.text))
    assert text and len(text) + 1 + len(closing) <= LIMIT
    echo = passage("La prórroga se pide por correo. Confírmalo en la CSE de UAM-I.")
    assert "".join(shown(draft(text=echo, closing=closing), "[1] " + echo.text)) == "La prórroga se pide por correo."


def test_a_list_gets_its_lines_back():
    made = draft(text=LIST)
    said = "".join(shown(made, "[1] Los pasos son: - Genera tu línea de captura. - Paga. - Inscribe tus UEA.<end_of_turn>"))
    assert said == LIST.text
    assert with_lists("25 - 30 y punto") == "25 - 30 y punto"


@given(st.text(max_size=300))
@settings(deadline=None)
def test_whatever_a_model_writes_is_shown_only_in_the_words_of_the_passage(reply):
    made = draft()
    text = "".join(shown(made, reply))
    assert text == made.text and len(text) <= LIMIT
    assert all(check(unit, [PAYMENT], QUESTION).ok for unit in sentences(text) if text)
