"""Settings of the gateway and the launcher, from the environment (to which rules.environment adds ``.env``).

Every variable begins with ``CSE_``; ``PORT`` and ``HOST`` are accepted too and win. The file
``.env.example`` lists them all with their defaults and is tested against this module.
"""
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rules.locations import ROOT

_LOOPBACK_URL = r"^https?://[^\s/]+$"


class SettingsError(ValueError):
    """A setting has an impossible value; the message names the variable, in Spanish."""


class Settings(BaseSettings):
    """What an operator may change. The descriptions go to ``.env.example``'s readers."""

    model_config = SettingsConfigDict(env_prefix="CSE_", env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field(
        "127.0.0.1",
        min_length=1,
        validation_alias=AliasChoices("HOST", "CSE_HOST"),
        description="Dirección en la que escucha la puerta de entrada (0.0.0.0: toda la red).",
    )
    port: int = Field(
        8000,
        ge=1,
        le=65535,
        validation_alias=AliasChoices("PORT", "CSE_PORT"),
        description="Puerto TCP de la puerta de entrada.",
    )
    rasa_url: str = Field(
        "http://127.0.0.1:5005",
        pattern=_LOOPBACK_URL,
        description="Servidor de Rasa. Con «make run» la pone el lanzador.",
    )
    actions_url: str = Field(
        "http://127.0.0.1:5055",
        pattern=_LOOPBACK_URL,
        description="Servidor de acciones de Rasa. Con «make run» la pone el lanzador.",
    )
    llm_url: str = Field(
        "http://127.0.0.1:8081",
        pattern=_LOOPBACK_URL,
        description="Servicio que cita o redacta respuestas. Con «make run» la pone el lanzador.",
    )
    rasa_timeout: float = Field(10.0, gt=0, le=120, description="Segundos que se espera a Rasa en un turno.")
    turn_timeout: float = Field(
        25.0, gt=0, le=120, description="Segundos que dura un turno, como máximo, con todos sus intentos."
    )
    breaker_failures: int = Field(
        3, ge=1, description="Fallas de Rasa, dentro de CSE_BREAKER_WINDOW, después de las cuales se le deja descansar."
    )
    breaker_window: float = Field(60.0, gt=0, description="Segundos en los que se cuentan las fallas de Rasa.")
    breaker_pause: float = Field(
        5.0, ge=0, description="Segundos que se deja descansar a Rasa; entretanto responde el buscador de reglas."
    )
    health_cache: float = Field(
        2.0, ge=0, description="Segundos después de los cuales /health/ready manda revisar otra vez las partes."
    )
    canary_every: float = Field(
        60.0, ge=0, description="Segundos entre dos preguntas de prueba a una parte que está sana."
    )
    canary_timeout: float = Field(
        8.0, gt=0, le=60, description="Segundos que se espera la respuesta a una pregunta de prueba."
    )
    turn_log: Path = Field(
        Path(".run/turns.sqlite3"),
        description="Bitácora de turnos (SQLite). Una ruta relativa parte de la raíz del repositorio.",
    )
    turn_log_days: int = Field(
        180, ge=1, description="Días que se guarda cada turno en la bitácora; después se borra."
    )
    cors_origins: str = Field(
        "", description="Orígenes, separados por comas, de otras páginas que pueden conversar con el asistente."
    )

    @property
    def turn_log_path(self) -> Path:
        """Absolute path of the turn log."""
        return ROOT / os.path.expanduser(self.turn_log)

    @property
    def allowed_origins(self) -> list[str]:
        """``cors_origins`` as a list."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; ``overrides`` are fields, or environment names such as ``PORT``.

    Raises:
        SettingsError: names every bad variable.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = "; ".join(
            f"{variable(str(e['loc'][0]))} = {e['input']!r} no es válido ({_wanted(e['type'], e.get('ctx', {}))})"
            for e in error.errors()
        )
        raise SettingsError(
            f"Configuración: {problems}. Corrígelo en el entorno o en .env (mira .env.example)"
        ) from error


# What a field wanted, by pydantic's type of the error; its context fills the gaps.
_WANTED = {
    "int_parsing": "debe ser un número entero",
    "int_from_float": "debe ser un número entero",
    "float_parsing": "debe ser un número",
    "greater_than": "debe ser mayor que {gt:g}",
    "greater_than_equal": "debe ser {ge:g} o más",
    "less_than_equal": "debe ser {le:g} o menos",
    "string_pattern_mismatch": "debe ser una dirección como http://127.0.0.1:8000, sin nada después",
    "string_too_short": "no puede estar vacío",
}


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    return _WANTED.get(kind, "no se entiende").format(**context)


def variable(field: str) -> str:
    """Name of the environment variable of ``field``."""
    return field if field.isupper() else f"CSE_{field.upper()}"
