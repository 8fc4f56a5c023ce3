"""The ingress: the web application, the pipeline behind it, and the state of the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ray import serve
from ray.serve.metrics import Gauge

from deployments.cluster import Cluster
from deployments.handles import ServeStages
from deployments.metrics import scrape_cluster
from deployments.ray_compat import asgi_app
from sentivox.pipeline.routing import Routing
from sentivox.pipeline_service import PipelineService
from sentivox.settings import IngressSettings
from sentivox.web.app import create_app
from sentivox.web.service import StageStatus


@serve.deployment(name="ingress", user_config={})
@serve.ingress()
@asgi_app(lambda ingress: create_app(lambda: ingress, answer_request_id=False))
class Ingress(PipelineService):
    """A `sentivox.web.service.SpeechService`."""

    def __init__(self, stages: ServeStages, routing: Routing) -> None:
        sessions = Gauge("sentivox_live_sessions", description="Live sessions that are open.")
        super().__init__(stages, routing, IngressSettings(), sessions.set)
        self._cluster = Cluster(serve.get_replica_context().app_name)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        self.configure(IngressSettings.model_validate(user_config))

    async def stages(self) -> Mapping[str, StageStatus]:
        return await self._cluster.stages()

    async def metrics(self) -> bytes:
        return await scrape_cluster()
