"""``python -m llm.peer.llama GGUF REFERENCE``: a GGUF file in llama.cpp against KerasHub's greedy replies."""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import xllamacpp

OPENING, ENDING = "<start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"
GREEDY = {"temperature": 0, "top_k": 1, "seed": 0, "cache_prompt": False}


def main(gguf: str, reference: str) -> None:
    """Print, a prompt a row: the tokens llama.cpp reads, and its greedy replies to text and to a chat's turn."""
    server = serve(gguf)
    rows = json.loads((Path(reference) / "reference.json").read_text("utf-8"))
    print(json.dumps([ask(server, row) for row in rows], ensure_ascii=False))


def serve(gguf: str, threads: int = 2, context: int = 1024) -> Any:
    """llama.cpp's server with the model of ``gguf``, one conversation at a time."""
    params = xllamacpp.CommonParams()
    params.model.path = gguf
    params.n_ctx, params.n_parallel, params.warmup = context, 1, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    return xllamacpp.Server(params)


def ask(server: Any, row: dict[str, Any]) -> dict[str, object]:
    """The reply to one prompt, as text and by the file's own chat template."""
    size = len(row["reply"])
    by_text = server.handle_completions({"prompt": row["text"], "max_tokens": size, **GREEDY})
    content = row["text"].removeprefix(OPENING).removesuffix(ENDING)
    turns = [{"role": "user", "content": content}]
    by_turn = server.handle_chat_completions({"messages": turns, "max_tokens": size, **GREEDY})
    return {
        "read": by_text["usage"]["prompt_tokens"],
        "reply": by_text["choices"][0]["text"],
        "turn": by_turn["choices"][0]["message"]["content"],
        "finish": by_text["choices"][0]["finish_reason"],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
