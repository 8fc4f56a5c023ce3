"""The front door: the web application, the pipeline behind it, and the state of the cluster."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

from ray import serve
from ray.serve.metrics import Gauge
from starlette.applications import Starlette

from deployments.cluster import Cluster
from deployments.live_pipeline import LivePipeline
from deployments.metrics import scrape_cluster
from deployments.pipeline import Pipeline
from deployments.stages import Stages
from sentivox.audio.vad import VoiceModel
from sentivox.settings import IngressSettings
from sentivox.streaming.hearing import Hearing, HearingRequest
from sentivox.streaming.session import StreamingSession
from sentivox.types import TranscribedSegment, Transcript, TranscriptionOptions
from sentivox.web.app import create_app
from sentivox.web.live_room import LiveRoom
from sentivox.web.service import StageStatus


@serve.deployment(name="ingress", user_config={})
@serve.ingress()
class Ingress:
    """A `sentivox.web.service.SpeechService`."""

    def __init__(self, stages: Stages) -> None:
        self._cluster = Cluster(serve.get_replica_context().app_name)
        self._stages = stages
        self.settings = IngressSettings()
        sessions = Gauge("sentivox_live_sessions", description="Live sessions that are open.")
        self.live_room = LiveRoom(sessions.set)

    def __serve_build_asgi_app__(self) -> Starlette:
        return create_app(lambda: self, answer_request_id=False)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        settings = IngressSettings.model_validate(user_config)
        stages = replace(self._stages, routes=settings.routes)
        self._pipeline = Pipeline(
            stages,
            settings.windows_in_flight,
            settings.hedge_below,
            settings.patience,
            settings.windows_together,
            alone_in_one_call=settings.alone_in_one_call,
        )
        self._live_pipeline = LivePipeline(stages)
        self._voices = VoiceModel()
        self.settings = settings

    async def transcribe(self, audio: bytes, options: TranscriptionOptions) -> Transcript:
        return await self._pipeline.transcribe(audio, options)

    def stream(
        self, audio: bytes, options: TranscriptionOptions
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        return self._pipeline.stream(audio, options)

    def listen(self, options: TranscriptionOptions, *, automatic: bool) -> StreamingSession:
        return StreamingSession(
            self._voices, options, self.settings.live.streaming, automatic=automatic
        )

    async def hear(self, request: HearingRequest, options: TranscriptionOptions) -> Hearing:
        return await self._live_pipeline.hear(request, options)

    async def stages(self) -> Mapping[str, StageStatus]:
        return await self._cluster.stages()

    async def metrics(self) -> bytes:
        return await scrape_cluster()
