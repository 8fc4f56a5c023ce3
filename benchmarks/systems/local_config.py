"""Settings of the shipped local config, so that benchmarks measure what is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sentivox.settings import IngressSettings, LanguageIdSettings, RecognitionSettings

LOCAL_CONFIG = Path(__file__).resolve().parents[2] / "serve_config.local.yaml"
RECOGNIZER = "asr_multilingual"


def recognition(**changes: Any) -> RecognitionSettings:
    """Settings of the recogniser, with some `changes`."""
    return RecognitionSettings.model_validate(user_configs()[RECOGNIZER] | changes)


def language_id(**changes: Any) -> LanguageIdSettings:
    """Settings of language identification, with some `changes`."""
    return LanguageIdSettings.model_validate(user_configs()["language_id"] | changes)


def ingress() -> IngressSettings:
    """Settings of the ingress."""
    return IngressSettings.model_validate(user_configs()["ingress"])


def user_configs() -> dict[str, dict[str, Any]]:
    """The settings of each deployment, by its name."""
    [application] = yaml.safe_load(LOCAL_CONFIG.read_text())["applications"]
    return {each["name"]: each["user_config"] for each in application["deployments"]}
