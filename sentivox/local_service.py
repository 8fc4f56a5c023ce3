"""The web application over models in this process, for `sentivox transcribe --local` and tests."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import REGISTRY, generate_latest
from starlette.applications import Starlette

from sentivox.pipeline.in_process import ROUTING, InProcessSettings, InProcessStages
from sentivox.pipeline_service import PipelineService
from sentivox.settings import IngressSettings
from sentivox.web.app import create_app
from sentivox.web.service import StageStatus

STAGES = ("audio_decoder", "language_id", "asr_multilingual", "sentiment")
MAX_UPLOAD_BYTES = 1 << 33
"""Files come from this machine: 8 GiB."""


class InProcessService(PipelineService):
    """A `SpeechService`."""

    def __init__(self, settings: InProcessSettings | None = None) -> None:
        """Loads all models. Raises WeightsError."""
        stages = InProcessStages(settings)
        super().__init__(stages, ROUTING, IngressSettings(max_upload_bytes=MAX_UPLOAD_BYTES))
        self.close = stages.close

    async def stages(self) -> Mapping[str, StageStatus]:
        return {name: StageStatus(ready=True, required=True, replicas=1) for name in STAGES}

    async def metrics(self) -> bytes:
        return generate_latest(REGISTRY)


def local_app() -> Starlette:
    """The application with the models of `make serve`, loaded now."""
    service = InProcessService()
    return create_app(lambda: service)
