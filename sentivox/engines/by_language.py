"""Several recognisers as one: uploads in some languages have weights of their own.

Live speech has the same weights in all languages: those of a language are made for its words, not
for the little context of live speech.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sentivox.engines.isolation import in_order, transcribe_by_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.errors import SpeechError
from sentivox.types import Priority, Recognition


class RecognizerByLanguage:
    """An `AsCompletedRecognizer`. Items of the same recogniser are decoded together."""

    def __init__(self, languages: Mapping[str, Recognizer], others: Recognizer) -> None:
        """`languages` has the recognisers by language code; `others` is for all other languages,
        and for live speech.
        """
        self._languages = languages
        self._others = others

    def padded_seconds(self, item: RecognitionItem) -> float:
        """See Recognizer."""
        return self._of(item).padded_seconds(item)

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """See Recognizer."""
        return in_order(self.transcribe_as_completed(items))

    def transcribe_as_completed(
        self, items: Sequence[RecognitionItem]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        """See AsCompletedRecognizer."""
        yield from transcribe_by_recognizer([(self._of(item), item) for item in items])

    def _of(self, item: RecognitionItem) -> Recognizer:
        if item.options.priority is not Priority.UPLOAD:
            return self._others
        return self._languages.get(item.options.language, self._others)
