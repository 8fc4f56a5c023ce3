"""Names of settings in earlier versions: they are refused with a sentence that has the new name."""

from __future__ import annotations

ENGINES = {
    "ctranslate2_whisper": "ctranslate2",
    "transformers_whisper": "torch",
    "transformers_ctc": "ctc",
}
"""Engines by their old names."""

RENAMED = {
    "AudioDecoderSettings": {"windows_at_hand": "uncompressed_windows"},
    "LanguageIdSettings": {
        "context_margin_s": "context_padding_s",
        "live_margin_s": "live_context_padding_s",
        "hands_on": "share_encoder_output",
    },
    "RecognitionSettings": {
        "second_beam_size": "fallback_beam_size",
        "max_compression_ratio": "compression_ratio_threshold",
        "min_avg_logprob": "log_prob_threshold",
        "max_no_speech_prob": "no_speech_threshold",
        "other_language_below": "alternative_language_threshold",
        "weak_voice": "low_vad_confidence",
        "weak_voice_agreement": "low_vad_agreement",
        "weak_voice_max_no_speech_prob": "low_vad_no_speech_threshold",
        "context_margin_s": "context_padding_s",
        "live_margin_s": "interim_context_padding_s",
        "final_margin_s": "final_context_padding_s",
        "live_second_margin_s": "final_fallback_padding_s",
        "compare_below": "final_log_prob_threshold",
    },
    "StreamingSettings": {
        "first_draft_s": "first_interim_s",
        "draft_every_s": "interim_interval_s",
        "draft_rest": "interim_rest_factor",
        "with_before_s": "previous_turn_context_s",
        "settled_confidence": "language_confidence",
        "settled_after_s": "language_min_speech_s",
        "settled_at_last_s": "language_max_speech_s",
    },
    "IngressSettings": {"windows_together": "decode_group_size", "patience": "admission_slo"},
    "AdmissionSlo": {"at_least_s": "base_s", "share": "per_audio_second"},
}
"""Old name -> new name, by settings class."""

_LANGUAGE_STAGE = "remove it; every file goes through the language_id stage."
_AGREEMENT = "remove it; text becomes stable once interim results agree."
_CPU_INT8 = "set 'engine: cpu_int8' for the int8 encoder and decoder of CPUs."
_NO_BATCH_WAIT = {"batch_wait_s": "remove it; the scheduler decides when a batch starts."}
_ENGINE = _NO_BATCH_WAIT | {"encoder": _CPU_INT8, "decoder": _CPU_INT8}

REMOVED = {
    "LanguageIdSettings": _ENGINE,
    "RecognitionSettings": _ENGINE | {"ear": _LANGUAGE_STAGE},
    "SentimentSettings": _NO_BATCH_WAIT,
    "IngressSettings": {
        "hedge_below": "remove it; improbable text is decoded in a second language by itself.",
        "alone_in_one_call": _LANGUAGE_STAGE,
    },
    "LiveSettings": {
        "allowed_origins": "set 'allowed_origins' of the ingress, which holds for the API too."
    },
    "StreamingSettings": {"stability": _AGREEMENT, "attention_guard_s": _AGREEMENT},
}
"""Old name -> what to do instead, where there is no successor, by settings class."""
