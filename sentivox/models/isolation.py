"""One bad window must not fail the others of its batch."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sentivox.errors import SpeechError, StageUnavailable
from sentivox.models.base import RecognitionItem, Recognizer
from sentivox.types import Recognition

logger = logging.getLogger(__name__)


def transcribe_apart(
    recognizer: Recognizer, items: Sequence[RecognitionItem]
) -> list[Recognition | SpeechError]:
    """As `recognizer.transcribe`; a batch that fails as a whole is tried again one by one.

    Never raises: what fails alone too is that item's StageUnavailable.
    """
    try:
        return recognizer.transcribe(items)
    except Exception:
        logger.exception("A batch of %d windows failed.", len(items))
    if len(items) > 1:
        return [answer for item in items for answer in transcribe_apart(recognizer, [item])]
    return [StageUnavailable("This part of the recording couldn't be recognised. Try it again.")]
