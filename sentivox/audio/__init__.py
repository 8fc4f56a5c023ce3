"""Audio files to windows of speech: decoding, resampling, voice activity detection, cutting."""
