"""Dates as staff write them: year, month and day with hyphens."""
from __future__ import annotations

import datetime as dt
import re

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_date(text: str) -> dt.date | None:
    """The date written as year-month-day, or None when it isn't one."""
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def date_fault(text: str) -> tuple[str, str] | None:
    """Why ``text`` is no date and how to mend it, or None when it is one."""
    if parse_date(text):
        return None
    if _DATE.fullmatch(text):
        return "no existe en el calendario", "Corrige el mes o el día"
    hyphened = re.sub(r"\s*[–—−‐‑]\s*", "-", text.strip())
    if parse_date(hyphened):
        return "el formato es AAAA-MM-DD", f"Lleva rayas (–) en lugar de guiones: escríbela {hyphened}"
    return "el formato es AAAA-MM-DD", "Escríbela como 2026-11-22: año, mes y día con guiones"
