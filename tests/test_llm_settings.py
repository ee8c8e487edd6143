"""The service's settings, and the writer that they choose."""
import pytest

from llm.settings import load_settings
from llm.upstream import Upstream
from llm.writers import writer_for


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("HOST", "PORT", "BACKEND", "MODEL", "KEY", "DEADLINE"):
        monkeypatch.delenv(f"CSE_LLM_{name}", raising=False)


def test_a_server_is_named_by_its_address_and_model(monkeypatch):
    monkeypatch.setenv("CSE_LLM_BACKEND", "http://localhost:9000/v1")
    monkeypatch.setenv("CSE_LLM_MODEL", "gemma")
    writer = writer_for(load_settings())
    assert isinstance(writer, Upstream) and writer.name == "gemma"


def test_quoting_needs_no_writer():
    assert writer_for(load_settings(backend="quoting")) is None


def test_a_server_without_a_model_says_what_is_missing():
    with pytest.raises(ValueError, match="CSE_LLM_MODEL.*http://localhost:9000/v1/models"):
        writer_for(load_settings(backend="http://localhost:9000/v1/"))


@pytest.mark.parametrize(("name", "value"), [("BACKEND", "ftp://x"), ("DEADLINE", "0"), ("PORT", "70000"), ("DEADLINE", "x")])
def test_an_impossible_value_is_named_in_spanish(monkeypatch, name, value):
    monkeypatch.setenv(f"CSE_LLM_{name}", value)
    with pytest.raises(ValueError, match=f"CSE_LLM_{name}: «{value}» no es un valor posible"):
        load_settings()


def test_the_key_is_not_shown(monkeypatch):
    monkeypatch.setenv("CSE_LLM_KEY", "secreto")
    assert "secreto" not in repr(load_settings())


def test_folders_may_begin_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CSE_LLM_PRESET", "~/modelo")
    assert load_settings(adapter="~/mio").adapter == str(tmp_path / "mio")
    assert load_settings().preset == str(tmp_path / "modelo")
