"""Settings of speech recognition."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sentivox.settings.engine import EngineSettings


class RecognitionSettings(EngineSettings):
    engine: Literal["ctranslate2", "cpu_int8", "torch", "ctc"] = "ctranslate2"
    """The backend that runs the weights, chosen in `sentivox.engines.loading`.

    - `ctranslate2`: Whisper by CTranslate2, on CPUs and GPUs.
    - `cpu_int8`: Whisper by int8 layers for CPUs; texts of any length share decoding steps.
    - `torch`: Whisper by torch, from safetensors or a CTranslate2 model; CUDA graphs on a GPU.
    - `ctc`: wav2vec2, XLS-R and MMS. It reads `model`, `languages`, `device`, `compute_type`,
      `threads`, `workers` and the batch sizes only. The weights of MMS are CC-BY-NC 4.0, not for
      commercial use, and no shipped config names them.
    """
    languages: tuple[str, ...] = ()
    """For `ctc`: codes of the languages that a model without adapters was trained on, or of the
    adapters to use; others are refused. Empty accepts any language, or every adapter."""
    language_models: dict[str, str] = Field(default_factory=dict)
    """Language code -> the `model` for uploads in that language, in the same process: an adapter
    that was taught some languages, for instance. Each model takes memory of its own."""
    translates: bool = True
    """False for weights that weren't trained to translate into English, such as large-v3-turbo:
    they would transcribe instead."""
    beam_size: int = Field(1, ge=1, le=10)
    """Beam of the first decoding pass over uploads; 1 decodes greedily, as live speech is."""
    fallback_beam_size: int = Field(5, ge=1, le=10)
    """Beam of the fallback pass over doubtful text, which reuses the encoder output."""
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """Temperatures of the fallback passes over repetition loops; the first is replaced by the
    request's."""
    compression_ratio_threshold: float = 2.4
    """Compression ratio (zlib, one byte per letter) above which text counts as repetition."""
    log_prob_threshold: float = -1.0
    """Mean log-probability per token below which text is doubtful and decoded again."""
    alternative_language_threshold: float = Field(-0.8, le=0)
    """Where the language is uncertain: mean log-probability per token below which text is decoded
    in the second most probable language too, instead of with a wider beam."""
    no_speech_threshold: float = Field(0.6, ge=0, le=1)
    """No-speech probability above which a window with improbable text counts as silence."""
    low_vad_confidence: float = Field(0.6, ge=0, le=1)
    """VAD confidence below which text is kept only if it is probable and two decoding passes agree
    on it; 0 keeps all text."""
    low_vad_agreement: float = Field(0.7, ge=0, le=1)
    """Agreement that these two passes need: twice the letters they share over the letters of
    both."""
    low_vad_no_speech_threshold: float = Field(0.7, ge=0, le=1)
    """No-speech probability in either pass above which such a window counts as silence, however
    probable its text."""
    context_padding_s: float | None = Field(3.0, ge=0)
    """Seconds of silence that the encoder sees after a window; null pads to 30 s. Less is faster
    and falls back to 30 s more often."""
    short_context_languages: tuple[str, ...] | None = None
    """Languages in which short context was measured to be enough. Windows that are certainly in
    others have Whisper's 30 s, and their interim text `final_fallback_padding_s`. None: all
    languages have short context."""
    interim_context_padding_s: float = Field(0.5, ge=0)
    """Context padding of interim text in live speech, in seconds."""
    final_context_padding_s: float = Field(2.0, ge=0)
    """Context padding of a turn's final text, in seconds."""
    final_fallback_padding_s: float = Field(6.0, ge=0)
    """Context padding of the one fallback pass over a final text, in seconds."""
    final_log_prob_threshold: float = Field(-0.5, le=0)
    """Mean log-probability per token below which a final text has a fallback pass."""
    max_batch_seconds: int = Field(120, ge=30)
    """Most seconds of audio in a batch of uploads, padding included."""
    max_live_batch_seconds: float = Field(16.0, gt=0)
    """Most seconds of audio in a batch of live speech: the next final text waits for its end."""
