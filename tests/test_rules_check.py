"""``python -m rules check``: all problems at once, for people and for GitHub, whatever the file."""
from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.__main__ import main
from rules.book import rule_files
from rules.locations import ROOT
from rules.problems import ERROR, Problem
from rules.source import Position
from tests.rules_books import book_text, found, problems_of, rule

LINE = r"^.+\.yml:\d+:\d+: (error|aviso) \[[a-z_]+\] .+\. .+\.$"


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rules", "check", str(folder), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder


def test_the_office_s_own_book_has_no_error_and_is_checked_within_five_seconds() -> None:
    def seconds() -> float:
        """Of the processor's time: other tests run meanwhile."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = run(ROOT / "rules")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert (result.returncode, result.stdout) == (0, "") or "error [" not in result.stdout, result.stdout
        assert result.returncode == 0
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 5


def test_warnings_alone_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, libro=book_text(rule(preguntas=["zapatos"])))
    assert main(["check", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "aviso [pocas_preguntas]" in out and "0 errores, " in err


def test_all_problems_come_at_once_sorted_by_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = "tema: Rota\nreglas:\n  - id: rota\n    respuesta: \"abierta\n"
    several = book_text(rule(fuente="", hechos=["H99.99"], respuesta="Cuesta 350 pesos.", relacionadas=["rota"]))
    write(tmp_path, a=several, b=broken, c="")
    assert main(["check", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("[")[1].split("]")[0] for line in lines] == [
        "dato_sin_hecho", "vacio", "hecho_desconocido", "yaml", "vacio",
    ]
    assert "b.yml:4:16: error [yaml]" in lines[3] and "comillas que no cierran" in lines[3]


def test_lines_have_one_form(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, a=book_text(rule(id="Ñ", preguntas=[]), rule(1, ambito="X")), b="- 1")
    assert problems
    for problem in problems:
        assert re.match(LINE, problem.as_text()), problem.as_text()


def test_github_s_own_form_is_escaped() -> None:
    problem = Problem(Position("a,b:c.yml", 3, 7), ERROR, "vacio", "75 %\nno: está, aquí", "Mira.")
    assert problem.as_github() == (
        "::error file=a%2Cb%3Ac.yml,line=3,col=7,title=vacio::75 %25 no: está, aquí. Mira."
    )


def test_github_format_marks_errors_and_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, libro=book_text(rule(preguntas=["zapatos"], ambito="nada")))
    assert main(["check", str(tmp_path), "--format", "github"]) == 1
    out = capsys.readouterr().out
    assert "::warning file=" in out and "title=pocas_preguntas::" in out
    assert "::error file=" in out and ",line=11,col=11,title=ambito_desconocido::" in out


@pytest.mark.parametrize("arguments", [[], ["revisa"], ["check", "a", "b"], ["check", "--format", "xml"]])
def test_wrong_use_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "Uso incorrecto" in capsys.readouterr().err


def test_folders_that_are_not_there_exit_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, libro=book_text(rule()))
    missing = str(tmp_path / "nada")
    assert main(["check", missing]) == 2
    assert main(["check", str(tmp_path), "--documents", missing]) == 2
    assert main(["check", str(tmp_path), "--office", missing]) == 2
    assert capsys.readouterr().err.count("nada") == 3


def test_a_file_in_another_encoding_is_named_and_the_others_are_checked(tmp_path: Path) -> None:
    latin = "tema: Pagos\nreglas:\n  - id: vieja\n    respuesta: año\n".encode("latin-1")
    other = book_text(rule(relacionadas=["vieja"], ambito="nada"))
    assert found(problems_of(tmp_path, a=latin, b=other)) == {
        ("codificacion", "a.yml", 4), ("ambito_desconocido", "b.yml", 15),
    }


def test_windows_files_are_read_like_any_other(tmp_path: Path) -> None:
    text = "\ufeff" + book_text(rule(respuesta="Cuesta 350 pesos.")).replace("\n", "\r\n")
    assert found(problems_of(tmp_path, libro=text)) == {("dato_sin_hecho", "libro.yml", 10)}


@pytest.mark.parametrize(
    "garbage",
    [
        "", "null", "5", "- a\n- b", "tema: x", "reglas: x", "tema: x\nreglas:", "tema: x\nreglas: {a: 1}",
        "tema: x\nreglas: [null, 5, [], {}, a]", "tema: [x]\nreglas:\n - id: {a: b}\n   preguntas: {a: b}",
        "tema: x\nreglas:\n - preguntas: [[a], {b: c}, null, '']\n   hechos: {}\n   tipo: []\n   respuesta: []",
        "\t", "a: *b", "a: &x [*x]", "{[a]: b}", "[" * 5000, "? x\n: y", "😀", "--- a\n--- b", "a: \x00", "%YAML 9",
        "tema: x\nreglas:\n - id: " + "9" * 6000 + "\n   respuesta: " + "8" * 6000,
    ],
)
def test_garbage_is_reported_in_spanish_and_never_crashes(tmp_path: Path, garbage: str) -> None:
    problems = problems_of(tmp_path, libro=garbage, bueno=book_text(rule()))
    assert any(p.level == ERROR and p.position.file.endswith("libro.yml") for p in problems)
    assert not any(p.position.file.endswith("bueno.yml") for p in problems)


def test_a_folder_called_like_a_rule_file_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, libro=book_text(rule()))
    (tmp_path / "carpeta.yml").mkdir()
    assert [path.name for path in rule_files(tmp_path)] == ["libro.yml"]


REAL = (ROOT / "rules/calendario.yml").read_text(encoding="utf-8")[:2500]
EDITS = st.lists(
    st.tuples(st.integers(0, len(REAL)), st.integers(0, 40), st.text(max_size=6) | st.sampled_from(
        ["\n", "\t", ": ", "- ", "[", "{", '"', "'", "|", "*x", "&x", "null", "  ", "#", "\ufeff", "\x85", "9" * 30]
    )),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_no_mutation_of_a_rule_file_crashes_the_checker(tmp_path: Path, edits: list[tuple[int, int, str]]) -> None:
    text = REAL
    for place, cut, put in edits:
        text = text[:place] + put + text[place + cut :]
    lines = text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + text.count("\u2029") + 1
    for problem in problems_of(tmp_path, libro=text.encode("utf-8", "replace")):
        assert 1 <= problem.position.line <= lines + 1 and problem.message and problem.mend
        assert "\n" not in problem.as_text() and "\n" not in problem.as_github()
