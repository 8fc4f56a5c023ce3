"""Training and test recordings for adapters of Whisper, without overlap.

The test has 25 short recordings of each language. Where the data allows it, the test's speakers
aren't in training: Spanish, French and Russian have a second speaker, and Czech and Dutch are split
by level of the game, each with a cast of its own. The other languages have one speaker each, whose
test sentences aren't in training. The recordings that `benchmarks.accuracy` reports are kept out of
training, too.
"""

from __future__ import annotations

from preprocessing.speech_data import Recording, recordings, spread

TEST_CLIPS = 25
"""Test recordings of each language."""
MIN_TEST_S, MAX_TEST_S = 1.0, 12.0
MIN_TRAINING_S = 0.7
REPORTED_S, REPORTED = 2.0, 100
"""Shortest length and number of the recordings that `benchmarks.accuracy` uses by default."""
OTHER_SPEAKERS = {"es": "tuxpaint_es", "fr": "tuxpaint_fr", "ru": "tuxpaint_ru"}
LANGUAGES_BY_LEVEL = ("cs", "nl")
TEST_LEVEL_EVERY = 6
"""Every sixth level is for the test."""


def short_clips(language: str) -> list[Recording]:
    """Test recordings, the same at every call. Raise KeyError for a language without recordings."""
    kept = _kept_out(language)
    return spread([clip for clip in kept if MIN_TEST_S <= clip.seconds <= MAX_TEST_S], TEST_CLIPS)


def training_clips(language: str) -> list[Recording]:
    """All training recordings, the same at every call."""
    kept = [*_kept_out(language), *recordings(language, REPORTED_S, REPORTED)]
    paths = {clip.path for clip in kept}
    return [clip for clip in recordings(language, MIN_TRAINING_S) if clip.path not in paths]


def _kept_out(language: str) -> list[Recording]:
    """Recordings of the second speaker or of the test levels. In a language without either: some
    recordings, and those that `benchmarks.accuracy` reports.
    """
    clips = recordings(language, MIN_TRAINING_S)
    if language in OTHER_SPEAKERS:
        return [clip for clip in clips if clip.source == OTHER_SPEAKERS[language]]
    if language in LANGUAGES_BY_LEVEL:
        tested = set(sorted({_level(clip) for clip in clips})[::TEST_LEVEL_EVERY])
        return [clip for clip in clips if _level(clip) in tested]
    some = spread([clip for clip in clips if clip.seconds <= MAX_TEST_S], TEST_CLIPS)
    return list(
        {clip.path: clip for clip in some + recordings(language, REPORTED_S, REPORTED)}.values()
    )


def _level(clip: Recording) -> str:
    """Level of the game; files are in `sound/LEVEL/LANGUAGE/`."""
    return clip.path.parts[-3]
