"""The body of an upload: one audio file and text fields, parsed as they arrive, kept in memory.

Starlette's parser raises one exception for every problem, which only its English text identifies.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header
from starlette.requests import Request

from sentivox.errors import InvalidRequest, UnreadableAudio
from sentivox.settings import IngressSettings
from sentivox.web.body_limit import too_large

MAX_FIELD_BYTES = 64 * 1024
"""Longest text field."""


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    audio: bytes
    fields: list[tuple[str, str]]
    """Names and values in the order they were sent; names may repeat."""


async def read_upload(request: Request, settings: IngressSettings) -> Upload:
    """The upload of a request. Raises InvalidRequest, AudioTooLarge, and UnreadableAudio for an
    empty file.
    """
    kind, parameters = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise InvalidRequest("Send the recording as multipart/form-data, in a part named 'file'.")
    if parameters.get(b"charset", b"utf-8").lower() != b"utf-8":
        # Text in other encodings can have characters that JSON can't.
        raise InvalidRequest("Send the form's text in UTF-8.")
    if b"boundary" not in parameters:
        raise _invalid_form()
    async with aclosing(request.stream()) as body:
        file, fields = await _parse(body, parameters[b"boundary"], settings.max_fields)
    return Upload(_audio(file, settings.max_upload_bytes), fields)


def _audio(file: File | None, max_bytes: int) -> bytes:
    if file is None:
        raise InvalidRequest("Send a recording in a part named 'file', with a file name.", "file")
    if file.field_name != b"file":
        name = _decoded(file.field_name)[:60]
        raise InvalidRequest(f"The recording belongs in 'file', not in '{name}'.", name)
    if file.size > max_bytes:
        raise too_large(max_bytes)
    if not file.size:
        raise UnreadableAudio("The file is empty. Choose one with sound in it.")
    file.file_object.seek(0)
    return file.file_object.read()


async def _parse(
    body: AsyncIterator[bytes], boundary: bytes, max_fields: int
) -> tuple[File | None, list[tuple[str, str]]]:
    """The file of a form, if there is one, and the names and values of its text fields.

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
        raise _invalid_form() from error
    return (files[0] if files else None), fields


def _invalid_form() -> InvalidRequest:
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
