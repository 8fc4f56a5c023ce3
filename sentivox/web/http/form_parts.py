"""The parts of a multipart form, kept in memory as they arrive.

python-multipart's own form parser takes a part whose file name is in extended syntax only
(`filename*=`, RFC 5987) for a text field. RFC 7578 discourages that syntax; some clients use it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from python_multipart.decoders import Base64Decoder, QuotedPrintableDecoder
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_FILE_NAME = re.compile(rb";\s*filename\*?[0-9]*\*?\s*=", re.IGNORECASE)
_DECODERS: dict[bytes, type[Base64Decoder | QuotedPrintableDecoder]] = {
    b"base64": Base64Decoder,
    b"quoted-printable": QuotedPrintableDecoder,
}


@dataclass(slots=True, eq=False)
class Part:
    """One part of a form; `content` is complete once it is passed on."""

    name: bytes
    is_file: bool
    content: io.BytesIO = field(default_factory=io.BytesIO)

    @property
    def size(self) -> int:
        """Bytes of the content so far."""
        return self.content.getbuffer().nbytes


class FormParts:
    """Parser of a form: calls `on_part` with each part once it is complete.

    Raises FormParserError for a body that isn't valid, such as one with too many headers.
    """

    def __init__(self, boundary: bytes, on_part: Callable[[Part], None]) -> None:
        self._on_part = on_part
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._part = Part(b"", is_file=False)
        self._writer: io.BytesIO | Base64Decoder | QuotedPrintableDecoder = self._part.content
        self._parser = MultipartParser(
            boundary,
            callbacks={
                "on_part_begin": self._begin,
                "on_header_field": self._add_name,
                "on_header_value": self._add_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._write,
                "on_part_end": self._end,
            },
        )

    def write(self, data: bytes) -> None:
        """Parse the next bytes of the body."""
        self._parser.write(data)

    def finalize(self) -> None:
        """Raises FormParserError unless the form was complete."""
        self._parser.finalize()

    def _begin(self) -> None:
        self._headers = {}

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.lower()] = self._value.strip(b" \t")
        self._name = self._value = b""

    def _open(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        name = parse_options_header(disposition)[1].get(b"name")
        if name is None:
            raise FormParserError("A part has no name.")
        is_file = _FILE_NAME.search(_QUOTED.sub(b"", disposition)) is not None
        self._part = Part(name, is_file)
        encoding = self._headers.get(b"content-transfer-encoding", b"").lower()
        decoder = _DECODERS.get(encoding)
        self._writer = decoder(self._part.content) if decoder else self._part.content

    def _write(self, data: bytes, start: int, end: int) -> None:
        self._writer.write(data[start:end])

    def _end(self) -> None:
        if not isinstance(self._writer, io.BytesIO):
            self._writer.finalize()
        self._on_part(self._part)
