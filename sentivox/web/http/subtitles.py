"""SubRip and WebVTT subtitles."""

from __future__ import annotations

import html
from collections.abc import Iterable

from sentivox.transcript.cues import Cue, cues_of
from sentivox.types import TranscribedSegment


def to_srt(segments: Iterable[TranscribedSegment]) -> str:
    """The segments as SubRip."""
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_srt_text(cue)}\n\n"
        for number, cue in enumerate(cues_of(segments), start=1)
    )


def to_vtt(segments: Iterable[TranscribedSegment]) -> str:
    """The segments as WebVTT."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_vtt_text(cue)}\n\n"
        for cue in cues_of(segments)
    )


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
