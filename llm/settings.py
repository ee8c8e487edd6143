"""The service's own settings: environment variables that begin with CSE_LLM_."""
from __future__ import annotations

import os
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

AUTO, QUOTING, KERAS = "auto", "quoting", "keras"


class Settings(BaseSettings):
    """Where the service listens and what writes its answers. The office's files are found as
    rules.locations says."""

    model_config = SettingsConfigDict(env_prefix="CSE_LLM_", env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Dirección en la que escucha el servicio.")
    port: int = Field(8081, ge=1, le=65535, description="Puerto TCP del servicio.")
    backend: str = Field(
        AUTO,
        pattern=rf"^(?:{AUTO}|{QUOTING}|{KERAS}|https?://\S+)$",
        description="Quién redacta: auto, quoting (nadie: se cita), keras (aquí mismo) o la URL, hasta /v1, de un "
        "servidor compatible con OpenAI.",
    )
    preset: str = Field(
        "", description="Modelo que redacta aquí: gguf:270m, un preset de KerasHub o una carpeta. Vacío: según la máquina."
    )
    adapter: str = Field("", description="Carpeta de su adaptador. Vacío: la que le toca en llm/adapters.")
    queue: int = Field(
        16, ge=1, le=1000, description="Preguntas que esperan al modelo, como máximo; a las demás se les cita."
    )
    model: str = Field("", description="Nombre del modelo en ese servidor.")
    key: SecretStr = Field(SecretStr(""), description="Clave que pide ese servidor, si pide una.")
    deadline: float = Field(
        6.0, gt=0, le=120, description="Segundos para redactar una respuesta; después se cita el pasaje."
    )

    @field_validator("preset", "adapter")
    @classmethod
    def _at_home(cls, folder: str) -> str:
        """``~`` is the home folder here as in the other paths."""
        return os.path.expanduser(folder)


def load_settings(**given: Any) -> Settings:
    """The settings of the environment, ``given`` ones first.

    Raises:
        ValueError: a setting has an impossible value; the message names the variable, in Spanish.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"CSE_LLM_{first['loc'][0]}".upper()
        meaning = Settings.model_fields[str(first["loc"][0])].description
        raise ValueError(f"{name}: «{first['input']}» no es un valor posible. {meaning}") from error
