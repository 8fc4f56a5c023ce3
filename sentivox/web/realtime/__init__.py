"""The WebSocket route /v1/realtime: live sessions as in OpenAI's Realtime API."""
