"""SubRip (SRT) and WebVTT subtitles from segments, without another request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Cue(NamedTuple):
    """A subtitle; `start` and `end` are in seconds."""

    start: float
    end: float
    text: str
    speaker: str | None = None


def to_srt(cues: Iterable[Cue]) -> str:
    """SubRip text; a speaker's name precedes the text."""
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_with_speaker(cue)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def to_vtt(cues: Iterable[Cue]) -> str:
    """WebVTT text; a speaker is a `<v>` tag."""
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_with_voice_tag(cue)}\n\n"
        for cue in cues
    )
    return "WEBVTT\n\n" + "".join(blocks)


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


def _with_speaker(cue: Cue) -> str:
    return cue.text if cue.speaker is None else f"{cue.speaker}: {cue.text}"


def _with_voice_tag(cue: Cue) -> str:
    """The text with `&`, `<` and `>` escaped, after the speaker's tag."""
    text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text if cue.speaker is None else f"<v {cue.speaker}>{text}"
