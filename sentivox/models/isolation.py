"""One bad window must not fail the others of its batch, nor one slow window delay them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from sentivox.errors import SpeechError, StageUnavailable
from sentivox.models.base import EagerRecognizer, RecognitionItem, Recognizer
from sentivox.types import Recognition

logger = logging.getLogger(__name__)

Answers = Iterable[tuple[int, Recognition | SpeechError]]
"""Numbers of items and what they are answered."""


def answers_apart(
    recognizer: Recognizer, items: Sequence[RecognitionItem]
) -> Iterator[tuple[int, Recognition | SpeechError]]:
    """Each item's number and answer, as soon as it's known; what is left of a batch that fails as a
    whole is tried again one by one.

    Never raises: what fails alone too is that item's StageUnavailable.
    """
    left = dict(enumerate(items))
    try:
        for number, answer in _answers(recognizer, items):
            del left[number]
            yield number, answer
    except Exception:
        logger.exception("A batch of %d windows failed.", len(items))
    if len(items) > 1:
        for number, item in left.items():
            for _, answer in answers_apart(recognizer, [item]):
                yield number, answer
    elif left:
        yield (
            0,
            StageUnavailable("This part of the recording couldn't be recognised. Try it again."),
        )


def _answers(recognizer: Recognizer, items: Sequence[RecognitionItem]) -> Answers:
    if isinstance(recognizer, EagerRecognizer):
        return recognizer.answers(items)
    return enumerate(recognizer.transcribe(items))
