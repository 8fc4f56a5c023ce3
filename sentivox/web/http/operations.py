"""GET /health, /ready and /metrics."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from sentivox.errors import StageUnavailable
from sentivox.web.errors import describe, headers_of
from sentivox.web.schemas import Health, Readiness, Stage
from sentivox.web.service import SpeechService
from sentivox.web.wire import json_response


async def health(request: Request) -> Response:
    """Answer `GET /health`: this process runs. No other process is asked."""
    return json_response(Health())


async def ready(request: Request) -> Response:
    """Answer `GET /ready`: the stages, with status 503 until every required one has a replica."""
    service: SpeechService = request.app.state.service()
    stages = [Stage.of(status, name=name) for name, status in (await service.stages()).items()]
    waiting = [stage.name for stage in stages if stage.required and not stage.ready]
    if not waiting:
        return json_response(Readiness(ready=True, stages=stages))
    error = StageUnavailable(f"Still waiting for {', '.join(waiting)}.")
    status, body = describe(error)
    answer = Readiness(ready=False, stages=stages, error=body)
    return json_response(answer, status, headers_of(error))


async def metrics(request: Request) -> Response:
    """Answer `GET /metrics`: Prometheus text for the whole cluster."""
    service: SpeechService = request.app.state.service()
    return Response(await service.metrics(), 200, media_type=CONTENT_TYPE_PLAIN_0_0_4)
