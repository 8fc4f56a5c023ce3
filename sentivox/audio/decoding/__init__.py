"""Sandboxed decoding: FFmpeg parses untrusted files in a child process with limits."""
