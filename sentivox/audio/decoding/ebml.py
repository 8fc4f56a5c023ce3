"""Truncation of WebM and Matroska files, from the segment's stated size (RFC 8794, RFC 9559)."""

from __future__ import annotations

from dataclasses import dataclass

SEGMENT = 0x1853_8067
"""ID of the element that holds everything but a short header."""
MAX_ELEMENTS = 16
"""Elements searched for the segment: the header, then padding or a checksum."""
MAX_NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Element:
    """An EBML element's header."""

    name: int
    start: int
    """Start of the content, in bytes from the start of the file."""
    size: int | None
    """Size of the content in bytes; None if unknown, as in a live recording."""


def received_fraction(file: bytes) -> float:
    """Bytes after the segment's header over the size stated there, at most 1.

    1 when the size is unknown or there is no segment.
    """
    position = 0
    for _ in range(MAX_ELEMENTS):
        element = _element(file, position)
        if element is None or not element.size:
            return 1.0
        if element.name == SEGMENT:
            return min(1.0, (len(file) - element.start) / element.size)
        position = element.start + element.size
    return 1.0


def _element(file: bytes, position: int) -> Element | None:
    """The element at a position; None at the end of the file and for an invalid header."""
    name_bytes = _number_bytes(file, position)
    size_bytes = _number_bytes(file, position + name_bytes)
    start = position + name_bytes + size_bytes
    if not name_bytes or not size_bytes:
        return None
    # The first set bit marks the length of a number. It is part of a name and not of a size.
    name = int.from_bytes(file[position : position + name_bytes], "big")
    largest = (1 << 7 * size_bytes) - 1
    size = int.from_bytes(file[start - size_bytes : start], "big") & largest
    return Element(name, start, None if size == largest else size)


def _number_bytes(file: bytes, position: int) -> int:
    """Length in bytes of the number at `position`: 1 + its leading zero bits; 0 when the file ends
    before the number does.
    """
    if position >= len(file) or file[position] == 0:
        return 0
    length = MAX_NUMBER_BYTES + 1 - file[position].bit_length()
    return length if position + length <= len(file) else 0
