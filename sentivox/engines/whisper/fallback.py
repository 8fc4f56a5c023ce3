"""The fallback ladder: the decoding passes over a window, from the cheapest to the last resort."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.context import live_context, upload_context
from sentivox.settings import RecognitionSettings
from sentivox.types import WINDOW_SECONDS, Priority, RecognitionOptions


@dataclass(frozen=True, slots=True)
class DecodingPass:
    """One way of decoding a window."""

    context_padding_s: float | None
    """Silence encoded after the window's end, in seconds; None fills Whisper's 30 s."""
    temperature: float
    beam_size: int
    stop_on_repetition: bool = False
    """Another pass follows: a repetition loop is given up early."""
    for_repetition: bool = False
    """The pass is for repetition loops; it doesn't help against improbable text (docs/log.md)."""
    alternative_language: bool = False
    """The pass decodes in the alternative language."""

    @property
    def greedy(self) -> bool:
        """Whether the most probable token is taken at each step."""
        return self.temperature == 0 and self.beam_size == 1

    def without_context(self) -> DecodingPass:
        """The search alone: passes that differ in context only may share a batch."""
        return DecodingPass(None, self.temperature, self.beam_size)


class FallbackLadder:
    """The passes that the settings allow."""

    def __init__(self, settings: RecognitionSettings) -> None:
        self._settings = settings

    def padded_seconds(self, item: RecognitionItem) -> float:
        """Context of the first pass over an item, in seconds."""
        return self._context_s(item, self._paddings(item.options)[0])

    def context_s(self, item: RecognitionItem, decoding_pass: DecodingPass) -> float:
        """Context of a pass over an item, in seconds."""
        return self._context_s(item, decoding_pass.context_padding_s)

    def passes(self, item: RecognitionItem, *, low_vad: bool) -> list[DecodingPass]:
        """The passes in order; each is for text that the earlier ones left doubtful.

        Where VAD confidence is low (`low_vad`) the second pass has full context: another search
        over the same encoder output would find the same words.
        """
        if item.options.priority is not Priority.UPLOAD:
            return self._live_passes(item)
        padding_s = self._paddings(item.options)[0]
        first = item.options.temperature
        beam = self._settings.beam_size if first == 0 else 1
        short = self._context_s(item, padding_s) < WINDOW_SECONDS
        wide = self._settings.fallback_beam_size if first == 0 else beam
        full = DecodingPass(None, first, beam, for_repetition=short and not low_vad)
        passes = [full]
        if wide > beam:
            passes.append(replace(full, beam_size=wide, for_repetition=short))
        if short and not low_vad:
            quick = DecodingPass(padding_s, first, beam, stop_on_repetition=True)
            if item.options.alternative_language:
                # It corrects more text than a wide beam, and costs a fifth.
                passes.insert(0, replace(quick, alternative_language=True))
            elif wide > beam:
                passes.insert(0, replace(quick, beam_size=wide))
        if short:
            passes.insert(0, DecodingPass(padding_s, first, beam, stop_on_repetition=True))
        hotter = [each for each in self._settings.temperatures if each > first]
        return passes + [DecodingPass(None, each, 1, for_repetition=True) for each in hotter]

    def _live_passes(self, item: RecognitionItem) -> list[DecodingPass]:
        # A beam would take draft tokens one step each.
        first = item.options.temperature
        padding_s, *more = self._paddings(item.options)
        if self._context_s(item, padding_s) >= WINDOW_SECONDS:
            return [DecodingPass(None, first, 1)]
        later = [DecodingPass(each, first, 1) for each in more]
        return [DecodingPass(padding_s, first, 1, stop_on_repetition=bool(later)), *later]

    def _paddings(self, options: RecognitionOptions) -> tuple[float | None, ...]:
        """Context paddings in the order of the passes."""
        if self._settings.context_padding_s is None:
            return (None,)
        if self._needs_full_context(options):
            interim = options.priority is Priority.INTERIM
            return (self._settings.final_fallback_padding_s if interim else None,)
        match options.priority:
            case Priority.UPLOAD:
                return (self._settings.context_padding_s, None)
            case Priority.FINAL:
                return (
                    self._settings.final_context_padding_s,
                    self._settings.final_fallback_padding_s,
                )
            case Priority.INTERIM:
                return (self._settings.interim_context_padding_s,)

    def _needs_full_context(self, options: RecognitionOptions) -> bool:
        """Whether short context wasn't measured in the language, and the language is certain.

        Of one or two words the detected language is often wrong, and full context costs most there.
        """
        measured = self._settings.short_context_languages
        uncertain = options.alternative_language is not None
        return measured is not None and options.language not in measured and not uncertain

    def _context_s(self, item: RecognitionItem, padding_s: float | None) -> float:
        upload = item.options.priority is Priority.UPLOAD
        context = upload_context if upload else live_context
        return context(item.window.seconds, padding_s, self._settings.device)
