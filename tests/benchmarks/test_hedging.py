"""What would have been kept of two hearings, and how it's counted."""

from __future__ import annotations

from pathlib import Path

from benchmarks.hedging import TwiceHeard, row
from preprocessing.speech_data import Recording
from sentivox.types import LanguageProbability, Recognition, TranscribedSegment

GUESSES = (LanguageProbability("en", 0.4), LanguageProbability("nl", 0.3))


def heard(text: str, logprob: float) -> Recognition:
    return Recognition((TranscribedSegment(0, 1, text, "en", (1, 2), avg_logprob=logprob),))


CLIP = TwiceHeard(
    Recording(Path("clip.ogg"), "nl", "goed zo", 1.0, "somebody"),
    GUESSES,
    (heard(" Who zo", -1.2), heard(" Goed zo.", -0.5)),
)


def test_the_likelier_text_is_kept_where_the_language_is_unsure() -> None:
    assert CLIP.kept(None, 1.0) == ("en", " Who zo")
    assert CLIP.kept(0.3, 1.0) == ("en", " Who zo")
    assert CLIP.kept(0.5, 1.0) == ("nl", " Goed zo.")


def test_a_light_text_leaves_it_to_the_language() -> None:
    assert CLIP.kept(0.5, 0.1) == ("en", " Who zo")


def test_silence_loses_to_any_text() -> None:
    silent = TwiceHeard(CLIP.recording, GUESSES, (Recognition(()), CLIP.recognitions[1]))
    assert silent.kept(0.5, 1.0)[0] == "nl"


def test_languages_words_and_letters_are_counted_with_and_without() -> None:
    once, twice = row([CLIP], None, 1.0), row([CLIP], 0.5, 1.0)
    assert (once.right, once.wer, once.heard_twice) == (0, 0.5, 0)
    assert (twice.right, twice.wer, twice.cer, twice.heard_twice) == (1, 0, 0, 1)
