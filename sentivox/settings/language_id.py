"""Settings of language detection."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sentivox.settings.engine import EngineSettings


class LanguageIdSettings(EngineSettings):
    engine: Literal["ctranslate2", "cpu_int8", "torch"] = "ctranslate2"
    """The backend that runs the weights, as for a recogniser."""
    head: str | None = None
    """A classifier trained on your own recordings by `training/language_id`. It belongs to one
    `model` and fits no other."""
    min_confidence: float = Field(0.8, ge=0, le=1)
    """Probability below which detection abstains in uploads. With it fewer than three in
    a hundred recordings of 2 s and longer are sure and wrong (docs/log.md)."""
    live_min_confidence: float = Field(0.5, ge=0, le=1)
    """Probability below which detection abstains in live speech: it has the language of the speech
    before then, and without one no interim text."""
    context_padding_s: float | None = Field(3.0, ge=0)
    """Seconds of silence that the encoder sees after a window; null pads to 30 s. Less is faster
    and less accurate."""
    live_context_padding_s: float = Field(1.0, ge=0)
    """Context padding for live speech, in seconds."""
    share_encoder_output: bool = False
    """Whether the encoder output of uploads is passed to recognisers with the same weights on the
    same engine. On a CPU encoding again takes longer than reading it."""
    max_batch_seconds: int = Field(30, ge=30)
    """Most seconds of audio in a batch, padding included. On a CPU a larger batch is no faster, and
    later requests wait for its end."""
