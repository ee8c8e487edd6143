"""A writer elsewhere: any server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama…).

A server that fails is left alone for a while, and its failure is logged once. One that refuses a
prompt is asked the next all the same.

The reply is opened for the model with «[1]», as in this process: a tuned model would open it with its
own verdict, which tells nothing, and refuse nearly always. Servers that can't go on with an opened reply are asked plainly.
"""
from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Generator, Iterator
from typing import Any

import httpx

from llm.prompt import ANSWERS, END, START
from llm.writer import WriterError

log = logging.getLogger(__name__)
MAX_TOKENS = 220  # of a reply; an answer has at most 400 characters
MAX_PROMPT = 8000  # characters; four excerpts and a question need less than half
_CONNECT_SECONDS = 2.0
_PAUSE_SECONDS = 15.0
_UNREADABLE = (400, 422)  # the answer to fields that a server does not know, or to a prompt too long
_MISNAMED = (401, 403, 404)  # a wrong key, model or address: no other prompt would fare better
_OPENING, _ENDING = f"{START}user\n", f"{END}\n{START}model\n"


class Upstream:
    """The model ``model`` of the server at ``url`` (the part before ``/chat/completions``), asked with
    ``key`` if it wants one. ``seconds`` bounds each wait for the next piece.
    No proxy of the environment is used. See :class:`llm.writer.Writer`."""

    def __init__(self, url: str, model: str, key: str = "", seconds: float = 10.0) -> None:
        self.name = model
        self._url = url.rstrip("/")
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(timeout=timeout, headers=headers, trust_env=False)
        self._lock = threading.Lock()
        self._resting_until = 0.0  # on the monotonic clock
        self._was_up = True
        self._refusals: set[int] = set()  # statuses that were logged
        self._opens = True  # whether the server goes on with a reply that was begun for it

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
        """The server's reply; it renders the turn marks itself, so that only the user's text is sent. "" stands
        for what carries no text (signs of life, a model that thinks), so that the reader can leave.

        Raises:
            WriterError: the server can't be reached, refuses, or breaks off.
        """
        try:
            yield from self._reply(prompt)
        except _StatusError as error:
            if error.is_of_one_request:
                self._note_refusal(error)
            else:
                self._note_failure(error)
            raise
        except (httpx.HTTPError, httpx.InvalidURL, WriterError) as error:
            self._note_failure(error)
            raise WriterError(f"{type(error).__name__}: {error}") from error

    def _reply(self, prompt: str) -> Iterator[str]:
        """The reply, opened for the model unless the server is known to refuse that; then, asked once more, plainly."""
        remembered = not self._opens
        if self._opens:
            try:
                yield from self._ask(self._body(prompt, opened=True))
                return
            except _StatusError as error:
                if error.status not in (*_UNREADABLE, 500):  # some say 500 to an opened reply; so does any failure
                    raise
                remembered = error.status in _UNREADABLE
        for piece in self._ask(self._body(prompt, opened=False)):
            self._opens = not remembered
            yield piece

    def _ask(self, body: dict[str, Any]) -> Iterator[str]:
        """The pieces of the reply to ``body``. Raises _StatusError, WriterError, httpx.HTTPError or httpx.InvalidURL."""
        with self._client.stream("POST", f"{self._url}/chat/completions", json=body) as response:
            if response.status_code != 200:
                raise _StatusError(response.status_code)
            yield from _pieces(response.iter_lines())

    def _body(self, prompt: str, opened: bool) -> dict[str, Any]:
        messages = [{"role": "user", "content": prompt.removeprefix(_OPENING).removesuffix(_ENDING)}]
        body = {"model": self.name, "messages": messages, "temperature": 0, "max_tokens": MAX_TOKENS, "stream": True}
        if opened:  # llama.cpp goes on with a last message of the assistant's by itself; vLLM wants to be told
            messages.append({"role": "assistant", "content": ANSWERS})
            body.update(add_generation_prompt=False, continue_final_message=True)
        return body

    def _probe(self) -> None:
        """Ask for the list of models."""
        try:
            self._was_up = self._client.get(f"{self._url}/models", timeout=_CONNECT_SECONDS).status_code == 200
        except (httpx.HTTPError, httpx.InvalidURL):
            self._was_up = False
        self._resting_until = time.monotonic() + _PAUSE_SECONDS
        if self._was_up:
            self._opens = True  # it may be another server now
            log.warning("%s answers again", self._url)

    def _note_failure(self, error: Exception) -> None:
        with self._lock:
            if self._was_up:
                log.warning("%s can't write, answers are quoted meanwhile: %s", self._url, error)
            self._was_up = False
            self._resting_until = time.monotonic() + _PAUSE_SECONDS


    def _note_refusal(self, refusal: _StatusError) -> None:
        """Say each kind of refusal once."""
        with self._lock:
            if refusal.status not in self._refusals:
                log.warning("%s refuses a prompt, whose passage is quoted: %s", self._url, refusal)
            self._refusals.add(refusal.status)


class _StatusError(WriterError):
    """The server answered ``status`` instead of 200."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered {status}")
        self.status = status

    @property
    def is_of_one_request(self) -> bool:
        """Whether another request may fare better at once: this one is too long, or one too many."""
        return 400 <= self.status < 500 and self.status not in _MISNAMED


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    """The texts of a stream of server-sent events, "" for a line without any.

    Raises:
        WriterError: an event is no chunk of a completion, or the stream ends before it says so.
    """
    for line in lines:
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        yield _content(data) if line.startswith("data:") and data else ""
    raise WriterError("the stream broke off")


def _content(data: str) -> str:
    try:
        choices = json.loads(data)["choices"]
        text = choices[0].get("delta", {}).get("content") if choices else None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise WriterError(f"not a chunk of a completion: {data[:80]}") from error
    return text if isinstance(text, str) else ""
