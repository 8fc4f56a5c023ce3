"""Whose encoder output is whose."""

from __future__ import annotations

from sentivox.settings import LanguageIdSettings, RecognitionSettings


def encoder_name(settings: RecognitionSettings | LanguageIdSettings) -> str:
    """The same for two stages where one's encoder output is the other's."""
    return f"{settings.model} in {settings.compute_type}"
