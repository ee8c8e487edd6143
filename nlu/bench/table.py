"""Rows as a Markdown table, for the terminal and the README."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nlu.bench.ablation import Effect
from nlu.bench.measure import OPERATING_RISK, RISKS, Cost, Row

_COSTS = ("train CPU s", "CPU ms median", "CPU ms mean", "× ratio")
_HEAD = (
    "set", "engine", "accuracy",
    *(f"{title} at {risk:.0%}" for risk in RISKS for title in ("coverage", "risk", "best possible")),
    f"in-scope right at {OPERATING_RISK:.0%}", "OOS recall", "AURC", *_COSTS,
)  # fmt: skip


def as_markdown(rows: Iterable[Row]) -> str:
    """One line a row; risks come with their 95 % interval, «!» where even that exceeds the promise,
    «*» where our threshold is an estimate and no proof."""
    return markdown(_HEAD, [_cells(row) for row in rows])


def speed_table(size: int, costs: Mapping[str, Cost]) -> str:
    """One line an engine, on a book of ``size`` variants."""
    return markdown((f"{size:,} variants", *_COSTS), [[engine, *_times(cost)] for engine, cost in costs.items()])


def ablation_table(effects: Sequence[Effect], risk: float) -> str:
    """One line a group of inputs, the whole model first; changes in points of coverage."""
    whole = effects[0]
    domains = list(whole.coverage)
    lines = [["(whole model)", *(_percent(whole.coverage[d]) for d in domains), _percent(whole.mean)]]
    for effect in effects[1:]:
        changes = [effect.coverage[d] - whole.coverage[d] for d in domains] + [effect.mean - whole.mean]
        lines.append([f"without {effect.group}", *(f"{change * 100:+.1f}" for change in changes)])
    return markdown((f"coverage at {risk:.0%}", *domains, "mean"), lines)


def stock_lines(rows: Iterable[Row]) -> list[str]:
    """A sentence for each engine that comes with a threshold of its own."""
    return [
        f"{row.engine} on {row.set_name} at its default threshold: coverage {_percent(row.stock.coverage)}, "
        f"risk {_percent(row.stock.risk)}, out-of-scope recall {_percent(row.stock.outside_recall)}."
        for row in rows
        if row.stock
    ]


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    table = [list(head), *map(list, lines)]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    rows = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in table]
    rule = "-|-".join("-" * width for width in widths)
    return "\n".join(f"| {row} |" for row in rows[:1]) + f"\n|-{rule}-|\n" + "\n".join(f"| {row} |" for row in rows[1:])


def _cells(row: Row) -> list[str]:
    at_risks = [cell for risk in RISKS for cell in (_coverage(row, risk), _risk(row, risk), _percent(row.best[risk]))]
    operating = row.points[OPERATING_RISK]
    recall = [_percent(operating.right_inside), _percent(operating.outside_recall)]
    return [row.set_name, row.engine, _percent(row.accuracy), *at_risks, *recall, f"{row.aurc:.3f}", *_times(row.cost)]


def _times(cost: Cost) -> list[str]:
    return [f"{cost.train_seconds:.1f}", f"{cost.median_ms:.2f}", f"{cost.mean_ms:.2f}", f"{cost.ratio:.1f}"]


def _coverage(row: Row, risk: float) -> str:
    estimate = "*" if row.proven is not None and not row.proven[risk] else ""
    return _percent(row.points[risk].coverage) + estimate


def _risk(row: Row, risk: float) -> str:
    point = row.points[risk]
    if point.risk is None:
        return "–"
    low, high = point.risk_interval
    return f"{_percent(point.risk)} [{low * 100:.1f}–{high * 100:.1f}]{'' if point.keeps(risk) else ' !'}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f}"
