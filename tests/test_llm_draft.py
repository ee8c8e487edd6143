"""A model's reply as it grows: only checked sentences come out, and only when they answer."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.draft import Draft
from llm.grounding import check
from llm.lists import with_lists
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


ADMISSION = passage(
    "La admisión tiene dos partes y se empieza por la administrativa:\n\n- **Administrativa**: en la CSE.\n"
    "- **Académica**: en la coordinación.", title="Admisión a posgrado",
)  # fmt: skip
MOBILITY = passage(
    "Es un trámite de la oficina. Para movilidad necesitas:\n\n- estar inscrito al año escolar\n"
    "- al menos 50 % de los créditos\n- promedio mínimo de 8.0\n\nSe pide en la semana 5.", title="Requisitos de movilidad",
)  # fmt: skip
NEEDS = "¿qué requisitos hay para la movilidad?"
MOBILITY_LIST = "\n\n".join(MOBILITY.text.split("\n\n")[:2]).partition(". ")[2]


def answer(reply, question=NEEDS, text=MOBILITY, cuts=()):
    """All that is shown of ``reply``, given in pieces that end at ``cuts``; and whether it was a refusal."""
    made = draft(question, text)
    places = [0, *sorted(cuts), len(reply)]
    said = [made.add(reply[start:end]) for start, end in zip(places, places[1:])]
    text = "".join([*said, made.finish(), made.complete()])
    assert text == made.text
    return text, made.refused


@pytest.mark.parametrize("heading", ["La admisión tiene dos partes y se empieza por la administrativa", "Son dos partes"])
@pytest.mark.parametrize("question", ["¿qué parte de la admisión va en la coordinación?", "¿qué partes tiene la admisión?"])
def test_a_list_of_which_items_are_left_out_is_shown_as_the_passage_has_it(heading, question):
    """With the first item alone, the answer would say that it is the only one."""
    text, _ = answer(f"[1] {heading}: - Administrativa: en la CSE.", question, ADMISSION)
    assert text in (ADMISSION.text, "")
    text, _ = answer("[1] La admisión tiene dos partes y se empieza por la administrativa: Administrativa: en la CSE.",
                     question, ADMISSION)  # fmt: skip
    assert text == ADMISSION.text


@pytest.mark.parametrize(
    "reply",
    [
        "Para movilidad necesitas:",
        "Para movilidad necesitas:\n\n-",
        "Para movilidad necesitas: - ",
        "Para movilidad necesitas: - promedio mínimo de 8.0",
        "Para movilidad necesitas: - al menos 50 % de los créditos - promedio mínimo de 8.0",
        "**Para movilidad necesitas:**\n\n* al menos 50 % de los créditos\n\n* promedio mínimo de 8.0",
    ],
)
def test_no_part_of_a_list_looks_like_the_whole(reply):
    assert answer(reply)[0] == MOBILITY_LIST


def test_a_list_that_lacks_items_and_whose_whole_does_not_fit_is_given_up():
    made = Draft(NEEDS, MOBILITY, "Confírmalo en la oficina. " * 12)
    assert "".join(shown(made, "Para movilidad necesitas: - promedio mínimo de 8.0")) == "" and made.complete() == ""
    assert answer("Para movilidad necesitas:\n\n1. promedio mínimo de 8.0")[0] == ""  # numbers that the passage lacks


def test_a_whole_list_is_shown_in_the_replys_own_words():
    reply = (
        "Para movilidad necesitas: - inscrito al año escolar - al menos 50 % de créditos - promedio mínimo de 8.0\n\n"
        "Se pide en la semana 5."
    )
    text, _ = answer(reply)
    assert text == with_lists(reply) != MOBILITY_LIST


def test_a_heading_is_shown_with_what_it_announces_or_not_at_all():
    text = passage("La beca se pide así:\n\nCon solicitud firmada.\n\nSe pide en la semana 5.", title="Beca")
    assert answer("La beca se pide así:", "¿cómo se pide la beca?", text)[0] == ""
    assert answer("La beca se pide así:\n\nSe compra por $5.", "¿cómo se pide la beca?", text)[0] == ""
    said = shown(draft("¿cómo se pide la beca?", text), "La beca se pide así:\n\nCon solicitud firmada.", size=1)
    assert [part for part in said if part] == ["La beca se pide así: Con solicitud firmada."]


LISTED = ["estar inscrito al año escolar", "al menos 50 % de los créditos", "promedio mínimo de 8.0", "buena letra"]
BITS = st.sampled_from(
    [*LISTED, "Para movilidad necesitas:", "Para movilidad necesitas", "**Para movilidad necesitas:**", ":", "- ", " - ", "-",
     "\n- ", "\n\n- ", "\n\n-", "\n* ", "\n1. ", "\n\n1. ", "\n\n2) ", "\n12", "\n\n", "\n", " ", ". ", ".", "9:00 - 14:00",
     "Es un trámite de la oficina. ", "Se pide en la semana 5.", "No lo sé", "No lo se", "No. ", "guimos ", "[1] ", "[0] ",
     "<end_of_turn>", "<"]
)  # fmt: skip
MARKS = st.sampled_from(["\n\n- ", "\n- ", "\n\n1. ", "\n* ", " - "])
LISTS = st.builds(
    lambda mark, items: "[1] Para movilidad necesitas:" + "".join(mark + item for item in items),
    MARKS, st.lists(st.sampled_from(LISTED), max_size=4),
)  # fmt: skip
REPLIES = st.one_of(st.lists(BITS, max_size=12).map("".join), st.lists(BITS, min_size=60, max_size=90).map("".join), LISTS)


@given(REPLIES, st.data())
@settings(deadline=None, max_examples=200)
def test_however_a_reply_is_cut_into_pieces_the_same_is_shown(reply, data):
    cuts = data.draw(st.one_of(st.just(range(1, len(reply))), st.lists(st.integers(0, len(reply)), max_size=8)))
    text, refused = answer(reply, cuts=cuts)
    assert (text, refused) == answer(reply)
    assert not text.rstrip("*").endswith(":")


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
    hours = "Horario: - lunes de 9:00 - 14:00 - martes de 10 h - 12 h - $5 por copia"
    assert with_lists(hours) == "Horario:\n\n- lunes de 9:00 - 14:00\n- martes de 10 h - 12 h - $5 por copia"


@given(st.text(max_size=300))
@settings(deadline=None)
def test_whatever_a_model_writes_is_shown_only_in_the_words_of_the_passage(reply):
    made = draft()
    text = "".join(shown(made, reply))
    assert text == made.text and len(text) <= LIMIT
    assert all(check(unit, [PAYMENT], QUESTION).ok for unit in sentences(text) if text)
