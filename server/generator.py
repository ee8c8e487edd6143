"""Client of the llm service: the OpenAI chat completion, with its ``grounding``."""
from __future__ import annotations

from collections.abc import Sequence

import httpx
from pydantic import ValidationError

from server.reply import Answer

COMPLETIONS = "/v1/chat/completions"
MODEL = "cse"


class GeneratorError(RuntimeError):
    """The llm service gave no usable answer."""


async def complete(
    client: httpx.AsyncClient, llm_url: str, messages: Sequence[tuple[str, str]], timeout: float
) -> Answer:
    """Ask the llm service at ``llm_url`` the last question of ``messages`` ((role, text)); ``timeout`` in seconds.

    Raises:
        GeneratorError: down, slow, or a reply without text or valid grounding.
    """
    body = {"model": MODEL, "messages": [{"role": role, "content": text} for role, text in messages]}
    try:
        response = await client.post(llm_url.rstrip("/") + COMPLETIONS, json=body, timeout=timeout)
        response.raise_for_status()
        reply = response.json()
        text = reply["choices"][0]["message"]["content"].strip()
        if not text:
            raise ValueError("empty text")
        return Answer.model_validate({**reply["grounding"], "text": text, "degraded": False})
    except (httpx.HTTPError, ValidationError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise GeneratorError(f"{type(error).__name__}: {error}") from error
