"""What a live client can set: `session` of `session.update`, as OpenAI's transcription sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sentivox.errors import InvalidRequest
from sentivox.types import SpeechDetection, TranscriptionOptions
from sentivox.web.http.catalog import AUTO, parse_model
from sentivox.web.http.form_fields import MOST_KEYWORDS, Keyword, LanguageField, LanguageIdOptions

FORMAT_NAMES = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]


class Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AudioFormat(Config):
    type: FORMAT_NAMES = "audio/pcm"
    """16-bit little-endian PCM at 24 kHz, or G.711 at 8 kHz; always mono."""
    rate: Literal[24000] | None = None
    """Of `audio/pcm` only."""


class TranscriptionConfig(Config):
    model: str | None = AUTO
    language: LanguageField | None = None
    """The language spoken, which isn't looked for then."""
    languages: tuple[LanguageField, ...] | None = None
    """The only languages to choose from."""
    prompt: str | None = Field(default=None, max_length=4096)
    keywords: tuple[Keyword, ...] | None = Field(default=None, max_length=MOST_KEYWORDS)
    delay: str | None = None
    """Accepted, and of no effect."""


class ServerVad(Config):
    type: Literal["server_vad"] = "server_vad"
    threshold: float = Field(default=0.5, ge=0, le=1)
    prefix_padding_ms: int = Field(default=300, ge=0, le=10_000)
    silence_duration_ms: int = Field(default=500, ge=0, le=10_000)
    create_response: bool | None = None
    """Accepted, and of no effect: nobody answers here."""
    interrupt_response: bool | None = None
    """As above."""
    idle_timeout_ms: int | None = None
    """As above."""


class NoiseReduction(Config):
    type: str | None = None
    strength: float | None = None


class AudioInput(Config):
    format: AudioFormat = AudioFormat()
    noise_reduction: NoiseReduction | None = None
    """Accepted, and of no effect."""
    transcription: TranscriptionConfig | None = TranscriptionConfig()
    turn_detection: ServerVad | None = ServerVad()
    """Null leaves the end of turns to `input_audio_buffer.commit`."""


class Audio(Config):
    input: AudioInput = AudioInput()


class LiveConfig(Config):
    type: Literal["transcription"] = "transcription"
    audio: Audio = Audio()
    include: tuple[str, ...] | None = None
    """Accepted; words come with their probabilities anyway."""
    sentiment: bool = True
    lid: LanguageIdOptions = LanguageIdOptions()

    @property
    def automatic(self) -> bool:
        return self.audio.input.turn_detection is not None

    @property
    def options(self) -> TranscriptionOptions:
        """Raises NotFound for a model that isn't there."""
        told = self.audio.input.transcription or TranscriptionConfig()
        vad = self.audio.input.turn_detection or ServerVad()
        return TranscriptionOptions(
            language=told.language,
            candidates=tuple(dict.fromkeys(told.languages or ())),
            family=parse_model(told.model or AUTO),
            prompt=told.prompt or "",
            keywords=told.keywords or (),
            sentiment=self.sentiment,
            top_languages=self.lid.top_k,
            detection=SpeechDetection(
                vad.threshold, vad.prefix_padding_ms, vad.silence_duration_ms
            ),
        )

    def updated(self, session: object) -> LiveConfig:
        """With the keys of `session` in place of their former values.

        Raises InvalidRequest or NotFound, whose `param` is the key's path.
        """
        if not isinstance(session, Mapping):
            raise InvalidRequest("'session' should be an object.", "session")
        try:
            config = LiveConfig.model_validate(_merged(self.model_dump(), session))
        except ValidationError as error:
            raise _refusal(error) from error
        told = config.audio.input.transcription
        if told and told.language and told.languages:
            raise InvalidRequest(
                "Send either 'language' or 'languages'.",
                "session.audio.input.transcription.languages",
            )
        _ = config.options
        return config


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`transcription`, `turn_detection` and the like are replaced as a whole."""
    merged = dict(old)
    for key, value in new.items():
        former = old.get(key) if key in {"audio", "input"} else None
        if isinstance(former, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(former, value)
        else:
            merged[key] = value
    return merged


def _refusal(error: ValidationError) -> InvalidRequest:
    first = error.errors(include_url=False, include_context=False)[0]
    path = ".".join(str(part) for part in ("session", *first["loc"]))
    if first["type"] == "extra_forbidden":
        return InvalidRequest(f"There is nothing to set at '{path[:200]}'.", path[:200])
    message = first["msg"].removeprefix("Value error, ")
    return InvalidRequest(f"'{path[:200]}': {message}.".replace("..", "."), path[:200])
