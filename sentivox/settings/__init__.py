"""Settings: one frozen object per deployment, filled from its `user_config`."""

from sentivox.settings.audio_decoder import AudioDecoderSettings
from sentivox.settings.base import MAX_WORKERS, Device, Settings
from sentivox.settings.ingress import AdmissionSlo, AppArgs, IngressSettings
from sentivox.settings.language_id import LanguageIdSettings
from sentivox.settings.live import LiveSettings, StreamingSettings
from sentivox.settings.recognition import RecognitionSettings
from sentivox.settings.sentiment import SentimentSettings

__all__ = [
    "MAX_WORKERS",
    "AdmissionSlo",
    "AppArgs",
    "AudioDecoderSettings",
    "Device",
    "IngressSettings",
    "LanguageIdSettings",
    "LiveSettings",
    "RecognitionSettings",
    "SentimentSettings",
    "Settings",
    "StreamingSettings",
]
