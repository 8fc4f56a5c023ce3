"""Settings of sentiment classification."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from sentivox.settings.base import Device, Settings


class SentimentSettings(Settings):
    model: str = "embedded:multilingual-e5-small"
    """Source of the text encoder's weights; see `sentivox.weights.resolve`."""
    head: str = "embedded:sentiment-head"
    """The classifier over that encoder, trained by `training/sentiment`."""
    device: Device = "cpu"
    gpu_memory_share: float | None = Field(None, gt=0, le=1)
    """Largest share of the GPU's memory that torch may take in this process; null for no bound."""
    compute_type: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    """Number format of the encoder. `auto` is int8 on CPUs with VNNI, where probabilities differ by
    a hundredth (docs/log.md), bfloat16 on CPUs that multiply it faster than float32, and float32
    elsewhere."""
    threads: int = Field(2, ge=1)
    """CPU threads."""
    max_batch_size: int = Field(32, ge=1)
    """Most texts in a batch."""

    @model_validator(mode="after")
    def _check_compute_type(self) -> Self:
        if self.compute_type == "int8" and self.device != "cpu":
            raise ValueError(
                "Sentiment in int8 is for processors; leave compute_type out on a GPU."
            )
        return self
