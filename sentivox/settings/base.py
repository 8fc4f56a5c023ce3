"""The base of all settings: frozen, strict, and helpful about names of earlier versions."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, model_validator

MAX_WORKERS = 16
"""Most batches that one replica may run at the same time."""

Device = Literal["cpu", "cuda"]


class Settings(BaseModel):
    """Unknown keys are errors, so that a typing mistake never passes for a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    renamed: ClassVar[dict[str, str]] = {}
    """Names of earlier versions and the names that took their place."""
    removed: ClassVar[dict[str, str]] = {}
    """Names of earlier versions without a successor, and what to do instead."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_old_names(cls, values: Any) -> Any:
        for name in values if isinstance(values, dict) else ():
            if name in cls.renamed:
                raise ValueError(
                    f"The setting '{name}' is called '{cls.renamed[name]}' now: rename it."
                )
            if name in cls.removed:
                raise ValueError(f"The setting '{name}' no longer exists: {cls.removed[name]}")
        return values
