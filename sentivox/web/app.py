"""The web application: all routes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route, WebSocketRoute

from sentivox.web import middleware
from sentivox.web.errors import answer_http_exception
from sentivox.web.http import catalog, openapi, operations, transcribe
from sentivox.web.http.page import PAGE_FOLDER, Page
from sentivox.web.realtime import endpoint
from sentivox.web.service import SpeechService


def create_app(
    service: Callable[[], SpeechService],
    *,
    page_folder: Path = PAGE_FOLDER,
    answer_request_id: bool = True,
) -> Starlette:
    """The application. It calls `service` for each request, so it can be built before the service.

    `answer_request_id` is False behind a server that adds `x-request-id` itself, as Ray Serve does.
    """
    page = Page(page_folder)
    app = Starlette(
        routes=[
            Route("/v1/audio/transcriptions", transcribe.transcribe, methods=["POST"]),
            Route("/v1/audio/translations", transcribe.translate, methods=["POST"]),
            WebSocketRoute("/v1/realtime", endpoint.realtime),
            Route("/v1/models", catalog.list_models),
            Route("/v1/models/{model}", catalog.retrieve_model),
            Route("/v1/languages", catalog.list_languages),
            Route("/health", operations.health),
            Route("/ready", operations.ready),
            Route("/metrics", operations.metrics),
            Route("/openapi.json", openapi.openapi),
            Route("/docs", page.docs),
            Route("/", page.index),
            Mount("/static", page),
        ],
        middleware=middleware.stack(
            lambda: service().settings, answer_request_id=answer_request_id
        ),
        exception_handlers={HTTPException: answer_http_exception},
    )
    app.router.redirect_slashes = False
    app.state.service = service
    return app
