"""Which recognisers stand for choice: those of a Serve config, once each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deployments.served_families import ServedFamilies
from sentivox.route_table import is_commercial

from benchmarks.licences import licence_of
from sentivox.languages import LanguageFamily
from sentivox.settings import RecognitionSettings

PACE = (
    "threads",
    "workers",
    "batch_wait_s",
    "max_batch_seconds",
    "max_live_batch_seconds",
    "decoder",
    "interim_context_padding_s",
    "final_context_padding_s",
    "final_fallback_padding_s",
)
"""Settings that say how fast files are written, or how live speech is, but not what files say."""


@dataclass(frozen=True, slots=True)
class Candidate:
    settings: RecognitionSettings
    families: tuple[LanguageFamily, ...]
    """That are served so."""
    licence: str

    @property
    def name(self) -> str:
        model, compute = self.settings.model, self.settings.compute_type
        return f"{self.settings.engine} {model} {compute}, beam {self.settings.beam_size}"

    def family_for(self, language: str, served: ServedFamilies) -> LanguageFamily:
        """The language's own family if it is served so, or else the one that it is in already."""
        for family in (served.own(language), served.serving(language)):
            if family in self.families:
                return family
        return self.families[0]


def candidates(
    served: ServedFamilies, threads: int, told: Mapping[str, str], *, non_commercial: bool
) -> list[Candidate]:
    """In the config's order. Those that forbid commercial use are there only if asked for.

    Raises ValueError where a licence isn't known.
    """
    groups: dict[RecognitionSettings, list[LanguageFamily]] = {}
    for family, settings in served.recognizers.items():
        groups.setdefault(_at_one_pace(settings, threads), []).append(family)
    found = [
        Candidate(settings, tuple(families), licence_of(settings.model, told))
        for settings, families in groups.items()
    ]
    return [each for each in found if non_commercial or is_commercial(each.licence)]


def _at_one_pace(settings: RecognitionSettings, threads: int) -> RecognitionSettings:
    usual = RecognitionSettings()
    return settings.model_copy(
        update={name: getattr(usual, name) for name in PACE} | {"threads": threads}
    )
