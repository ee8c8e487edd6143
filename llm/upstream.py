"""A writer elsewhere: any server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama…).

A server that fails is left alone for a while, and its failure is logged once.
"""
from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Generator, Iterator
from typing import Any

import httpx

from llm.prompt import END, START
from llm.writer import WriterError

log = logging.getLogger(__name__)
MAX_TOKENS = 220  # of a reply; an answer has at most 400 characters
MAX_PROMPT = 8000  # characters; four excerpts and a question need less than half
_CONNECT_SECONDS = 2.0
_PAUSE_SECONDS = 15.0
_OPENING, _ENDING = f"{START}user\n", f"{END}\n{START}model\n"


class Upstream:
    """The model ``model`` of the server at ``url`` (the part before ``/chat/completions``), asked with
    ``key`` if it wants one. ``seconds`` bounds each wait for the next piece. See :class:`llm.writer.Writer`."""

    def __init__(self, url: str, model: str, key: str = "", seconds: float = 10.0) -> None:
        self.name = model
        self._url = url.rstrip("/")
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(timeout=timeout, headers=headers)
        self._lock = threading.Lock()
        self._resting_until = 0.0  # on the monotonic clock
        self._was_up = True

    def ready(self) -> bool:
        """Whether the server answers; after a failure it is asked again when it has rested."""
        if self._was_up:
            return True
        with self._lock:
            if time.monotonic() >= self._resting_until:
                self._probe()
        return self._was_up

    def fits(self, prompt: str) -> bool:
        """Whether ``prompt`` is of a size that any server takes."""
        return len(prompt) <= MAX_PROMPT

    def stream(self, prompt: str) -> Generator[str]:
        """The server's reply; it renders the turn marks itself, so that only the user's text is sent.

        Raises:
            WriterError: the server can't be reached, refuses, or breaks off.
        """
        try:
            with self._client.stream("POST", f"{self._url}/chat/completions", json=self._body(prompt)) as response:
                if response.status_code != 200:
                    raise WriterError(f"the server answered {response.status_code}")
                yield from _pieces(response.iter_lines())
        except (httpx.HTTPError, httpx.InvalidURL, WriterError) as error:
            self._note_failure(error)
            raise WriterError(f"{type(error).__name__}: {error}") from error

    def _body(self, prompt: str) -> dict[str, Any]:
        return {
            "model": self.name,
            "messages": [{"role": "user", "content": prompt.removeprefix(_OPENING).removesuffix(_ENDING)}],
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "stream": True,
        }

    def _probe(self) -> None:
        """Ask for the list of models."""
        try:
            self._was_up = self._client.get(f"{self._url}/models", timeout=_CONNECT_SECONDS).status_code == 200
        except (httpx.HTTPError, httpx.InvalidURL):
            self._was_up = False
        self._resting_until = time.monotonic() + _PAUSE_SECONDS
        if self._was_up:
            log.warning("%s answers again", self._url)

    def _note_failure(self, error: Exception) -> None:
        with self._lock:
            if self._was_up:
                log.warning("%s can't write, answers are quoted meanwhile: %s", self._url, error)
            self._was_up = False
            self._resting_until = time.monotonic() + _PAUSE_SECONDS


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    """The texts of a stream of server-sent events.

    Raises:
        WriterError: an event is no chunk of a completion, or the stream ends before it says so.
    """
    for line in lines:
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or not data:
            continue
        if data == "[DONE]":
            return
        yield from _content(data)
    raise WriterError("the stream broke off")


def _content(data: str) -> Iterator[str]:
    try:
        choices = json.loads(data)["choices"]
        text = choices[0].get("delta", {}).get("content") if choices else None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise WriterError(f"not a chunk of a completion: {data[:80]}") from error
    if isinstance(text, str) and text:
        yield text
