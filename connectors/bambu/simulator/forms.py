"""What came in forms: multipart for files, and the token endpoint's own."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form."""

    name: str
    filename: str | None
    content_type: str
    data: bytes


def parse_multipart(content_type: str, body: bytes) -> list[Part]:
    """The parts of a form; raises ValueError for what is none."""
    match = re.fullmatch(r'multipart/form-data;\s*boundary="?([^";]+)"?', content_type, re.IGNORECASE)
    if match is None:
        raise ValueError("not multipart/form-data with a boundary")
    mark = b"--" + match[1].encode("latin-1")
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise ValueError("a form that does not end")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, found, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not found:
        raise ValueError("a part without an end of its headers")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    }
    disposition = headers.get("content-disposition", "")
    name = re.search(r'[; ]name="([^"]*)"', disposition)
    filename = re.search(r'filename="([^"]*)"', disposition)
    return Part(
        name=name[1] if name else "",
        filename=filename[1] if filename else None,
        content_type=headers.get("content-type", "text/plain"),
        data=data,
    )
