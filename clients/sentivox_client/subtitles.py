"""SubRip and WebVTT out of times and texts, so that captions cost no second recognition."""

from __future__ import annotations

from collections.abc import Iterable

Cue = tuple[float, float, str]
"""Start and end in seconds, and the text."""


def to_srt(cues: Iterable[Cue]) -> str:
    return "".join(
        f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{text}\n\n"
        for number, (start, end, text) in enumerate(cues, start=1)
    )


def to_vtt(cues: Iterable[Cue]) -> str:
    blocks = (
        f"{_clock(start, '.')} --> {_clock(end, '.')}\n{_plain(text)}\n\n"
        for start, end, text in cues
    )
    return "WEBVTT\n\n" + "".join(blocks)


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


def _plain(text: str) -> str:
    """WebVTT reads & and < as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
