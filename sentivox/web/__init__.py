"""The HTTP and WebSocket API: requests in, calls to a `SpeechService`, answers out."""
