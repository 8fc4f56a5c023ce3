"""Damaged files: what becomes of 2,000 mutated files of every container and codec.

    make speech-data && make bench-damaged-files
    python -m benchmarks.correctness.damaged_files --files 2000

One recording in each encoding is cut off, gets other bytes in its header or anywhere, loses a part,
or is joined with another file. Each file is read as an upload is. Of the files that are refused,
those are counted in which faster-whisper finds words.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.inputs.workloads import reported
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.text import normalized
from benchmarks.systems.faster_whisper_systems import GREEDY, FasterWhisper
from benchmarks.systems.system import AudioFile
from preprocessing.samples import decoded
from sentivox.audio.clip_reader import ClipReader
from sentivox.errors import SpeechError
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SAMPLE_RATE, SpeechDetection
from tests.audio.encoding import ENCODINGS, encode

LANGUAGE = "en"
HEADER_BYTES = 64
SEED = 3

Mutation = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True, slots=True)
class Row:
    """Files of one mutation."""

    mutation: str
    files: int
    read: int
    warned: int
    """Files that were read with a warning."""
    refused: int
    refused_with_words: int
    """Refused files in which faster-whisper finds words."""
    slowest_s: float


def cut_off(file: bytes, chance: random.Random) -> bytes:
    """The beginning of the file."""
    return file[: chance.randrange(1, len(file))]


def other_header(file: bytes, chance: random.Random) -> bytes:
    """One to four other bytes in the header."""
    return _with_bytes(file, chance, HEADER_BYTES, chance.randint(1, 4))


def other_bytes(file: bytes, chance: random.Random) -> bytes:
    """One to fifty other bytes anywhere."""
    return _with_bytes(file, chance, len(file), chance.randint(1, 50))


def lost_part(file: bytes, chance: random.Random) -> bytes:
    """The file without a part of up to a fifth of it."""
    first = chance.randrange(len(file))
    return file[:first] + file[first + chance.randrange(1, len(file) // 5) :]


def joined(file: bytes, chance: random.Random) -> bytes:
    """The file after itself, or after other bytes."""
    before = chance.choice([file, bytes(chance.randrange(1, 5_000)), chance.randbytes(3_000)])
    return before + file


MUTATIONS: tuple[Mutation, ...] = (cut_off, other_header, other_bytes, lost_part, joined)


def _with_bytes(file: bytes, chance: random.Random, most: int, count: int) -> bytes:
    changed = bytearray(file)
    for _ in range(count):
        changed[chance.randrange(min(most, len(file)))] = chance.randrange(256)
    return bytes(changed)


class Peer:
    """faster-whisper, greedy: whether it finds the sentence of the recording in a file."""

    def __init__(self, transcript: str) -> None:
        self._system = FasterWhisper(**GREEDY)
        self._words = set(normalized(transcript).split())

    def finds_words(self, file: bytes) -> bool:
        """Whether at least half of the words are in its text."""
        try:
            [answer] = self._system.transcribe([AudioFile(file, 0.0, LANGUAGE, "")], LANGUAGE)
        except Exception:
            return False
        return 2 * len(self._words & set(normalized(answer.text).split())) >= len(self._words)


def row(mutation: Mutation, files: Sequence[bytes], reader: ClipReader, peer: Peer) -> Row:
    """What becomes of files with this mutation."""
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    chance = random.Random(SEED)  # noqa: S311 - the same files at every call
    for whole in track(files, mutation.__name__, console=Console(stderr=True)):
        file = mutation(whole, chance)
        began = time.perf_counter()
        try:
            warned = reader.read(file, SpeechDetection()).warnings
            outcomes["warned" if warned else "whole"] += 1
        except SpeechError:
            outcomes["refused"] += 1
            outcomes["refused with words"] += peer.finds_words(file)
        slowest = max(slowest, time.perf_counter() - began)
    return Row(
        mutation.__name__,
        len(files),
        outcomes["whole"],
        outcomes["warned"],
        outcomes["refused"],
        outcomes["refused with words"],
        round(slowest, 2),
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    [clip] = reported(LANGUAGE, 1)
    pcm = decoded(clip.path, SAMPLE_RATE)
    encoded = [encode(pcm, encoding) for encoding in ENCODINGS]
    each = list(islice(cycle(encoded), arguments.files // len(MUTATIONS)))
    reader = ClipReader(AudioDecoderSettings(processes=1))
    peer = Peer(clip.transcript)
    rows = [row(mutation, each, reader, peer) for mutation in MUTATIONS]
    reader.close()
    table = Table(
        "files", "number", "read", "with a warning", "refused", "with words", "slowest, s"
    )
    for found in rows:
        table.add_row(*map(str, asdict(found).values()))
    show(table)
    measures = {"rows": [asdict(found) for found in rows], "memory_mb": peak_mb()}
    record({**header("correctness.damaged_files", argv), **measures}, arguments.output)
    return 0


def peak_mb() -> int:
    """Most memory that any decoder process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--output", type=Path, default=RESULTS / "damaged-files.json")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
