"""What a recogniser refuses: languages and tasks that its weights weren't trained on."""

from __future__ import annotations

from sentivox.errors import InvalidRequest
from sentivox.types import RecognitionOptions


def refusal(
    options: RecognitionOptions, *, has_language: bool, translates: bool
) -> InvalidRequest | None:
    """The error of an item with these options, if its language or its task is unknown."""
    if not has_language:
        return unknown_language(options.language)
    if options.task == "translate" and not translates:
        return InvalidRequest(
            f"The model that serves '{options.language}' wasn't trained to translate; ask for a "
            "transcription instead."
        )
    return None


def unknown_language(language: str) -> InvalidRequest:
    """The error of an item in a language that the weights weren't trained on."""
    return InvalidRequest(
        f"The model that serves '{language}' wasn't trained on that language. Send "
        "another `language`, or ask the operator of this service to add it.",
        "language",
    )
