"""Isolation of a batch's windows: a bad window fails alone, and a slow one delays no other."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sentivox.engines.protocols import AsCompletedRecognizer, RecognitionItem, Recognizer
from sentivox.errors import SpeechError, StageUnavailable
from sentivox.types import Recognition

logger = logging.getLogger(__name__)

Result = Recognition | SpeechError


def transcribe_isolated(
    recognizer: Recognizer, items: Sequence[RecognitionItem]
) -> Iterator[tuple[int, Result]]:
    """Each item's index and result, as soon as the result is known.

    When a batch fails as a whole, the items without a result are tried again one by one. Never
    raises: an item that fails alone too has StageUnavailable as its result.
    """
    left = dict(enumerate(items))
    try:
        for index, result in as_completed(recognizer, items):
            del left[index]
            yield index, result
    except Exception:
        logger.exception("A batch of %d windows failed.", len(items))
    if len(items) > 1:
        for index, item in left.items():
            for _, result in transcribe_isolated(recognizer, [item]):
                yield index, result
    elif left:
        yield (
            0,
            StageUnavailable("This part of the recording couldn't be recognised. Try it again."),
        )


def transcribe_by_recognizer(
    pairs: Sequence[tuple[Recognizer, RecognitionItem]],
) -> Iterator[tuple[int, Result]]:
    """`transcribe_isolated` for items with a recogniser each: those of the same one are a batch."""
    rows: defaultdict[Recognizer, list[int]] = defaultdict(list)
    for row, (recognizer, _) in enumerate(pairs):
        rows[recognizer].append(row)
    for recognizer, own in rows.items():
        for index, result in transcribe_isolated(recognizer, [pairs[row][1] for row in own]):
            yield own[index], result


def in_order(completed: Iterable[tuple[int, Result]]) -> list[Result]:
    """The results of all items of a batch, in the order of the items."""
    results = dict(completed)
    return [results[index] for index in range(len(results))]


def as_completed(
    recognizer: Recognizer, items: Sequence[RecognitionItem]
) -> Iterable[tuple[int, Result]]:
    """Each item's index and result, as soon as the result is known where the recogniser can."""
    if isinstance(recognizer, AsCompletedRecognizer):
        return recognizer.transcribe_as_completed(items)
    return enumerate(recognizer.transcribe(items))
