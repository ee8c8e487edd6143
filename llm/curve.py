"""The loss table as CSV and as a picture."""
from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

COLUMNS = ("step", "epoch", "seconds", "training", "validation", "verdict")


def write_curve(rows: Sequence[dict[str, float]], folder: Path) -> None:
    """Write ``loss.csv`` and ``loss.png`` into ``folder``. ``training`` and ``validation`` are nats a
    token of the reply, ``verdict`` the share (0–1) of validation passages that are judged right."""
    draft = folder / "draft-loss.csv"
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    draft.replace(folder / "loss.csv")
    _draw(rows, folder)


def _draw(rows: Sequence[dict[str, float]], folder: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="paso", ylabel="pérdida (nats por token de la respuesta)")
    steps = [row["step"] for row in rows]
    axes.plot(steps, [row["training"] for row in rows], label="entrenamiento")
    axes.plot(steps, [row["validation"] for row in rows], label="validación", marker="o")
    share = axes.twinx()
    share.set(ylabel="pasajes bien juzgados", ylim=(0, 1))
    share.plot(steps, [row["verdict"] for row in rows], "--", color="gray", label="pasajes bien juzgados")
    figure.legend(loc="outside upper center", ncols=3)
    figure.savefig(folder / "draft-loss.png", dpi=110)
    (folder / "draft-loss.png").replace(folder / "loss.png")
