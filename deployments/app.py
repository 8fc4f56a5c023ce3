"""THE GRAPH.

                       ┌─────────────► language_id ─┐
    ingress ──► audio_decoder                       │ language -> family
       ▲               └─ windows ─► asr_germanic ◄─┤
       │                             asr_romance  ◄─┤
       │                             asr_slavic   ◄─┤
       │                             asr_…        ◄─┘
       └── transcript ◄─ sentiment ◄── sentences ─┘

Every box is a deployment: it has replicas, batches and hardware of its own in `serve_config.yaml`.
The order of the calls is in `sentivox/pipeline/upload.py` and `sentivox/pipeline/live.py`.
"""

from ray.serve import Application

from deployments import ray_compat
from deployments.asr import SpeechRecognition
from deployments.audio_decoder import AudioDecoder
from deployments.handles import ServeStages
from deployments.ingress import Ingress
from deployments.language_id import LanguageId
from deployments.sentiment import SentimentAnalysis
from sentivox.pipeline.routing import Routing
from sentivox.settings import AppArgs


def build(args: AppArgs) -> Application:
    """The whole application; Serve calls this with the config's `args`.

    Serve reads the annotation of `args`, so it must be the class itself: postponed annotations
    would turn it into a dict.
    """
    ray_compat.check()
    recognizers = {
        family: SpeechRecognition.options(name=f"asr_{family}").bind(args.adapters.get(family, 0))
        for family in args.families
    }
    stages = ServeStages(
        decoder=AudioDecoder.bind(),
        language_id=LanguageId.bind(),
        recognizers=recognizers,
        sentiment=SentimentAnalysis.bind(),
        adapters=tuple(args.adapters),
    )
    routing = Routing(tuple(args.families), args.fallback_family, tuple(args.adapters))
    return Ingress.bind(stages, routing)
