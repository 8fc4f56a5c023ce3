"""Files to transcribe: short, medium and long, in ten languages.

All are WAV, mono, 16 kHz, so that every system reads the same container, and the same ones at every
call. None is in the training data of this project.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.inputs.paced_speech import PacedSpeech, long_speech, paced_speech, wav_file
from benchmarks.systems.system import AudioFile
from preprocessing.held_out import REPORTED, REPORTED_S, short_clips
from preprocessing.samples import decoded
from preprocessing.speech_data import Recording, languages, recordings, spread
from sentivox.types import SAMPLE_RATE, WINDOW_SECONDS

LONGEST_SHORT_S = 10.0
MEDIUM_S = (10.0, 26.0)
"""Range of the length from which a medium file takes no further recording, in seconds."""
LONGEST_MEDIUM_S = WINDOW_SECONDS - 0.5
MEDIUM_PAUSES_S = (0.3, 0.6)
SEED = 3

T = TypeVar("T")


def short(count: int, codes: Sequence[str] = ()) -> list[AudioFile]:
    """`count` recordings of 1 to 10 s, the languages in turn; fewer where there aren't as many."""
    clips = in_turn([_short_recordings(code) for code in codes or languages()])[:count]
    return [audio_file(clip) for clip in clips]


def medium(count: int, codes: Sequence[str] = ()) -> list[AudioFile]:
    """Files of 10 to 30 s: recordings of one language with short pauses, the languages in turn."""
    codes = codes or languages()
    each = -(-count // len(codes))
    return in_turn([_medium_files(code, each) for code in codes])[:count]


def long(minutes: float, language: str) -> AudioFile:
    """One file of that length; recordings are repeated where there aren't enough."""
    return _joined(long_speech(language, minutes), language)


def reported(language: str, most: int) -> list[Recording]:
    """Recordings of at least 2 s, none of them in the training data of this project; at most
    `most` of REPORTED.
    """
    pool = recordings(language, REPORTED_S, REPORTED)
    return spread(pool, min(most, len(pool)))


def listed(manifest: Path) -> list[AudioFile]:
    """The files of a CSV with the columns `path`, below its own folder, `lang` and `transcript`."""
    with manifest.open(encoding="utf-8", newline="") as rows:
        return [_listed_file(manifest.parent, row) for row in csv.DictReader(rows)]


def in_turn(rows: Sequence[Sequence[T]]) -> list[T]:
    """The first of each row, then the second of each, and so on."""
    return [each for column in zip_longest(*rows) for each in column if each is not None]


def one_of_each(files: Sequence[AudioFile]) -> list[AudioFile]:
    """The shortest file of each language, for a warm-up."""
    longest_first = sorted(files, key=lambda file: file.seconds, reverse=True)
    return list({file.language: file for file in longest_first}.values())


def _short_recordings(language: str) -> list[Recording]:
    return [clip for clip in short_clips(language) if clip.seconds <= LONGEST_SHORT_S]


def audio_file(clip: Recording) -> AudioFile:
    """One recording by itself."""
    pcm = decoded(clip.path, SAMPLE_RATE)
    audio = wav_file(pcm, SAMPLE_RATE)
    return AudioFile(audio, len(pcm) / SAMPLE_RATE, clip.language, clip.transcript)


def _listed_file(folder: Path, row: Mapping[str, str]) -> AudioFile:
    pcm = decoded(folder / row["path"], SAMPLE_RATE)
    audio = wav_file(pcm, SAMPLE_RATE)
    return AudioFile(audio, len(pcm) / SAMPLE_RATE, row["lang"], row["transcript"])


def _medium_files(language: str, count: int) -> list[AudioFile]:
    clips = [
        clip
        for clip in recordings(language, REPORTED_S, REPORTED)
        if clip.seconds <= LONGEST_SHORT_S
    ]
    chance = np.random.default_rng(SEED)
    return [_medium_file(clips, chance) for _ in range(count)]


def _medium_file(clips: Sequence[Recording], chance: np.random.Generator) -> AudioFile:
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


def _joined(speech: PacedSpeech, language: str) -> AudioFile:
    transcript = " ".join(each.clip.transcript for each in speech.spoken)
    return AudioFile(speech.wav(), speech.seconds, language, transcript)
