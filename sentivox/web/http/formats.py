"""Answers to uploads: a transcript in each `response_format`."""

from __future__ import annotations

import math
from typing import Any

from starlette.responses import Response

from sentivox.languages import LANGUAGES
from sentivox.transcript.cues import cues_of
from sentivox.transcript.speakers import turns
from sentivox.types import Transcript, TranscriptionWarning
from sentivox.web import schemas, wire
from sentivox.web.http import sentiment_formats
from sentivox.web.http.form_fields import ResponseFormat
from sentivox.web.http.forms import TranscriptionForm
from sentivox.web.http.sentiment_formats import SentimentFormat
from sentivox.web.http.subtitles import to_srt, to_vtt

SUBRIP = "application/x-subrip; charset=utf-8"
"""Media type of SubRip. Starlette adds the charset to text/* only."""

UNKNOWN_LANGUAGE = "unknown"
"""`language` of a transcript without speech: clients expect a string."""


def render(transcript: Transcript, form: TranscriptionForm) -> Response:
    """The answer in the requested format, with a `Server-Timing` header."""
    headers = {"server-timing": _server_timing(transcript)} if transcript.timings else {}
    match form.response_format:
        case ResponseFormat.TEXT:
            return Response(f"{_text(transcript)}\n", 200, headers, "text/plain")
        case ResponseFormat.SRT:
            return Response(to_srt(transcript.segments), 200, headers, SUBRIP)
        case ResponseFormat.VTT:
            return Response(to_vtt(transcript.segments), 200, headers, "text/vtt")
        case ResponseFormat.VERBOSE_JSON:
            answer: schemas.Transcription = schemas.VerboseTranscription(
                **_verbose_answer(transcript, form)
            )
        case ResponseFormat.DIARIZED_JSON:
            answer = _diarized(transcript, form)
        case _:
            answer = schemas.Transcription(**_answer(transcript, form))
    return wire.json_response(answer, headers=headers)


def to_done(transcript: Transcript, form: TranscriptionForm, text: str) -> schemas.TextDone:
    """The last event of a stream; `text` is all its deltas joined."""
    return schemas.TextDone(**_verbose_answer(transcript, form) | {"text": text})


def _diarized(transcript: Transcript, form: TranscriptionForm) -> schemas.DiarizedTranscription:
    segments = [
        wire.text_segment(number, segment, with_sentiment=form.sentiment, with_words=False)
        for number, segment in enumerate(transcript.segments)
    ]
    return schemas.DiarizedTranscription(
        **_answer(transcript, form),
        task=transcript.task,
        duration=transcript.info.seconds,
        segments=segments,
        suppressed=transcript.suppressed,
    )


def language_name(transcript: Transcript) -> str:
    """English name of the text's language: the one detected, or English for a translation."""
    if transcript.language is None:
        return UNKNOWN_LANGUAGE
    code = "en" if transcript.task == "translate" else transcript.language
    return LANGUAGES[code].name


def _text(transcript: Transcript) -> str:
    """One line for each turn of a speaker; a single line without speakers."""
    if not transcript.speakers:
        return transcript.text
    return "\n".join(f"{name}: {text}" for name, text in turns(transcript.segments))


def _verbose_answer(transcript: Transcript, form: TranscriptionForm) -> dict[str, Any]:
    return _answer(transcript, form) | {
        "task": transcript.task,
        "language": language_name(transcript),
        "duration": transcript.info.seconds,
        "segments": wire.segments(transcript.segments) if form.segments else None,
        "words": wire.words(transcript.segments) if form.words else None,
        "cues": [schemas.Cue.of(each) for each in cues_of(transcript.segments)]
        if form.cues
        else None,
        "suppressed": transcript.suppressed,
        "routing": transcript.routing,
        "timings": transcript.timings,
        "warnings": (*_warnings(transcript, form), *form.field_warnings) or None,
    }


def _warnings(transcript: Transcript, form: TranscriptionForm) -> tuple[TranscriptionWarning, ...]:
    return (*transcript.warnings, *form.speaker_warnings)


def _answer(transcript: Transcript, form: TranscriptionForm) -> dict[str, Any]:
    return {
        "text": transcript.text,
        "languages": _spoken_languages(transcript),
        "usage": schemas.Usage(seconds=math.ceil(transcript.info.seconds)),
        "logprobs": wire.logprobs(transcript.segments) if form.logprobs else None,
        "language_detection": wire.language_detection(transcript.detection, form.lid.top_k),
        "speakers": [schemas.Speaker.of(each, speaker=each.name) for each in transcript.speakers]
        or None,
        "warnings": _warnings(transcript, form) or None,
    } | _sentiment(transcript, form)


def _spoken_languages(transcript: Transcript) -> list[schemas.LanguageCode]:
    """Languages of the segments, in order of first use; empty where detection abstained."""
    if transcript.detection is not None and transcript.detection.abstained:
        return []
    codes = dict.fromkeys(segment.language for segment in transcript.segments)
    return [schemas.LanguageCode(code=code) for code in codes]


def _sentiment(transcript: Transcript, form: TranscriptionForm) -> dict[str, Any]:
    if not form.sentiment:
        return {}
    match form.sentiment_format:
        case SentimentFormat.NATIVE:
            return {"sentiment": sentiment_formats.native(transcript)}
        case SentimentFormat.ASSEMBLYAI:
            return {"sentiment_analysis_results": sentiment_formats.assemblyai(transcript)}
        case SentimentFormat.DEEPGRAM:
            return {"sentiments": sentiment_formats.deepgram(transcript)}


def _server_timing(transcript: Transcript) -> str:
    return ", ".join(
        f"{stage};dur={seconds * 1000:.1f}" for stage, seconds in transcript.timings.items()
    )
