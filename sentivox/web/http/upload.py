"""The body of an upload: one audio file and text fields beside it."""

from __future__ import annotations

from contextlib import aclosing

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from sentivox.errors import InvalidRequest, UnreadableAudio
from sentivox.settings import IngressSettings
from sentivox.web.body_limit import too_large
from sentivox.web.http.multipart import Form, invalid_form, parse_multipart


async def read_upload(request: Request, settings: IngressSettings) -> Form:
    """The form of a request, with an audio file. Raises InvalidRequest, AudioTooLarge, and
    UnreadableAudio for an empty file.
    """
    kind, parameters = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise InvalidRequest("Send the recording as multipart/form-data, in a part named 'file'.")
    if parameters.get(b"charset", b"utf-8").lower() != b"utf-8":
        # Text in other encodings can have characters that JSON can't.
        raise InvalidRequest("Send the form's text in UTF-8.")
    if b"boundary" not in parameters:
        raise invalid_form()
    async with aclosing(request.stream()) as body:
        form = await parse_multipart(body, parameters[b"boundary"], settings.max_fields)
    if form.file_name is None:
        raise InvalidRequest("Send a recording in a part named 'file', with a file name.", "file")
    if form.file_name != "file":
        name = form.file_name[:60]
        raise InvalidRequest(f"The recording belongs in 'file', not in '{name}'.", name)
    if len(form.file) > settings.max_upload_bytes:
        raise too_large(settings.max_upload_bytes)
    if not form.file:
        raise UnreadableAudio("The file is empty. Choose one with sound in it.")
    return form
