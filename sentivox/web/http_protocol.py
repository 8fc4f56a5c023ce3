"""HTTP/1.1 for Ray Serve's proxy: uvicorn's protocol, with proper answers to two kinds of requests.

A request that offers another protocol, such as `Upgrade: h2c` of Java's HttpClient and of
`curl --http2`, may be answered over HTTP/1.1 (RFC 9110, 7.8). uvicorn does so too, but its parser
stops after the head, so the body is lost. And a request that isn't valid HTTP is refused in
OpenAI's shape.
"""

from __future__ import annotations

import uuid

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from sentivox.errors import InvalidRequest
from sentivox.web.errors import error_response

MAX_HEAD_BYTES = 64 * 1024
"""Longest head of a request; the parser itself has no limit."""

_INVALID = InvalidRequest("This isn't a valid HTTP/1.1 request. Let an HTTP library build it.")
_UPGRADE_HEADERS = frozenset({b"upgrade", b"http2-settings"})


class HttpProtocol(HttpToolsProtocol):
    """Connections that switch to WebSocket, and to no other protocol."""

    _in_head = False
    _head_bytes = 0
    """Bytes received since an incomplete head began, but for its first piece."""

    def data_received(self, data: bytes) -> None:
        """Parse what a client sent."""
        self._unset_keepalive_if_required()
        was_in_head = self._in_head
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._parse_again(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self.send_400_response(str(error))
        else:
            if was_in_head and self._in_head:
                self._limit_head(len(data))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        if not self._offers_another_protocol():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self._offers_another_protocol():
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that can't be parsed, and close the connection.

        Where its answer has begun, because its body is what can't be parsed, nothing is sent.
        """
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            refusal = error_response(_INVALID)
            headers = [
                *refusal.raw_headers,
                (b"x-request-id", uuid.uuid4().hex.encode()),
                (b"connection", b"close"),
            ]
            lines = [b"%s: %s\r\n" % header for header in headers]
            self.transport.write(b"".join((STATUS_LINE[400], *lines, b"\r\n", bytes(refusal.body))))
        self.transport.close()

    def _offers_another_protocol(self) -> bool:
        """Whether the parser stops after this head, which asks for no WebSocket.

        It stops after CONNECT too, which no upgrade header would explain.
        """
        return (
            bool(self.parser.should_upgrade())
            and not self._should_upgrade()
            and self.parser.get_method() != b"CONNECT"
        )

    def _parse_again(self, rest: bytes) -> None:
        """Parse the same request without its upgrade headers, and what came after its head."""
        line = (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        headers = [b"%s: %s\r\n" % each for each in self.headers if _is_kept(*each)]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(b"".join((b"%s %s HTTP/%s\r\n" % line, *headers, b"\r\n", rest)))

    def _limit_head(self, received: int) -> None:
        self._head_bytes += received
        if self._head_bytes > MAX_HEAD_BYTES:
            self.send_400_response("The head is too long.")


def _is_kept(name: bytes, value: bytes) -> bool:
    """Whether a header has a meaning without the upgrade."""
    if name == b"connection":
        return b"upgrade" not in value.lower()
    return name not in _UPGRADE_HEADERS
