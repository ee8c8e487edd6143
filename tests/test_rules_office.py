"""The office profile: one file tells one office from another."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from rules.__main__ import main
from rules.locations import ROOT
from rules.office import OfficeError, load_office
from tests.rules_books import book_text, rule

OWN = ROOT / "data/oficina.yml"


def changed(folder: Path, old: str, new: str) -> Path:
    text = OWN.read_text(encoding="utf-8")
    assert old in text
    path = folder / "oficina.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_own_office_is_complete() -> None:
    office = load_office(OWN)
    assert office.short_name == "CSE" and set(office.scopes) == {"UAM-I", "UAM", "AZC", "XOC", "MX"}
    assert office.scopes["UAM-I"].notice is None and "Azcapotzalco" in (office.scopes["AZC"].notice or "")
    assert office.quick_topics and office.greeting


def test_where_to_ask_falls_back_to_the_general_place() -> None:
    office = load_office(OWN)
    assert office.where("Movilidad") != office.where()
    assert office.where("Tema que no existe") == office.where(None) == office.where_to_ask["general"]


def test_what_is_told_apart_is_a_list_of_lists(tmp_path: Path) -> None:
    assert any("posgrado" in group for group in load_office(OWN).distinctions)
    with pytest.raises(OfficeError, match="«distingue» › 5 debe ser una lista"):
        load_office(changed(tmp_path, "  - [Lerma]", "  - Lerma"))


def test_today_is_the_office_s_day_not_greenwich_s() -> None:
    office = load_office(OWN)
    assert office.today(dt.datetime(2026, 11, 23, 5, 59, tzinfo=dt.timezone.utc)) == dt.date(2026, 11, 22)
    assert office.today(dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.timezone.utc)) == dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("zona_horaria: America/Mexico_City", "zona_horaria: Marte/Olimpo", "zona horaria"),
        ("siglas: CSE", "sigla: CSE", "sigla"),
        ("nombre: Coordinación de Sistemas Escolares", "nombre:", "oficina.yml:4:"),
        ("  general:", "  todo:", "general"),
    ],
)
def test_a_faulty_profile_is_refused_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(OfficeError) as caught:
        load_office(changed(tmp_path, old, new))
    assert says in str(caught.value) and "oficina.yml:" in str(caught.value)


def test_a_missing_profile_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match=r"Corrige la ruta \(CSE_OFFICE\); si es otra oficina.*python -m rules new"):
        load_office(tmp_path / "nada.yml")


def test_messages_name_the_profile_in_use_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oficinas").mkdir()
    text = OWN.read_text(encoding="utf-8").replace("siglas: CSE", "").replace("  - [Lerma]", "  - Lerma")
    (tmp_path / "oficinas/agua.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("CSE_OFFICE", str(tmp_path / "oficinas/agua.yml"))
    assert main(["check"]) == 2
    told = capsys.readouterr().err
    assert "oficinas/agua.yml:4:1: Falta la clave «siglas». Agrégala a oficinas/agua.yml" in told
    assert "Escríbelo así en oficinas/agua.yml" in told and "data/oficina.yml" not in told and str(tmp_path) not in told
    monkeypatch.setenv("CSE_OFFICE", str(tmp_path / "oficinas/luz.yml"))
    assert main(["check"]) == 2
    assert capsys.readouterr().err.startswith("oficinas/luz.yml: no existe el perfil")


def test_a_scope_is_said_to_be_missing_in_the_profile_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agua.yml").write_text(OWN.read_text(encoding="utf-8").replace("  XOC:", "  XOX:"), encoding="utf-8")
    (tmp_path / "reglas.yml").write_text(book_text(rule(ambito="XOC")), encoding="utf-8")
    assert main(["check", ".", "--office", "agua.yml"]) == 1
    told = capsys.readouterr().out.splitlines()
    missing = [line for line in told if "no está en el perfil de la oficina (agua.yml)" in line]
    assert {line.split("[")[1].split("]")[0] for line in missing} == {"ambito_desconocido", "documentos"}


def test_every_fault_is_told_in_spanish_at_its_key(tmp_path: Path) -> None:
    path = tmp_path / "oficina.yml"
    text = OWN.read_text(encoding="utf-8").replace("siglas: CSE", "sigla: CSE").replace("saludo: >-", "saludo: ' '\najen: >-")
    text = text.replace("zona_horaria: America/Mexico_City", "zona_horaria: “America/Mexico_City”")
    text = text.replace("  - titulo: Becas", "  - titulo: [Becas]").replace("    nombre: México", "    aviso: ''")
    path.write_text(text.replace("institucion:", "nombre: Otra\ninstitucion:"), encoding="utf-8")
    with pytest.raises(OfficeError) as caught:
        load_office(path)
    told = str(caught.value).splitlines()
    expected = {
        "sigla: CSE": "La clave «sigla» no existe. ¿Quisiste decir «siglas»?",
        "nombre: Coord": "Falta la clave «siglas»",
        "nombre: Otra": "La clave «nombre» está dos veces",
        "zona_horaria: ": "En «zona_horaria», el texto está entre comillas “ ” que YAML no quita",
        "  MX:": "Falta la clave «nombre» en «ambitos» › «MX»",
        "    aviso: ''": "«ambitos» › «MX» › «aviso» no puede estar vacío",
        "saludo:": "«saludo» no puede estar vacío",
        "ajen:": "La clave «ajen» no existe. ¿Quisiste decir «ajeno»?",
        "  - titulo: [Becas]": "«temas_rapidos» › 6 › «titulo» debe ser un texto",
    }
    lines = path.read_text(encoding="utf-8").splitlines()
    for start, said in expected.items():
        line = next(number for number, line in enumerate(lines, 1) if line.startswith(start) or number == 1 and start in line)
        column = len(start) - len(start.lstrip(" -")) + 1
        assert any(f"oficina.yml:{line}:{column}: {said}" in one for one in told), (start, told)
    assert len(told) == len(expected)
