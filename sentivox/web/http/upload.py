"""A multipart body, read within limits: one file in memory and the text fields beside it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from sentivox.errors import InvalidRequest, UnreadableAudio
from sentivox.settings import IngressSettings
from sentivox.web.body_limit import too_large

MAX_FIELD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    audio: bytes
    fields: tuple[tuple[str, str], ...]
    """Names and values in the order they were sent; names may repeat."""


class _MemoryParser(MultiPartParser):
    spool_max_size = 0
    """Never to disk: the body is bounded already, and the root file system may be read-only."""


async def read_upload(request: Request, settings: IngressSettings) -> Upload:
    """Raises InvalidRequest, AudioTooLarge or UnreadableAudio (an empty file)."""
    kind, parameters = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise InvalidRequest("Send the recording as multipart/form-data, in a part named 'file'.")
    if parameters.get(b"charset", b"utf-8").lower() != b"utf-8":
        # Others could spell what no JSON can hold.
        raise InvalidRequest("Send the form's text in UTF-8.")
    form = await _parse(request, settings)
    files = [(name, part) for name, part in form.multi_items() if isinstance(part, UploadFile)]
    fields = [(name, part) for name, part in form.multi_items() if isinstance(part, str)]
    try:
        audio = await _only_audio(files, settings)
    finally:
        await form.close()
    return Upload(audio, tuple(fields))


async def _parse(request: Request, settings: IngressSettings) -> FormData:
    async with aclosing(request.stream()) as body:
        parser = _MemoryParser(
            request.headers,
            body,
            max_files=1,
            max_fields=settings.max_fields,
            max_part_size=MAX_FIELD_BYTES,
        )
        try:
            return await parser.parse()
        except MultiPartException as error:
            raise _refusal(error, settings) from error


async def _only_audio(files: list[tuple[str, UploadFile]], settings: IngressSettings) -> bytes:
    if not files:
        raise InvalidRequest("Send a recording in a part named 'file', with a file name.", "file")
    name, file = files[0]
    if name != "file":
        raise InvalidRequest(f"The recording belongs in 'file', not in '{name[:60]}'.", name[:60])
    if (file.size or 0) > settings.max_upload_bytes:
        raise too_large(settings.max_upload_bytes)
    audio = await file.read()
    if not audio:
        raise UnreadableAudio("The file is empty. Choose one with sound in it.")
    return audio


def _refusal(error: MultiPartException, settings: IngressSettings) -> InvalidRequest:
    """The parser's complaints, told apart by how they begin."""
    if error.message.startswith("Too many files"):
        return InvalidRequest("Send one file in a request, and the others in their own.", "file")
    if error.message.startswith("Too many fields"):
        return InvalidRequest(f"Send at most {settings.max_fields} fields beside the file.")
    if error.message.startswith("Part exceeded"):
        return InvalidRequest(f"A text field is longer than {MAX_FIELD_BYTES // 1024} KiB.")
    return InvalidRequest(
        "The body isn't valid multipart/form-data. Let your HTTP library build it, "
        "with its own Content-Type header."
    )
