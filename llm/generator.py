"""The writer that runs Gemma 3 in this process. It loads in the background; until then, it isn't ready."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator

from llm.batching import Batcher
from llm.cache import WeightsError
from llm.decoding import BATCHES
from llm.engine import Choice, Engine, fetch, load_engine
from llm.quoting import LIMIT
from llm.writer import WriterError

log = logging.getLogger(__name__)
MAX_CHARACTERS = LIMIT + len("[1] ")  # of a reply: an answer and the number of its passage
_RETRY_SECONDS = 600.0  # until what was missing is looked for again
_ROWS = BATCHES[2]  # requests in a batch; more would make each of them late


class KerasWriter:
    """Writes with the model that ``choose`` names, once loaded, at most ``seconds`` a reply; ``waiting``
    requests may stand in line. See :class:`llm.writer.Writer`."""

    name = "gemma3-cse"

    def __init__(self, choose: Callable[[], Choice], seconds: float, waiting: int) -> None:
        self._choose = choose
        self._seconds = seconds
        self._waiting = waiting
        self._engine: Engine | None = None
        self._batcher: Batcher | None = None
        self._tried = threading.Event()
        self._closed = threading.Event()

    def start(self) -> None:
        """Load in the background; what fails is said once and tried again later."""
        threading.Thread(target=self._keep_trying, name="loading", daemon=True).start()

    def wait(self) -> None:
        """Return when loading has succeeded or failed for the first time."""
        self._tried.wait()

    def load(self) -> None:
        """Fetch what is missing, load and warm up: minutes the first time.

        Raises:
            WeightsError: no weights or no adapter; the message says how to mend it.
        """
        choice = self._choose()
        fetch(choice)
        engine = load_engine(choice)
        engine.decoder.warm()
        self._engine = engine
        self._batcher = Batcher(engine.decoder.decode, engine.stops, _ROWS, self._waiting)
        log.warning("Ya redacta %s con %s.", choice.preset, choice.adapter.name if choice.adapter else "nada más")

    def ready(self) -> bool:
        """Whether the model is loaded and works."""
        return self._batcher is not None and self._batcher.ready()

    def fits(self, prompt: str) -> bool:
        """Whether the model takes a prompt so long."""
        return self._engine is None or self._engine.fits(prompt)

    def stream(self, prompt: str) -> Generator[str]:
        """The reply in pieces, "" whenever none came for a while, so that the reader can leave.

        Raises:
            WriterError: not loaded, too many requests, late, or the model failed.
        """
        engine, batcher = self._loaded()
        request = batcher.submit(engine.encode_answer(prompt), self._seconds)
        written = 0
        try:
            for piece in engine.pieces(request.tokens()):
                yield piece
                written += len(piece)
                if written >= MAX_CHARACTERS:
                    return
        finally:
            request.cancelled.set()

    def close(self) -> None:
        """End the model's thread; nothing is written any more."""
        self._closed.set()
        if self._batcher:
            self._batcher.close()

    def _loaded(self) -> tuple[Engine, Batcher]:
        if self._engine is None or self._batcher is None:
            raise WriterError("the model is not loaded yet")
        return self._engine, self._batcher

    def _keep_trying(self) -> None:
        said = ""
        while not self._closed.is_set():
            try:
                self.load()
                return
            except WeightsError as error:
                reason = str(error)
            except Exception as error:  # whatever a model dies of, the service quotes on
                log.error("the model could not be loaded", exc_info=error)
                reason = f"{type(error).__name__}: no se pudo cargar el modelo."
            finally:
                self._tried.set()
            if reason != said:
                log.warning("%s Entretanto se cita.", reason)
            said = reason
            self._closed.wait(_RETRY_SECONDS)
