"""The service's own settings: environment variables that begin with CSE_LLM_."""
from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the service listens. The office's files are found as rules.locations says."""

    model_config = SettingsConfigDict(env_prefix="CSE_LLM_")

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8081, ge=1, le=65535, description="port to listen on")
