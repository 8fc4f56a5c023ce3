"""What a config needs so that a model of one's own writes the words of some languages.

A family is a deployment with one model. The model takes a family's place, its languages are routed
there, and the family's other languages to the fallback family, whose model hears all of them.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import AdapterRecognizer
from sentivox.errors import InvalidRequest
from sentivox.languages import LANGUAGES, LanguageFamily, family_of
from sentivox.settings import AppArgs, RecognitionSettings
from sentivox.weights.resolve import resolve

CARD_FILE = "card.json"


@dataclass(frozen=True, slots=True)
class Registration:
    family: LanguageFamily
    user_config: Mapping[str, Any]
    """Of the family's deployment."""
    routes: Mapping[str, str]
    """Of the ingress."""
    adapters: int = 0
    """Languages with an adapter of their own, which a replica keeps ready."""


def register(
    folder: Path,
    family: LanguageFamily,
    languages: Sequence[str] = (),
    fallback: LanguageFamily = LanguageFamily.GERMANIC,
) -> Registration:
    """Loads the CTC model in `folder` once, as a replica would. `languages` are those of its card
    unless given.

    Raises InvalidRequest, or a WeightsError.
    """
    if family == fallback:
        raise InvalidRequest(
            f"'{family}' takes the languages of every family without a model of its own, so its "
            "model has to hear all of them. Name another family, such as 'celtic'."
        )
    path = resolve(str(folder.resolve()))
    codes = tuple(languages) or _languages_of_card(path)
    settings = RecognitionSettings(
        engine="ctc", model=str(path), languages=codes, compute_type="float32"
    )
    recognizer = load_recognizer(settings)
    adaptive = isinstance(recognizer, AdapterRecognizer)
    unknown = [code for code in codes if code not in LANGUAGES]
    if isinstance(recognizer, AdapterRecognizer):
        unknown += [
            code for code in codes if code in LANGUAGES and not recognizer.has_adapter(code)
        ]
    if unknown or not codes:
        raise InvalidRequest(
            f"The model has nothing for '{', '.join(unknown)}'. Name languages that it was trained "
            "on, by codes such as 'en'."
        )
    given = {"engine", "model", "languages", "compute_type"}
    return Registration(
        family=family,
        user_config=settings.model_dump(mode="json", include=given) | {"threads": 1},
        routes=_routes(codes, family, fallback),
        adapters=len(codes) if adaptive else 0,
    )


def added(config: Mapping[str, Any], registration: Registration) -> dict[str, Any]:
    """A Serve config with the model in its place; the given one stays as it is. A family that has
    no deployment gets one like that of the fallback family.

    Raises InvalidRequest when there is neither.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(config))
    [application] = changed["applications"]
    deployments = {each["name"]: each for each in application["deployments"]}
    name, fallback = f"asr_{registration.family}", f"asr_{fallback_of(config)}"
    if "ingress" not in deployments or not {name, fallback} & deployments.keys():
        raise InvalidRequest(
            f"The config needs the deployments 'ingress' and '{name}', or '{fallback}' to copy."
        )
    if name not in deployments:
        deployments[name] = copy.deepcopy(deployments[fallback]) | {"name": name}
        application["deployments"].append(deployments[name])
        application["args"]["families"].append(str(registration.family))
    deployments[name]["user_config"] = dict(registration.user_config)
    ingress = deployments["ingress"].setdefault("user_config", {})
    ingress["routes"] = {**ingress.get("routes", {}), **registration.routes}
    if registration.adapters:
        adapters = application.setdefault("args", {}).setdefault("adapters", {})
        adapters[str(registration.family)] = registration.adapters
    return changed


def fallback_of(config: Mapping[str, Any]) -> LanguageFamily:
    [application] = config["applications"]
    return AppArgs.model_validate(application.get("args") or {}).fallback_family


def _routes(
    codes: Sequence[str], family: LanguageFamily, fallback: LanguageFamily
) -> dict[str, str]:
    own = {code: str(family) for code in codes if family_of(code) != family}
    others = [code for code in LANGUAGES if family_of(code) == family and code not in codes]
    return own | {code: str(fallback) for code in others}


def _languages_of_card(folder: Path) -> tuple[str, ...]:
    path = folder / CARD_FILE
    return tuple(json.loads(path.read_text("utf-8"))["languages"]) if path.is_file() else ()
