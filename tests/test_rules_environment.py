"""The file .env, the addresses and the output that all commands share."""
from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rules.addresses import AddressError, PortTakenError, check_address
from rules.environment import EnvironmentFileError, load_environment_file
from rules.locations import ROOT


def test_the_environment_file_adds_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeffCSE_PORT=8005\nCSE_RULES=\nCSE_OFFICE='mi ñu.yml'\n", encoding="utf-8")
    environment = {"CSE_PORT": "9000"}
    load_environment_file(environment, tmp_path / ".env")
    assert environment == {"CSE_PORT": "9000", "CSE_OFFICE": "mi ñu.yml"}


def test_no_file_adds_nothing(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    load_environment_file(environment, tmp_path / ".env")
    assert environment == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# oficina de la división\nCSE_RULES=año\n".encode("latin-1"), ": no está en UTF-8"),
        (b"CSE_PORT=1\n\nCSE_RULES='abierta\nCSE_OFFICE=x\n", ":3: no se entiende"),
        (b"CSE_PORT=1\nhola que tal\n", ":2: no se entiende"),
        (None, ": es una carpeta"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / ".env"
    path.mkdir() if content is None else path.write_bytes(content)
    environment: dict[str, str] = {}
    with pytest.raises(EnvironmentFileError) as error:
        load_environment_file(environment, path)
    assert str(error.value).startswith(f"{path}{said}") and environment == {}


def test_a_misspelt_setting_is_told_with_the_near_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text("CSE_PROT=1\nCSE_LLM_PORT=2\nCSE_ENCODER=ninguno\nKAGGLE_KEY=3\nCSE_QWXZ=4\n")
    load_environment_file({}, tmp_path / ".env")
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "aviso: .env: CSE_PROT no es un ajuste y no cuenta. ¿Quisiste decir CSE_PORT?",
        "aviso: .env: CSE_QWXZ no es un ajuste y no cuenta. Los que hay están en .env.example",
    ]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code alone, where a test may write a .env."""
    folder = tmp_path_factory.mktemp("copia")
    for room in ("rules", "nlu", "llm", "server"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("adapters", "__pycache__"))
    return folder


COMMANDS = {
    "rules": ["check"], "nlu": ["explain", "hola"], "llm": ["ask", "hola"], "server": ["train"], "nlu.bench": ["."],
}  # fmt: skip


def run(folder: Path, room: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", room, *COMMANDS[room]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("room", COMMANDS)
def test_every_command_refuses_a_broken_file_in_one_line(copied: Path, room: str) -> None:
    (copied / ".env").write_bytes("CSE_RULES=año\n".encode("latin-1"))
    done = run(copied, room)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert ".env: no está en UTF-8" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("room", ["rules", "nlu", "llm", "server"])
def test_every_command_reads_the_file(copied: Path, room: str) -> None:
    (copied / ".env").write_text("CSE_JUDGED_TURNS=/de_la_otra.jsonl\n")
    assert "/de_la_otra.jsonl: no existe" in run(copied, room).stderr


def test_a_port_that_is_taken_is_told_apart_from_a_foreign_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"puerto {port} de 127.0.0.1 está ocupado"):
            check_address("127.0.0.1", port)
    check_address("127.0.0.1", port)
    for host in ("999.1.1.1", "192.0.2.1", "a" * 70):
        with pytest.raises(AddressError, match="no es una dirección de esta máquina") as error:
            check_address(host, port)
        assert not isinstance(error.value, PortTakenError)
