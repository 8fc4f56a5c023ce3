"""Routing: which language family's recogniser serves a language."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sentivox.engines.language_id.decision import runner_up
from sentivox.errors import InvalidRequest
from sentivox.languages import LANGUAGES, LanguageFamily, family_of
from sentivox.types import LanguageDetection, TranscriptionOptions


@dataclass(frozen=True, slots=True)
class Routing:
    """The recognisers that are deployed, by language family."""

    families: Collection[LanguageFamily]
    """Families with a recogniser of their own."""
    fallback_family: LanguageFamily
    """The family whose recogniser serves the languages of all other families."""
    adapters: Collection[LanguageFamily] = ()
    """Families whose recogniser has an adapter for each language."""
    routes: Mapping[str, LanguageFamily] = field(default_factory=dict)
    """Languages served by the recogniser of another family than their own."""

    def family(self, language: str, options: TranscriptionOptions) -> LanguageFamily:
        """The family whose recogniser serves the language in this request.

        Raises InvalidRequest for a requested family without a recogniser.
        """
        own = self.routes.get(language) or family_of(language)
        family = LanguageFamily(options.family) if options.family else own
        if family in self.families:
            return family
        if options.family and self.fallback_family is not LanguageFamily.MULTILINGUAL:
            raise InvalidRequest(f"No recogniser for '{family}' is deployed here.", "model")
        return self.fallback_family

    def alternative_language(
        self, detection: LanguageDetection, options: TranscriptionOptions
    ) -> str | None:
        """The second most probable language, where the recogniser of the most probable one serves
        it too; None otherwise.
        """
        second = runner_up(detection)
        if second is None:
            return None
        first = detection.ranked[0].language
        return second if self.shares_recognizer(first, second, options) else None

    def shares_recognizer(self, first: str, second: str, options: TranscriptionOptions) -> bool:
        """Whether one recogniser serves both languages with the same weights."""
        family = self.family(first, options)
        return family not in self.adapters and self.family(second, options) is family


def candidates(options: TranscriptionOptions) -> tuple[str, ...]:
    """The languages to choose from; empty for all."""
    if options.candidates or not options.family:
        return options.candidates
    return tuple(code for code in LANGUAGES if family_of(code) == options.family)


def prompt(options: TranscriptionOptions) -> str:
    """Keywords and prompt as the text that the recogniser is prompted with."""
    return " ".join(part for part in (", ".join(options.keywords), options.prompt) if part)
