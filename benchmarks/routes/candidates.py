"""The recognisers to compare: those of a Serve config, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.routes.licences import is_commercial, licence_of
from benchmarks.routes.served import ServedFamilies
from sentivox.languages import LanguageFamily
from sentivox.settings import RecognitionSettings

SPEED_SETTINGS = (
    "threads",
    "workers",
    "max_batch_seconds",
    "max_live_batch_seconds",
    "interim_context_padding_s",
    "final_context_padding_s",
    "final_fallback_padding_s",
)
"""Settings that change the speed, or live speech, but not the text of files."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recogniser, and the families that it serves."""

    settings: RecognitionSettings
    families: tuple[LanguageFamily, ...]
    licence: str

    @property
    def name(self) -> str:
        model, compute = self.settings.model, self.settings.compute_type
        return f"{self.settings.engine} {model} {compute}, beam {self.settings.beam_size}"

    def family_for(self, language: str, served: ServedFamilies) -> LanguageFamily:
        """The family of this recogniser to route the language to: its own, else the one that serves
        it now, else the first.
        """
        for family in (served.own(language), served.serving(language)):
            if family in self.families:
                return family
        return self.families[0]


def candidates(
    served: ServedFamilies, threads: int, given: Mapping[str, str], *, non_commercial: bool
) -> list[Candidate]:
    """The recognisers in the config's order; `given` has licences of models by name.

    Weights that forbid commercial use are left out unless `non_commercial`. Raises ValueError where
    a licence is unknown.
    """
    settings = {family: _at_equal_speed(own, threads) for family, own in served.recognizers.items()}
    families: dict[str, list[LanguageFamily]] = {}
    for family, own in settings.items():
        families.setdefault(own.model_dump_json(), []).append(family)
    found = [
        Candidate(settings[own[0]], tuple(own), licence_of(settings[own[0]].model, given))
        for own in families.values()
    ]
    return [each for each in found if non_commercial or is_commercial(each.licence)]


def _at_equal_speed(settings: RecognitionSettings, threads: int) -> RecognitionSettings:
    usual = RecognitionSettings()
    return settings.model_copy(
        update={name: getattr(usual, name) for name in SPEED_SETTINGS} | {"threads": threads}
    )
