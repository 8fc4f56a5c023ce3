"""The body of an upload: one audio file and text fields, parsed as they arrive, kept in memory.

Starlette's parser raises one exception for every problem, which only its English text identifies.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from sentivox.errors import InvalidRequest, UnreadableAudio
from sentivox.settings import IngressSettings
from sentivox.web.body_limit import too_large
from sentivox.web.http.form_parts import FormParts, Part


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


def _audio(file: Part | None, max_bytes: int) -> bytes:
    if file is None:
        raise InvalidRequest("Send a recording in a part named 'file', with a file name.", "file")
    if file.name != b"file":
        name = _decoded(file.name)[:60]
        raise InvalidRequest(f"The recording belongs in 'file', not in '{name}'.", name)
    if file.size > max_bytes:
        raise too_large(max_bytes)
    if not file.size:
        raise UnreadableAudio("The file is empty. Choose one with sound in it.")
    return file.content.getvalue()


async def _parse(
    body: AsyncIterator[bytes], boundary: bytes, max_fields: int
) -> tuple[Part | None, list[tuple[str, str]]]:
    """The file of a form, if there is one, and the names and values of its text fields.

    A page's form sends an empty file where none was chosen: beside another one it is left out.
    Raises InvalidRequest for a body that can't be parsed, more than one file, and more than
    `max_fields` other parts.
    """
    fields: list[Part] = []
    files: list[Part] = []

    def add(part: Part) -> None:
        if part.is_file and part.size:
            if any(file.size for file in files):
                raise InvalidRequest(
                    "Send one file in a request, and the others in their own.", "file"
                )
            files.insert(0, part)
        else:
            (files if part.is_file else fields).append(part)
        if len(fields) + len(files) - 1 > max_fields:
            raise InvalidRequest(f"Send at most {max_fields} fields beside the file.")

    try:
        parser = FormParts(boundary, add)
        async for chunk in body:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise _invalid_form() from error
    texts = [(_decoded(part.name), _decoded(part.content.getvalue())) for part in fields]
    return (files[0] if files else None), texts


def _invalid_form() -> InvalidRequest:
    return InvalidRequest(
        "The body isn't valid multipart/form-data. Let your HTTP library build it, "
        "with its own Content-Type header."
    )


def _decoded(text: bytes) -> str:
    """UTF-8, or Latin-1 where it isn't valid UTF-8."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
