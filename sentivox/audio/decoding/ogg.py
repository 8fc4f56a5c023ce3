"""Chained Ogg files: several streams one after another, each with headers of its own (RFC 3533,
section 4). FFmpeg decodes the first one's format only, so each link is read as a file.
"""

from __future__ import annotations

import struct

PAGE = struct.Struct("<4sBBqIIIB")
"""Capture pattern, version, flags, granule position, serial number, page number, checksum, and
number of segments."""
CAPTURE = b"OggS"
FIRST_OF_STREAM = 2


def links(file: bytes) -> list[bytes]:
    """The links of a chain; the file itself if it is one."""
    starts = []
    in_headers = False
    position = file.find(CAPTURE)
    while position >= 0 and position + PAGE.size <= len(file):
        _, version, flags, *_, segments = PAGE.unpack_from(file, position)
        body = position + PAGE.size + segments
        if version:  # not a page: the pattern occurs in the data
            position = file.find(CAPTURE, position + 1)
            continue
        begins = bool(flags & FIRST_OF_STREAM)
        # The first pages of all streams of a link come together.
        if begins and not in_headers:
            starts.append(position)
        in_headers = begins
        end = body + sum(file[position + PAGE.size : body])
        position = file.find(CAPTURE, min(end, len(file)))
    if len(starts) < 2:
        return [file]
    ends = [*starts[1:], len(file)]
    return [file[start:end] for start, end in zip(starts, ends, strict=True)]
