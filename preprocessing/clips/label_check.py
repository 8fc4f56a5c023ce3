"""Is the text what is said? Our own recogniser listens, and the two are compared."""

from __future__ import annotations

import jiwer
import pyarrow as pa

from preprocessing.clips.clip import Clip, clips, table
from preprocessing.settings import LabelCheckSettings
from preprocessing.text.transcripts import letters
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.errors import SpeechError
from sentivox.settings import RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow

CLIPS_AT_ONCE = 8


class LabelCheck:
    """Drops a clip for "other words heard". The recogniser is told the language, and decodes once,
    greedily: it needn't be right, only nearer to the label than to anything else.
    """

    def __init__(self, settings: LabelCheckSettings) -> None:
        self._settings = settings
        self._recognizer = load_recognizer(
            RecognitionSettings(
                model=settings.model, device=settings.device, threads=1, temperatures=(0.0,)
            )
        )

    def __call__(self, rows: pa.Table) -> pa.Table:
        unit = clips(rows)
        asked = sorted(
            (place for place, clip in enumerate(unit) if not clip.dropped),
            key=lambda place: unit[place].seconds,
        )
        for first in range(0, len(asked), CLIPS_AT_ONCE):
            places = asked[first : first + CLIPS_AT_ONCE]
            answers = self._recognizer.transcribe([_item(unit[place]) for place in places])
            for place, answer in zip(places, answers, strict=True):
                unit[place] = self._judged(unit[place], answer)
        return table(unit)

    def _judged(self, clip: Clip, answer: Recognition | SpeechError) -> Clip:
        if isinstance(answer, SpeechError):
            raise answer
        heard = " ".join(segment.text.strip() for segment in answer.segments)
        errors = letter_errors(clip.text, heard)
        if errors <= self._settings.most_errors:
            return clip
        return clip.drop("other words heard", f"{errors:.2f} between '{clip.text}' and '{heard}'")


def letter_errors(label: str, heard: str) -> float:
    """Letters to change, leave out or put in, over those of the label; at most 1 counts."""
    return min(1.0, float(jiwer.cer(letters(label), letters(heard) or " ")))


def _item(clip: Clip) -> RecognitionItem:
    return RecognitionItem(SpeechWindow(0, 0.0, clip.pcm), RecognitionOptions(clip.language))
