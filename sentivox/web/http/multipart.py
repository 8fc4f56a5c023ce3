"""A multipart/form-data body, parsed as it arrives and kept in memory.

Starlette's parser raises one exception for every problem, which only its English text identifies.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sentivox.errors import InvalidRequest

MAX_FIELD_BYTES = 64 * 1024
"""Longest text field."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The parts of a form in the order they were sent; names may repeat."""

    fields: tuple[tuple[str, str], ...]
    file_name: str | None
    """Name of the field that has the file, not of the file itself; None without a file."""
    file: bytes


@dataclass(slots=True)
class _Part:
    name: str = ""
    is_file: bool = False
    disposition: bytes = b""
    """Value of the header Content-Disposition."""
    data: BytesIO = field(default_factory=BytesIO)
    size: int = 0


async def parse_multipart(body: AsyncIterator[bytes], boundary: bytes, max_fields: int) -> Form:
    """The form of a body.

    Raises InvalidRequest for a body that can't be parsed, more than one file, more than
    `max_fields` text fields, and a text field longer than MAX_FIELD_BYTES.
    """
    builder = _FormBuilder(max_fields)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": builder.begin_part,
                "on_header_begin": builder.begin_header,
                "on_header_field": builder.add_header_name,
                "on_header_value": builder.add_header_value,
                "on_header_end": builder.end_header,
                "on_headers_finished": builder.end_headers,
                "on_part_data": builder.add_data,
                "on_part_end": builder.end_part,
            },
        )
        async for chunk in body:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise invalid_form() from error
    return builder.form()


def invalid_form() -> InvalidRequest:
    """The error for a body that can't be parsed."""
    return InvalidRequest(
        "The body isn't valid multipart/form-data. Let your HTTP library build it, "
        "with its own Content-Type header."
    )


class _FormBuilder:
    """Collects parts from the callbacks of a MultipartParser."""

    def __init__(self, max_fields: int) -> None:
        self._max_fields = max_fields
        self._fields: list[tuple[str, str]] = []
        self._file: _Part | None = None
        self._part = _Part()
        self._field_count = self._file_count = 0
        self._header_name = self._header_value = b""

    def form(self) -> Form:
        if self._file is None:
            return Form(tuple(self._fields), None, b"")
        return Form(tuple(self._fields), self._file.name, self._file.data.getvalue())

    def begin_part(self) -> None:
        self._part = _Part()

    def begin_header(self) -> None:
        self._header_name = self._header_value = b""

    def add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._part.disposition = self._header_value

    def end_headers(self) -> None:
        _, options = parse_options_header(self._part.disposition)
        if b"name" not in options:
            raise invalid_form()
        self._part.name = _decoded(options[b"name"])
        self._part.is_file = b"filename" in options
        self._file_count += self._part.is_file
        self._field_count += not self._part.is_file
        if self._file_count > 1:
            raise InvalidRequest("Send one file in a request, and the others in their own.", "file")
        if self._field_count > self._max_fields:
            raise InvalidRequest(f"Send at most {self._max_fields} fields beside the file.")

    def add_data(self, data: bytes, start: int, end: int) -> None:
        self._part.size += end - start
        if not self._part.is_file and self._part.size > MAX_FIELD_BYTES:
            raise InvalidRequest(f"A text field is longer than {MAX_FIELD_BYTES // 1024} KiB.")
        self._part.data.write(memoryview(data)[start:end])

    def end_part(self) -> None:
        if self._part.is_file:
            self._file = self._part
        else:
            self._fields.append((self._part.name, _decoded(self._part.data.getvalue())))


def _decoded(text: bytes) -> str:
    """UTF-8, or Latin-1 where it isn't valid UTF-8."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
