"""Subtitles by the usual rules: where a transcript is cut into cues, and how long each is shown.

Lines, length and reading speed are those of Netflix's Timed Text Style Guide (2024), general
requirements. In the East Asian scripts whose letters are two columns wide, fewer are read a second.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from sentivox.transcript.cue_pieces import Piece, pieces_of
from sentivox.types import TranscribedSegment

LINE_COLUMNS = 42
SHORTEST_S, LONGEST_S = 0.8, 7.0
LETTERS_A_SECOND, WIDE_LETTERS_A_SECOND = 17.0, 9.0
LONGEST_DELAY_S = 2.0
"""Fast speech is shown later by at most this much, so that it can be read."""
PAUSE_S = 0.4
"""A pause at which a cue may end as well as at the end of a clause."""
LONG_PAUSE_S = 1.5
"""No cue spans a longer pause."""
CUE_COST, BREAK_COST, CLAUSE_COST, LEFTOVER_COST = 10.0, 8.0, 2.0, 20.0
"""Costs of each cue, of an end inside a clause, of an end of a clause, and of a single word."""
SENTENCE_ENDS, CLAUSE_ENDS = ".!?…。！？", ",;:–—、，；："


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle; times in seconds."""

    start: float
    end: float
    lines: tuple[str, ...]
    """One or two."""
    speaker: str | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def cues_of(segments: Iterable[TranscribedSegment]) -> list[Cue]:
    """The cues of all segments in order of time; none overlaps another."""
    found: list[Cue] = []
    for speaker, own in groupby(segments, key=lambda segment: segment.speaker):
        pieces = [piece for segment in own for piece in pieces_of(segment, LINE_COLUMNS)]
        name_columns = columns(f"{speaker}: ") if speaker else 0
        for group in _groups(pieces, name_columns):
            lines = _lines([piece.text for piece in group], name_columns)
            found.append(Cue(group[0].start, group[-1].end, lines, speaker))
    return _shown(sorted(found, key=lambda cue: cue.start))


def columns(text: str) -> int:
    """Width of a text, in which a wide letter takes two columns."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def reading_s(text: str) -> float:
    """Seconds that a text takes to read."""
    letters = text.replace("\n", " ")
    wide = columns(letters) - len(letters)
    return (len(letters) - wide) / LETTERS_A_SECOND + wide / WIDE_LETTERS_A_SECOND


def _groups(pieces: Sequence[Piece], name_columns: int) -> list[Sequence[Piece]]:
    """The pieces of each cue, with the least cost of all cuts (Knuth and Plass, 1981)."""
    widths = _Widths(pieces, name_columns)
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(pieces) + 1):
        choice = (math.inf, end - 1)
        for first in range(end - 1, -1, -1):
            if end - first > 1 and not (_is_one_cue(pieces, first, end) and widths.fit(first, end)):
                break
            choice = min(choice, (best[first][0] + _cost(pieces, first, end), first))
        best.append(choice)
    groups: list[Sequence[Piece]] = []
    end = len(pieces)
    while end:
        first = best[end][1]
        groups.append(pieces[first:end])
        end = first
    return groups[::-1]


def _is_one_cue(pieces: Sequence[Piece], first: int, end: int) -> bool:
    """Whether a cue may begin with this piece, given that it may with the one after it."""
    before, after, last = pieces[first], pieces[first + 1], pieces[end - 1]
    return after.start - before.end <= LONG_PAUSE_S and last.end - before.start <= LONGEST_S


class _Widths:
    """The widths of pieces in a row."""

    def __init__(self, pieces: Sequence[Piece], name_columns: int) -> None:
        self._name_columns = name_columns
        self._spaces = [len(piece.text) - len(piece.text.lstrip()) for piece in pieces]
        self._until = [0, *accumulate(columns(piece.text) for piece in pieces)]

    def fit(self, first: int, end: int) -> bool:
        """Whether the pieces fit into two lines."""
        start = self._until[first] + self._spaces[first]
        limit = start + LINE_COLUMNS - self._name_columns
        if self._until[end] <= limit:
            return True
        cut = bisect_right(self._until, limit, first, end) - 1
        return (
            cut > first and self._until[end] - self._until[cut] - self._spaces[cut] <= LINE_COLUMNS
        )


def _cost(pieces: Sequence[Piece], first: int, end: int) -> float:
    last = pieces[end - 1]
    following = pieces[end] if end < len(pieces) else None
    if following is None or last.text.strip()[-1:] in SENTENCE_ENDS:
        cost = 0.0
    elif last.text.strip()[-1:] in CLAUSE_ENDS or following.start - last.end > PAUSE_S:
        cost = CLAUSE_COST
    else:
        cost = BREAK_COST
    whole = not first or pieces[first - 1].text.strip()[-1:] in SENTENCE_ENDS
    alone = end - first == 1 and not (whole and last.text.strip()[-1:] in SENTENCE_ENDS)
    return CUE_COST + cost + (LEFTOVER_COST if alone else 0.0)


def _lines(texts: Sequence[str], name_columns: int) -> tuple[str, ...]:
    """One line, or two of about the same width that break at punctuation where they can; none where
    the texts are too long. The name of a speaker stands before the first.
    """
    whole = "".join(texts).strip()
    if columns(whole) + name_columns <= LINE_COLUMNS or len(texts) == 1:
        return (whole,)
    choices = []
    for cut in range(1, len(texts)):
        lines = "".join(texts[:cut]).strip(), "".join(texts[cut:]).strip()
        widths = columns(lines[0]) + name_columns, columns(lines[1])
        if max(widths) <= LINE_COLUMNS:
            inside = lines[0][-1:] not in SENTENCE_ENDS + CLAUSE_ENDS
            choices.append((abs(widths[0] - widths[1]) + BREAK_COST * inside, lines))
    return min(choices)[1] if choices else ()


def _shown(cues: Sequence[Cue]) -> list[Cue]:
    """The cues, each as long as it takes to read where the time is there."""
    found: list[Cue] = []
    free = 0.0
    for place, cue in enumerate(cues):
        start = max(cue.start, free)
        wanted = min(LONGEST_S, max(SHORTEST_S, reading_s(cue.text), cue.end - start))
        following = cues[place + 1].start if place + 1 < len(cues) else math.inf
        latest = max(following, cue.end) + LONGEST_DELAY_S
        free = max(start + 0.1, min(start + wanted, latest))
        found.append(Cue(round(start, 3), round(free, 3), cue.lines, cue.speaker))
    return found
