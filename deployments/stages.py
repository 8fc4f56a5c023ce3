"""The graph's stages as the pipelines call them, and what one request has come to so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ray.serve.handle import DeploymentHandle

from deployments.calls import StageCalls, by_value
from deployments.listening import HeardInOneCall
from deployments.stored_audio import (
    SMALL_BYTES,
    ListenedWindow,
    StoredAudio,
    WindowRef,
    short_or_stored,
    stored,
)
from sentivox.errors import InvalidRequest, SpeechError
from sentivox.languages import LANGUAGES, LanguageFamily, family_of
from sentivox.models.base import SentimentText
from sentivox.models.language_id import second_language
from sentivox.types import (
    Alternative,
    LanguageDetection,
    LanguageGuess,
    RecognitionOptions,
    Sentiment,
    TranscriptionOptions,
    TranscriptionWarning,
)


@dataclass(slots=True)
class Progress:
    """Of one request."""

    calls: StageCalls = field(default_factory=StageCalls)
    warnings: dict[str, TranscriptionWarning] = field(default_factory=dict)
    """By code: what goes wrong for every window is said once."""
    rivals: tuple[LanguageGuess, ...] = ()
    """The languages to hear the whole file in, where one alone is too unsure."""
    otherwise: str | None = None
    """The language that an unlikely text may be in instead, where the same recogniser serves it."""
    alternatives: tuple[Alternative, ...] = ()
    """What it was heard as in each of them."""
    listened: dict[int, ListenedWindow] = field(default_factory=dict)
    """Windows that were heard as some language and aren't recognised yet, by their number."""
    recognized: HeardInOneCall | None = None
    """The only window of a file that came alone, in the language that it was heard as."""
    told: bool = False
    """Part of the answer has left for the client: it is too late to ask it to come back later."""

    def warn(self, code: str, message: str) -> None:
        self.warnings.setdefault(code, TranscriptionWarning(code, message))


@dataclass(frozen=True, slots=True)
class Stages:
    """Handles of the graph's deployments."""

    decoder: DeploymentHandle[Any]
    language_id: DeploymentHandle[Any]
    recognizers: Mapping[LanguageFamily, DeploymentHandle[Any]]
    fallback_family: LanguageFamily
    """Whose recogniser serves the languages of every family that has none."""
    sentiment: DeploymentHandle[Any]
    adapted: Collection[LanguageFamily] = ()
    """Families whose replicas keep an adapter for each language."""
    routes: Mapping[str, LanguageFamily] = field(default_factory=dict)
    """Languages that another family than their own serves."""

    def recognizer(self, language: str, options: TranscriptionOptions) -> DeploymentHandle[Any]:
        """Where a family has adapters, Serve looks for a replica that has the language's ready.

        Raises InvalidRequest for a family that was asked for and isn't there.
        """
        family = self.family(language, options)
        handle = self.recognizers[family]
        return handle.options(multiplexed_model_id=language) if family in self.adapted else handle

    def family(self, language: str, options: TranscriptionOptions) -> LanguageFamily:
        """Whose recogniser serves that language; a multilingual one serves every family that has
        none. Raises InvalidRequest as above.
        """
        own = self.routes.get(language) or family_of(language)
        family = LanguageFamily(options.family) if options.family else own
        if family in self.recognizers:
            return family
        if options.family and self.fallback_family is not LanguageFamily.MULTILINGUAL:
            raise InvalidRequest(f"No recogniser for '{family}' is deployed here.", "model")
        return self.fallback_family

    def otherwise(self, detection: LanguageDetection, options: TranscriptionOptions) -> str | None:
        """The next likeliest language, where the recogniser of the likeliest serves it too."""
        second = second_language(detection)
        if second is None:
            return None
        first = self.family(detection.guesses[0].language, options)
        alike = first not in self.adapted and self.family(second, options) is first
        return second if alike else None

    @property
    def one_for_all(self) -> bool:
        """Whether the same recogniser serves all languages."""
        return len(self.recognizers) == 1 and not self.adapted

    async def decode(
        self, audio: bytes, options: TranscriptionOptions, progress: Progress
    ) -> StoredAudio:
        """Raises SpeechError."""
        arguments = audio, options.detection, options.split_channels
        if len(audio) <= SMALL_BYTES:
            decode = by_value(self.decoder.decode_whole)
            *windows, facts = await progress.calls("audio_decoder", decode, *arguments)
            return stored(facts, [short_or_stored(window) for window in windows])
        refs, facts = await progress.calls.several("audio_decoder", self.decoder.decode, *arguments)
        return stored(facts, refs)

    async def listen(
        self, window: WindowRef, options: TranscriptionOptions, progress: Progress
    ) -> ListenedWindow:
        """A window is listened to once. Raises SpeechError."""
        if window.index not in progress.listened:
            progress.listened[window.index] = await self._listened(
                window, candidates(options), progress.calls
            )
        return progress.listened[window.index]

    async def listen_alone(
        self, window: WindowRef, options: TranscriptionOptions, progress: Progress, *, second: bool
    ) -> None:
        """Of a file that came alone, in one call to the recogniser, which tries the `second`
        likeliest language too where its text is unlikely. What fails is heard as others are.
        """
        [recognizer] = self.recognizers.values()
        hear = recognizer.hear_and_transcribe
        arguments = window.ref, recognition_options(options), candidates(options), second
        with suppress(SpeechError):
            found: HeardInOneCall | None = await progress.calls(
                "asr", by_value(hear) if window.by_value else hear, *arguments
            )
            if found:
                progress.calls.shared("asr", "language_id", found.listening_s)
                progress.listened[window.index] = found.listened
                progress.recognized = found

    async def _listened(
        self, window: WindowRef, candidates: tuple[str, ...], calls: StageCalls
    ) -> ListenedWindow:
        if window.by_value:
            hear = by_value(self.language_id.hear)
            itself: ListenedWindow = await calls("language_id", hear, window.ref, candidates)
            return itself
        listen = self.language_id.listen
        sounds, heard = await calls.several("language_id", listen, window.ref, candidates)
        return replace(heard, sound=sounds[0] if sounds else None)

    async def classify(self, texts: list[SentimentText], progress: Progress) -> list[Sentiment]:
        """One sentiment a text, or none and a warning when the stage is down."""
        try:
            found: list[Sentiment] = await progress.calls(
                "sentiment", by_value(self.sentiment.classify), texts
            )
        except SpeechError as exc:
            progress.warn("sentiment_unavailable", f"No sentiment this time: {exc.detail}")
            return []
        return found


def candidates(options: TranscriptionOptions) -> tuple[str, ...]:
    """The languages to choose from; none for all."""
    if options.candidates or not options.family:
        return options.candidates
    return tuple(code for code in LANGUAGES if family_of(code) == options.family)


def recognition_options(options: TranscriptionOptions) -> RecognitionOptions:
    """Without a language."""
    return RecognitionOptions(
        language="",
        task=options.task,
        prompt=prompt(options),
        temperature=options.temperature,
        words=options.words,
        logprobs=options.logprobs,
    )


def prompt(options: TranscriptionOptions) -> str:
    return " ".join(part for part in (", ".join(options.keywords), options.prompt) if part)
