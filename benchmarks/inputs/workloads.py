"""What systems are asked to write: short, medium and long files in ten languages.

All are rewritten as WAV, so that every system reads the same container, and are the same at every
call. Nothing here was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TypeVar

import numpy as np

from benchmarks.inputs.paced_speech import PacedSpeech, long_speech, paced_speech, wav_file
from benchmarks.systems.system import Sound
from preprocessing.held_out import REPORTED, REPORTED_S, short_clips
from preprocessing.samples import decoded
from preprocessing.speech_data import Recording, languages, recordings
from sentivox.types import SAMPLE_RATE, WINDOW_SECONDS

LONGEST_SHORT_S = 10.0
MEDIUM_S = (10.0, 26.0)
"""After so much speech a medium file ends; the last recording may take it further."""
LONGEST_MEDIUM_S = WINDOW_SECONDS - 0.5
MEDIUM_PAUSES_S = (0.3, 0.6)
SEED = 3

T = TypeVar("T")


def short(count: int, codes: Sequence[str] = ()) -> list[Sound]:
    """Single recordings of 1 to 10 s, the languages in turn; at most as many as there are."""
    clips = in_turn([_short_recordings(code) for code in codes or languages()])[:count]
    return [_alone(clip) for clip in clips]


def medium(count: int, codes: Sequence[str] = ()) -> list[Sound]:
    """Files of 10 to 30 s: recordings of one language with short pauses, the languages in turn."""
    codes = codes or languages()
    each = -(-count // len(codes))
    return in_turn([_medium_files(code, each) for code in codes])[:count]


def long(minutes: float, language: str) -> Sound:
    """One file of so many minutes; recordings come again when they don't last."""
    return _joined(long_speech(language, minutes), language)


def in_turn(rows: Sequence[Sequence[T]]) -> list[T]:
    """The first of each row, then the second of each, and so on."""
    return [each for column in zip_longest(*rows) for each in column if each is not None]


def one_of_each(sounds: Sequence[Sound]) -> list[Sound]:
    """A sound of each language, the shortest: what wakes all that sleeps."""
    longest_first = sorted(sounds, key=lambda sound: sound.seconds, reverse=True)
    return list({sound.language: sound for sound in longest_first}.values())


def _short_recordings(language: str) -> list[Recording]:
    return [clip for clip in short_clips(language) if clip.seconds <= LONGEST_SHORT_S]


def _alone(clip: Recording) -> Sound:
    pcm = decoded(clip.path, SAMPLE_RATE)
    audio = wav_file(pcm, SAMPLE_RATE)
    return Sound(audio, len(pcm) / SAMPLE_RATE, clip.language, clip.transcript)


def _medium_files(language: str, count: int) -> list[Sound]:
    clips = [
        clip
        for clip in recordings(language, REPORTED_S, REPORTED)
        if clip.seconds <= LONGEST_SHORT_S
    ]
    chance = np.random.default_rng(SEED)
    return [_medium_file(clips, chance) for _ in range(count)]


def _medium_file(clips: Sequence[Recording], chance: np.random.Generator) -> Sound:
    enough_s = chance.uniform(*MEDIUM_S)
    chosen: list[Recording] = []
    pauses: list[float] = []
    seconds = MEDIUM_PAUSES_S[1]  # one comes before the first recording too
    for place in chance.permutation(len(clips)):
        clip, pause = clips[place], float(chance.uniform(*MEDIUM_PAUSES_S))
        if seconds >= enough_s or seconds + clip.seconds + pause > LONGEST_MEDIUM_S:
            break
        chosen.append(clip)
        pauses.append(pause)
        seconds += clip.seconds + pause
    return _joined(paced_speech(chosen, SAMPLE_RATE, pauses), chosen[0].language)


def _joined(speech: PacedSpeech, language: str) -> Sound:
    transcript = " ".join(each.clip.transcript for each in speech.spoken)
    return Sound(speech.wav(), speech.seconds, language, transcript)
