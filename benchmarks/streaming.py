"""Live speech: latency of interim and final text, and the number of real-time streams.

    make speech-data && make bench-streaming
    python -m benchmarks.streaming --streams 1 4 6 8 --languages en fr --clips 8
    python -m benchmarks.streaming --peer PATH/TO/whisperlivekit-server

Each stream plays recordings at the speed of their audio, in frames of 0.1 s. Times count from the
audio itself: a clip's speech begins and ends with its loud frames. "First text" is the first
interim text, "first stable" the first text that doesn't change any more, "final" the last text
after the end of speech. Negative times aren't in the percentiles: the system answered something
faint before the speech, or only the first part of a clip. Such finals are counted as early. WER is
beside that of the same clips uploaded to the same server. The language is given for both, or
detected for both.

The peer is WhisperLiveKit (faster-whisper with local agreement) with Whisper base as published, on
the same cores, in an environment of its own: `pip install whisperlivekit faster-whisper`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2
import jiwer
from rich.console import Console
from rich.table import Table

from benchmarks.inputs.paced_speech import PacedSpeech, paced_speech
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.percentiles import percentile
from benchmarks.measures.text import normalized
from benchmarks.systems.live_systems import LiveSystem, Sentivox, Stream, WhisperLiveKit
from benchmarks.systems.server import running
from benchmarks.systems.system import ADAPTED_WEIGHTS, WEIGHTS
from preprocessing.speech_data import Recording, recordings
from sentivox.weights.resolve import resolve

PEER_PORT = 8765
REAL_TIME_FINAL_S = 1.0
"""Streams count as real-time while the p95 of final text is at most this."""
ALL = "all"
COLUMNS = (
    "streams",
    "speech started",
    "first text",
    "first stable",
    "lag",
    "final",
    "early finals",
    "no words",
    "retractions",
    "WER",
    "WER of uploads",
)


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles in seconds; None without values."""

    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Spread:
        """Percentiles of the values that aren't negative."""
        late = [each for each in seconds if each >= 0]
        return cls(percentile(late, 0.5), percentile(late, 0.95))


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of some streams at the same time."""

    streams: int
    speech_started: Spread
    first_text: Spread
    first_stable: Spread
    lag: Spread
    final: Spread
    early_finals: int
    clips_without_words: int
    retractions: int
    wer: dict[str, float]
    """WER of each language, and of all words together."""
    upload_wer: dict[str, float]
    """WER of the same clips as uploads; empty for the peer."""


def word_error_rates(texts: Iterable[tuple[Sequence[Recording], str]]) -> dict[str, float]:
    """WER by language and over all words, from the clips of each stream and its text.

    A word inserted between two clips counts as an error of the later one.
    """
    words: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for clips, text in texts:
        spoken = [(clip.language, normalized(clip.transcript)) for clip in clips]
        owners = [language for language, said in spoken for _ in said.split()]
        words.update(owners)
        compared = jiwer.process_words(" ".join(said for _, said in spoken), normalized(text))
        for chunk in compared.alignments[0]:
            if chunk.type == "insert":
                owner = owners[min(chunk.ref_start_idx, len(owners) - 1)]
                errors[owner] += chunk.hyp_end_idx - chunk.hyp_start_idx
            elif chunk.type != "equal":
                errors.update(owners[chunk.ref_start_idx : chunk.ref_end_idx])
    rates = {language: round(errors[language] / words[language], 4) for language in sorted(words)}
    return {ALL: round(errors.total() / words.total(), 4)} | rates


def in_streams(clips: Sequence[Recording], streams: int, rate: int) -> list[PacedSpeech]:
    """The speech of each stream. A single stream has all clips. Otherwise each stream has one
    language, the languages in turn, and an order of its own.
    """
    if streams == 1:
        return [paced_speech(clips, rate)]
    languages = list(dict.fromkeys(clip.language for clip in clips))
    speeches = []
    for number in range(streams):
        round_, speaks = divmod(number, len(languages))
        own = [clip for clip in clips if clip.language == languages[speaks]]
        first = round_ % len(own)
        speeches.append(paced_speech([*own[first:], *own[:first]], rate))
    return speeches


async def play(
    system: LiveSystem, speeches: Sequence[PacedSpeech], language: str | None
) -> list[Stream]:
    """All streams at the same time, each started a little later than the one before."""

    async def one(number: int, speech: PacedSpeech) -> Stream:
        await asyncio.sleep(number * 0.37)
        return await system.transcribe(speech, language)

    return list(await asyncio.gather(*(one(*each) for each in enumerate(speeches))))


def summary(streams: Sequence[Stream], upload_wer: dict[str, float]) -> Row:
    """The row of some streams."""
    clips = [clip for stream in streams for clip in stream.clips]
    finals = _delays((clip.moments.final, clip.spoken.end) for clip in clips)
    texts = [([clip.spoken.clip for clip in stream.clips], stream.text) for stream in streams]

    def after_onset(moments: Iterable[float | None]) -> Spread:
        onsets = (clip.spoken.onset for clip in clips)
        return Spread.of(_delays(zip(moments, onsets, strict=True)))

    return Row(
        streams=len(streams),
        speech_started=after_onset(clip.moments.speech_started for clip in clips),
        first_text=after_onset(clip.moments.first_text for clip in clips),
        first_stable=after_onset(clip.moments.first_stable for clip in clips),
        lag=Spread.of(lag for clip in clips for lag in clip.moments.lags),
        final=Spread.of(finals),
        early_finals=sum(final < 0 for final in finals),
        clips_without_words=len(clips) - len(finals),
        retractions=sum(stream.retractions for stream in streams),
        wer=word_error_rates(texts),
        upload_wer=upload_wer,
    )


def real_time_streams(rows: Sequence[Row]) -> int:
    """The largest number of streams with final text in time."""
    in_time = [
        row.streams
        for row in rows
        if row.final.p95 is not None and row.final.p95 <= REAL_TIME_FINAL_S
    ]
    return max(in_time, default=0)


def upload_error_rates(
    url: str, clips: Sequence[Recording], language: str | None
) -> dict[str, float]:
    """WER of the same clips as uploads, their texts joined as those of a stream."""
    texts = []
    for clip in clips:
        answer = httpx2.post(
            f"{url}/v1/audio/transcriptions",
            files={"file": ("speech.wav", paced_speech([clip], 16_000).wav())},
            data={"model": "auto", "response_format": "json"}
            | ({"language": language} if language else {}),
            timeout=120,
        )
        texts.append(answer.raise_for_status().json()["text"])
    return word_error_rates([(clips, " ".join(texts))])


def measure(
    system: LiveSystem,
    arguments: argparse.Namespace,
    clips: Sequence[Recording],
    upload_wer: dict[str, float],
    console: Console,
) -> list[Row]:
    """One row for each number of streams, after a warm-up with one clip of each language."""
    language = arguments.language
    asyncio.run(play(system, in_streams(_one_of_each(clips), 1, system.rate), language))
    rows = []
    for count in arguments.streams:
        # Decoded before any stream starts: decoding would delay the frames of other streams.
        speeches = in_streams(clips, count, system.rate)
        row = summary(asyncio.run(play(system, speeches, language)), upload_wer)
        console.log(f"{system.name}: {row}")
        rows.append(row)
    return rows


def main(argv: Sequence[str]) -> int:
    arguments = _arguments(argv)
    console = Console(stderr=True)
    clips = [
        clip
        for code in arguments.languages
        for clip in recordings(code, base_s=3.0, most=arguments.clips)
    ]
    rows: dict[str, list[Row]] = {}
    with running(arguments.url) as url:
        uploads = upload_error_rates(url, clips, arguments.language)
        rows["sentivox"] = measure(Sentivox(url), arguments, clips, uploads, console)
    if arguments.peer:
        with _peer(arguments.peer, arguments.language or "auto") as url:
            rows["whisperlivekit"] = measure(WhisperLiveKit(url), arguments, clips, {}, console)
    show(_table(rows))
    result = {
        **header("streaming", argv),
        "languages": arguments.languages,
        "weights": {"sentivox": ADAPTED_WEIGHTS, "whisperlivekit": WEIGHTS},
        "language_given": arguments.language is not None,
        "clips": len(clips),
        "clip_seconds": round(statistics.mean(clip.seconds for clip in clips), 2),
        "real_time_streams": {name: real_time_streams(counts) for name, counts in rows.items()},
        "systems": {name: [asdict(row) for row in counts] for name, counts in rows.items()},
    }
    record(result, arguments.output)
    return 0


@contextmanager
def _peer(program: Path, language: str) -> Iterator[str]:
    command = [str(program), "--port", str(PEER_PORT), "--pcm-input", "--lan", language]
    command += ["--backend", "faster-whisper", "--backend-policy", "localagreement"]
    command += ["--model_dir", str(resolve(WEIGHTS))]
    url = f"http://127.0.0.1:{PEER_PORT}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"{url}/health", process)
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            if httpx2.get(url, timeout=5).json()["ready"]:
                return
        except httpx2.HTTPError:
            time.sleep(0.5)
    raise RuntimeError("The peer didn't start.")


def _one_of_each(clips: Sequence[Recording]) -> list[Recording]:
    return list({clip.language: clip for clip in clips}.values())


def _delays(moments: Iterable[tuple[float | None, float]]) -> list[float]:
    """Seconds from the second moment to the first, where there is a first."""
    return [came - due for came, due in moments if came is not None]


def _table(rows: dict[str, list[Row]]) -> Table:
    table = Table("system", *COLUMNS, caption="Seconds: p50, p95.")
    for name, counts in rows.items():
        for row in counts:
            table.add_row(name, *_cells(row))
    return table


def _cells(row: Row) -> Iterator[str]:
    yield str(row.streams)
    for spread in (row.speech_started, row.first_text, row.first_stable, row.lag, row.final):
        yield " ".join("-" if each is None else f"{each:.2f}" for each in (spread.p50, spread.p95))
    yield from map(str, (row.early_finals, row.clips_without_words, row.retractions))
    for rates in (row.wer, row.upload_wer):
        yield f"{rates[ALL]:.3f}" if rates else "-"


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--url", help="a server that runs already; otherwise one is started")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 6, 8])
    parser.add_argument("--languages", nargs="+", default=["en", "es", "fr", "it"])
    parser.add_argument("--clips", type=int, default=5, help="for each language")
    parser.add_argument("--language", help="language of all clips; detected by default")
    parser.add_argument("--peer", type=Path, help="the program whisperlivekit-server")
    parser.add_argument("--output", type=Path, default=RESULTS / "streaming.json")
    arguments = parser.parse_args(argv)
    if arguments.language and arguments.languages != [arguments.language]:
        parser.error("A stream has one language: name the same one in --languages.")
    return arguments


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
