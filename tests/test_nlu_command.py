"""``python -m nlu``: figures for any book, decisions as data, errors that say how to mend."""
from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nlu.__main__ import main
from nlu.calibration import Calibration
from rules.locations import ROOT
from rules.output import READER_LEFT
from tests.nlu_books import VARIANTS, entry, school_entries, write_book, write_questions

FIGURES = {"accuracy", "coverage", "selective_risk", "false_accept_rate", "aurc", "threshold", "ms_per_question"}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["nlu", *map(str, arguments)])
    return main()


@pytest.fixture
def office_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The office's commands read this small book; the judged turns beside it are another office's."""
    monkeypatch.setenv("CSE_RULES", str(write_book(tmp_path / "reglas", *school_entries())))
    judged = write_questions(tmp_path / "juzgados.jsonl", ("¿Cómo renuevo un préstamo?", "renovar"), ("¿Qué hora es?", None))
    monkeypatch.setenv("CSE_JUDGED_TURNS", str(judged))
    monkeypatch.setenv("CSE_MODELS", str(tmp_path))
    return tmp_path


def test_evaluate_prints_json_alone(tmp_path: Path) -> None:
    rules = write_book(tmp_path / "r", *school_entries())
    questions = write_questions(tmp_path / "q.jsonl", ("¿Dónde pago la colegiatura?", "pago"), ("hola", "no_existe"))
    command = [sys.executable, "-m", "nlu", "evaluate", str(rules), str(questions), "--json", "--errors"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    report = json.loads(done.stdout)
    assert report.keys() >= FIGURES and report["coverage"] == 1 and report["selective_risk"] == 0.5
    assert "no_existe" in done.stderr and "charla" in done.stderr


MINIMAL: dict[str, list[dict[str, Any]]] = {
    "one rule": [entry("pago", ["¿Dónde pago?", "banco"])],
    "one variant": [entry("pago", ["¿Dónde pago?"])],
    "a variant a rule": [entry("pago", ["¿Dónde pago?"]), entry("beca", ["¿Hay becas?"])],
    "the same question twice": [entry("pago", ["¿Dónde pago?"]), entry("beca", ["¿Dónde pago?", "becas"])],
    "no words": [entry("pago", ["¿?"]), entry("beca", ["¿Hay becas?"])],
}


@pytest.mark.parametrize("entries", MINIMAL.values(), ids=MINIMAL.keys())
def test_any_book_that_loads_is_evaluated(
    tmp_path: Path, entries: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = write_book(tmp_path / "r", *entries)
    asked = write_questions(tmp_path / "q.jsonl", ("¿Dónde pago?", "pago"), ("becas", "beca"), ("qué hora es", None))
    assert run(monkeypatch, "evaluate", rules, asked, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rules"] == len(entries) and report["in_scope"] == 2 and 0 <= report["aurc"] <= 1


def test_the_threshold_comes_from_the_book_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = write_book(tmp_path / "r", *school_entries())
    thresholds = set()
    for name, pairs in {"a": [("hola", "pago")] * 80, "b": [("¿Dónde pago la colegiatura?", "pago")]}.items():
        questions = write_questions(tmp_path / name, *pairs)
        assert run(monkeypatch, "evaluate", rules, questions, "--json", "--risk", 0.1) == 0
        thresholds.add(json.loads(capsys.readouterr().out)["threshold"])
    assert len(thresholds) == 1


def test_people_get_one_figure_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = write_book(tmp_path / "r", *school_entries())
    assert run(monkeypatch, "evaluate", rules, write_questions(tmp_path / "q", ("hola", None))) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} >= FIGURES


BAD = {
    "no folder": ({}, {"q": '{"question": "a", "rule": null}'}, "no hay archivos de reglas"),
    "bad YAML": ({"reglas.yml": "reglas: [\n"}, {"q": '{"question": "a", "rule": null}'}, "reglas.yml:"),
    "no answer": ({"r.yml": "reglas:\n  - id: a\n    preguntas: [b]\n"}, {"q": '{"question": "a"}'}, "respuesta"),
    "no file": ({"r.yml": "reglas:\n  - {id: a, preguntas: [b], respuesta: c}\n"}, {}, "no se puede leer"),
    "bad line": ({"r.yml": "reglas:\n  - {id: a, preguntas: [b], respuesta: c}\n"}, {"q": "{\n"}, "q:1: no es JSON"),
    "no line": ({"r.yml": "reglas:\n  - {id: a, preguntas: [b], respuesta: c}\n"}, {"q": "\n"}, "ninguna pregunta"),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "questions", "said"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_used_is_said_in_spanish(
    tmp_path: Path, rules: dict[str, str], questions: dict[str, str], said: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, content in rules.items():
        (tmp_path / "r").mkdir(exist_ok=True)
        (tmp_path / "r" / name).write_text(content, encoding="utf-8")
    for name, content in questions.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert run(monkeypatch, "evaluate", tmp_path / "r", tmp_path / "q", "--json") == 1
    shown = capsys.readouterr()
    assert shown.out == "" and said in shown.err and "Traceback" not in shown.err


@pytest.mark.parametrize("risk", ["0", "1", "-0.1"])
def test_a_risk_beyond_0_and_1_is_refused(
    risk: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, "explain", "hola", f"--risk={risk}")
    assert stopped.value.code == 2 and "el riesgo va entre 0 y 1" in capsys.readouterr().err


@pytest.mark.usefixtures("office_places")
@pytest.mark.parametrize("question", ["¿En qué banco pago la inscripción? ñ 😀", "", "asdf"])
def test_explain_prints_the_decision_as_json(
    question: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", question) == 0
    record = json.loads(capsys.readouterr().out)
    assert record.keys() >= {"normalized", "sure", "reason", "rule_id", "threshold", "candidates", "book_hash"}
    assert record["threshold"].keys() == {"value", "applied", "risk", "proven", "origin"}


def test_calibrate_says_what_each_risk_costs(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "calibrate", "--risk", 0.05) == 0
    shown = capsys.readouterr().out
    assert "7 reglas" in shown and "26 variantes" in shown and (office_places / "calibration.json").is_file()
    marked = [line for line in shown.splitlines() if "en uso" in line]
    assert len(marked) == 1 and marked[0].startswith("riesgo    5 %")


@pytest.mark.parametrize(("risk", "said"), [("0.03", "3 %"), ("0.005", "0.5 %"), ("0.125", "12.5 %")])
def test_any_risk_has_its_row(
    office_places: Path, risk: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "calibrate", "--risk", risk) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("riesgo")]
    marked = [line for line in rows if "en uso" in line]
    assert len(rows) == 5 and len(marked) == 1 and said in marked[0]
    value = json.loads((office_places / "calibration.json").read_text(encoding="utf-8"))
    used = Calibration.from_json(json.dumps(value)).threshold(float(risk)).value
    assert f"umbral {used:.3f}" in marked[0]


def test_calibrate_says_what_is_covered_and_what_is_missing(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judged = write_questions(office_places / "juzgados.jsonl", ("¿Dónde pago la colegiatura?", "pago"),
                             *[(f"dónde pago la colegiatura de {n}", "pago") for n in ("mayo", "junio")])  # fmt: skip
    assert run(monkeypatch, "calibrate", "--risk", 0.05) == 0
    report = " ".join(capsys.readouterr().out.split())
    kept = Calibration.from_json((office_places / "calibration.json").read_text(encoding="utf-8"))
    assert kept.book_hash[:12] in report and "3.7 por regla" in report
    assert "Turnos juzgados 2; 1 más no cuenta" in report and "de los juzgados" in report
    assert "20 % de ellas no tiene respuesta" in report and "Qué no cubre:" in report
    assert "faltan unos" in report and f"ponlas en {judged}" in report
    # The development books have five variants a rule at least: nothing is proven for a thinner one.
    assert "probado al" not in report and "con 5 variantes por regla o más" in report
    assert f"Mientras tanto se usa el umbral {kept.threshold(0.05).value:.3f}" in report
    assert "thin" not in report and "rich" not in report


def test_calibrate_says_when_the_judged_turns_are_enough(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [(f"{question} mañana", rule) for rule, questions in VARIANTS.items() for question in questions] * 20
    write_questions(office_places / "juzgados.jsonl", *asked)
    assert run(monkeypatch, "calibrate", "--risk", 0.05) == 0
    report = " ".join(capsys.readouterr().out.split())
    assert "no falta ninguno" in report and "faltan" not in report.split("Qué falta:")[1].split(".")[0]
    assert "probado al 95 % con turnos juzgados ← en uso" in report
    assert "preguntas como las de tus turnos juzgados" in report


MISUSED = {
    "no command": ([], "falta orden"),
    "unknown command": (["calibrar"], "no existe 'calibrar'; elige entre"),
    "no question": (["explain"], "falta PREGUNTA"),
    "too much": (["calibrate", "x"], "sobra x"),
    "no number": (["suggest", "--top", "abc"], "da un número entero de 1 en adelante"),
    "no risk": (["calibrate", "--risk", "mucho"], "el riesgo va entre 0 y 1"),
    "no whole number": (["evaluate", "r", "q", "--seed", "1.5"], "'1.5' no es un número entero"),
    "no value": (["calibrate", "--risk"], "lleva un valor"),
    "unknown kind": (["evaluate", "r", "q", "--perturb", "nada"], "no existe 'nada'; elige entre"),
    "a value too many": (["suggest", "--json=1"], "no lleva valor, y le diste '1'"),
    "half an option": (["suggest", "--t", "1"], "puede ser"),
}


@pytest.mark.parametrize(("arguments", "said"), MISUSED.values(), ids=MISUSED.keys())
def test_wrong_use_is_told_in_spanish(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *arguments)
    shown = capsys.readouterr().err
    assert stopped.value.code == 2 and "Uso incorrecto: " in shown and said in shown and shown.startswith("uso: ")
    assert not re.search(r"usage|invalid|required|argument |expected|ambiguous|unrecognized", shown)


def test_help_is_in_spanish(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["-h"], ["suggest", "-h"]):
        with pytest.raises(SystemExit) as stopped:
            run(monkeypatch, *arguments)
        shown = capsys.readouterr().out
        assert stopped.value.code == 0 and shown.startswith("uso: ") and "opciones:" in shown
        assert not re.search(r"usage|positional|options|show this", shown)


NO_TEXT = '{"id": "a", "turns": [{"user": 5, "type": "opening", "rules": [], "must": [], "kinds": []}]}'
NO_DIALOGUES = ("{\n", "[]\n", "{}\n", "\n", b"\xff\xfe", '{"id": "a", "turns": []}', NO_TEXT)


@pytest.mark.parametrize(
    ("name", "content"), [*(("dialogues", content) for content in NO_DIALOGUES), ("fit", "{}\n"), ("fit", b"\xff\xfe")]
)
def test_data_that_cannot_be_used_give_no_traceback(
    tmp_path: Path, name: str, content: str | bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = write_book(tmp_path / "reglas", *school_entries())
    for variable, place in {"RULES": small, "JUDGED_TURNS": tmp_path / "juzgados.jsonl"}.items():
        monkeypatch.setenv(f"CSE_{variable}", str(place))
    for file in ("juzgados.jsonl", "preguntas_dificiles.jsonl"):
        write_questions(tmp_path / file, ("¿Dónde pago?", "pago"), ("qué hora es", None))
    (tmp_path / "oficinas").mkdir()
    data = tmp_path / ("dialogos.jsonl" if name == "dialogues" else "clinc150.json")
    data.write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "banking77-train.csv").write_text("text,category\n", encoding="utf-8")
    assert run(monkeypatch, name, *([] if name == "dialogues" else [tmp_path])) == 1
    shown = capsys.readouterr().err
    assert ("dialogos.jsonl" if name == "dialogues" else str(tmp_path)) in shown and "Errno" not in shown


def test_a_missing_folder_is_said_in_spanish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CSE_JUDGED_TURNS", str(write_questions(tmp_path / "j.jsonl", ("hola", "charla"))))
    write_questions(tmp_path / "preguntas_dificiles.jsonl", ("hola", "charla"))
    monkeypatch.setenv("CSE_RULES", str(write_book(tmp_path / "reglas", *school_entries())))
    assert run(monkeypatch, "fit", tmp_path) == 1
    assert "oficinas: no existe" in capsys.readouterr().err


def test_foreign_messages_in_another_encoding_are_named(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (office_places / "fuera.txt").write_bytes("¿Qué día es?".encode("latin-1"))
    monkeypatch.setenv("CSE_OUT_OF_SCOPE", str(office_places / "fuera.txt"))
    assert run(monkeypatch, "calibrate") == 1
    assert "fuera.txt: no se puede leer" in capsys.readouterr().err


def test_a_bad_judged_turn_is_named(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (office_places / "juzgados.jsonl").write_text("no soy json\n", encoding="utf-8")
    assert run(monkeypatch, "explain", "hola") == 1
    assert "juzgados.jsonl:1: no es JSON" in capsys.readouterr().err


def test_another_office_s_judged_turns_neither_count_nor_are_suggested(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert run(monkeypatch, "calibrate") == 0
    assert "juzgados.jsonl: es de otra oficina" in caplog.text and "CSE_JUDGED_TURNS" in caplog.text
    assert "1 turno" not in capsys.readouterr().out
    assert run(monkeypatch, "suggest") == 0
    assert "Turnos mirados: 0." in capsys.readouterr().out
    assert run(monkeypatch, "examples") == 0
    assert "préstamo" not in capsys.readouterr().out


def test_an_unknown_encoder_is_told(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CSE_ENCODER", "foo")
    for command in (["explain", "hola"], ["calibrate"], ["suggest"]):
        assert run(monkeypatch, *command) == 1
        assert "CSE_ENCODER=foo: no existe ese codificador" in capsys.readouterr().err


def test_a_fit_without_its_data_fails_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nlu.development.development_books", lambda *_: pytest.fail("it began"))
    assert run(monkeypatch, "fit", tmp_path / "nada") == 1
    assert "nada/clinc150.json: no existe" in capsys.readouterr().err


def test_a_setting_that_names_no_file_is_refused(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CSE_JUDGED_TURNS", "/nada.jsonl")
    assert run(monkeypatch, "calibrate") == 2
    assert capsys.readouterr().err.startswith("CSE_JUDGED_TURNS=/nada.jsonl: no existe ese archivo")


def test_a_reader_that_leaves_is_no_failure() -> None:
    command = [sys.executable, "-m", "nlu", "examples", "data/calibration/turnos_juzgados.jsonl"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert "BrokenPipe" not in process.stderr.read() and process.wait(60) == READER_LEFT


def test_one_rule_is_said_in_the_singular(
    office_places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CSE_RULES", str(write_book(office_places / "una", entry("pago", ["¿Dónde pago?"]))))
    for command in ("suggest", "calibrate"):
        assert run(monkeypatch, command) == 0
        assert "1 regla, 1 variante" in capsys.readouterr().out
