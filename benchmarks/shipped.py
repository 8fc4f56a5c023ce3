"""What the shipped local config says of its stages: what is measured is what is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sentivox.settings import LanguageIdSettings, RecognitionSettings

LOCAL_CONFIG = Path(__file__).resolve().parent.parent / "serve_config.local.yaml"
RECOGNIZER = "asr_multilingual"


def recognition(**changes: Any) -> RecognitionSettings:
    return RecognitionSettings.model_validate(user_configs()[RECOGNIZER] | changes)


def identification(**changes: Any) -> LanguageIdSettings:
    return LanguageIdSettings.model_validate(user_configs()["language_id"] | changes)


def user_configs() -> dict[str, dict[str, Any]]:
    """The settings of each deployment, by its name."""
    [application] = yaml.safe_load(LOCAL_CONFIG.read_text())["applications"]
    return {each["name"]: each["user_config"] for each in application["deployments"]}
