"""``python -m rules new``: another office's folder, which works before anything in it is changed."""
from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from dotenv import dotenv_values

from nlu.__main__ import main as nlu
from rules.__main__ import main
from rules.checks.stray_file import StrayFile
from rules.environment import load_environment_file
from rules.locations import ROOT, Locations
from tests.rules_books import book_text, context_of, rule

SETTINGS = ("CSE_RULES", "CSE_DOCUMENTS", "CSE_OFFICE", "CSE_MODELS", "CSE_TURN_LOG")


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "oficinas/biblioteca"
    assert main(["new", str(folder)]) == 0
    capsys.readouterr()
    return folder


@pytest.fixture
def in_use(office: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The office, had its settings been copied to .env; what is fitted is kept beside it."""
    settings: dict[str, str] = {}
    load_environment_file(settings, office / "ajustes.env")
    for name, value in {**settings, "CSE_MODELS": str(office / "models"), "CSE_ENCODER": "ninguno"}.items():
        monkeypatch.setenv(name, value)
    return office


def test_a_new_office_has_neither_errors_nor_warnings(in_use: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "10 reglas" in err and "0 errores, 0 avisos" in err


def test_a_new_office_answers_its_own_question_officially(
    in_use: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["nlu", "explain", "¿Cómo renuevo un préstamo?", "--json"])
    assert nlu() == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sure"], told["kind"], told["rule_id"]) == (True, "official", "prestamo_renovar")


@pytest.mark.parametrize(
    ("message", "kind", "rule_id"),
    [
        ("gracias!", "small_talk", "gracias"), ("adios", "small_talk", "despedida"), ("ok", "small_talk", "acuerdo"),
        ("eres un bot?", "small_talk", "eres_robot"),
        ("tengo un libro vencido y me quiero morir", "official", "apoyo_emocional"),
    ],
)  # fmt: skip
def test_a_new_office_knows_courtesy_and_helps_whoever_is_in_distress(
    in_use: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], message: str, kind: str, rule_id: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["nlu", "explain", message, "--json"])
    assert nlu() == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sure"], told["kind"], told["rule_id"]) == (True, kind, rule_id)


def test_its_settings_name_its_own_files_and_keep_what_is_trained_apart(office: Path) -> None:
    settings = {name: value or "" for name, value in dotenv_values(office / "ajustes.env").items()}
    assert tuple(settings) == SETTINGS
    places, usual = Locations.from_environment(settings), Locations.from_environment({})
    assert places.rules.is_dir() and places.documents.is_dir() and places.office.is_file()
    assert places.models == ROOT / "models/biblioteca" != usual.models


def test_an_office_in_the_repository_is_named_relative_to_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    folder = ROOT / ".run/prueba-de-oficina"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        assert main(["new", ".run/prueba-de-oficina"]) == 0
        out = capsys.readouterr().out
        assert "Se hizo .run/prueba-de-oficina" in out and "CSE_OFFICE=.run/prueba-de-oficina/oficina.yml\n" in out
        assert str(ROOT) not in "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())
        book = next((folder / "reglas").iterdir())
        schema = book.read_text("utf-8").splitlines()[0].partition("$schema=")[2]
        assert (folder / "reglas" / schema).samefile(ROOT / "rules/schema.json")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("there", ["file", "empty", "link"])
def test_nothing_that_is_there_is_overwritten(tmp_path: Path, there: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "biblioteca"
    if there == "file":
        folder.write_text("mío", encoding="utf-8")
    elif there == "empty":
        folder.mkdir()
    else:
        folder.symlink_to(tmp_path / "nada")
    assert main(["new", str(folder)]) == 2
    assert "ya existe, y no se toca" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["biblioteca"]
    assert there != "file" or folder.read_text("utf-8") == "mío"


@pytest.mark.parametrize("name", ["mi oficina", "a=b", "#1"])
def test_a_name_that_settings_could_misread_is_refused(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / name)]) == 2
    assert "sólo puede llevar letras" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_half_an_office_is_never_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "rename", full)
    assert main(["new", str(tmp_path / "biblioteca")]) == 2
    assert "no se puede escribir" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_the_example_s_template_is_no_stray_file_of_the_own_book(tmp_path: Path) -> None:
    context = replace(context_of(tmp_path, libro=book_text(rule())), folder=ROOT / "rules")
    assert not list(StrayFile().problems(context))
