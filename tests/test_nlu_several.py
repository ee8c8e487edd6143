"""Several questions in one message: who answers each, and one reply out of them."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from nlu.decision import Decider
from nlu.followup import Turn
from nlu.several import Part, asked_once, compose, parts_of
from tests.nlu_school import school_book

BECA, PAGO = "¿Dónde pido una beca?", "¿Dónde pago la cuota?"


@dataclass(frozen=True)
class Said:
    """A verdict as the decider gives it."""

    rule_id: str | None
    kind: str | None = "official"
    reason: str = "confidence"
    confidence: float = 0.9
    suggestions: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        return self.rule_id is not None


UNSURE = Said(None, None, "low", 0.3)


def parts(message: str, whole: Said, **rules: Said) -> tuple[Part, ...]:
    """The parts when the first word that is a key of ``rules`` decides a question."""

    def decide(question: str, history: Sequence[Turn] | None) -> Said:
        return next((said for word, said in rules.items() if word in question), UNSURE)

    return parts_of(message, whole, (), decide)


def payload(rule: str, kind: str = "official", confidence: float = 0.9) -> dict[str, object]:
    source = {"title": f"Fuente de {rule}", "url": None, "scope": None}
    suggestion = {"title": "¿Algo más?", "message": "¿Algo más?"}
    return {"kind": kind, "rule_id": rule, "confidence": confidence, "sources": [source], "suggestions": [suggestion]}


def test_each_question_gets_its_rule() -> None:
    found = parts(f"{BECA} {PAGO}", UNSURE, beca=Said("beca"), cuota=Said("pago", confidence=0.8))
    assert found == (Part(BECA, "beca", 0.9), Part(PAGO, "pago", 0.8))


def test_a_question_without_an_answer_is_kept_to_say_so() -> None:
    assert parts(f"{BECA} {PAGO}", UNSURE, beca=Said("beca"))[1].rule_id is None


def test_one_question_has_no_parts() -> None:
    assert parts(BECA, Said("beca"), beca=Said("beca")) == ()


def test_a_question_said_again_and_again_is_one() -> None:
    assert parts(f"{BECA} {BECA.upper()}", UNSURE, beca=Said("beca")) == ()
    assert asked_once(f"{BECA} {BECA} donde pido una beca?") == BECA
    assert asked_once(f"{BECA} {PAGO}") == f"{BECA} {PAGO}"
    assert len(parts(f"{BECA} {PAGO} {BECA}", UNSURE, beca=Said("beca"), cuota=Said("pago"))) == 2


def test_two_interrogatives_of_one_verb_are_two_questions_where_no_rule_has_both() -> None:
    rules = {"cuando": Said("fechas"), "como": Said("pasos")}
    assert [part.rule_id for part in parts("cuando y como me reinscribo", UNSURE, **rules)] == ["fechas", "pasos"]
    assert parts("cuando y como me reinscribo", Said("todo"), **rules) == ()


def test_nothing_sure_has_no_parts() -> None:
    assert parts(f"{BECA} {PAGO}", UNSURE) == ()


def test_questions_of_one_rule_are_one_question() -> None:
    assert parts(f"{BECA} {PAGO}", Said("beca"), beca=Said("beca"), cuota=Said("beca")) == ()


def test_the_whole_outweighs_a_fragment() -> None:
    assert parts(f"{BECA} {PAGO}", Said("otra"), beca=Said("beca")) == ()


def test_a_part_that_the_whole_answers_is_not_called_unanswered() -> None:
    whole = Said("beca", suggestions=("beca",))
    near = Said(None, None, "low", 0.5, ("beca",))
    assert parts(f"{BECA} {PAGO}", whole, beca=Said("beca"), cuota=near) == ()


HELP = "ya no puedo más"


def after_help(message: str, **rules: Said) -> tuple[Part, ...]:
    help_first = {"puedo": Said("apoyo", reason="urgent"), **rules}
    return parts(message, Said("apoyo", reason="urgent"), **help_first)


@pytest.mark.parametrize("message", [f"{HELP}. {BECA}", f"{BECA} {HELP}", f"{HELP}, ¿dónde pido una beca?"])
def test_what_is_asked_beside_a_call_for_help_is_answered_after_it(message: str) -> None:
    first, second = after_help(message, beca=Said("beca"))
    assert (first.question, first.rule_id) == ("", "apoyo")
    assert second.rule_id == "beca" and HELP not in second.question


def test_a_call_for_help_is_whole_and_stands_alone_unless_something_else_is_surely_asked() -> None:
    assert after_help(HELP) == ()
    assert after_help(f"{HELP}, {BECA}") == ()
    assert after_help(f"{HELP}, gracias", gracias=Said("gracias", "small_talk")) == ()
    assert parts(f"{BECA} {PAGO}", UNSURE, beca=Said("beca"), cuota=Said("apoyo", reason="urgent")) == ()


def test_the_help_has_no_heading() -> None:
    text, _ = compose([("", "Llama a la línea.", payload("apoyo")), (BECA, "Pídela en la caja.", payload("beca"))])
    assert text == f"Llama a la línea.\n\n**{BECA}**\n\nPídela en la caja."


def test_small_talk_is_no_question() -> None:
    assert parts(f"{BECA} {PAGO}", UNSURE, beca=Said("beca"), cuota=Said("gracias", "small_talk")) == ()


def test_beyond_three_questions_the_rest_is_named() -> None:
    message = " ".join(f"¿Dónde está la sala {n}?" for n in range(5))
    found = parts(message, UNSURE, **{f"sala {n}": Said(f"sala{n}") for n in range(5)})
    assert [part.rule_id for part in found] == ["sala0", "sala1", "sala2", None, None]


def test_each_question_is_read_after_those_before() -> None:
    seen: list[list[str | None]] = []

    def decide(question: str, history: Sequence[Turn] | None) -> Said:
        seen.append([turn.rule_id for turn in history or ()])
        return Said("beca") if "beca" in question else Said("pago")

    parts_of(f"{BECA} {PAGO}", UNSURE, [Turn("hola", "saludo")], decide)
    assert seen == [["saludo"], ["saludo", "beca"]]


@pytest.mark.parametrize(
    ("message", "known"),
    [
        (f"{BECA} {PAGO}", [False, True]),  # the first names what the second may lean on
        ("¿y dónde? ¿y cuánto cuesta?", [False, False]),
        ("¿y qué beca pido? ¿y cuánto dan?", [False, True]),  # it leans, yet its rule is known
        ("¿eres un robot? ¿y cuánto cuesta?", [False, False]),
    ],
)
def test_an_unknown_history_stays_unknown_until_a_part_names_its_subject(message: str, known: list[bool]) -> None:
    seen: list[bool] = []

    def decide(question: str, history: Sequence[Turn] | None) -> Said:
        seen.append(history is not None)
        said = Said("robot", "small_talk") if "robot" in question else UNSURE
        return Said("beca") if "beca" in question else said

    parts_of(message, UNSURE, None, decide)
    assert seen == known


def test_who_leans_on_what_nobody_knows_is_not_sure_in_parts_either(tmp_path: Path) -> None:
    decider = Decider(school_book(tmp_path), risk=0.3)
    leaning = "¿y dónde solicito?"
    assert decider.decide(leaning, None).reason == "leaning"
    parts = decider.decide(f"{leaning} ¿Cuánto cuesta la credencial?", None).parts
    assert [part.rule_id for part in parts] == [None, "credencial_costo"]
    assert [part.rule_id for part in decider.decide(f"{leaning} ¿Cuánto cuesta la credencial?").parts][0] == "beca"


def test_what_staff_wrote_as_one_question_is_one() -> None:
    assert parts(f"{BECA} {PAGO}", Said("tramites", reason="exact"), beca=Said("beca"), cuota=Said("pago")) == ()


def test_small_talk_and_repeats_leave_room_for_the_rest() -> None:
    message = f"¿eres un robot? {BECA} {BECA} {PAGO} ¿Dónde está la sala?"
    rules = {"beca": Said("beca"), "cuota": Said("pago"), "sala": Said("sala")}
    found = parts(message, UNSURE, robot=Said("robot", "small_talk"), **rules)
    assert [part.rule_id for part in found] == ["beca", "pago", "sala"]


def test_what_was_not_asked_is_said_to_be_left_and_offered() -> None:
    known = [(f"¿{name}?", f"Respuesta {name}.", payload(name)) for name in "ab"]
    text, merged = compose([*known, ("¿C?", None, None), ("¿D?", None, None)])
    assert "No tengo una respuesta segura para «¿C?»." in text and "segura para «¿C?» ni" not in text
    assert "Contesto 3 preguntas a la vez. Faltó «¿D?». Pregúntamela aparte" in text
    assert [s["message"] for s in merged["suggestions"][:2]] == ["¿C?", "¿D?"]
    text, merged = compose([*known, ("¿c?", "Respuesta c.", payload("c")), ("¿D?", None, None), ("¿E?", None, None)])
    assert "No tengo" not in text and "Faltaron «¿D?» y «¿E?». Pregúntamelas aparte" in text


def test_the_answers_stand_word_for_word_each_under_its_question() -> None:
    text, merged = compose([(BECA, "En **becas.uam.mx**.", payload("beca")), (PAGO, "En la caja:\n- A", payload("pago"))])
    assert text == f"**{BECA}**\n\nEn **becas.uam.mx**.\n\n**{PAGO}**\n\nEn la caja:\n- A"
    assert (merged["kind"], merged["rule_id"], merged["rule_ids"]) == ("official", "beca", ["beca", "pago"])
    assert len(merged["sources"]) == 2 and len(merged["suggestions"]) == 1


def test_what_has_no_answer_is_said_and_offered_alone() -> None:
    text, merged = compose([(BECA, "Aquí.", payload("beca")), (PAGO, None, None)])
    assert f"No tengo una respuesta segura para «{PAGO}»" in text
    assert merged["suggestions"][0] == {"title": PAGO, "message": PAGO}


@pytest.mark.parametrize(
    ("kinds", "kind"), [(("official", "no_answer"), "official"), (("no_answer", "no_answer"), "no_answer")]
)
def test_the_kind_is_official_if_any_answer_is(kinds: tuple[str, str], kind: str) -> None:
    answered = [(BECA, "Uno.", payload("a", kinds[0], 0.9)), (PAGO, "Dos.", payload("b", kinds[1], 0.7))]
    _, merged = compose(answered)
    assert (merged["kind"], merged["confidence"]) == (kind, 0.7)


def test_the_students_words_are_no_markup() -> None:
    text, _ = compose([("**[liga](http://x)**\n# ¿hola?", "Sí.", payload("a")), ("¿" + "a" * 300 + "?", "No.", payload("b"))])
    title, _, second, _ = text.split("\n\n")
    assert title == "**Liga ¿hola?**"
    assert len(second) < 150


def test_what_leans_and_is_held_by_an_answer_given_is_no_open_question() -> None:
    text, reply = compose([("qué es la anualidad", "Se paga una vez al año, cada tres trimestres.", payload("a")),
                           ("y cada cuánto se paga", None, None)])  # fmt: skip
    assert text == "Se paga una vez al año, cada tres trimestres."
    assert reply["suggestions"] == payload("a")["suggestions"]


def test_an_open_question_without_a_subject_is_named_but_no_button() -> None:
    text, reply = compose([("cuándo checo mi alta", "En la semana 3.", payload("a")), ("¿y dónde?", None, None)])
    assert "«¿Dónde?»" in text and not any("nde" in s["title"] for s in reply["suggestions"])


def test_a_heading_drops_what_joins_it_to_the_question_before() -> None:
    text, _ = compose([("qué piden", "Nada.", payload("a")), ("¿y también cómo saco la beca?", "Así.", payload("b"))])
    assert "**Qué piden**" in text and "**¿Cómo saco la beca?**" in text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("¿cómo entro a [esto](https://x.mx/a?b)?", "¿Cómo entro a esto?"),
        ("www.x.com cuándo pago", "Cuándo pago"),
        ("es en pagos.x.xyz/ya o dónde?", "¿Es en o dónde?"),
        ("¿cuándo pago", "¿Cuándo pago?"),
        ("cuándo pago?", "¿Cuándo pago?"),
        ("tengo 8.5, me alcanza?", "Tengo 8.5, me alcanza?"),
    ],
)
def test_a_heading_holds_no_address_and_both_marks(asked: str, shown: str) -> None:
    text, _ = compose([(asked, "Sí.", payload("a")), ("¿y cómo?", "No.", payload("b"))])
    assert text.startswith(f"**{shown}**\n")


def test_a_part_without_a_subject_asks_of_the_subject_before_it() -> None:
    likely = {"a que hora abre modulo sur": Said(None, confidence=0.2, suggestions=("modulos",)),
              "a que hora abre oficina": Said("horario", confidence=0.9, suggestions=("horario",))}  # fmt: skip

    def decide(question: str, history: Sequence[Turn] | None) -> Said:
        question = question.removeprefix("y ").strip()
        return likely.get(question) or Said("horario" if question.startswith("a que hora") else "lugar", suggestions=("lugar",))

    whole = Said(None, reason="low")
    for place, hours in (("el modulo sur", None), ("la oficina", "horario")):
        parts = parts_of(f"donde queda {place} y a que hora abre", whole, (), decide)
        assert [part.rule_id for part in parts] == ["lugar", hours]
