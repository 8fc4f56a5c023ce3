"""Model names that a request may have."""

from __future__ import annotations

from sentivox.languages import LanguageFamily
from sentivox.web.errors import ModelNotFound

AUTO = "auto"
"""The language of the audio chooses the model."""

OPENAI_NAMES = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe-diarize",
    "gpt-live-transcribe",
    "gpt-realtime-whisper",
    "gpt-realtime",
)
"""Names that OpenAI's clients send; each means `auto`."""

MODEL_NAMES = (AUTO, *LanguageFamily, *OPENAI_NAMES)


def parse_model(name: str) -> LanguageFamily | None:
    """The requested language family; None for `auto`. Raises ModelNotFound."""
    if name in set(LanguageFamily):
        return LanguageFamily(name)
    if name in MODEL_NAMES:
        return None
    raise ModelNotFound(
        f"There is no model '{name[:60]}'. Send 'auto', or a name from GET /v1/models.", "model"
    )
