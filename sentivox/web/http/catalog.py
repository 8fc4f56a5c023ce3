"""GET /v1/models and /v1/languages."""

from __future__ import annotations

from functools import cache

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from sentivox.languages import LANGUAGES
from sentivox.settings import IngressSettings
from sentivox.types import AUDIO_FORMATS
from sentivox.web.model_names import MODEL_NAMES, parse_model
from sentivox.web.schemas import LanguageList, Model, ModelList, UploadLimits
from sentivox.web.wire import json_response

_CREATED = 1_795_305_600
"""2026-11-22, the date of every model: clients require one, and names don't change with weights."""


async def list_models(request: Request) -> Response:
    """Answer `GET /v1/models`."""
    settings: IngressSettings = request.app.state.service().settings
    limits = UploadLimits.of(settings, formats=list(AUDIO_FORMATS))
    return json_response(ModelList(data=[_model(name) for name in MODEL_NAMES], limits=limits))


async def retrieve_model(request: Request) -> Response:
    """Answer `GET /v1/models/{model}`. Raises ModelNotFound."""
    name = request.path_params["model"]
    parse_model(name)
    return json_response(_model(name))


async def list_languages(request: Request) -> Response:
    """Answer `GET /v1/languages`."""
    # Native names are read from a large table the first time.
    return json_response(await to_thread.run_sync(_languages))


def _model(name: str) -> Model:
    return Model(id=name, created=_CREATED, owned_by="sentivox")


@cache
def _languages() -> LanguageList:
    return LanguageList(data=list(LANGUAGES.values()))
