"""Sentivox: speech in about 100 languages to text, and its sentiment.

    from sentivox import transcribe

    print(transcribe("speech.mp3").text)
"""

from sentivox.library import Transcriber, transcribe

__all__ = ["Transcriber", "transcribe"]
