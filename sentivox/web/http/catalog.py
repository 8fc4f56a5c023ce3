"""What a client may name as the model, and the languages there are."""

from __future__ import annotations

from functools import cache

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from sentivox.languages import LANGUAGES, LanguageFamily
from sentivox.web.errors import ModelNotFound
from sentivox.web.schemas import LanguageInfo, LanguageList, Model, ModelList
from sentivox.web.wire import json_response

AUTO = "auto"
OPENAI_NAMES = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe-diarize",
    "gpt-live-transcribe",
    "gpt-realtime-whisper",
    "gpt-realtime",
)
"""Names that OpenAI's clients send; each means `auto`."""

MODEL_NAMES = (AUTO, *LanguageFamily, *OPENAI_NAMES)

_CREATED = 1_795_305_600
"""2026-11-22: clients want a date, and a name's meaning doesn't change with the weights."""


def parse_model(name: str) -> LanguageFamily | None:
    """The family asked for; None lets the language choose. Raises ModelNotFound."""
    if name in set(LanguageFamily):
        return LanguageFamily(name)
    if name in MODEL_NAMES:
        return None
    raise ModelNotFound(
        f"There is no model '{name[:60]}'. Send 'auto', or a name from GET /v1/models.", "model"
    )


async def list_models(request: Request) -> Response:
    return json_response(ModelList(data=[_model(name) for name in MODEL_NAMES]))


async def retrieve_model(request: Request) -> Response:
    name = request.path_params["model"]
    parse_model(name)
    return json_response(_model(name))


async def list_languages(request: Request) -> Response:
    # Native names are read from a large table the first time.
    return json_response(await to_thread.run_sync(_languages))


def _model(name: str) -> Model:
    return Model(id=name, created=_CREATED, owned_by="sentivox")


@cache
def _languages() -> LanguageList:
    return LanguageList(
        data=[
            LanguageInfo(
                code=language.code,
                name=language.name,
                native_name=language.native_name,
                family=language.family,
            )
            for language in LANGUAGES.values()
        ]
    )
