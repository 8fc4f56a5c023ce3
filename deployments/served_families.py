"""Which recogniser each language family gets by a Serve config, and which languages were moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sentivox.languages import LanguageFamily, family_of
from sentivox.settings import AppArgs, IngressSettings, RecognitionSettings


@dataclass(frozen=True, slots=True)
class ServedFamilies:
    recognizers: Mapping[LanguageFamily, RecognitionSettings]
    fallback: LanguageFamily
    """Whose recogniser serves the languages of every family that has none."""
    routes: Mapping[str, LanguageFamily]
    """Languages that another family than their own serves."""

    def own(self, language: str) -> LanguageFamily:
        """Who serves that language where nothing moves it."""
        family = family_of(language)
        return family if family in self.recognizers else self.fallback

    def serving(self, language: str) -> LanguageFamily:
        """Who serves it now."""
        family = self.routes.get(language, self.own(language))
        return family if family in self.recognizers else self.fallback


def served_families(config: str) -> ServedFamilies:
    """Of the text of a Serve config with one application.

    Raises ValueError where it isn't one, or where its settings are wrong.
    """
    try:
        application = one_application(yaml.safe_load(config))
    except yaml.YAMLError as exc:
        raise ValueError(f"The config can't be read: {exc}") from exc
    args = AppArgs.model_validate(application.get("args") or {})
    found = {each["name"]: each.get("user_config") or {} for each in application["deployments"]}
    return ServedFamilies(
        {
            family: RecognitionSettings.model_validate(found.get(f"asr_{family}", {}))
            for family in args.families
        },
        args.fallback_family,
        IngressSettings.model_validate(found.get("ingress", {})).routes,
    )


def one_application(config: Any) -> dict[str, Any]:
    """Raises ValueError for anything but a Serve config with one application."""
    match config:
        case {"applications": [{"deployments": [*_]} as application]}:
            return application
    raise ValueError("That isn't a Serve config with one application and its deployments.")
