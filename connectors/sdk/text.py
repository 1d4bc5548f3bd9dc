"""Texts on their way to a vendor: counted as the vendor counts, joined without mixing directions, never altered.

What a person wrote goes out character by character. Several of our fields in one of the vendor's are paragraphs of
their own (`join`), each with its own direction. A piece within a sentence is isolated (`isolate`), so that a Latin name
or a number turns nothing of a Hebrew sentence around (Unicode Standard Annex 9, isolates).
"""

from connectors.sdk.errors import Rejected
from connectors.sdk.manifest import TextUnit

_FIRST_STRONG_ISOLATE = "\u2068"
_POP_ISOLATE = "\u2069"
_ISOLATES = "\u2066\u2067\u2068"


def count(text: str, unit: TextUnit) -> int:
    """The length of a text in what a vendor counts."""
    match unit:
        case TextUnit.CODE_POINTS:
            return len(text)
        case TextUnit.UTF16_UNITS:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case TextUnit.UTF8_BYTES:
            return len(text.encode("utf-8", "surrogatepass"))


def require_fits(text: str, *, most: int, unit: TextUnit, field: str = "text") -> None:
    """Raises Rejected with code `text_too_long`, with both lengths, so that its author can shorten it; we never do."""
    length = count(text, unit)
    if length > most:
        raise Rejected("text_too_long", f"The {field} has {length} characters; at most {most} are taken.")


def require_sendable(text: str, *, field: str = "text") -> None:
    """Raises Rejected with code `text_not_sendable` for half a character or a NUL, which no document can carry."""
    if any("\ud800" <= char <= "\udfff" for char in text) or "\x00" in text:
        raise Rejected(
            "text_not_sendable", f"The {field} holds half of a character or a character zero; please retype it."
        )


def isolate(piece: str) -> str:
    """A piece that neither takes nor gives direction when it is put into a text of another one."""
    depth = 0
    for char in piece:
        if char in _ISOLATES:
            depth += 1
        elif char == _POP_ISOLATE and depth:
            depth -= 1
    # What the piece opened and did not close would swallow all that follows.
    return f"{_FIRST_STRONG_ISOLATE}{piece}{_POP_ISOLATE * (depth + 1)}"


def join(*pieces: str | None, between: str = "\n\n") -> str:
    """Paragraphs of one text, without those that are empty. Each is a paragraph of its own direction by itself."""
    return between.join(piece for piece in pieces if piece)
