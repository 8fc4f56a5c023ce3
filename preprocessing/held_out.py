"""Recordings that no adapter of Whisper's is tested with and trained on at once.

Tested with are 25 short recordings of each language. Where the data allows it, nobody who is heard
there is heard in training: Spanish, French and Russian have a second speaker for it, and Czech and
Dutch are split by the levels of their game, which have casts of their own. The other languages have
one speaker each, who says other words there. What `benchmarks.accuracy` reports is kept out of
training too.
"""

from __future__ import annotations

from preprocessing.speech_data import Recording, recordings, spread

CLIPS = 25
"""Of each language."""
SHORTEST_S, LONGEST_S = 1.0, 12.0
SHORTEST_TRAINED_S = 0.7
REPORTED_S, REPORTED = 2.0, 100
"""What `benchmarks.accuracy` takes of each language unless it's told otherwise."""
OTHER_SPEAKERS = {"es": "tuxpaint_es", "fr": "tuxpaint_fr", "ru": "tuxpaint_ru"}
LEVELS = ("cs", "nl")
EVERY = 6
"""One level in so many is tested with."""


def short_clips(language: str) -> list[Recording]:
    """The ones to test with, the same at every call. KeyError for a language without recordings."""
    kept = _kept_out(language)
    return spread([clip for clip in kept if SHORTEST_S <= clip.seconds <= LONGEST_S], CLIPS)


def training_clips(language: str) -> list[Recording]:
    """All that may be trained on, the same at every call."""
    kept = [*_kept_out(language), *recordings(language, REPORTED_S, REPORTED)]
    paths = {clip.path for clip in kept}
    return [clip for clip in recordings(language, SHORTEST_TRAINED_S) if clip.path not in paths]


def _kept_out(language: str) -> list[Recording]:
    """Another speaker or other levels; where there is neither, some recordings of any length and
    those that are reported.
    """
    clips = recordings(language, SHORTEST_TRAINED_S)
    if language in OTHER_SPEAKERS:
        return [clip for clip in clips if clip.source == OTHER_SPEAKERS[language]]
    if language in LEVELS:
        tested = set(sorted({_level(clip) for clip in clips})[::EVERY])
        return [clip for clip in clips if _level(clip) in tested]
    some = spread([clip for clip in clips if clip.seconds <= LONGEST_S], CLIPS)
    return list(
        {clip.path: clip for clip in some + recordings(language, REPORTED_S, REPORTED)}.values()
    )


def _level(clip: Recording) -> str:
    """Files lie in `sound/LEVEL/LANGUAGE/`."""
    return clip.path.parts[-3]
