"""What a file is, by its content and by reading it through; what is kept of it. Pure, no I/O; call it in a thread.

Pictures are decoded and written anew, so that nothing of what came (EXIF, places, thumbnails, hidden bytes) is left.
Documents are looked through and refused if they can do something; videos are taken apart down to their boxes, and what
they say about where and by whom they were made is blanked.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import puremagic
from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from services.core.assets.errors import FileRefused
from services.core.assets.models import AssetKind
from services.core.assets.names import KIND_NAMES
from services.core.kit.errors import FieldProblem
from services.core.kit.texts import Text

_MIB = 1024 * 1024
#: How many bytes of each kind are taken.
MAX_BYTES = {AssetKind.IMAGE: 10 * _MIB, AssetKind.DOCUMENT: 20 * _MIB, AssetKind.VIDEO: 64 * _MIB}
LARGEST = max(MAX_BYTES.values())
#: Below the 36,152,320 pixels that LinkedIn takes; the least of the networks we know.
MAX_PIXELS = 36_000_000
MAX_FRAMES = 300
#: All pictures of an animation together: it is decoded whole.
MAX_ANIMATION_PIXELS = 100_000_000
MAX_PAGES = 300
_MAX_UNPACKED = 64 * _MIB

# A picture that says it is larger is refused before it is decoded; twice as large is Pillow's own error.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

_MIME = {
    "image/jpeg": AssetKind.IMAGE,
    "image/png": AssetKind.IMAGE,
    "image/gif": AssetKind.IMAGE,
    "image/webp": AssetKind.IMAGE,
    "application/pdf": AssetKind.DOCUMENT,
    "video/mp4": AssetKind.VIDEO,
}
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "application/pdf": "pdf", "video/mp4": "mp4",
}  # fmt: skip

_UNKNOWN = Text(
    en="This is no picture (JPEG, PNG, GIF, WebP), PDF or MP4 video, whatever its name says.",
    he="זו אינה תמונה (JPEG, PNG, GIF, WebP), קובץ PDF או סרטון MP4, יהיה שמו אשר יהיה.",
)
_TOO_LARGE = Text(
    en="A file of the kind {kind} may have {limit} bytes; this one has {size}. Make it smaller.",
    he="קובץ מסוג {kind} יכול להכיל עד {limit} בתים; בקובץ זה {size}. יש להקטין אותו.",
)
_BROKEN = Text(
    en="The file is damaged or cut off. Save it anew and send it again.",
    he="הקובץ פגום או קטוע. יש לשמור אותו מחדש ולשלוח שוב.",
)
_PIXELS = Text(
    en="The picture has more than {limit} pixels. Make it smaller.", he="בתמונה יותר מ-{limit} פיקסלים. יש להקטין אותה."
)
_FRAMES = Text(
    en="The animation is too long: at most {limit} pictures. Make it shorter or smaller, or send a video.",
    he="האנימציה ארוכה מדי: עד {limit} תמונות. יש לקצר או להקטין אותה, או לשלוח סרטון.",
)
_ANIMATED = Text(
    en="Of animations only GIF is taken. Save it as GIF, or as a still picture.",
    he="מבין האנימציות רק GIF מתקבלת. יש לשמור כ-GIF, או כתמונה רגילה.",
)
_ACTIVE = Text(
    en="The PDF contains {what}, which may do something when it is opened. Print it to a plain PDF and send that.",
    he="קובץ ה-PDF מכיל {what}, שעלול לבצע פעולות בפתיחתו. יש להדפיס אותו ל-PDF רגיל ולשלוח.",
)
_PAGES = Text(
    en="The PDF has more than {limit} pages, or none that can be counted. Send a shorter one.",
    he="ב-PDF יותר מ-{limit} עמודים, או שלא ניתן לספור אותם. יש לשלוח קובץ קצר יותר.",
)


@dataclass(frozen=True)
class Checked:
    """A file as it is kept and shown."""

    kind: AssetKind
    content_type: str
    data: bytes
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    pages: int | None = None
    duration_ms: int | None = None

    @property
    def sha256(self) -> str:
        """Of the kept bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def own_name(sha256: str, content_type: str) -> str:
    """The name a file has with us and with those who are given it; what it was called before is not kept."""
    return f"{sha256[:16]}.{_ENDINGS[content_type]}"


def check(data: bytes) -> Checked:
    """Read a file through and give what is kept of it; raise FileRefused with what to do."""
    content_type = _type_of(data)
    kind = _MIME[content_type]
    if len(data) > MAX_BYTES[kind]:
        raise _refused("file_too_large", _TOO_LARGE, kind=KIND_NAMES[kind], limit=MAX_BYTES[kind], size=len(data))
    match kind:
        case AssetKind.IMAGE:
            return _image(data, content_type)
        case AssetKind.DOCUMENT:
            return _document(data)
        case AssetKind.VIDEO:
            return _video(data)


def _refused(code: str, message: Text, **values: object) -> FileRefused:
    return FileRefused(problems=[FieldProblem("", code, message, values)])


def _type_of(data: bytes) -> str:
    try:
        found = {match.mime_type for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        found = set()
    # What is named first is tried first; none of these begins like another.
    for content_type in _MIME:
        if content_type in found and _begins_like(data, content_type):
            return content_type
    raise _refused("unknown_file", _UNKNOWN)


def _begins_like(data: bytes, content_type: str) -> bool:
    match content_type:
        case "image/jpeg":
            return data.startswith(b"\xff\xd8\xff")
        case "image/png":
            return data.startswith(b"\x89PNG\r\n\x1a\n")
        case "image/gif":
            return data.startswith((b"GIF87a", b"GIF89a"))
        case "image/webp":
            return data[:4] == b"RIFF" and data[8:12] == b"WEBP"
        case "application/pdf":
            return data.startswith(b"%PDF-")
        case _:
            return data[4:8] == b"ftyp"


def _image(data: bytes, content_type: str) -> Checked:
    wanted = content_type.removeprefix("image/").upper()
    try:
        with Image.open(io.BytesIO(data), formats=(wanted,)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _refused("too_many_pixels", _PIXELS, limit=MAX_PIXELS)
            frames = int(getattr(image, "n_frames", 1))
            if frames > 1 and wanted != "GIF":
                raise _refused("animation_not_taken", _ANIMATED)
            if frames > MAX_FRAMES or frames * image.width * image.height > max(MAX_ANIMATION_PIXELS, MAX_PIXELS):
                raise _refused("animation_too_long", _FRAMES, limit=MAX_FRAMES)
            size, kept, kept_type = _written_anew(image, frames)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refused("too_many_pixels", _PIXELS, limit=MAX_PIXELS) from None
    # Pillow's readers raise whatever a damaged file makes them trip over.
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, IndexError, struct.error, zlib.error, EOFError):
        raise _refused("file_damaged", _BROKEN) from None
    if len(kept) > MAX_BYTES[AssetKind.IMAGE]:
        limit = MAX_BYTES[AssetKind.IMAGE]
        raise _refused("file_too_large", _TOO_LARGE, kind=KIND_NAMES[AssetKind.IMAGE], limit=limit, size=len(kept))
    return Checked(AssetKind.IMAGE, kept_type, kept, width=size[0], height=size[1], frames=frames)


def _written_anew(image: Image.Image, frames: int) -> tuple[tuple[int, int], bytes, str]:
    out = io.BytesIO()
    if image.format == "GIF":
        pictures, times = [], []
        for frame in ImageSequence.Iterator(image):
            times.append(max(20, min(60_000, int(frame.info.get("duration") or 100))))
            pictures.append(_bare(frame.convert("RGBA")))
        first, rest = pictures[0], pictures[1:]
        more = {"save_all": True, "append_images": rest, "duration": times, "loop": 0, "disposal": 2} if rest else {}
        first.save(out, "GIF", **more)
        return first.size, out.getvalue(), "image/gif"
    image.load()
    # How a camera was held is in what is thrown away, so the picture itself is turned.
    picture = ImageOps.exif_transpose(image)
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    picture = _in_common_colours(picture, "RGBA" if has_alpha else "RGB")
    if image.format == "JPEG" or (image.format == "WEBP" and not has_alpha):
        picture.save(out, "JPEG", quality=90, optimize=True)
        return picture.size, out.getvalue(), "image/jpeg"
    picture.save(out, "PNG", optimize=False)
    return picture.size, out.getvalue(), "image/png"


def _in_common_colours(picture: Image.Image, mode: str) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(picture, source, target, outputMode="RGB" if mode == "RGB" else mode)
            picture = turned if turned is not None else picture
        # A profile that cannot be used is like none.
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return _bare(picture if picture.mode == mode else picture.convert(mode))


def _bare(picture: Image.Image) -> Image.Image:
    """The same pixels, and nothing that came along with them."""
    bare = picture.copy()
    bare.info = {}
    return bare


#: What a PDF can do by itself, by the names that its makers give it.
_ACTIONS = {
    "JavaScript": "JavaScript", "JS": "JavaScript", "Launch": "Launch", "EmbeddedFile": "EmbeddedFile",
    "RichMedia": "RichMedia", "XFA": "XFA", "SubmitForm": "SubmitForm", "ImportData": "ImportData",
    "Encrypt": "Encrypt", "GoToR": "GoToR", "GoToE": "GoToE",
}  # fmt: skip
_NAME = re.compile(rb"/([A-Za-z#][A-Za-z0-9#]*)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PAGE_COUNT = re.compile(rb"/Count\s+(\d{1,9})")
_STREAM = re.compile(rb"<<((?:(?!stream\b).){0,4000}?)>>\s*stream\r?\n", re.DOTALL)


def _document(data: bytes) -> Checked:
    if b"%%EOF" not in data[-2048:] or b"startxref" not in data[-4096:]:
        raise _refused("file_damaged", _BROKEN)
    counts = []
    for part in _pdf_parts(data):
        for name in _NAME.finditer(part):
            plain = _ESCAPE.sub(lambda hexed: bytes([int(hexed[1], 16)]), name[1]).decode("latin-1")
            if plain in _ACTIONS:
                raise _refused("active_document", _ACTIVE, what=_ACTIONS[plain])
        counts += [int(count[1]) for count in _PAGE_COUNT.finditer(part)]
    pages = max(counts, default=0)
    if not 1 <= pages <= MAX_PAGES:
        raise _refused("too_many_pages", _PAGES, limit=MAX_PAGES)
    return Checked(AssetKind.DOCUMENT, "application/pdf", data, pages=pages)


def _pdf_parts(data: bytes) -> Iterator[bytes]:
    """Everything that is structure: what stands outside streams, and the packed objects inside some of them."""
    left = _MAX_UNPACKED
    at = 0
    for stream in _STREAM.finditer(data):
        if stream.start() < at:
            continue
        yield data[at : stream.end()]
        end = data.find(b"endstream", stream.end())
        if end < 0:
            raise _refused("file_damaged", _BROKEN)
        # Only these hold objects; pictures and pages are drawn, not done.
        if b"/ObjStm" in stream[1]:
            try:
                unpacked = zlib.decompressobj().decompress(data[stream.end() : end], left)
            except zlib.error:
                raise _refused("file_damaged", _BROKEN) from None
            left -= len(unpacked)
            if left <= 0:
                raise _refused("too_many_pages", _PAGES, limit=MAX_PAGES)
            yield unpacked
        at = end
    yield data[at:]


_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"qt  "}
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"}
#: What a phone writes down about where and when.
_TELLING = {b"udta", b"meta", b"uuid", b"loci", b"XMP_"}
_MOST_BOXES = 10_000


def _video(data: bytes) -> Checked:
    kept = bytearray(data)
    try:
        top = list(_boxes(data, 0, len(data)))
    except (ValueError, struct.error):
        raise _refused("file_damaged", _BROKEN) from None
    kinds = [kind for kind, _, _ in top]
    start, end = next(((start, end) for kind, start, end in top if kind == b"ftyp"), (0, 0))
    brands = {data[start + 8 : start + 12], *(data[at : at + 4] for at in range(start + 16, end, 4))}
    if not brands & _BRANDS or b"mdat" not in kinds or kinds.count(b"moov") != 1:
        raise _refused("unknown_file", _UNKNOWN)
    try:
        duration_ms, is_video = _look_through(data, kept, top)
    except (ValueError, struct.error, IndexError, ZeroDivisionError):
        raise _refused("file_damaged", _BROKEN) from None
    if not is_video:
        raise _refused("unknown_file", _UNKNOWN)
    return Checked(AssetKind.VIDEO, "video/mp4", bytes(kept), duration_ms=duration_ms)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes from ``start`` to ``end`` (ISO 14496-12); ValueError unless they fill it exactly."""
    count = 0
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        elif size == 0:
            size = end - start
        count += 1
        if size < header or start + size > end or count > _MOST_BOXES:
            raise ValueError("a box that does not fit")
        yield kind, start, start + size
        start += size


def _look_through(data: bytes, kept: bytearray, boxes: list[tuple[bytes, int, int]]) -> tuple[int | None, bool]:
    duration_ms, is_video = None, False
    todo = list(boxes)
    while todo:
        kind, start, end = todo.pop()
        if kind in _TELLING:
            # The same length, so that no place in the file moves: a free box of zeros.
            kept[start + 4 : start + 8] = b"free"
            kept[start + 8 : end] = bytes(end - start - 8)
        elif kind in _CONTAINERS:
            todo += _boxes(data, start + 8, end)
        elif kind == b"mvhd":
            scale, length = struct.unpack_from(
                ">IQ" if data[start + 8] == 1 else ">II", data, start + (28 if data[start + 8] == 1 else 20)
            )
            duration_ms = min(length * 1000 // scale, 2**31 - 1)
        elif kind == b"hdlr" and data[start + 16 : start + 20] == b"vide":
            is_video = True
    return duration_ms, is_video
