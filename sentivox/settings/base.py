"""The base of all settings: frozen, strict, and helpful about names of earlier versions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from sentivox.settings import old_names

MAX_WORKERS = 16
"""Most batches that one replica may run at the same time."""

Device = Literal["cpu", "cuda"]


class Settings(BaseModel):
    """Unknown keys are errors, so that a typing mistake never passes for a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_old_names(cls, values: Any) -> Any:
        renamed = old_names.RENAMED.get(cls.__name__, {})
        removed = old_names.REMOVED.get(cls.__name__, {})
        for name in values if isinstance(values, dict) else ():
            if name in renamed:
                raise ValueError(
                    f"The setting '{name}' is called '{renamed[name]}' now: rename it."
                )
            if name in removed:
                raise ValueError(f"The setting '{name}' no longer exists: {removed[name]}")
        return values
