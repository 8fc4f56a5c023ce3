"""The audio tracks of a file that can be decoded, the best one first.

Only PyAV and the standard library are imported, see `worker`.
"""

from __future__ import annotations

from av.audio.stream import AudioStream
from av.container import InputContainer

from sentivox.audio.decoding.messages import Failure, UndecodableError

DECODERS = (
    "aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,dca,eac3,flac,g722,"
    "g723_1,g726,g726le,gsm,gsm_ms,libopencore_amrnb,libopencore_amrwb,libopus,libvorbis,mp1,"
    "mp1float,mp2,mp2float,mp3,mp3float,opus,pcm_alaw,pcm_bluray,pcm_dvd,pcm_f32be,pcm_f32le,"
    "pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,"
    "pcm_s8,pcm_u8,speex,vorbis,wmapro,wmav1,wmav2,wmavoice"
)
"""FFmpeg's decoders that are allowed."""


def chosen_tracks(container: InputContainer, number: int) -> list[int]:
    """Numbers, from 1, of the tracks to try in this order: the one requested, or with number 0 all
    that can be decoded, the default track first. Raises UndecodableError if there is none.
    """
    streams = container.streams.audio
    if not streams:
        raise UndecodableError(Failure.NO_TRACK)
    if number > len(streams):
        raise UndecodableError(Failure.NO_SUCH_TRACK)
    best = container.streams.best("audio")
    by_rank = sorted(streams, key=lambda stream: stream is not best and stream != best)
    wanted = [streams[number - 1]] if number else by_rank
    readable = [stream for stream in wanted if is_readable(stream)]
    if not readable:
        raise UndecodableError(Failure.UNKNOWN_CODEC)
    return [1 + streams.index(stream) for stream in readable]


def is_readable(stream: AudioStream) -> bool:
    """Whether its codec is allowed."""
    context = stream.codec_context
    return context is not None and context.codec.name in DECODERS.split(",")
