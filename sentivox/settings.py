"""What can be set: one frozen object per deployment, filled from its `user_config`.

Unknown keys are errors, so a typing mistake in a config file never passes for a default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator, model_validator

from sentivox.languages import FAMILIES, LANGUAGES, LanguageFamily
from sentivox.types import WINDOW_SECONDS

MOST_WORKERS = 16

Device = Literal["cpu", "cuda"]
WhisperEngineName = Literal["ctranslate2_whisper", "transformers_whisper"]
Engine = Literal[WhisperEngineName, "transformers_ctc"]
Encoder = Literal["ctranslate2", "torch_int8"]

TORCH_COMPUTE_TYPES: dict[str, dict[Device, tuple[str, ...]]] = {
    "transformers_whisper": {
        "cpu": ("float32", "bfloat16", "int8"),
        "cuda": ("float32", "bfloat16", "float16"),
    },
    "transformers_ctc": {
        "cpu": ("float32", "bfloat16"),
        "cuda": ("float32", "bfloat16", "float16"),
    },
}
"""torch has no int8 layers for GPUs, and half precision is slower than single on processors."""


def _check_compute_type(engine: Engine, device: Device, compute_type: str) -> None:
    computes = TORCH_COMPUTE_TYPES.get(engine)
    if computes and compute_type not in computes[device]:
        raise ValueError(
            f"The engine {engine} doesn't compute in {compute_type} on {device}: "
            f"set compute_type to one of {', '.join(computes[device])}."
        )


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AppArgs(Settings):
    """The shape of the graph; everything else is a deployment's own setting."""

    families: tuple[LanguageFamily, ...] = FAMILIES
    """Language families that get a recogniser of their own."""
    fallback_family: LanguageFamily = LanguageFamily.GERMANIC
    """Whose recogniser serves the languages of every family not listed."""
    adapters: dict[LanguageFamily, PositiveInt] = {}
    """Families whose model has an adapter for each language, and how many of them a replica keeps
    ready. Requests then go where their language's adapter is; what isn't listed reads the adapter
    anew for every batch."""


class AudioDecoderSettings(Settings):
    max_seconds: float = Field(3600.0, gt=0)
    """Longest audio accepted; a longer one is refused while it is being decoded."""
    processes: int = Field(2, ge=1)
    """Child processes that run FFmpeg; as many files are decoded at once."""
    decode_timeout_s: float = Field(120.0, gt=0)
    """A child that takes longer over one file is killed."""
    memory_mb: int = Field(1024, ge=128)
    """Address space of a child beyond what it starts with."""
    threads: int = Field(1, ge=1)
    """Threads for resampling and voice detection."""
    max_window_s: float = Field(WINDOW_SECONDS, gt=1, le=WINDOW_SECONDS)
    """Longest stretch handed to a recogniser."""
    windows_at_hand: int = Field(8, ge=0)
    """So many windows of a file are soon heard; the others wait, and are packed until then."""


class LanguageIdSettings(Settings):
    engine: WhisperEngineName = "ctranslate2_whisper"
    """What runs the weights, as for a recogniser."""
    model: str = "embedded:whisper-base"
    """Where the weights come from; see `sentivox.models.weights`."""
    head: str | None = None
    """What one's own recordings taught about their languages; `training/language_head.py` makes it.
    It was taught with one `model` and fits no other."""
    device: Device = "cpu"
    gpu_memory_share: float | None = Field(None, gt=0, le=1)
    """As for a recogniser."""
    compute_type: str = "int8"
    """A CTranslate2 compute type, or one of torch's."""
    encoder: Encoder = "ctranslate2"
    """As for a recogniser."""
    threads: int = Field(2, ge=1)
    min_confidence: float = Field(0.5, ge=0, le=1)
    """Below this the answer is "abstained"."""
    context_margin_s: float | None = Field(3.0, ge=0)
    """Silence the encoder sees after the audio's end; null pads every window to 30 s."""
    live_margin_s: float = Field(1.0, ge=0)
    """The same for live speech, which is in a hurry."""
    hands_on: bool = False
    """What was heard of uploads is kept for recognisers that have the same weights, run by
    CTranslate2 as here: on a processor hearing it again takes longer than reading it."""
    max_batch_seconds: int = Field(30, ge=30)
    """Audio heard together, padding included. On a processor a batch is no faster, and who comes
    next waits for its end."""
    batch_wait_s: float = Field(0.0, ge=0)
    """How long the first window waits for company."""
    workers: int = Field(1, ge=1, le=MOST_WORKERS)
    """Batches heard at the same time, of `threads` each."""

    @model_validator(mode="after")
    def _computes(self) -> Self:
        _check_compute_type(self.engine, self.device, self.compute_type)
        return self


class RecognitionSettings(Settings):
    engine: Engine = "ctranslate2_whisper"
    """What runs the weights; chosen in `sentivox.models.loading`. "transformers_whisper" runs them
    by torch, and takes safetensors as well as CTranslate2's file. "transformers_ctc" is for
    wav2vec2, XLS-R and MMS; of all below, only `model`, `languages`, `device`, `compute_type`,
    `threads`, `workers` and the batches concern it. The weights of MMS are CC-BY-NC 4.0, not for
    commercial use, and no shipped config names them."""
    model: str = "embedded:whisper-base"
    """Where the weights come from; see `sentivox.models.weights`."""
    languages: tuple[str, ...] = ()
    """For "transformers_ctc": codes of the languages that a model without adapters was trained on,
    or of the adapters to use; others are refused. Empty takes any, or every adapter there is."""
    translates: bool = True
    """False for weights that weren't trained to translate into English, as large-v3-turbo's: they
    would write the words as spoken."""
    device: Device = "cpu"
    gpu_memory_share: float | None = Field(None, gt=0, le=1)
    """Of the GPU's memory, what torch may take in this process; null bounds nothing. Ray counts
    fractions of a GPU when it places replicas, and holds none of them to it."""
    compute_type: str = "int8"
    """A CTranslate2 compute type; with the engines of torch float32, bfloat16, float16 on GPUs or,
    for Whisper on processors, int8 in the decoder alone."""
    threads: int = Field(2, ge=1)
    """For each worker."""
    workers: int = Field(1, ge=1, le=MOST_WORKERS)
    """Batches decoded at the same time. Where threads gain little, as with int8 on processors
    without VNNI, workers of one thread each do more."""
    encoder: Encoder = "ctranslate2"
    """What hears with the engine "ctranslate2_whisper" in int8. "torch_int8" is for processors that
    multiply eight bits (VNNI), where half a minute takes two thirds of the time; on others, on GPUs
    and in other compute types it is CTranslate2 all the same."""
    decoder: Literal["ctranslate2", "torch_int8"] = "ctranslate2"
    """What writes texts with the engine "ctranslate2_whisper", where no beam is asked for.
    "torch_int8" is for processors: windows of any length share its batches, and it reads the words
    of live speech that have been given out in one step."""
    beam_size: int = Field(1, ge=1, le=10)
    """1 decodes greedily."""
    second_beam_size: int = Field(5, ge=1, le=10)
    """For text that looks wrong, in what was heard already."""
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """Tried in turn while a text goes in circles; the first is replaced by the request's."""
    max_compression_ratio: float = 2.4
    """Text that zlib shrinks further than this, at a byte a letter, repeats itself."""
    min_avg_logprob: float = -1.0
    """Text less likely than this per token is decoded again."""
    other_language_below: float = Field(-0.8, le=0)
    """Where the language is unsure, text less likely than this per token is heard in the next
    likeliest one too, and in no wider beam."""
    max_no_speech_prob: float = Field(0.6, ge=0, le=1)
    """Silence is believed above this when the text is unlikely too."""
    weak_voice: float = Field(0.6, ge=0, le=1)
    """Where voice detection is less sure than this that somebody speaks, text needs other signs:
    it has to be likely, and two hearings have to agree on it. 0 believes it anyway."""
    weak_voice_agreement: float = Field(0.7, ge=0, le=1)
    """How alike the two have to be: twice the letters they share, over the letters of both."""
    weak_voice_max_no_speech_prob: float = Field(0.7, ge=0, le=1)
    """And silence is believed above this in either of them, however likely the text."""
    context_margin_s: float | None = Field(3.0, ge=0)
    """Silence the encoder sees after a window's end; null pads every window to 30 s."""
    live_margin_s: float = Field(0.5, ge=0)
    """The same for drafts of live speech, which are in a hurry."""
    final_margin_s: float = Field(2.0, ge=0)
    """And for the last words of a turn, which stay."""
    live_second_margin_s: float = Field(6.0, ge=0)
    """And for those when they look wrong, or are unsure while nobody else waits; live speech is
    never heard thrice."""
    compare_below: float = Field(-0.5, le=0)
    """The last words of a turn that are less likely than this per token are unsure."""
    max_batch_seconds: int = Field(120, ge=30)
    """Audio decoded together, padding included."""
    max_live_batch_seconds: float = Field(16.0, gt=0)
    """The same for a batch of live speech: who speaks next waits for its end."""
    batch_wait_s: float = Field(0.0, ge=0)
    """How long the first window waits for company."""
    ear: LanguageIdSettings | None = None
    """Tells languages here, for files that come alone (`alone_in_one_call`): the settings of the
    stage that does for others. Weights that both use are in memory once."""

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        _check_compute_type(self.engine, self.device, self.compute_type)
        if self.engine == "transformers_whisper" and self.decoder != "ctranslate2":
            raise ValueError(
                f"The decoder {self.decoder} works beside the engine "
                "ctranslate2_whisper; leave decoder out with transformers_whisper."
            )
        return self


class SentimentSettings(Settings):
    model: str = "embedded:multilingual-e5-small"
    """Where the encoder's weights come from; see `sentivox.models.weights`."""
    head: str = "embedded:sentiment-head"
    """The classifier trained by `training/sentiment.py` on top of that encoder."""
    device: Device = "cpu"
    gpu_memory_share: float | None = Field(None, gt=0, le=1)
    """As for a recogniser."""
    compute_type: Literal["auto", "float32", "bfloat16", "int8"] = "auto"
    """Of the encoder. "auto" is int8 on processors that multiply eight bits (VNNI), where
    probabilities differ by a hundredth (docs/log.md); on others bfloat16 if they multiply it faster
    than float32, and float32 elsewhere."""
    threads: int = Field(2, ge=1)
    max_batch_size: int = Field(32, ge=1)
    """Texts classified together."""
    batch_wait_s: float = Field(0.0, ge=0)
    """How long the first text waits for company."""

    @model_validator(mode="after")
    def _computes(self) -> Self:
        if self.compute_type == "int8" and self.device != "cpu":
            raise ValueError(
                "Sentiment in int8 is for processors; leave compute_type out on a GPU."
            )
        return self


class StreamingSettings(Settings):
    """How live speech is listened to."""

    stability: Literal["agreement", "attention"] = "agreement"
    """How words are found that will stay; measured against each other in docs/log.md."""
    agreement_s: float = Field(1.0, ge=0)
    """With "agreement", drafts must have begun alike for this long."""
    attention_guard_s: float = Field(0.5, ge=0)
    """With "attention", words heard this near the end of the audio may still change."""
    first_draft_s: float = Field(0.6, gt=0)
    """Voice in a turn before its first draft."""
    with_before_s: float = Field(6.0, ge=0)
    """A turn shorter than this has its last words heard along with what was said before, whose
    words are known, so that both are as long together."""
    draft_every_s: float = Field(0.5, gt=0)
    """New voice before the next one."""
    draft_rest: float = Field(2.0, ge=0)
    """A draft that took a second is followed by the next after so many: those who speak at the same
    time share the stages, and get fewer drafts rather than late ones."""
    settled_confidence: float = Field(0.9, ge=0, le=1)
    """A language as sure as this is kept until the turn ends."""
    settled_after_s: float = Field(1.2, ge=0)
    """No language is kept before it was listened to for this long."""
    settled_at_last_s: float = Field(3.5, ge=0)
    """After so long the language is kept, sure or not: its words wait to be given out."""
    pause_s: float = Field(0.1, gt=0)
    """A silence after which the words so far are recognised as if they were the last."""
    window_s: float = Field(8.0, gt=0, le=WINDOW_SECONDS)
    """A turn longer than this goes on in a new window after its next pause."""


class LiveSettings(Settings):
    """What a live connection may do."""

    max_sessions: int = Field(48, ge=1)
    """At the same time, in one replica of the ingress."""
    max_message_bytes: int = Field(2 * 1024 * 1024, ge=1024)
    """Largest message; a larger one ends the session with code 1009."""
    max_ahead_s: float = Field(120.0, gt=0)
    """How much faster than it is spoken audio may come; more ends the session with code 1008."""
    idle_timeout_s: float = Field(60.0, gt=0)
    """A session that sends nothing for so long ends with code 1001."""
    max_session_s: float = Field(4 * 3600.0, gt=0)
    """A session ends with code 1001 after this. Serve's `request_timeout_s` has to be longer: it
    cuts live sessions too, without a code."""
    allowed_origins: tuple[str, ...] = ()
    """Other sites whose pages may connect; the service's own page always may."""
    streaming: StreamingSettings = StreamingSettings()


class PatienceSettings(Settings):
    """How long people wait for the words of a file of up to 30 s. Nobody is refused who comes up to
    1.3 times too late as far as is known; `deployments/admission.py` says why.
    """

    at_least_s: float = Field(1.0, ge=0)
    share: float = Field(0.3, ge=0)
    """And so many times its length."""


class IngressSettings(Settings):
    max_upload_bytes: int = Field(25 * 1024 * 1024, gt=0)
    """Largest request body."""
    max_fields: int = Field(43, ge=1)
    """Form fields beside the file; no form with everything there is has more."""
    api_keys_file: Path | None = None
    """Hashed keys, one a line, written by `sentivox keys add`; null leaves the service open."""
    routes: dict[str, LanguageFamily] = {}
    """Languages whose words the recogniser of another family writes, because it writes them better.
    Changed while the service runs: requests that have begun end where they began."""
    hedge_below: float | None = Field(None, ge=0, le=1)
    """A file of up to six seconds whose language is less sure than this, or abstained, is heard in
    its two likeliest languages, side by side, and the likelier text stays; null hears it once."""
    windows_in_flight: int = Field(8, ge=1)
    """Windows of one request that are recognised at the same time, so that a long file leaves
    room for others."""
    windows_together: int = Field(1, ge=1)
    """So many windows of one request, all but its first, wait for each other before their words are
    written: on a processor a token costs less in a batch."""
    alone_in_one_call: bool = False
    """A file of one window that comes while no other is under way is heard and recognised in one
    call, where one recogniser serves all languages and has an `ear`: a stage fewer to wait for."""
    patience: PatienceSettings | None = None
    """Who would wait for longer is told when to come back, before anything is decoded; each replica
    counts what it has let in. null: as much as the queues hold."""
    live: LiveSettings = LiveSettings()
    """Live sessions, at /v1/realtime."""

    @model_validator(mode="after")
    def _a_group_fits(self) -> Self:
        if self.windows_together > self.windows_in_flight:
            raise ValueError(
                "windows_together is more than windows_in_flight: set it to as many or fewer."
            )
        return self

    @field_validator("routes")
    @classmethod
    def _languages_are_known(cls, routes: dict[str, LanguageFamily]) -> dict[str, LanguageFamily]:
        if unknown := sorted(routes.keys() - LANGUAGES.keys()):
            raise ValueError(f"Not a language's code: {', '.join(unknown)}.")
        return routes
