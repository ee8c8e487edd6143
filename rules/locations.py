"""Where the staff's files lie. The same variables serve both Python environments."""
from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Locations:
    """Folders and files of one office, relative to the repository's root, and the sentence encoder
    that reads its questions (a name of nlu.encoder)."""

    rules: Path
    documents: Path
    office: Path
    out_of_scope: Path
    judged_turns: Path
    models: Path
    encoder: str = "use-m3"

    @property
    def calibration(self) -> Path:
        """Where the calibration of the rule book is kept."""
        return self.models / "calibration.json"

    @property
    def hard_questions(self) -> Path:
        """Questions in unusual words and near misses, beside the judged turns."""
        return self.judged_turns.with_name("preguntas_dificiles.jsonl")

    @property
    def other_offices(self) -> Path:
        """Folders with the rule books of invented offices and questions asked of them, beside the judged turns."""
        return self.judged_turns.with_name("oficinas")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Locations:
        """Read ``CSE_RULES``, ``CSE_DOCUMENTS``, ``CSE_OFFICE``, ``CSE_OUT_OF_SCOPE``,
        ``CSE_JUDGED_TURNS``, ``CSE_MODELS`` and ``CSE_ENCODER``; the defaults are the repository's own folders."""
        env = os.environ if environ is None else environ

        def place(variable: str, default: str) -> Path:
            return ROOT / env.get(variable, default)

        return cls(
            rules=place("CSE_RULES", "rules"),
            documents=place("CSE_DOCUMENTS", "data/documents"),
            office=place("CSE_OFFICE", "data/oficina.yml"),
            out_of_scope=place("CSE_OUT_OF_SCOPE", "data/calibration/fuera_de_alcance.txt"),
            judged_turns=place("CSE_JUDGED_TURNS", "data/calibration/turnos_juzgados.jsonl"),
            models=place("CSE_MODELS", "models"),
            encoder=env.get("CSE_ENCODER", "use-m3"),
        )
