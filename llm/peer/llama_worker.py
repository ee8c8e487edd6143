"""``python -m llm.peer.llama_worker GGUF WORK``: llama.cpp's side of ``llm.peer_speed``."""
from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from llm.peer.llama import GREEDY, serve


def main(gguf: str, path: str) -> None:
    """Write once to warm up, then once for each line of standard input."""
    work = json.loads(Path(path).read_text("utf-8"))
    server = serve(gguf)
    print(json.dumps(decode(server, work)), flush=True)
    for _ in sys.stdin:
        print(json.dumps(decode(server, work)), flush=True)


def decode(server: Any, work: dict[str, Any]) -> dict[str, Any]:
    """One greedy continuation, no end of turn heeded; what it made is its text."""
    request = {"prompt": work["whole"]["prompt"], "max_tokens": work["new"], "ignore_eos": True, **GREEDY}
    start = time.perf_counter()
    answer = server.handle_completions(request)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "first": answer["timings"]["prompt_ms"] / 1000, "made": answer["choices"][0]["text"]}


if __name__ == "__main__":
    main(*sys.argv[1:])
