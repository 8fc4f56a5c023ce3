"""How much of a WebM or Matroska file is there, by the size of its segment (RFC 8794, RFC 9559)."""

from __future__ import annotations

from dataclasses import dataclass

SEGMENT = 0x1853_8067
"""The element that holds everything but a short header."""
MOST_BEFORE = 16
"""Elements looked at: the header, and padding or a checksum behind it."""
LONGEST_NUMBER = 8


@dataclass(frozen=True, slots=True)
class Element:
    name: int
    start: int
    """Of its content, in bytes from the start of the file."""
    size: int | None
    """In bytes; None while it's written, which it stays in a live recording."""


def data_share(file: bytes) -> float:
    """Bytes after the segment's header over the size stated there; at most 1.

    1 when the size isn't known or there is no segment.
    """
    position = 0
    for _ in range(MOST_BEFORE):
        element = _element(file, position)
        if element is None or not element.size:
            return 1.0
        if element.name == SEGMENT:
            return min(1.0, (len(file) - element.start) / element.size)
        position = element.start + element.size
    return 1.0


def _element(file: bytes, position: int) -> Element | None:
    """None where the file ends or makes no sense."""
    name_bytes = _number_bytes(file, position)
    size_bytes = _number_bytes(file, position + name_bytes)
    start = position + name_bytes + size_bytes
    if not name_bytes or not size_bytes:
        return None
    # The first bit that is set tells the length of a number. Names keep it, sizes don't.
    name = int.from_bytes(file[position : position + name_bytes], "big")
    largest = (1 << 7 * size_bytes) - 1
    size = int.from_bytes(file[start - size_bytes : start], "big") & largest
    return Element(name, start, None if size == largest else size)


def _number_bytes(file: bytes, position: int) -> int:
    """Length of the number at `position`: one byte, and one for each zero bit at its start. 0 when
    the file ends before it does.
    """
    if position >= len(file) or file[position] == 0:
        return 0
    length = LONGEST_NUMBER + 1 - file[position].bit_length()
    return length if position + length <= len(file) else 0
