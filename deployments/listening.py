"""What a window of an upload is heard as, and what is said in it where one stage tells both."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deployments.stored_audio import ListenedWindow
from sentivox.errors import SpeechError
from sentivox.models.base import Listened, RecognitionItem, Recognizer
from sentivox.models.language_id import decide, second_language, told_stretches
from sentivox.models.loading import load_language_identifier
from sentivox.settings import LanguageIdSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow


@dataclass(frozen=True, slots=True)
class HeardInOneCall:
    """A window that was recognised in the language that it was heard as."""

    listened: ListenedWindow
    """Without the sound, which was used."""
    options: RecognitionOptions
    """With that language."""
    recognition: Recognition
    listening_s: float
    """How much of the call it took to tell the language."""


class Ear:
    """A recogniser's own."""

    def __init__(self, settings: LanguageIdSettings) -> None:
        """Raises WeightsError."""
        self._identifier = load_language_identifier(settings)
        self._min_confidence = settings.min_confidence

    def hear_and_transcribe(
        self,
        recognizer: Recognizer,
        window: SpeechWindow,
        options: RecognitionOptions,
        candidates: Sequence[str],
        second: bool,
    ) -> HeardInOneCall:
        """In the likeliest language, and perhaps in the `second` likeliest. Raises SpeechError."""
        began = time.perf_counter()
        [heard] = self._identifier.listen([window])
        listened = listened_window(window, heard, candidates, self._min_confidence)
        options = replace(
            options,
            language=listened.detection.guesses[0].language,
            otherwise=second_language(listened.detection) if second else None,
        )
        listening_s = time.perf_counter() - began
        [answer] = recognizer.transcribe([RecognitionItem(window, options, heard.sound)])
        if isinstance(answer, SpeechError):
            raise answer
        return HeardInOneCall(replace(listened, sound=None), options, answer, listening_s)


def listened_window(
    window: SpeechWindow, heard: Listened, candidates: Sequence[str], min_confidence: float
) -> ListenedWindow:
    """Among `candidates`, or among all languages when there are none."""
    return ListenedWindow(
        decide(heard.guesses, candidates, min_confidence, speech_s=window.speech_s),
        told_stretches(window, heard.stretches, candidates, min_confidence),
        heard.sound,
    )
