"""THE GRAPH.

                       ┌─────────────► language_id ─┐
    ingress ──► audio_decoder                       │ language -> family
       ▲               └─ windows ─► asr_germanic ◄─┤
       │                             asr_romance  ◄─┤
       │                             asr_slavic   ◄─┤
       │                             asr_…        ◄─┘
       └── transcript ◄─ sentiment ◄── sentences ─┘

Every box is a deployment: it has replicas, batches and hardware of its own in `serve_config.yaml`.
`deployments/pipeline.py` has the order of the calls, `deployments/live_pipeline.py` that for live
speech. Where one recogniser serves all languages, a file that comes alone may go to it at once, and
be heard there (`alone_in_one_call`).
"""

from ray.serve import Application

from deployments.asr import SpeechRecognition
from deployments.audio_decoder import AudioDecoder
from deployments.ingress import Ingress
from deployments.language_id import LanguageId
from deployments.sentiment import SentimentAnalysis
from deployments.stages import Stages
from sentivox.settings import AppArgs


def build(args: AppArgs) -> Application:
    """The whole application; Serve calls this with the config's `args`.

    Serve reads the annotation of `args`, so it must be the class itself: postponed annotations
    would turn it into a dict.
    """
    recognizers = {
        family: SpeechRecognition.options(name=f"asr_{family}").bind(
            family, args.adapters.get(family, 0)
        )
        for family in args.families
    }
    stages = Stages(
        decoder=AudioDecoder.bind(),
        language_id=LanguageId.bind(),
        recognizers=recognizers,
        fallback_family=args.fallback_family,
        sentiment=SentimentAnalysis.bind(),
        adapted=tuple(args.adapters),
    )
    return Ingress.bind(stages)
