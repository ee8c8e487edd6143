"""Commands of the answering service: ``python -m llm serve | ask | calibrate``."""
from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from llm.assistant import Assistant
from llm.settings import Settings
from rules.locations import Locations


def main(argv: list[str] | None = None) -> int:
    """Run one command; 2 when the office's files or the settings can't be used."""
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except ValueError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m llm", description="Respuestas a partir de los documentos.")
    commands = parser.add_subparsers(required=True, metavar="orden")
    serve = commands.add_parser("serve", help="atiende POST /v1/chat/completions")
    serve.add_argument("--host", help="dirección (CSE_LLM_HOST)")
    serve.add_argument("--port", type=int, help="puerto (CSE_LLM_PORT)")
    serve.set_defaults(run=_serve)
    ask = commands.add_parser("ask", help="muestra lo que se encuentra y se responde, como JSON")
    ask.add_argument("question", metavar="pregunta")
    ask.set_defaults(run=_ask)
    calibrate = commands.add_parser("calibrate", help="ajusta el apoyo mínimo y muestra qué se respondería")
    calibrate.set_defaults(run=_calibrate)
    return parser


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from llm.service import create_app

    given = {key: value for key in ("host", "port") if (value := getattr(options, key)) is not None}
    settings = Settings(**given)
    app = create_app(Assistant.load())
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")
    return 0


def _ask(options: argparse.Namespace) -> int:
    assistant = Assistant.load()
    task = assistant.task([("user", options.question)])
    answer = assistant.answer(task)
    found = [
        {"id": hit.passage.id, "score": round(hit.score, 4), "title": hit.passage.title, "text": hit.passage.text}
        for hit in task.hits
    ]
    _print({"support": asdict(task.support), "hits": found, "answer": answer.text, "grounding": answer.grounding()})
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from llm import calibrate

    locations = Locations.from_environment()
    assistant = Assistant.load(locations)
    outside = calibrate.read_outside(locations.out_of_scope)
    turns = calibrate.calibration_turns(assistant.index.passages, outside, assistant.office.today())
    print(f"Turnos del libro de reglas: {len(turns)}\nWEIGHTS = {calibrate.fit(turns)}")
    if locations.judged_turns.is_file():
        _print_measures(assistant, locations.judged_turns)
    return 0


def _print_measures(assistant: Assistant, judged_turns: Path) -> None:
    from llm import measure

    questions = measure.read_questions(judged_turns, assistant)
    for depth in (1, 5):
        print(f"recall@{depth} en {judged_turns.name}: {measure.recall(assistant, questions, depth):.3f}")
    print(f"{'umbral':>6} {'tipo':<13} {'preguntas':>9} {'citadas':>8} {'mal citadas':>11} {'sin respuesta':>13}")
    for row in measure.table(assistant, questions):
        print(
            f"{row.threshold:6.2f} {row.kind:<13} {row.questions:9d} {row.quoted:8.3f} {row.wrong:11.3f} "
            f"{row.refused:13.3f}"
        )


def _print(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    sys.exit(main())
