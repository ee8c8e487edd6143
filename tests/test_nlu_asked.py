"""Which datum a question asks for, and which a text holds."""
import pytest

from nlu.asked import Datum, asked, held


@pytest.mark.parametrize(
    ("question", "datum"),
    [
        ("¿Cuánto cuesta la constancia?", Datum.AMOUNT),
        ("precio de la ficha", Datum.AMOUNT),
        ("kuanto hay q pagar de anualidad", Datum.AMOUNT),
        ("a q hora abren", Datum.HOUR),
        ("¿Cuál es el horario de atención?", Datum.HOUR),
        ("¿En qué fecha empieza el trimestre?", Datum.DATE),
        ("cuando salen los horarios", Datum.TIME),
        ("cual es el limite pa llevarlo", Datum.TIME),
        ("me pasan el tel de la cse", Datum.PHONE),
        ("a q correo mando la solicitud", Datum.MAIL),
        ("pásame la liga", Datum.LINK),
        ("¿Cuántas recuperaciones puedo inscribir?", Datum.NUMBER),
    ],
)
def test_a_question_asks_for_a_datum(question, datum):
    assert datum in asked(question)


@pytest.mark.parametrize("question", ["¿Qué es una UEA?", "como renuncio a una materia", "¿Dónde está la CSE?", ""])
def test_a_question_may_ask_for_no_datum(question):
    assert asked(question) == frozenset()


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("La cuota es de $160 por trimestre.", Datum.AMOUNT),
        ("El trámite no tiene costo.", Datum.AMOUNT),
        ("Atiende de 9:00 a 17:00.", Datum.HOUR),
        ("Es el 6 de mayo de 2026.", Datum.DATE),
        ("Se hace en la semana 5.", Datum.DATE),
        ("Teléfono 55 5483-4000, ext. 1646.", Datum.PHONE),
        ("Escribe a tramitereeae@correo.uam.mx.", Datum.MAIL),
        ("Está en admision.uam.mx.", Datum.LINK),
        ("Hasta dos por trimestre.", Datum.NUMBER),
    ],
)
def test_a_text_holds_a_datum(text, datum):
    assert datum in held(text)


def test_a_topic_is_no_datum():
    assert held("La credencial se repone en la ventanilla de la CSE.") == frozenset()
    assert Datum.AMOUNT not in held("En la UAM se pagan la cuota del trimestre y la anualidad.")
    assert Datum.HOUR not in held("La CSE está en el edificio B.")
