"""Lines of a Serve config that add a CTC model to a server.

A model takes the place of a language family's recogniser. Its languages are routed there, and the
family's other languages to the fallback family.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import AdapterRecognizer, Recognizer
from sentivox.errors import InvalidRequest
from sentivox.languages import LANGUAGES, LanguageFamily, family_of
from sentivox.settings import RecognitionSettings
from sentivox.weights.resolve import resolve

CARD_FILE = "card.json"


@dataclass(frozen=True, slots=True)
class Registration:
    """The parts of a Serve config that concern a model."""

    family: LanguageFamily
    user_config: Mapping[str, Any]
    """`user_config` of the family's deployment."""
    routes: Mapping[str, str]
    """`routes` of the ingress: codes of languages and the families that serve them."""
    adapters: int = 0
    """Number of languages with an adapter, all of which a replica keeps loaded; 0 without."""

    def config(self) -> dict[str, Any]:
        """The lines to paste: `user_config` by deployment, and `args` of the application."""
        lines: dict[str, Any] = {
            f"asr_{self.family}": {"user_config": dict(self.user_config)},
            "ingress": {"user_config": {"routes": dict(self.routes)}},
        }
        if self.adapters:
            lines["args"] = {"adapters": {str(self.family): self.adapters}}
        return lines


def register(
    folder: Path,
    family: LanguageFamily,
    languages: Sequence[str] = (),
    fallback: LanguageFamily = LanguageFamily.GERMANIC,
) -> Registration:
    """Loads the CTC model in `folder`, as a replica does, and checks that it has the languages.

    `languages` are codes, those of the model's card by default. `fallback` is the server's fallback
    family. Raises InvalidRequest, or a WeightsError.
    """
    if family == fallback:
        raise InvalidRequest(
            f"'{family}' is the fallback family: its model has to recognise every language "
            "without a recogniser of its own. Name another family, such as 'celtic'."
        )
    path = resolve(str(folder.resolve()))
    codes = tuple(languages) or _languages_of_card(path)
    settings = RecognitionSettings(
        engine="ctc", model=str(path), languages=codes, compute_type="float32", threads=1
    )
    recognizer = load_recognizer(settings)
    unknown = [code for code in codes if not _has_language(recognizer, code)]
    if unknown or not codes:
        raise InvalidRequest(
            f"The model wasn't trained on '{', '.join(unknown)}'. Name languages that it was "
            "trained on, by codes such as 'en'."
        )
    return Registration(
        family=family,
        user_config=settings.model_dump(mode="json", exclude_unset=True),
        routes=_routes(codes, family, fallback),
        adapters=len(codes) if isinstance(recognizer, AdapterRecognizer) else 0,
    )


def _has_language(recognizer: Recognizer, code: str) -> bool:
    """Whether the model has an adapter for a known language; a model without adapters may have any
    language.
    """
    if code not in LANGUAGES:
        return False
    return not isinstance(recognizer, AdapterRecognizer) or recognizer.has_adapter(code)


def _routes(
    codes: Sequence[str], family: LanguageFamily, fallback: LanguageFamily
) -> dict[str, str]:
    own = {code: str(family) for code in codes if family_of(code) != family}
    others = [code for code in LANGUAGES if family_of(code) == family and code not in codes]
    return own | {code: str(fallback) for code in others}


def _languages_of_card(folder: Path) -> tuple[str, ...]:
    path = folder / CARD_FILE
    return tuple(json.loads(path.read_text("utf-8"))["languages"]) if path.is_file() else ()
