"""SubRip and WebVTT out of times and texts, so that captions cost no second recognition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Cue(NamedTuple):
    start: float
    """Seconds."""
    end: float
    text: str
    speaker: str | None = None


def to_srt(cues: Iterable[Cue]) -> str:
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_named(cue)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def to_vtt(cues: Iterable[Cue]) -> str:
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_voiced(cue)}\n\n" for cue in cues
    )
    return "WEBVTT\n\n" + "".join(blocks)


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


def _named(cue: Cue) -> str:
    return cue.text if cue.speaker is None else f"{cue.speaker}: {cue.text}"


def _voiced(cue: Cue) -> str:
    """WebVTT has a tag for who speaks, and reads & and < in the text as markup."""
    text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text if cue.speaker is None else f"<v {cue.speaker}>{text}"
