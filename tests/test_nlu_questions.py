"""Files of questions, and what is said of those that can't be used."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nlu.questions import Question, QuestionsError, as_rasa_examples, of_book, read_judged, read_messages, read_questions
from rules.locations import Locations

TEXT = st.text(st.characters(codec="utf-8"), max_size=40).filter(str.strip)
LISTS = st.lists(st.tuples(TEXT, st.none() | st.text("abc_", min_size=1, max_size=9)), min_size=1, max_size=5)


@given(LISTS, st.booleans(), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_what_json_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str | None]], escaped: bool, end: str
) -> None:
    path = tmp_path_factory.mktemp("preguntas") / "q.jsonl"
    lines = [json.dumps({"question": text, "rule": rule, "kind": "x"}, ensure_ascii=escaped) for text, rule in pairs]
    path.write_bytes(end.join(lines).encode())
    assert read_questions(path) == [Question(text, rule) for text, rule in pairs]


def test_a_line_separator_inside_a_question_parts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "uno\u2028dos\u0085tres", "rule": null}\n', encoding="utf-8")
    assert read_questions(path) == [Question("uno\u2028dos\u0085tres", None)]


def test_a_byte_order_mark_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b'\xef\xbb\xbf\n{"question": "a", "rule": null}\n  \n')
    assert read_questions(path) == [Question("a", None)]


def test_a_message_may_be_known_to_be_foreign(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    lines = [{"question": "a", "rule": None, "kind": kind} for kind in ("out_of_scope", "close_miss")]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert [question.foreign for question in read_questions(path)] == [True, False]


GOOD = '{"question": "a", "rule": "b"}'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no es JSON"),
        ("[1]", "falta «question»"),
        ('"texto"', "falta «question»"),
        ('{"rule": "b"}', "falta «question»"),
        ('{"question": 3, "rule": null}', "falta «question»"),
        ('{"question": "", "rule": null}', "falta «question»"),
        ('{"question": " ", "rule": "b"}', "falta «question»"),
        ('{"question": "a", "regla": "b"}', "falta «rule»"),
        ('{"question": "a", "rule": ""}', "«rule» es un id o null"),
        ('{"question": ' + "[" * 100_000, "no es una pregunta"),
        ('{"question": ' + "1" * 5000 + "}", "no es una pregunta"),
        ('{"question": "a", "rule": 7}', "«rule» es un id o null"),
        ('{"question": "a", "rule": ["b"]}', "«rule» es un id o null"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_how_to_mend_it(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f"{GOOD}\n\n{line}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(QuestionsError) as error:
        read_questions(path)
    assert str(error.value).startswith(f"{path}:3: ") and said in str(error.value) and "Escribe {" in str(error.value)


@pytest.mark.parametrize(("content", "said"), [(None, "no se puede leer"), (b"\xff\xfe", "no se puede leer"),
                                               (b"\n \n", "ninguna pregunta")])  # fmt: skip
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "q.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(QuestionsError, match=said) as error:
        read_questions(path)
    assert str(path) in str(error.value)


def test_messages_are_lines_without_comments(tmp_path: Path) -> None:
    path = tmp_path / "m.txt"
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text("# nota\n uno \n\ndos # tres\n", encoding=encoding)
        assert read_messages(path) == ["uno", "dos # tres"]


@pytest.mark.parametrize("content", [None, "¿Qué hora es?\n".encode("latin-1")])
def test_messages_that_cannot_be_read_are_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "m.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(QuestionsError, match="no se puede leer.*UTF-8") as error:
        read_messages(path)
    assert str(path) in str(error.value)


def test_rasa_reads_the_questions_by_intent() -> None:
    questions = [Question("¿Dónde\n pago?", "pago"), Question("hola: mundo", None), Question("- banco", "pago")]
    content = yaml.safe_load(as_rasa_examples(questions))
    assert content["nlu"] == [
        {"intent": "faq/pago", "examples": "- ¿Dónde pago?\n- - banco\n"},
        {"intent": "consulta_abierta", "examples": "- hola: mundo\n"},
    ]


def test_turns_whose_rule_the_book_lacks_do_not_count(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    asked = [Question("a", "x"), Question("b", "y"), Question("c", "vieja"), Question("d", None)]
    assert of_book(asked, {"x", "y"}, tmp_path) == [asked[0], asked[1], asked[3]]
    assert of_book([Question("d", None)], {"x"}, tmp_path) == [Question("d", None)]
    assert not caplog.records


def test_turns_of_another_office_do_not_count_at_all_and_it_is_said_once(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    asked = [Question("a", "x"), Question("b", "y"), Question("c", "z"), Question("d", None)] * 5
    assert of_book(asked, {"x"}, tmp_path / "j.jsonl") == []
    [record] = caplog.records
    assert "j.jsonl: es de otra oficina (el libro no tiene 2 de las 3 reglas" in record.getMessage()


def test_an_office_that_names_no_judged_turns_hears_nothing_of_another_s(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    assert read_judged(Locations.from_environment({}), {"una_regla_suya"}) == [] and not caplog.records
    path = tmp_path / "j.jsonl"
    path.write_text('{"question": "a", "rule": "x"}\n', encoding="utf-8")
    assert read_judged(Locations.from_environment({"CSE_JUDGED_TURNS": str(path)}), {"una_regla_suya"}) == []
    assert "j.jsonl: es de otra oficina" in caplog.text
