"""Which writer the settings ask for."""
from __future__ import annotations

from functools import partial

from llm.engine import choose
from llm.generator import KerasWriter
from llm.settings import AUTO, KERAS, QUOTING, Settings
from llm.upstream import Upstream
from llm.writer import Writer

AUTO_MEANS = KERAS  # what answers where nobody chose: the better one by the table of «python -m llm evaluate»


def writer_for(settings: Settings, wait: bool = False) -> Writer | None:
    """The writer of ``settings.backend``; None: answers are quoted. A model in this process is loaded
    in the background; to ``wait``, this returns when that has succeeded or failed.

    Raises:
        ValueError: a server is named without the model to ask it for.
    """
    backend = AUTO_MEANS if settings.backend == AUTO else settings.backend
    if backend == QUOTING:
        return None
    if backend == KERAS:
        return _in_process(settings, wait)
    if not settings.model:
        listed = f"{settings.backend.rstrip('/')}/models"
        raise ValueError(f"CSE_LLM_MODEL: falta. Pon el nombre del modelo, como lo da {listed}")
    return Upstream(settings.backend, settings.model, settings.key.get_secret_value(), settings.deadline)


def _in_process(settings: Settings, wait: bool) -> KerasWriter:
    writer = KerasWriter(partial(choose, settings.preset, settings.adapter), settings.deadline, settings.queue)
    writer.start()
    if wait:
        writer.wait()
    return writer
