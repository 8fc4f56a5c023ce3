"""Names of settings in earlier versions."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from sentivox.settings import (
    AudioDecoderSettings,
    IngressSettings,
    LanguageIdSettings,
    RecognitionSettings,
)


@pytest.mark.parametrize(
    ("settings", "old", "new"),
    [
        (RecognitionSettings, {"weak_voice": 0.5}, "low_vad_confidence"),
        (RecognitionSettings, {"engine": "transformers_whisper"}, "torch"),
        (RecognitionSettings, {"encoder": "torch_int8"}, "cpu_int8"),
        (LanguageIdSettings, {"hands_on": True}, "share_encoder_output"),
        (IngressSettings, {"patience": {}}, "admission_slo"),
        (IngressSettings, {"hedge_below": 0.5}, "no longer exists"),
        (IngressSettings, {"live": {"streaming": {"stability": "attention"}}}, "no longer exists"),
        (IngressSettings, {"live": {"allowed_origins": []}}, "'allowed_origins' of the ingress"),
        (AudioDecoderSettings, {"windows_at_hand": 3}, "uncompressed_windows"),
    ],
)
def test_a_name_of_an_earlier_version_is_refused_with_the_new_one(
    settings: type[BaseModel], old: dict[str, object], new: str
) -> None:
    with pytest.raises(ValueError, match=new):
        settings.model_validate(old)
