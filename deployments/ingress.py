"""The ingress: the web application, the pipeline behind it, and the state of the cluster."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

from ray import serve
from ray.serve.metrics import Gauge

from deployments.cluster import Cluster
from deployments.handles import ServeStages
from deployments.metrics import scrape_cluster
from deployments.ray_compat import asgi_app
from sentivox.audio.vad import VadModel
from sentivox.pipeline.live import LivePipeline
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.pipeline.routing import Routing
from sentivox.pipeline.upload import UploadPipeline
from sentivox.pipeline.window_recognition import WindowLimits
from sentivox.settings import IngressSettings
from sentivox.streaming.session import StreamingSession
from sentivox.types import TranscribedSegment, Transcript, TranscriptionOptions
from sentivox.web.app import create_app
from sentivox.web.service import StageStatus
from sentivox.web.session_limiter import SessionLimiter


@serve.deployment(name="ingress", user_config={})
@serve.ingress()
@asgi_app(lambda ingress: create_app(lambda: ingress, answer_request_id=False))
class Ingress:
    """A `sentivox.web.service.SpeechService`."""

    def __init__(self, stages: ServeStages, routing: Routing) -> None:
        self._cluster = Cluster(serve.get_replica_context().app_name)
        self._stages = stages
        self._routing = routing
        self.settings = IngressSettings()
        sessions = Gauge("sentivox_live_sessions", description="Live sessions that are open.")
        self.session_limiter = SessionLimiter(sessions.set)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        settings = IngressSettings.model_validate(user_config)
        routing = replace(self._routing, routes=settings.routes)
        limits = WindowLimits(settings.windows_in_flight, settings.decode_group_size)
        self._uploads = UploadPipeline(self._stages, routing, limits, settings.admission_slo)
        self._live = LivePipeline(self._stages, routing)
        self._vad = VadModel()
        self.settings = settings

    async def transcribe(self, audio: bytes, options: TranscriptionOptions) -> Transcript:
        return await self._uploads.transcribe(audio, options)

    def stream(
        self, audio: bytes, options: TranscriptionOptions
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        return self._uploads.stream(audio, options)

    def new_session(self, options: TranscriptionOptions, *, automatic: bool) -> StreamingSession:
        return StreamingSession(
            self._vad, options, self.settings.live.streaming, automatic=automatic
        )

    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        return await self._live.recognize(request, options)

    async def stages(self) -> Mapping[str, StageStatus]:
        return await self._cluster.stages()

    async def metrics(self) -> bytes:
        return await scrape_cluster()
