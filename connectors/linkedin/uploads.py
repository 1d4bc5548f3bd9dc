"""Files on their way to LinkedIn: what is asked, and what the answers say; pure functions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from connectors.linkedin.manifest import MANIFEST
from connectors.linkedin.mapping import require_title
from connectors.sdk.errors import ProtocolViolation, Rejected
from connectors.sdk.models import Media, MediaKind

#: The resource of each kind of file; the singular, which is our own word for the kind, names its id in answers.
RESOURCES: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: "images",
    MediaKind.VIDEO: "videos",
    MediaKind.DOCUMENT: "documents",
}


class UploadState(StrEnum):
    """How far LinkedIn is with a file."""

    WAITING_UPLOAD = "WAITING_UPLOAD"
    PROCESSING = "PROCESSING"
    AVAILABLE = "AVAILABLE"
    PROCESSING_FAILED = "PROCESSING_FAILED"


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `first` to `last`, both included, and where they go."""

    #: Signed: who has it may write.
    address: str = field(repr=False)
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one file: its id, and where its bytes go."""

    urn: str
    parts: tuple[Part, ...]
    token: str = field(default="", repr=False)


def not_accepted(words: str, *, detail: str = "", vendor_code: str | None = None) -> Rejected:
    """A file that LinkedIn does not take."""
    return Rejected("media_not_accepted", words, detail=detail, vendor_code=vendor_code)


def require_accepted(media: Media) -> None:
    """Raises Rejected for a type or size that the manifest does not name, and for a document without a title."""
    limit = MANIFEST.media_limit(media.kind)
    content_type = media.content_type.partition(";")[0].strip().lower()
    if limit is None or content_type not in limit.content_types:
        raise not_accepted(f"LinkedIn takes no {media.kind.value} of the type {content_type}.")
    if len(media.data) > limit.max_bytes:
        raise not_accepted(
            f"This {media.kind.value} has {len(media.data):,} bytes; LinkedIn takes at most {limit.max_bytes:,}."
        )
    if media.kind is MediaKind.DOCUMENT:
        require_title(media.title)


def initialize_body(media: Media, *, owner: str) -> dict[str, object]:
    """Asks for a place; the owner must be the author of the later post."""
    asked: dict[str, object] = {"owner": owner}
    if media.kind is MediaKind.VIDEO:
        asked |= {"fileSizeBytes": len(media.data), "uploadCaptions": False, "uploadThumbnail": False}
    return {"initializeUploadRequest": asked}


def read_slot(answer: Mapping[str, object], media: Media) -> Slot:
    """The place that LinkedIn gave; raises ProtocolViolation when its parts are not the whole file, in order."""
    value = answer.get("value")
    if not isinstance(value, dict):
        raise ProtocolViolation("an upload answer without value")
    urn = value.get(media.kind.value)
    if not isinstance(urn, str) or not urn.startswith(f"urn:li:{media.kind.value}:"):
        raise ProtocolViolation(f"an upload answer without the id of the {media.kind.value}")
    size = len(media.data)
    if media.kind is not MediaKind.VIDEO:
        return Slot(urn, (Part(_address(value.get("uploadUrl")), 0, size - 1),))
    given = value.get("uploadInstructions")
    token = value.get("uploadToken", "")
    if not isinstance(given, list) or not isinstance(token, str):
        raise ProtocolViolation("an upload answer without instructions")
    parts = tuple(_part(one) for one in given)
    next_byte = 0
    for part in parts:
        if part.first != next_byte or part.last < part.first:
            raise ProtocolViolation("upload instructions that leave out a part of the file")
        next_byte = part.last + 1
    if next_byte != size:
        raise ProtocolViolation("upload instructions that are not about the whole file")
    return Slot(urn, parts, token)


def _part(value: object) -> Part:
    if not isinstance(value, dict):
        raise ProtocolViolation("an upload instruction that is not an object")
    first, last = value.get("firstByte"), value.get("lastByte")
    if isinstance(first, bool) or isinstance(last, bool) or not isinstance(first, int) or not isinstance(last, int):
        raise ProtocolViolation("an upload instruction without its bytes")
    return Part(_address(value.get("uploadUrl")), first, last)


def _address(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
        raise ProtocolViolation("an upload answer without an address")
    return value


def require_known_host(address: str, *, ours: Collection[str], hosts: Collection[str]) -> None:
    """Raises ProtocolViolation for an address that neither the file nor the person's token should be sent to."""
    try:
        parts = urlsplit(address)
        where = (parts.scheme, parts.netloc.lower())
        known = where in {(base.scheme, base.netloc.lower()) for base in map(urlsplit, ours)}
        known = known or (parts.scheme == "https" and parts.netloc.lower() in {host.lower() for host in hosts})
    except ValueError:
        known = False
    if not known:
        raise ProtocolViolation("an upload address on a host that is neither LinkedIn's nor in “upload_hosts”")


def target(address: str) -> bytes:
    """What of an address goes onto the wire: all behind the host, as it stands there."""
    _, _, rest = address.partition("://")
    return rest[rest.find("/") :].encode() if "/" in rest else b""


def finalize_body(slot: Slot, part_ids: list[str]) -> dict[str, object]:
    """Says that all parts are there; their ids in the order of the file."""
    return {
        "finalizeUploadRequest": {"video": slot.urn, "uploadToken": slot.token, "uploadedPartIds": part_ids},
    }


def read_state(answer: Mapping[str, object]) -> UploadState:
    """How far LinkedIn is; raises ProtocolViolation for a state that we do not know."""
    try:
        return UploadState(str(answer.get("status")))
    except ValueError:
        raise ProtocolViolation("an upload in a state that we do not know") from None
