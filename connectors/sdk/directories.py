"""What connectors of HR systems have in common: reading values, noticing what is not shown, sorting refusals."""

import base64
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date, datetime, timedelta

from connectors.sdk.errors import (
    ConfigurationInvalid,
    ConnectorError,
    ProtocolViolation,
    RateLimited,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.models import Context, DirectoryPage, DirectoryPerson

#: How many people a page has where the vendor sends all at once.
PAGE = 500
#: Changes are asked for from so long before the last read: clocks differ, and vendors' pages shift.
OVERLAP = timedelta(minutes=10)
_DEFAULT_WAIT = timedelta(seconds=60)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def basic_auth(user: str, password: str) -> str:
    """The value of the header Authorization for HTTP Basic (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def text_of(value: object) -> str:
    """A vendor's value as text; an object, a list or nothing is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def day_of(value: object) -> str:
    """A vendor's day as ISO 8601, also out of a moment; what is no day of the calendar (0000-00-00) is none."""
    found = _DAY.match(text_of(value))
    try:
        return date.fromisoformat(found.group()).isoformat() if found else ""
    except ValueError:
        return ""


def address_of(value: object) -> str:
    """An address of a picture or a page, if it is one that a browser may open."""
    text = text_of(value)
    return text if text.startswith("https://") else ""


def cursor_at(moment: datetime) -> str:
    """A cursor of a vendor whose changes are asked for by time, with room for clocks that differ."""
    return (moment - OVERLAP).isoformat(timespec="seconds").replace("+00:00", "Z")


async def pages_of(
    items: AsyncIterator[dict[str, object]],
    person: Callable[[Mapping[str, object]], DirectoryPerson | None],
    *,
    asked: frozenset[str],
    is_full: bool,
    cursor: str | None = None,
) -> AsyncIterator[DirectoryPage]:
    """Pages out of a vendor's items; `person` reads one, None is one that is left out.

    Raises ProtocolViolation for somebody without an id. Who comes twice is told once; the last page says of which of
    the `asked` fields nobody had anything.
    """
    page: list[DirectoryPerson] = []
    seen: set[str] = set()
    shown: set[str] = set()
    async for item in items:
        try:
            one = person(item)
        except ValueError as error:
            raise ProtocolViolation(f"an employee that cannot be read: {error}") from error
        if one is None or one.external_id in seen:
            continue
        seen.add(one.external_id)
        shown |= {name for name, value in one.values.items() if value}
        page.append(one)
        if len(page) == PAGE:
            yield DirectoryPage(people=tuple(page), is_full=is_full)
            page = []
    yield DirectoryPage(
        people=tuple(page), is_full=is_full, cursor=cursor, hidden_fields=asked - shown if seen else frozenset()
    )


def retry_at(answer: Answer, *, now: datetime) -> datetime:
    """Retry-After in seconds where there is one, else in a minute."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal() and 0 < len(value) < 7:
        return now + max(timedelta(seconds=int(value)), timedelta(seconds=1))
    return now + _DEFAULT_WAIT


def refusal(answer: Answer, *, ctx: Context, system: str) -> ConnectorError:
    """The error for an answer that is no success. The vendor's words are left out: they may name people."""
    detail = f"{system} answered {answer.status}"
    match answer.status:
        case 401:
            return ConfigurationInvalid(
                detail,
                message=f"{system} does not take the key or password (any more); an administrator must renew it.",
            )
        case 403:
            return ConfigurationInvalid(
                detail,
                message=f"{system} does not let this access read people; an administrator must allow it there.",
            )
        case 404:
            return ConfigurationInvalid(
                detail, message=f"{system} does not know this address; an administrator must check the settings."
            )
        case 429:
            return RateLimited(retry_at(answer, now=ctx.now()), detail)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail)
    return ProtocolViolation(detail)
