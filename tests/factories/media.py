"""Small files of each kind that posts can show, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

#: What must be gone from a picture that was taken in.
SECRET_PLACE = b"32.0853N 34.7818E of somebody's home"


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (64, 48), colour: str = "orange") -> bytes:
    """A picture with a camera's notes in it: where it was taken, how it was held, and a comment."""
    out = io.BytesIO()
    image = Image.new("RGB", size, colour)
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x0112] = 6
        exif[0x010E] = SECRET_PLACE.decode()
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "N", (32.0, 5.0, 7.0)
        image.save(out, "JPEG", exif=exif, comment=SECRET_PLACE)
    elif kind == "PNG":
        image.save(out, "PNG")
        data = out.getvalue()
        text = b"tEXtComment\0" + SECRET_PLACE
        chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
        return data[:33] + chunk + data[33:]
    elif kind == "GIF":
        frames = [Image.new("RGB", size, one) for one in ("red", "green", "blue")]
        image.save(out, "GIF", save_all=True, append_images=frames, duration=80, comment=SECRET_PLACE)
    else:
        image.save(out, kind)
    return out.getvalue()


def document(*, pages: int = 2, extra: bytes = b"") -> bytes:
    """A plain PDF."""
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % extra,
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
    ]
    objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"] * pages
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def video(*, seconds: int = 3, size: int = 80_000) -> bytes:
    """An MP4 container with a video track and a phone's note of where it was made; nothing in it can be played."""

    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", len(body) + 8, kind) + body

    head = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80))
    handler = box(b"hdlr", struct.pack(">II4s", 0, 0, b"vide") + bytes(13))
    track = box(b"trak", box(b"mdia", handler))
    moov = box(b"moov", head + track + box(b"udta", box(b"\xa9xyz", SECRET_PLACE)))
    return box(b"ftyp", b"isom" + struct.pack(">I", 512) + b"isomiso2mp41") + moov + box(b"mdat", bytes(size))
