"""Settings of a live session: `session` of `session.update`, as in OpenAI's Realtime API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from sentivox.errors import InvalidRequest
from sentivox.language_tags import RequestedLanguages
from sentivox.types import TranscriptionOptions
from sentivox.web.model_names import AUTO, parse_model
from sentivox.web.request_fields import (
    MAX_KEYWORDS,
    Fields,
    Keyword,
    LanguageIdOptions,
    LanguageList,
    OptionalLanguage,
    VoiceDetectionOptions,
)


class AudioFormat(Fields):
    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    """16-bit little-endian PCM at 24 kHz, or G.711 at 8 kHz; always mono."""
    rate: Literal[24000] | None = None
    """Samples per second; with `audio/pcm` only."""


class TranscriptionConfig(Fields):
    model: str | None = AUTO
    language: OptionalLanguage = None
    """The language of the speech, which then isn't detected; the script of a tag such as `zh-TW`
    holds for the text."""
    languages: LanguageList | None = None
    """The languages to detect among; null for all."""
    prompt: str | None = Field(default=None, max_length=4096)
    keywords: tuple[Keyword, ...] | None = Field(default=None, max_length=MAX_KEYWORDS)
    delay: str | None = None
    """Accepted without effect."""


class ServerVad(VoiceDetectionOptions):
    type: Literal["server_vad"] = "server_vad"
    create_response: bool | None = None
    """Accepted without effect: transcription sessions have no responses."""
    interrupt_response: bool | None = None
    """Accepted without effect."""
    idle_timeout_ms: int | None = None
    """Accepted without effect."""


class NoiseReduction(Fields):
    type: str | None = None
    strength: float | None = None


class AudioInput(Fields):
    format: AudioFormat = AudioFormat()
    noise_reduction: NoiseReduction | None = None
    """Accepted without effect."""
    transcription: TranscriptionConfig | None = TranscriptionConfig()
    turn_detection: ServerVad | None = ServerVad()
    """Null: only `input_audio_buffer.commit` ends a turn."""


class Audio(Fields):
    input: AudioInput = AudioInput()


class LiveConfig(Fields):
    """All settings of a session."""

    type: Literal["transcription"] = "transcription"
    audio: Audio = Audio()
    include: tuple[str, ...] | None = None
    """Accepted without effect: words always have probabilities."""
    sentiment: bool = True
    lid: LanguageIdOptions = LanguageIdOptions()

    @property
    def automatic(self) -> bool:
        """Whether pauses end turns."""
        return self.audio.input.turn_detection is not None

    @property
    def options(self) -> TranscriptionOptions:
        """The options for the service. Raises ModelNotFound."""
        transcription = self.audio.input.transcription or TranscriptionConfig()
        requested = RequestedLanguages.parse(transcription.language, transcription.languages or ())
        return TranscriptionOptions(
            language=requested.language,
            candidates=requested.candidates,
            scripts=requested.scripts,
            family=parse_model(transcription.model or AUTO),
            prompt=transcription.prompt or "",
            keywords=transcription.keywords or (),
            sentiment=self.sentiment,
            top_languages=self.lid.top_k,
            detection=(self.audio.input.turn_detection or ServerVad()).detection,
        )

    def updated(self, session: object) -> LiveConfig:
        """The settings with the values of `session` in place of their own.

        Raises InvalidRequest, with the path of the key as `param`, or ModelNotFound.
        """
        if not isinstance(session, Mapping):
            raise InvalidRequest("'session' should be an object.", "session")
        try:
            config = LiveConfig.model_validate(_merged(self.model_dump(), session))
        except ValidationError as error:
            raise _to_invalid_request(error) from error
        transcription = config.audio.input.transcription
        if transcription and transcription.language and transcription.languages:
            raise InvalidRequest(
                "Send either 'language' or 'languages'.",
                "session.audio.input.transcription.languages",
            )
        parse_model((transcription or TranscriptionConfig()).model or AUTO)
        return config


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`new` over `old`. Objects are merged for `audio` and `input` only, and replaced elsewhere."""
    merged = dict(old)
    for key, value in new.items():
        former = old.get(key) if key in {"audio", "input"} else None
        if isinstance(former, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(former, value)
        else:
            merged[key] = value
    return merged


def _to_invalid_request(error: ValidationError) -> InvalidRequest:
    first = error.errors(include_url=False, include_context=False)[0]
    path = ".".join(str(part) for part in ("session", *first["loc"]))
    if first["type"] == "extra_forbidden":
        return InvalidRequest(f"There is nothing to set at '{path[:200]}'.", path[:200])
    message = first["msg"].removeprefix("Value error, ")
    return InvalidRequest(f"'{path[:200]}': {message}.".replace("..", "."), path[:200])
