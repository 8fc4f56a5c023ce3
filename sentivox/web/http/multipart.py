"""A multipart/form-data body, parsed as it arrives and kept in memory.

Starlette's parser raises one exception for every problem, which only its English text identifies.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser

from sentivox.errors import InvalidRequest

MAX_FIELD_BYTES = 64 * 1024
"""Longest text field."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The parts of a form."""

    fields: list[tuple[str, str]]
    """Names and values in the order they were sent; names may repeat."""
    file_name: str | None
    """Name of the field that has the file, not of the file itself; None without a file."""
    file: bytes


async def parse_multipart(body: AsyncIterator[bytes], boundary: bytes, max_fields: int) -> Form:
    """The form of a body.

    Raises InvalidRequest for a body that can't be parsed, more than one file, more than
    `max_fields` text fields, and a text field longer than MAX_FIELD_BYTES.
    """
    fields: list[tuple[str, str]] = []
    files: list[File] = []

    def add_field(field: Field) -> None:
        value = field.value or b""
        if len(fields) == max_fields:
            raise InvalidRequest(f"Send at most {max_fields} fields beside the file.")
        if len(value) > MAX_FIELD_BYTES:
            raise InvalidRequest(f"A text field is longer than {MAX_FIELD_BYTES // 1024} KiB.")
        fields.append((_decoded(field.field_name), _decoded(value)))

    def add_file(file: File) -> None:
        if files:
            raise InvalidRequest("Send one file in a request, and the others in their own.", "file")
        files.append(file)

    in_memory = {"MAX_MEMORY_FILE_SIZE": math.inf}
    try:
        parser = FormParser(
            "multipart/form-data", add_field, add_file, boundary=boundary, config=in_memory
        )
        async for chunk in body:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise invalid_form() from error
    if not files:
        return Form(fields, None, b"")
    files[0].file_object.seek(0)
    return Form(fields, _decoded(files[0].field_name), files[0].file_object.read())


def invalid_form() -> InvalidRequest:
    """The error for a body that can't be parsed."""
    return InvalidRequest(
        "The body isn't valid multipart/form-data. Let your HTTP library build it, "
        "with its own Content-Type header."
    )


def _decoded(text: bytes | None) -> str:
    """UTF-8, or Latin-1 where it isn't valid UTF-8."""
    text = text or b""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
