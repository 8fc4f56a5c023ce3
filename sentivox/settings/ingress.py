"""The shape of the graph, and the settings of its ingress."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PositiveInt, field_validator, model_validator

from sentivox.languages import FAMILIES, LANGUAGES, LanguageFamily
from sentivox.settings.base import Settings
from sentivox.settings.live import LiveSettings
from sentivox.types import Script

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@,*\s]+")


def check_origin(origin: str) -> str:
    """The origin as browsers send it. Raises ValueError for an address with more, and for `*`."""
    if not _ORIGIN.fullmatch(origin.lower()):
        raise ValueError(
            f"Not an origin: '{origin}'. Write scheme, host and port alone, such as "
            "'https://app.example.org', and each origin on its own."
        )
    return origin.lower()


class AppArgs(Settings):
    """The shape of the graph; everything else is a setting of one deployment."""

    families: tuple[LanguageFamily, ...] = FAMILIES
    """Language families with a recogniser of their own."""
    fallback_family: LanguageFamily = LanguageFamily.GERMANIC
    """The family whose recogniser serves the languages of every family not listed."""
    adapters: dict[LanguageFamily, PositiveInt] = Field(default_factory=dict)
    """Families whose model has an adapter for each language, and how many adapters a replica keeps
    loaded. Requests then go to a replica that has their language's adapter. In families not listed
    an adapter is read for every batch."""


class AdmissionSlo(Settings):
    """Service level objective for files of up to 30 s: the longest predicted latency at which a
    request is admitted, `base_s + per_audio_second * length`. See docs/scheduling.md.
    """

    base_s: float = Field(1.0, ge=0)
    """Seconds for any file."""
    per_audio_second: float = Field(0.3, ge=0)
    """Seconds more for each second of audio."""


class IngressSettings(Settings):
    max_upload_bytes: int = Field(25 * 1024 * 1024, gt=0)
    """Largest request body."""
    max_audio_seconds: float | None = Field(None, gt=0)
    """Longest audio, in seconds, as `GET /v1/models` states it before an upload: the `max_seconds`
    of the audio decoder, which refuses longer audio. null states none."""
    max_fields: int = Field(64, ge=1)
    """Most form fields beside the file; a form with every field of the API has 52."""
    strict_fields: bool = False
    """Whether a form with a field that the API doesn't have is refused with 400. By default such a
    field is ignored, and `verbose_json` has a warning that names it."""
    api_keys_file: Path | None = None
    """Hashed API keys, one per line, as `sentivox keys add` writes them; null needs no key."""
    allowed_origins: tuple[str, ...] = ()
    """Other sites whose pages may use the API and live sessions, such as `https://app.example.org`;
    the service's own page always may. Serve's proxy has the list in SENTIVOX_ALLOWED_ORIGINS."""
    routes: dict[str, LanguageFamily] = Field(default_factory=dict)
    """Languages served by the recogniser of another family. A change applies to requests that begin
    after it."""
    windows_in_flight: int = Field(8, ge=1)
    """Windows of one request that are processed at the same time. A larger value leaves less room
    for other requests."""
    decode_group_size: int = Field(1, ge=1)
    """Windows of one file that wait for each other before they are decoded, so that they share a
    batch; the first window never waits. On a CPU a token costs less in a larger batch."""
    admission_slo: AdmissionSlo | None = None
    """Requests whose predicted latency is above this are answered 429 before anything is decoded.
    Each replica counts the requests that it has admitted. null admits as much as the queues
    hold."""
    chinese_script: Literal[Script.HANS, Script.HANT, Script.HANT_HK] = Script.HANS
    """Script of Chinese text where the request names none: `Hans` is Simplified, `Hant` Traditional
    as in Taiwan, `Hant-HK` Traditional as in Hong Kong. The dictionary of Traditional characters
    takes 30 MB."""
    live: LiveSettings = LiveSettings()
    """Live sessions, at /v1/realtime."""

    @model_validator(mode="after")
    def _check_group_size(self) -> Self:
        if self.decode_group_size > self.windows_in_flight:
            raise ValueError(
                "decode_group_size is more than windows_in_flight: set it to as many or fewer."
            )
        return self

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(check_origin, origins))

    @field_validator("routes")
    @classmethod
    def _check_languages(cls, routes: dict[str, LanguageFamily]) -> dict[str, LanguageFamily]:
        if unknown := sorted(routes.keys() - LANGUAGES.keys()):
            raise ValueError(f"Not a language's code: {', '.join(unknown)}.")
        return routes
