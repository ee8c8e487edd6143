"""Commands of the answering service: ``python -m llm --help`` lists them."""
from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from llm.assistant import Assistant
from llm.decoding import BATCHES
from llm.engine import Choice, choose
from llm.evaluation.command import add_evaluate
from llm.export.command import FORMATS, Export, export
from llm.peer_speed import KINDS, ROUNDS, measure, print_table
from llm.settings import load_settings
from llm.speed import Plan, speed
from llm.train import PLAIN, TRAIN_HELP, Options, train
from llm.weights import DEFAULT_PRESET, pull, whole_pieces
from llm.writers import writer_for
from nlu.calibration import write_atomically
from nlu.memory import settle
from nlu.questions import read_judged
from rules.addresses import AddressError, check_address
from rules.arguments import SpanishParser, at_least
from rules.environment import load_environment_file
from rules.locations import Locations
from rules.output import run_while_read
from rules.text import count

HELD_BACK = ("Titulación y cédula", "Movilidad", "Seguro facultativo del IMSS")
_OUTSIDE = 110  # of the messages foreign to the office


def main(argv: list[str] | None = None) -> int:
    """Run one command; 2 when the office's files or the settings can't be used."""
    options = _parser().parse_args(argv)
    return run_while_read(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    try:
        load_environment_file()
        return int(options.run(options))
    except ValueError as error:
        print(f"Error: {error}", file=sys.stderr)
    except OSError as error:
        if error.filename is None:
            raise
        why = "no existe" if isinstance(error, FileNotFoundError) else f"no se puede usar ({error.strerror})"
        print(f"Error: {error.filename}: {why}. Revisa la ruta y sus permisos", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = SpanishParser(prog="python -m llm", description="Respuestas a partir de los documentos.")
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
    pairs = commands.add_parser("pairs", help="arma los pares de entrenamiento con sus pasajes")
    pairs.add_argument("--folder", type=Path, default=Path("data/pairs"), help="carpeta con «escritas/» y de salida")
    pairs.add_argument(
        "--tests", type=Path, nargs="*", default=sorted(Path("data/eval").glob("*.jsonl")), help="de estas no se copia"
    )
    pairs.add_argument("--hold-back", nargs="*", default=HELD_BACK, metavar="TEMA", help="temas que no se entrenan")
    pairs.set_defaults(run=_pairs)
    _add_pull(commands)
    _add_vocabulary(commands)
    _add_train(commands)
    relevance = commands.add_parser("relevance", help="ajusta cuándo un pasaje contesta, con los pares de entrenamiento")
    relevance.set_defaults(run=_relevance)
    add_evaluate(commands)
    _add_export(commands)
    _add_speed(commands)
    _add_peers(commands)
    return parser


def _add_pull(commands: Any) -> None:
    pull = commands.add_parser("pull", help="trae los pesos del modelo, los revisa y los prepara (una sola vez)")
    pull.add_argument("preset", nargs="?", default=DEFAULT_PRESET, help="gguf:270m, un preset de KerasHub o una carpeta")
    pull.set_defaults(run=_pull)


def _add_vocabulary(commands: Any) -> None:
    vocabulary = commands.add_parser(
        "vocabulary", help="elige de nuevo los tokens que el español necesita; los adaptadores hechos dejan de servir"
    )
    vocabulary.add_argument("frequencies", type=Path, metavar="palabras.tsv", help="palabra, tabulador, veces en mil millones")
    vocabulary.set_defaults(run=_vocabulary)


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("la tasa va entre 0 y 1, por ejemplo 0.0002")
    return value


# What each number of a training may be; the rest are of their default's type.
_TRAIN_TYPES: dict[str, Any] = {
    **dict.fromkeys(("rank", "epochs", "length", "batch", "checkpoint_every"), at_least(1)),
    **dict.fromkeys(("seed", "measure_every"), at_least(0)),
    "learning_rate": _rate,
}


def _add_train(commands: Any) -> None:
    train = commands.add_parser("train", help="afina el modelo (LoRA) con los pares; sigue donde se quedó")
    for name, text in TRAIN_HELP.items():
        default = getattr(Options, name)
        train.add_argument(
            f"--{name.replace('_', '-')}", type=_TRAIN_TYPES.get(name, type(default)), default=argparse.SUPPRESS,
            help=f"{text} ({default})",
        )  # fmt: skip
    train.add_argument(
        "--without-passages", dest="base", action="store_const", const=PLAIN, default=Options(),
        help="solo pregunta y respuesta, sin pasajes: otros pares, otra carpeta",
    )  # fmt: skip
    train.add_argument("--restart", action="store_true", help="olvida un entrenamiento sin terminar")
    train.set_defaults(run=_train)


def _add_export(commands: Any) -> None:
    export = commands.add_parser("export", help="escribe el modelo afinado para vLLM, transformers, llama.cpp u Ollama")
    export.add_argument("folder", type=Path, metavar="carpeta", help="carpeta nueva")
    export.add_argument("--format", dest="form", choices=FORMATS, default="hf", help="hf (Hugging Face) o GGUF (%(default)s)")
    export.add_argument("--preset", default=DEFAULT_PRESET, help="modelo base (%(default)s)")
    which = export.add_mutually_exclusive_group()
    which.add_argument("--adapter", type=Path, default=Options.out, help="carpeta del adaptador (%(default)s)")
    which.add_argument("--base", dest="adapter", action="store_const", const=None, help="sin adaptador")
    export.add_argument("--cropped", action="store_true", help="solo el vocabulario del español")
    export.add_argument("--prove", action="store_true", help="lo compara con transformers o llama.cpp («make peer»)")
    export.set_defaults(run=_export)


def _add_speed(commands: Any) -> None:
    speed = commands.add_parser("speed", help="mide en esta máquina los segundos hasta la primera palabra y hasta la última")
    speed.add_argument("--preset", default="", help="modelo; si no, el de la máquina")
    speed.add_argument("--base", action="store_true", help="sin adaptador")
    add = speed.add_argument
    add("--prompt", type=at_least(1), default=Plan.prompt, help="tokens de la pregunta con sus pasajes (%(default)s)")
    speed.add_argument("--tokens", type=at_least(1), default=Plan.tokens, help="tokens de la respuesta (%(default)s)")
    speed.add_argument("--repeats", type=at_least(1), default=Plan.repeats, help="veces que se mide (%(default)s)")
    speed.add_argument("--dtypes", nargs="+", default=Plan.dtypes, choices=Plan.dtypes, help="aritméticas")
    speed.add_argument("--batches", nargs="+", type=int, default=Plan.batches, choices=BATCHES, help="respuestas a la vez")
    speed.set_defaults(run=_speed)


def _add_peers(commands: Any) -> None:
    peers = commands.add_parser("peers", help="la misma carga aquí, en transformers + peft y en llama.cpp («make peer»)")
    peers.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS, help="step: un paso de LoRA; decode: escribir")
    peers.add_argument("--gguf", type=Path, help="archivo de «export --base --format gguf», para llama.cpp")
    peers.add_argument("--rounds", type=at_least(1), default=ROUNDS, help="turnos de cada uno (%(default)s)")
    peers.set_defaults(run=_peers)


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from llm.service import create_app

    given = {key: value for key in ("host", "port") if (value := getattr(options, key)) is not None}
    settings = load_settings(**given)
    try:
        check_address(settings.host, settings.port)
    except AddressError as error:
        raise ValueError(f"{error}. Elige otro con --host y --port, o con CSE_LLM_HOST y CSE_LLM_PORT") from error
    app = create_app(Assistant.load(writer=writer_for(settings), seconds=settings.deadline))
    settle()
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")
    return 0


def _ask(options: argparse.Namespace) -> int:
    settings = load_settings()
    assistant = Assistant.load(writer=writer_for(settings, wait=True), seconds=settings.deadline)
    task = assistant.task([("user", options.question)])
    answer = assistant.answer(task)
    found = [
        {"id": hit.passage.id, "score": round(hit.score, 4), "title": hit.passage.title, "text": hit.passage.text}
        for hit in task.hits
    ]
    _print({"support": asdict(task.support), "hits": found, "answer": answer.text, "grounding": answer.grounding()})
    return 0


def _pull(options: argparse.Namespace) -> int:
    pull(options.preset)
    return 0


def _vocabulary(options: argparse.Namespace) -> int:
    from llm import frequencies, vocabulary

    locations = Locations.from_environment()
    folders = (locations.rules.glob("*.yml"), locations.documents.glob("*"), Path("data/pairs").glob("*.jsonl"))
    texts = [locations.office, *(file for folder in folders for file in folder)]
    words = frequencies.read_frequencies(options.frequencies) + frequencies.office_frequencies(texts)
    vocabulary.write_ids(vocabulary.choose_ids(whole_pieces(), words))
    return 0


def _train(options: argparse.Namespace) -> int:
    given = {name: value for name, value in vars(options).items() if name not in ("run", "base")}
    chosen = replace(options.base, **given)
    manifest = train(chosen)
    print(f"Adaptador en {chosen.out}: {json.dumps(manifest.figures, ensure_ascii=False)}")
    return 0


def _relevance(options: argparse.Namespace) -> int:
    from llm import follow_up_fit, relevance_fit
    from llm.follow_up import FOLLOW_UP_FILE
    from llm.pairs import read_pairs
    from llm.relevance import RELEVANCE_FILE

    places = Locations.from_environment()
    assistant = Assistant.load(places)
    today = assistant.office.today()
    pairs = [*read_pairs(Options.pairs), *read_pairs(Options.validation)]
    office = relevance_fit.Unseen.of(pairs, assistant)
    questions = relevance_fit.own_questions(pairs, office, today)
    others = relevance_fit.others_questions(places.other_offices, today)
    long = relevance_fit.long_questions(pairs, office, places.judged_turns.parent, today)
    write_atomically(RELEVANCE_FILE, relevance_fit.fit([*questions, *long, *others]).to_json().encode())
    folds = relevance_fit.Folds.fit([*questions, *long], others)
    turns = follow_up_fit.leaning_turns(pairs, office, today)
    write_atomically(FOLLOW_UP_FILE, follow_up_fit.fit(turns, folds).to_json().encode())
    print(f"{count(len(questions), 'pregunta')}; lo que contestaría cada umbral, sin haber visto el pasaje:")
    relevance_fit.report(relevance_fit.cross_validated(questions, folds), print)
    print(f"{len(long)} mensajes largos:")
    relevance_fit.report(relevance_fit.cross_validated(long, folds), print)
    print(f"{len(turns)} que siguen a otra:")
    relevance_fit.report(follow_up_fit.cross_validated(turns, folds), print)
    return 0


def _export(options: argparse.Namespace) -> int:
    export(Export(**{name: value for name, value in vars(options).items() if name != "run"}))
    return 0


def _speed(options: argparse.Namespace) -> int:
    given = {name: value for name, value in vars(options).items() if name not in ("run", "preset", "base")}
    choice = choose(options.preset)
    speed(Plan(Choice(choice.preset, None) if options.base else choice, **given))
    return 0


def _peers(options: argparse.Namespace) -> int:
    for kind in options.kinds:
        print_table(kind, measure(kind, options.gguf, options.rounds))
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from llm import calibrate

    locations = Locations.from_environment()
    assistant = Assistant.load(locations)
    outside = calibrate.read_outside(locations.out_of_scope)
    turns = calibrate.calibration_turns(assistant.index.passages, outside, assistant.office.today())
    print(f"Turnos del libro de reglas: {len(turns)}\nWEIGHTS = {calibrate.fit(turns)}")
    if read_judged(locations, {passage.id for passage in assistant.index.passages}):
        _print_measures(assistant, locations.judged_turns)
    return 0


def _pairs(options: argparse.Namespace) -> int:
    from llm import pairs

    locations = Locations.from_environment()
    assistant = Assistant.load(locations)
    files = sorted((options.folder / "escritas").glob("*.jsonl"))
    if not files:
        raise ValueError(f"{options.folder / 'escritas'}: no hay archivos .jsonl con pares escritos. Revisa --folder")
    lines = [line for path in files for line in _json_lines(path)]
    outside = locations.out_of_scope.read_text("utf-8").splitlines()
    tests = [line["question"] for path in options.tests for line in _json_lines(path) if "question" in line]

    def maker(held_back: Iterable[str]) -> pairs.PairMaker:
        return pairs.PairMaker(assistant.index.passages, frozenset(held_back), assistant.office.today())

    def write(folder: Path, maker: pairs.PairMaker, made: Iterable[pairs.Pair]) -> None:
        training, validation = maker.split(pairs.unlike(made, tests))
        pairs.write_pairs(folder / "train.jsonl", training)
        pairs.write_pairs(folder / "validation.jsonl", validation)
        print(f"{count(len(training), 'par', 'pares')} de entrenamiento y {len(validation)} de validación en {folder}")

    some, every = maker(options.hold_back), maker(())
    write(options.folder, some, [*some.written(lines), *some.derived(), *some.outside(outside, _OUTSIDE)])
    write(options.folder / PLAIN.pairs.parent.name, every, pairs.without_passages([*every.written(lines), *every.derived()]))
    return 0


def _json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file. Raises ValueError naming file and line."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        try:
            entry = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}:{number}: no es JSON. Revisa ese renglón") from error
        if not isinstance(entry, dict):
            raise ValueError(f"{path}:{number}: debe ser un objeto, entre llaves")
        if entry:
            found.append(entry)
    return found


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
