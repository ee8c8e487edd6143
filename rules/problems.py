"""What the checker found: one problem, and how people and GitHub read it."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rules.source import Position

ERROR, WARNING = "error", "aviso"


@dataclass(frozen=True)
class Problem:
    """A fault in a file: where, which check, what (``message``) and how to mend it (``mend``)."""

    position: Position
    level: str
    check: str
    message: str
    mend: str

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sorting key: file, line, column, then the check."""
        return (self.position.file, self.position.line, self.position.column, self.check, self.message)

    @property
    def said(self) -> str:
        """Message and mend as two sentences on one line."""
        return " ".join(f"{_one_line(part).rstrip('.')}." for part in (self.message, self.mend))

    def as_text(self) -> str:
        """``file:line:column: error|aviso [check] message. Mend.``"""
        return f"{self.position}: {self.level} [{self.check}] {self.said}"

    def as_github(self) -> str:
        """GitHub's workflow command, which marks the line in a pull request."""
        command = "error" if self.level == ERROR else "warning"
        at = self.position
        properties = f"file={_property(at.file)},line={at.line},col={at.column},title={_property(self.check)}"
        return f"::{command} {properties}::{_data(self.said)}"


FORMATS: dict[str, Callable[[Problem], str]] = {"text": Problem.as_text, "github": Problem.as_github}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
