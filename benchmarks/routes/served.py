"""The recognisers of a Serve config, by language family, and its routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sentivox.languages import LanguageFamily, family_of
from sentivox.settings import AppArgs, IngressSettings, RecognitionSettings


@dataclass(frozen=True, slots=True)
class ServedFamilies:
    """Which recogniser serves which language."""

    recognizers: Mapping[LanguageFamily, RecognitionSettings]
    """Language family -> settings of its recogniser."""
    fallback: LanguageFamily
    """The family whose recogniser serves the languages of families without one."""
    routes: Mapping[str, LanguageFamily]
    """Languages that the recogniser of another family serves."""

    def own(self, language: str) -> LanguageFamily:
        """The family that serves the language without a route."""
        family = family_of(language)
        return family if family in self.recognizers else self.fallback

    def serving(self, language: str) -> LanguageFamily:
        """The family that serves the language in this config."""
        family = self.routes.get(language, self.own(language))
        return family if family in self.recognizers else self.fallback


def served_families(config: str) -> ServedFamilies:
    """Reads the text of a Serve config. Raises ValueError for anything but a valid config with one
    application.
    """
    try:
        application = _application(yaml.safe_load(config))
    except yaml.YAMLError as exc:
        raise ValueError(f"The config isn't YAML: {exc}") from exc
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


def _application(config: Any) -> dict[str, Any]:
    match config:
        case {"applications": [{"deployments": [*_]} as application]}:
            return application
    raise ValueError("This isn't a Serve config with one application and its deployments.")
