"""Short clips whose language is unsure: is a second hearing in another language worth its time?

    make speech-data && make bench-hedging
    python -m benchmarks.hedging --clips 10 --languages ru bg

Clips of 0.7 to 5 s, their language not told, are heard in their two likeliest languages. What
would have been kept is then counted for several settings, `below` being the ingress's
`hedge_below`. Every second clip is for choosing them; the others are reported with the best.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import LANGUAGES, normalized
from benchmarks.in_process import Models
from benchmarks.outcome import header, record
from benchmarks.route_choice import clip_errors
from deployments.hedging import score
from preprocessing.speech_data import Recording, recordings, spread
from sentivox.engines.language_id.detector import decide
from sentivox.engines.protocols import RecognitionItem
from sentivox.types import LanguageProbability, Recognition, RecognitionOptions, SpeechDetection

RESULTS = Path(__file__).parent / "results" / "hedging.json"
LENGTHS = ((0.7, 2.0), (2.0, 5.0))
BELOW = (0.5, 0.7, 0.9)
WEIGHTS_OF_TEXT = (0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class TwiceHeard:
    recording: Recording
    guesses: tuple[LanguageProbability, ...]
    """The two likeliest."""
    recognitions: tuple[Recognition, ...]
    """In each of them, or in the first alone where it is too sure for any setting."""

    def kept(self, below: float | None, weight: float) -> tuple[str, str]:
        """Language and text that would be the answer; `below` None hears once."""
        best = 0
        if below is not None and self.ranked[0].confidence < below:
            scores = [
                score(guess.confidence, heard, weight)
                for guess, heard in zip(self.ranked, self.recognitions, strict=True)
            ]
            best = max(range(len(scores)), key=lambda i: -1e9 if (s := scores[i]) is None else s)
        text = "".join(segment.text for segment in self.recognitions[best].segments)
        return self.ranked[best].language, text


@dataclass(frozen=True, slots=True)
class Row:
    below: float | None
    weight: float
    clips: int
    heard_twice: int
    right: float
    """Share whose language is right."""
    wer: float
    cer: float


def hear(clips: Sequence[Recording], models: Models) -> Iterator[TwiceHeard]:
    """Those in which a voice is found, and all of it in one window."""
    for clip in clips:
        windows = models.reader.read(
            clip.path.read_bytes(), SpeechDetection(), clip.container
        ).windows
        if len(windows) != 1:
            continue
        [listened] = models.identifier.listen(windows)
        found = decide(listened.ranked, (), models.min_confidence, speech_s=windows[0].speech_s)
        two = found.ranked[:2]
        heard = two if two[0].confidence < max(BELOW) else two[:1]
        answers = models.recognizer.transcribe(
            [RecognitionItem(windows[0], RecognitionOptions(each.language)) for each in heard]
        )
        yield TwiceHeard(
            clip, two, tuple(each for each in answers if isinstance(each, Recognition))
        )


def row(clips: Sequence[TwiceHeard], below: float | None, weight: float) -> Row:
    kept = [clip.kept(below, weight) for clip in clips]
    errors = [
        clip_errors(clip.recording.transcript, text)
        for clip, (_, text) in zip(clips, kept, strict=True)
    ]
    right = sum(
        clip.recording.language == language for clip, (language, _) in zip(clips, kept, strict=True)
    )
    return Row(
        below,
        weight,
        len(clips),
        sum(below is not None and clip.ranked[0].confidence < below for clip in clips),
        round(right / len(clips), 4),
        round(sum(e.word_errors for e in errors) / sum(e.words for e in errors), 4),
        round(sum(e.letter_errors for e in errors) / sum(e.letters for e in errors), 4),
    )


def chosen(languages: Sequence[str], most: int) -> list[Recording]:
    """So many of each language and length, spread evenly."""
    found = []
    for language, (low, high) in product(languages, LENGTHS):
        pool = [
            clip
            for clip in recordings(language, base_s=low)
            if clip.seconds < high and normalized(clip.transcript)
        ]
        found += spread(pool, min(most, len(pool)))
    return found


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    heard = list(hear(chosen(arguments.languages, arguments.clips), Models(1)))
    settings = [(None, 1.0), *product(BELOW, WEIGHTS_OF_TEXT)]
    tried = [row(heard[::2], below, weight) for below, weight in settings]
    best = min(tried, key=lambda each: (each.cer, -each.right))
    reported = [row(heard[1::2], None, 1.0), row(heard[1::2], best.below, best.weight)]
    Console().print(_table("half to choose by", tried), _table("the other half", reported))
    result = {
        **header("hedging", argv),
        "tried": [asdict(each) for each in tried],
        "reported": [asdict(each) for each in reported],
    }
    record(result, arguments.output)
    return 0


def _table(title: str, rows: Sequence[Row]) -> Table:
    table = Table(*(name.replace("_", " ") for name in Row.__dataclass_fields__), title=title)
    for each in rows:
        table.add_row(*map(str, asdict(each).values()))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=16, help="of each language and length")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--output", type=Path, default=RESULTS, help="file for the results")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
