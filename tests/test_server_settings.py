"""Settings, and the example file that lists them."""

import re

import pytest

from llm.settings import Settings as LlmSettings
from nlu.encoder import UNIVERSAL
from rules.locations import ROOT
from server.settings import Settings, SettingsError, load_settings, variable

EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
CACHE = "~/.cache/chatbot-cse"
# Host and port of the llm service are the launcher's business.
LLM_SETTINGS = {
    (f"CSE_LLM_{name}".upper(), "" if name == "key" else str(field.default))
    for name, field in LlmSettings.model_fields.items()
    if name not in ("host", "port")
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in [*map(variable, Settings.model_fields), "PORT", "HOST"]:
        monkeypatch.delenv(name, raising=False)


def test_the_example_file_lists_every_setting_with_its_default():
    for name, field in Settings.model_fields.items():
        assert f"# {field.description}\n# {variable(name)}={field.default}\n" in EXAMPLE


def test_the_example_file_lists_every_location_and_nothing_unknown():
    source = (ROOT / "rules/locations.py").read_text(encoding="utf-8")
    locations = set(re.findall(r'place\("(\w+)", "([^"]+)"\)', source))
    listed = set(re.findall(r"^# (CSE_\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert locations and locations <= listed
    known = {(variable(n), str(f.default)) for n, f in Settings.model_fields.items()}
    assert listed - locations - known == {("CSE_ENCODER", UNIVERSAL), ("CSE_CACHE", CACHE), *LLM_SETTINGS}
    assert known <= listed


def test_the_example_file_describes_every_setting_of_the_llm_service():
    for name in (name for name, _ in LLM_SETTINGS):
        description = LlmSettings.model_fields[name.removeprefix("CSE_LLM_").lower()].description
        assert f"# {description}\n# {name}=" in EXAMPLE


def test_port_and_host_win_over_their_prefixed_names(monkeypatch):
    monkeypatch.setenv("CSE_PORT", "8001")
    monkeypatch.setenv("CSE_HOST", "0.0.0.0")
    assert (load_settings().port, load_settings().host) == (8001, "0.0.0.0")
    monkeypatch.setenv("PORT", "8002")
    assert load_settings().port == 8002
    assert load_settings(PORT="8003").port == 8003


def test_an_empty_variable_counts_as_absent(monkeypatch):
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("CSE_RASA_TIMEOUT", "")
    assert load_settings() == Settings()


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "abc"), ("PORT", "0"), ("PORT", "70000"), ("CSE_RASA_TIMEOUT", "-1"), ("CSE_LLM_URL", "localhost"),
])  # fmt: skip
def test_an_impossible_value_is_named_in_spanish(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name}.*{value}.*no es válido"):
        load_settings()


@pytest.mark.parametrize(("name", "value", "said"), [
    ("PORT", "abc", "un número entero"), ("PORT", "1.5", "un número entero"), ("PORT", "70000", "65535 o menos"),
    ("CSE_BREAKER_FAILURES", "0", "1 o más"), ("CSE_RASA_TIMEOUT", "0", "mayor que 0"), ("CSE_RASA_TIMEOUT", "x", "un número"),
    ("CSE_LLM_URL", "localhost", "una dirección como http"),
])  # fmt: skip
def test_what_a_setting_wants_is_said_in_spanish(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=rf"\(debe ser {said}") as error:
        load_settings()
    assert not re.search(r"Input|should|valid |greater|than", str(error.value))


def test_the_home_folder_may_be_written_as_a_tilde(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings(turn_log="~/turnos.sqlite3").turn_log_path == tmp_path / "turnos.sqlite3"
