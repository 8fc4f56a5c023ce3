"""Names of settings in earlier versions: they are refused with a sentence that has the new name."""

from __future__ import annotations

ENGINES = {
    "ctranslate2_whisper": "ctranslate2",
    "transformers_whisper": "torch",
    "transformers_ctc": "ctc",
}
"""Engines by their old names."""

CPU_INT8 = "set 'engine: cpu_int8' for the int8 encoder and decoder of CPUs."
NO_BATCH_WAIT = {"batch_wait_s": "remove it; the scheduler decides when a batch starts."}

ENGINE_REMOVED = NO_BATCH_WAIT | {"encoder": CPU_INT8, "decoder": CPU_INT8}
RECOGNITION_REMOVED = ENGINE_REMOVED | {
    "ear": "remove it; every file goes through the language_id stage.",
}
INGRESS_REMOVED = {
    "hedge_below": "remove it; improbable text is decoded in a second language by itself.",
    "alone_in_one_call": "remove it; every file goes through the language_id stage.",
}
STREAMING_REMOVED = {
    "stability": "remove it; text becomes stable once interim results agree.",
    "attention_guard_s": "remove it; text becomes stable once interim results agree.",
}
"""Old name -> what to do instead, where there is no successor."""

AUDIO_DECODER = {"windows_at_hand": "uncompressed_windows"}
LANGUAGE_ID = {
    "context_margin_s": "context_padding_s",
    "live_margin_s": "live_context_padding_s",
    "hands_on": "share_encoder_output",
}
RECOGNITION = {
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
}
STREAMING = {
    "first_draft_s": "first_interim_s",
    "draft_every_s": "interim_interval_s",
    "draft_rest": "interim_rest_factor",
    "with_before_s": "previous_turn_context_s",
    "settled_confidence": "language_confidence",
    "settled_after_s": "language_min_speech_s",
    "settled_at_last_s": "language_max_speech_s",
}
INGRESS = {"windows_together": "decode_group_size", "patience": "admission_slo"}
ADMISSION_SLO = {"at_least_s": "base_s", "share": "per_audio_second"}
"""Old name -> new name, by settings class."""
