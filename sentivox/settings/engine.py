"""What the settings of language detection and of recognition have in common: the engine."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from sentivox.settings import old_names
from sentivox.settings.base import MAX_WORKERS, Device, Settings

COMPUTE_TYPES: dict[str, dict[Device, tuple[str, ...]]] = {
    "cpu_int8": {"cpu": ("int8",), "cuda": ()},
    "torch": {
        "cpu": ("float32", "bfloat16", "int8"),
        "cuda": ("float32", "bfloat16", "float16"),
    },
    "ctc": {"cpu": ("float32", "bfloat16"), "cuda": ("float32", "bfloat16", "float16")},
}
"""Compute types by engine and device. torch has no int8 layers for GPUs, and half precision is
slower than single precision on CPUs. CTranslate2 checks its compute types itself."""


class EngineSettings(Settings):
    """Settings that any model with an engine has."""

    model: str = "embedded:whisper-base"
    """Source of the weights: an embedded model, a folder, or `org/name@revision` of a hub; see
    `sentivox.weights.resolve`."""
    device: Device = "cpu"
    gpu_memory_share: float | None = Field(None, gt=0, le=1)
    """Largest share of the GPU's memory that torch may take in this process; null for no bound.
    Ray counts fractions of a GPU when it places replicas, and doesn't enforce them."""
    compute_type: str = "int8"
    """Number format. `ctranslate2`: any of its compute types. `cpu_int8`: int8. `torch`: float32,
    bfloat16, on GPUs float16, on CPUs int8 (decoder only). `ctc`: float32, bfloat16, on GPUs
    float16."""
    threads: int = Field(2, ge=1)
    """CPU threads of each worker."""
    workers: int = Field(1, ge=1, le=MAX_WORKERS)
    """Batches that run at the same time, each with `threads` threads. More workers with one thread
    each give more throughput where a batch gains little from threads, as int8 on CPUs without
    VNNI."""
    engine: str
    """The backend that runs the weights."""

    @field_validator("engine", mode="before")
    @classmethod
    def _refuse_old_engines(cls, engine: Any) -> Any:
        if engine in old_names.ENGINES:
            raise ValueError(f"The engine '{engine}' is called '{old_names.ENGINES[engine]}' now.")
        return engine

    @model_validator(mode="after")
    def _check_compute_type(self) -> Self:
        allowed = COMPUTE_TYPES.get(self.engine, {}).get(self.device)
        if allowed == ():
            raise ValueError(f"The engine {self.engine} is for CPUs: set device to cpu.")
        if allowed and self.compute_type not in allowed:
            raise ValueError(
                f"The engine {self.engine} doesn't compute in {self.compute_type} on "
                f"{self.device}: set compute_type to one of {', '.join(allowed)}."
            )
        return self
