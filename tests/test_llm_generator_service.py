"""The service with a model in its own process: it loads, writes, and quotes whenever it can't."""
from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from llm.assistant import Assistant
from llm.engine import Choice, choose, load_engine
from llm.generator import MAX_CHARACTERS, KerasWriter
from llm.prompt import ANSWERS, render_prompt
from llm.service import create_app
from llm.settings import load_settings
from llm.writer import WriterError, read_in_time
from llm.writers import writer_for
from tests.llm_parts import PLACES
from tests.server_parts import serving
from tests.tiny_gemma import tiny_folder

PROMPTS = [render_prompt(question, None) for question in ("¿Dónde?", "inscripción", "el horario", "no lo sé")]
QUESTION = "¿Qué es la seriación?"
LONG = 600.0  # s; the machine of the tests may be busy


@pytest.fixture(scope="module", autouse=True)
def exact():
    """In float32, where a batch's other rows don't change the rounding of one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("llm.engine.best_dtype", lambda: "float32")
        yield


@pytest.fixture(scope="module")
def preset(tmp_path_factory) -> str:
    return str(tiny_folder(tmp_path_factory.mktemp("preset") / "tiny"))


@pytest.fixture(scope="module")
def writer(preset):
    with closing(KerasWriter(lambda: Choice(preset, None), LONG, waiting=4)) as made:
        made.start()
        made.wait()
        yield made


@pytest.fixture(scope="module")
def replies(preset) -> dict[str, str]:
    opened = [prompt + ANSWERS for prompt in PROMPTS]
    written = dict(load_engine(Choice(preset, None)).complete(opened))
    return {prompt: written[prompt + ANSWERS] for prompt in PROMPTS}


def test_a_reply_streams_as_the_model_gives_it_up_to_its_greatest_length(writer, replies):
    for prompt in PROMPTS[:2]:
        pieces = [piece for piece in writer.stream(prompt) if piece]
        assert "".join(pieces) == replies[prompt][:MAX_CHARACTERS] and len(pieces) > 3


def test_many_at_a_time_each_get_their_own(writer, replies):
    with ThreadPoolExecutor(4) as pool:
        written = pool.map(lambda prompt: "".join(writer.stream(prompt)), PROMPTS)
    assert list(written) == [replies[prompt][:MAX_CHARACTERS] for prompt in PROMPTS]


def test_who_leaves_makes_room(writer, replies):
    pieces = writer.stream(PROMPTS[0])
    next(piece for piece in pieces if piece)
    pieces.close()
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(TimeoutError):
        next(read_in_time(writer.stream(PROMPTS[1]), LONG, cancelled))
    assert "".join(writer.stream(PROMPTS[3])) == replies[PROMPTS[3]][:MAX_CHARACTERS]


def test_a_model_that_is_not_loaded_refuses_and_the_service_quotes(preset):
    unloaded = KerasWriter(lambda: Choice(preset, None), LONG, waiting=4)
    assert not unloaded.ready()
    with pytest.raises(WriterError, match="not loaded"):
        next(unloaded.stream(PROMPTS[0]))
    assistant = Assistant.load(PLACES, unloaded)
    assert assistant.answer(assistant.task([("user", QUESTION)])).kind == "quoted"
    assert assistant.backend.degraded()


def test_over_http_the_service_says_who_speaks_and_never_shows_what_is_not_supported(writer):
    app = create_app(Assistant.load(PLACES, writer, LONG))
    with serving(app) as url, httpx.Client(timeout=LONG) as client:
        state = client.get(f"{url}/health/ready").json()
        assert state["status"] == "ok" and state["speaks"] == state["model"] == "gemma3-cse"
        reply = client.post(f"{url}/v1/chat/completions", json={"messages": [{"role": "user", "content": QUESTION}]})
        # An untrained model babbles: nothing of that may pass.
        assert reply.json()["grounding"]["kind"] == "quoted"


def test_a_question_too_long_for_the_model_is_quoted(writer):
    assistant = Assistant.load(PLACES, writer, LONG)
    question = QUESTION + " seriación" * 150
    assert not writer.fits(render_prompt(question, None))
    assert assistant.answer(assistant.task([("user", question)])).kind in ("quoted", "no_answer")


def test_what_is_missing_is_said_once_in_spanish_and_found_when_it_comes(preset, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("llm.generator._RETRY_SECONDS", 0.1)
    wanted = [Choice(preset, tmp_path / "nada")]
    with closing(KerasWriter(lambda: wanted[0], LONG, waiting=4)) as missing:
        missing.start()
        missing.wait()
        time.sleep(1.0)  # several tries
        assert not missing.ready()
        lines = [record.getMessage() for record in caplog.records if record.name == "llm.generator"]
        assert len(lines) == 1
        assert "No hay adaptador" in lines[0] and "llm train" in lines[0] and lines[0].endswith("Entretanto se cita.")
        wanted[0] = Choice(preset, None)
        end = time.monotonic() + 200
        while not missing.ready() and time.monotonic() < end:
            time.sleep(0.1)
        assert missing.ready()


def test_the_settings_make_the_writer(preset, monkeypatch, tmp_path):
    made: list[Choice] = []
    monkeypatch.setattr(KerasWriter, "start", lambda self: made.append(self._choose()))
    writer_for(load_settings(backend="keras", preset=preset, adapter=str(tmp_path)))
    assert made == [Choice(preset, Path(tmp_path))]
    assert partial(choose, preset, str(tmp_path))() == made[0]
