"""A transcript as text, JSON or subtitles; `table.py` has the table for terminals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sentivox_client.results import Transcript


class Format(StrEnum):
    """Output format of `sentivox transcribe`."""

    TEXT = "text"
    JSON = "json"
    VERBOSE_JSON = "verbose_json"
    SRT = "srt"
    VTT = "vtt"
    TABLE = "table"

    @property
    def suffix(self) -> str:
        """Suffix of output files."""
        return _SUFFIXES[self]

    @property
    def is_json(self) -> bool:
        return self in (Format.JSON, Format.VERBOSE_JSON)

    @property
    def is_subtitles(self) -> bool:
        return self in (Format.SRT, Format.VTT)


_SUFFIXES = {
    Format.TEXT: ".txt",
    Format.JSON: ".json",
    Format.VERBOSE_JSON: ".json",
    Format.SRT: ".srt",
    Format.VTT: ".vtt",
    Format.TABLE: ".txt",
}

SUMMARY = (
    *("text", "language", "duration", "language_detection", "sentiment"),
    *("speakers", "warnings"),
)
"""Fields of the server's JSON in `json`; `verbose_json` has all."""


def render(transcript: Transcript, format_: Format, name: str | None = None) -> str:
    """The transcript in a format; with a `name`, JSON is one line that names the file."""
    match format_:
        case Format.SRT:
            return transcript.to_srt()
        case Format.VTT:
            return transcript.to_vtt()
        case Format.JSON:
            summary = {key: transcript.raw[key] for key in SUMMARY if key in transcript.raw}
            return _json(summary, name)
        case Format.VERBOSE_JSON:
            return _json(transcript.raw, name)
        case _:
            return transcript.to_text() + "\n"


def _json(content: Mapping[str, Any], name: str | None) -> str:
    if name is not None:
        return json.dumps({"file": name, **content}, ensure_ascii=False) + "\n"
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
