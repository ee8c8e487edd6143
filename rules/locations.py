"""Where the staff's files lie. The same variables serve both Python environments."""
from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class LocationsError(ValueError):
    """A file that a variable names isn't there; the message says which, in Spanish."""


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
    def blind_questions(self) -> Path:
        """Questions by authors who saw only the answers, near misses among them, beside the judged turns."""
        return self.judged_turns.with_name("preguntas_a_ciegas.jsonl")

    @property
    def other_offices(self) -> Path:
        """Folders with the rule books of invented offices and questions asked of them, beside the judged turns."""
        return self.judged_turns.with_name("oficinas")

    @property
    def variants(self) -> Path:
        """Variants of more invented offices, without answers, beside the judged turns."""
        return self.judged_turns.with_name("variantes")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Locations:
        """Read ``CSE_RULES``, ``CSE_DOCUMENTS``, ``CSE_OFFICE``, ``CSE_OUT_OF_SCOPE``,
        ``CSE_JUDGED_TURNS``, ``CSE_MODELS`` and ``CSE_ENCODER``; an empty one counts as absent, and then the
        defaults are the repository's own folders. ``~`` is the home folder.

        Raises:
            LocationsError: one of the files that may be absent is named and isn't there.
        """
        env = os.environ if environ is None else environ

        def place(variable: str, default: str) -> Path:
            return ROOT / os.path.expanduser(env.get(variable) or default)

        places = cls(
            rules=place("CSE_RULES", "rules"),
            documents=place("CSE_DOCUMENTS", "data/documents"),
            office=place("CSE_OFFICE", "data/oficina.yml"),
            out_of_scope=place("CSE_OUT_OF_SCOPE", "data/calibration/fuera_de_alcance.txt"),
            judged_turns=place("CSE_JUDGED_TURNS", "data/calibration/turnos_juzgados.jsonl"),
            models=place("CSE_MODELS", "models"),
            encoder=env.get("CSE_ENCODER") or "use-m3",
        )
        # What the office has none of is left out without a word, so a wrong name would never be noticed.
        for variable, file in (("CSE_OUT_OF_SCOPE", places.out_of_scope), ("CSE_JUDGED_TURNS", places.judged_turns)):
            if env.get(variable) and not file.is_file():
                raise LocationsError(f"{variable}={env[variable]}: no existe ese archivo. Corrige la ruta o quita el ajuste")
        return places
