"""SubRip and WebVTT subtitles: cues of at most two lines, split between words.

Line length and duration follow the BBC's subtitle guidelines, rounded up for proportional fonts.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sentivox.types import TranscribedSegment

LINE_CHARACTERS = 42
CUE_CHARACTERS = 2 * LINE_CHARACTERS
CUE_SECONDS = 7.0


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle; times in seconds."""

    start: float
    end: float
    text: str
    """One or two lines."""
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word with the space before it, a part of its segment's text; times in seconds."""

    text: str
    start: float
    end: float


def to_srt(segments: Iterable[TranscribedSegment]) -> str:
    """The segments as SubRip."""
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_srt_text(cue)}\n\n"
        for number, cue in enumerate(cues(segments), start=1)
    )


def to_vtt(segments: Iterable[TranscribedSegment]) -> str:
    """The segments as WebVTT."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_vtt_text(cue)}\n\n"
        for cue in cues(segments)
    )


def cues(segments: Iterable[TranscribedSegment]) -> list[Cue]:
    """The cues of all segments, sorted by start as WebVTT requires, even if speakers overlap."""
    found = [cue for segment in segments for cue in _cues_of(segment)]
    return sorted(found, key=lambda cue: cue.start)


def _cues_of(segment: TranscribedSegment) -> Iterator[Cue]:
    group: list[_Piece] = []
    for piece in _pieces(segment):
        if group and not _fits([*group, piece]):
            yield _cue(group, segment.speaker)
            group = []
        group.append(piece)
    if group:
        yield _cue(group, segment.speaker)


def _pieces(segment: TranscribedSegment) -> Iterator[_Piece]:
    """The whole text in order. A word that isn't found in the text belongs to the piece before."""
    spans = list(_timed_spans(segment)) or list(_untimed_spans(segment))
    limits = [begin for begin, _, _ in spans] + [len(segment.text)]
    for (begin, start, stop), end in zip(spans, limits[1:], strict=True):
        yield _Piece(segment.text[begin:end], start, stop)


def _timed_spans(segment: TranscribedSegment) -> Iterator[tuple[int, float, float]]:
    """Pieces of a text: index of the first character, start and end in seconds."""
    at = 0
    for word in segment.words:
        found = segment.text.find(word.word.strip(), at)
        if found >= 0 and word.word.strip():
            yield (found if at else 0), word.start, word.end
            at = found + len(word.word.strip())


def _untimed_spans(segment: TranscribedSegment) -> Iterator[tuple[int, float, float]]:
    """Pieces of a segment without word times: every character has an equal duration."""
    text = segment.text.strip()
    before = len(segment.text) - len(segment.text.lstrip())
    per_character = (segment.end - segment.start) / max(1, len(text))
    # Scripts without spaces are cut wherever a line is full.
    for match in re.finditer(rf"\S{{1,{LINE_CHARACTERS}}}", text):
        start = segment.start + match.start() * per_character
        yield before + match.start(), start, segment.start + match.end() * per_character


def _fits(group: list[_Piece]) -> bool:
    if group[-1].end - group[0].start > CUE_SECONDS:
        return False
    return len(_lines(_text(group))) <= 2


def _cue(group: list[_Piece], speaker: str | None) -> Cue:
    start, end = group[0].start, group[-1].end
    return Cue(start, max(end, start + 0.001), "\n".join(_lines(_text(group))), speaker)


def _text(group: list[_Piece]) -> str:
    return " ".join("".join(piece.text for piece in group).split())


def _lines(text: str) -> list[str]:
    """One line, or two of about the same length."""
    if LINE_CHARACTERS < len(text) <= CUE_CHARACTERS:
        for width in range(len(text) // 2, LINE_CHARACTERS):
            if len(lines := textwrap.wrap(text, width, break_on_hyphens=False)) <= 2:
                return lines
    return textwrap.wrap(text, LINE_CHARACTERS, break_on_hyphens=False)


def _srt_text(cue: Cue) -> str:
    # SubRip has no way to escape the arrow that separates its times.
    text = cue.text.replace("-->", "→")
    return text if cue.speaker is None else f"{cue.speaker}: {text}"


def _vtt_text(cue: Cue) -> str:
    text = html.escape(cue.text, quote=False)
    return text if cue.speaker is None else f"<v {cue.speaker}>{text}"


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(max(0.0, seconds) * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
