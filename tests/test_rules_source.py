"""YAML with positions: what staff write keeps its place, and faults are said in Spanish."""
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.source import EncodingError, Position, SourceError, parse_source, read_source


def test_every_scalar_is_text_and_nothing_written_is_none() -> None:
    source = parse_source("a: no\nb: 404\nc: 2026-11-22\nd:\ne: ~\nf: Null\ng: ''\nh: 'null'\n")
    assert source.value == {
        "a": "no", "b": "404", "c": "2026-11-22", "d": None, "e": None, "f": None, "g": "", "h": "null",
    }  # fmt: skip


def test_positions_of_values_keys_and_items() -> None:
    source = parse_source("# nota\ntema: x\nreglas:\n  - id: a\n    hechos: [H1, H2]\n", "f.yml")
    assert str(source.at("reglas", 0, "id")) == "f.yml:4:9"
    assert str(source.at("reglas", 0, "hechos", 1)) == "f.yml:5:18"
    assert str(source.key_at("reglas", 0, "hechos")) == "f.yml:5:5"


def test_what_is_not_there_stands_where_its_nearest_parent_stands() -> None:
    source = parse_source("tema: x\nreglas:\n  - id: a\n")
    assert source.at("reglas", 0, "fuente") == source.at("reglas", 0)
    assert parse_source("").at("tema") == Position("<texto>", 1, 1)


def test_repeated_keys_keep_the_first_value_and_say_where_the_second_is() -> None:
    source = parse_source("a: 1\nb: 2\na: {c: [3]}\n")
    assert source.value == {"a": "1", "b": "2"}
    assert [(key, p.line) for key, p in source.duplicate_keys] == [("a", 3)]


@pytest.mark.parametrize(
    ("text", "nth", "line", "column"),
    [
        ("r: |\n  son 5 años\n  o 5 y 5\n", 0, 2, 7),
        ("r: |\n  son 5 años\n  o 5 y 5\n", 2, 3, 9),
        ("r: son 5\n", 0, 1, 8),
        ("r: 'uno\n  dos 5'\n", 0, 2, 7),
        ("r: x\ns: 5\n", 0, 1, 4),  # never in another value
        ("r: |\r\n  😀 5\r\n", 0, 2, 5),
    ],
)
def test_a_piece_of_text_is_found_where_it_was_written(text: str, nth: int, line: int, column: int) -> None:
    assert parse_source(text).find(("r",), "5", nth) == Position("<texto>", line, column)


def test_what_is_written_as_an_escape_is_shown_at_its_value() -> None:
    source = parse_source('r: "una ni\\xf1a"\n')
    assert source.value == {"r": "una niña"} and source.find(("r",), "niña").column == 4


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: c: d\n", 2, "dos puntos de más"),
        ("a: 1\nb: \"sin cerrar\nc: 2\n", 2, "comillas que no cierran"),
        ("a:\n  - \"uno\n  - \"dos\"\n  - tres\n", 2, "comillas que no cierran"),
        ("a: [\"uno,\n  \"dos\"]\n", 1, "comillas que no cierran"),
        ("a: \"uno\n", 1, "comillas que no cierran: «\"uno». Ciérralas con \" en el mismo renglón"),
        ("a:\n  - \"uno'\n  - 'dos'\n", 2, "comillas que no cierran: «\"uno'»"),
        ("a:\n  -\"uno\"\n  -\"dos\"\n", 2, "falta un espacio después del guion: «-\"uno\"». Escríbelo «- \"uno\"»"),
        ("a:\n  - \"uno\"\n  -\"dos\"\n", 3, "falta un espacio después del guion: «-\"dos\"»"),
        ("a:\n  - uno\n  -dos\n", 3, "falta un espacio después del guion: «-dos»"),
        ("a:\n  - \"uno\"\n    -\"dos\"\n", 3, "falta un espacio después del guion: «-\"dos\"»"),
        ("a:\n  -id: x\n    b: y\n", 2, "falta un espacio después del guion: «-id: x»"),
        ("a:\n  - id: x\n  -id: y\n", 3, "falta un espacio después del guion: «-id: y»"),
        ("a:\n  – \"uno\"\n  – \"dos\"\nb: x\n", 2, "el guion del teclado (-): «– \"uno\"». Escríbelo «- \"uno\"»"),
        ("a:\n  - \"uno\"\n  – \"dos\"\nb: x\n", 3, "el guion del teclado (-): «– \"dos\"». Escríbelo «- \"dos\"»"),
        ("a:\n  •\t\"uno\"\nb: x\n", 2, "no lleva «•» sino el guion del teclado (-)"),
        ("a:\n  — uno: dos\n", 2, "no lleva «—» sino el guion"),
        ("a:\n  – id: x\n    b: y\n", 2, "Escríbelo «- id: x»"),
        ("a:\n  * \"uno\"\n  * \"dos\"\n", 2, "no lleva «*» sino el guion"),
        ("a: 1\nb:\"x\"\n", 2, "falta un espacio después de los dos puntos de «b:»"),
        ("a:\n  - \"\"uno\"\"\n", 2, "hay comillas de más: «\"\"uno\"\"». Deja un solo par: \"uno\""),
        ("a: ''uno''\n", 1, "Deja un solo par: \"uno\""),
        ("a:\n  - \"uno\"\"\n  - \"dos\"\n", 2, "Deja un solo par: \"uno\""),
        ("a:\n  - \"dijo \"hola\" ayer\"\n", 2, "las de adentro como « »"),
        ("a:\n  - 'it's'\n  - \"x\"\n", 2, "con comillas dobles: \"it's\""),
        ("a:\n  - \"uno\" dos\n", 2, "las comillas se cierran antes de «dos». Pon todo el texto dentro"),
        ("a:\n  - \"uno\",\n  - \"dos\"\n", 2, "sobra la coma después de las comillas"),
        ("a: [\"uno, \"dos\"]\n", 1, "las comillas de esta lista no van por pares"),
        ("a: [\"\"uno\"\", \"dos\"]\n", 1, "las comillas de esta lista no van por pares"),
        ("a: [1,\n  2\nb: 3\n", 1, "corchete de cierre"),
        ("a:\n\t- b\n", 2, "hay un tabulador antes del texto. Bórralo y usa espacios"),
        ("a:\n  -\t\"b\"\n", 2, "hay un tabulador antes del texto. Bórralo y usa espacios"),
        ("a:\n  - b: 1\n\t  c: 2\n", 3, "hay un tabulador antes del texto. Bórralo y usa espacios"),
        ("a: 1\n b: 2\n", 2, "sangría"),
        ("a:\n  - b\n  c: 1\n", 3, "guion"),
        ("a: **negritas**\n", 1, "ponlo entre comillas"),
        ("a: 1\nb: *x\n", 2, "empieza con *"),
        ("a: &que pasa si repruebo\n", 1, "empieza con & («&que»)"),
        ("a:\n  - !Urgente! ayuda\n", 2, "empieza con ! («!Urgente!»)"),
        ("a: ! hola\n", 1, "empieza con ! («!»)"),
        ("a:\n  - &¿que hago?\n", 2, "empieza con & («&¿que»)"),
        ("a: !ayuda, por favor\n", 1, "empieza con ! («!ayuda,»)"),
        ("!a: b\n", 1, "empieza con !"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n", 2, "conflicto de git"),
        ("a: |\n  x\n  >>>>>>> otra\n", 3, "conflicto de git"),
        ("a: 1\nb: |\n  x\n\xa0\xa0c: 2\n", 4, "barra espaciadora"),
        ("a: `x`\n", 1, "no puede empezar un texto"),
        ("a: 1\nb: x\x07y\n", 2, "carácter invisible"),
        ("--- a\n--- b\n", 2, "más de un documento"),
        ("a: \"\\q\"\n", 1, "comillas sencillas"),
        ("{[a]: b}\n", 1, "Una clave no puede ser"),
        ("[" * 100_000, 1, "demasiados niveles"),
        ("a: &x [*x]\n", 1, "empieza con &"),
        ("a\nb\nc: 1\n", 3, "dos puntos"),
    ],
)
def test_faults_are_said_in_spanish_at_their_line(text: str, line: int, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_source(text)
    assert caught.value.position.line == line
    assert says in f"{caught.value.message}. {caught.value.hint}"


@pytest.mark.parametrize(
    "text",
    [
        "a: -uno\n", "a:\n  - -5\n", "a: |\n  -uno\n  -\"dos\"\n", "a: \"-uno\"\n", "a:\n  - \"uno\"   # \"dos\n",
        "a: 'it''s'\n", "a: – uno\n", "a:\n  - — uno\n  - • dos\n", "a: |\n  • uno\n  – dos\n", "a:\n  \"– uno\"\n",
    ],
)  # fmt: skip
def test_dashes_and_quotes_that_are_right_are_left_alone(text: str) -> None:
    assert parse_source(text).value


def test_how_each_text_is_written_and_where_it_ends() -> None:
    written = parse_source("a: uno # dos\nb: 'x' # y\nc: tres\n  cuatro\nd: |\n  z\n").written
    ends = {path[0]: (how.style, how.end.line, how.end.column) for path, how in written.items()}
    assert ends == {"a": ("", 1, 7), "b": ("'", 2, 7), "c": ("", 4, 9), "d": ("|", 7, 1)}
    assert [path[0] for path, how in written.items() if how.several_lines] == ["c", "d"]


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-1.7"])
def test_a_document_of_an_office_program_is_called_so(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "libro.yml").write_bytes(start + b"\xff\n")
    with pytest.raises(EncodingError, match="documento de Word"):
        read_source(tmp_path / "libro.yml")


def test_other_encodings_are_named_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "libro.yml"
    path.write_bytes("a: 1\nb: año\n".encode("latin-1"))
    with pytest.raises(EncodingError) as caught:
        read_source(path, "libro.yml")
    assert str(caught.value.position) == "libro.yml:2:5"


def test_a_byte_order_mark_shifts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "libro.yml"
    path.write_bytes("\ufeffa: 1\n".encode())
    assert read_source(path).at("a").column == 4


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No se puede abrir"):
        read_source(tmp_path / "nada.yml")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80) | st.text(":-[]{}\"'|>#&*!%@\n\t ab", max_size=60))
def test_any_text_parses_or_fails_cleanly(text: str) -> None:
    try:
        source = parse_source(text)
    except SourceError as error:
        assert error.position.line >= 1 and error.position.column >= 1 and error.hint
    else:
        assert all(position.line >= 1 for position in source.positions.values())
