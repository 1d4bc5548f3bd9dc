"""Reading a list that is too long for one answer in memory: its items one by one, as they arrive."""

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2

from connectors.sdk.errors import ConfigurationInvalid, ConnectorError, ProtocolViolation, VendorUnavailable
from connectors.sdk.http import MAX_BODY_BYTES, Answer, ask_first

#: One item is never larger: what does not end by then is no list of people.
MAX_ITEM_CHARS = 1024 * 1024
_SPACE = " \t\r\n"
_decoder = json.JSONDecoder()


async def items_of(
    http: httpx2.AsyncClient,
    request: httpx2.Request,
    *,
    key: str,
    quiet_seconds: float,
    refuse: Callable[[Answer], ConnectorError],
) -> AsyncIterator[dict[str, object]]:
    """The objects of the array that the JSON object of an answer holds under `key`, which has no limit of size.

    `quiet_seconds` is how long the vendor may be silent, at the start or in between. `refuse` makes the error for an
    answer that is no success. Raises VendorUnavailable when it breaks off, ProtocolViolation when it cannot be read: a
    list that did not end is never taken for a short one.
    """
    await ask_first()
    # A long list may take longer to begin than the client is usually patient.
    waits = dict.fromkeys(("read", "write", "pool"), quiet_seconds)
    request.extensions = {**request.extensions, "timeout": {"connect": 5.0, **waits}}
    try:
        async with _sent(http, request, quiet_seconds=quiet_seconds) as response:
            if not 200 <= response.status_code < 300:
                body = await _short_body(response, quiet_seconds)
                raise refuse(Answer(response.status_code, response.headers, body))
            reader = _Reader(key)
            chunks = response.aiter_bytes()
            while True:
                async with asyncio.timeout(quiet_seconds):
                    chunk = await anext(chunks, None)
                for item in reader.feed(chunk):
                    yield item
                if chunk is None:
                    return
    except httpx2.UnsupportedProtocol as error:
        raise ConfigurationInvalid("the address has no scheme that we can speak") from error
    except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError) as error:
        raise VendorUnavailable(f"no whole answer: {type(error).__name__}") from error


@asynccontextmanager
async def _sent(
    http: httpx2.AsyncClient, request: httpx2.Request, *, quiet_seconds: float
) -> AsyncIterator[httpx2.Response]:
    async with asyncio.timeout(quiet_seconds):
        response = await http.send(request, stream=True, follow_redirects=False)
    try:
        yield response
    finally:
        await response.aclose()


async def _short_body(response: httpx2.Response, quiet_seconds: float) -> bytes:
    found = b""
    async with asyncio.timeout(quiet_seconds):
        async for chunk in response.aiter_bytes():
            found += chunk
            if len(found) > MAX_BODY_BYTES:
                break
    return found[:MAX_BODY_BYTES]


class _Reader:
    """A text that comes in pieces: before the array, inside it, behind it."""

    def __init__(self, key: str) -> None:
        self._start = re.compile(re.escape(json.dumps(key)) + r"\s*:\s*\[")
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._is_inside = self._is_behind = self._needs_comma = False

    def feed(self, chunk: bytes | None) -> list[dict[str, object]]:
        """The items that are whole by now; None is the end."""
        try:
            self._text += self._decode.decode(chunk or b"", final=chunk is None)
        except UnicodeDecodeError as error:
            raise ProtocolViolation("the list is not UTF-8") from error
        if not self._is_inside and not self._is_behind:
            found = self._start.search(self._text)
            if found is None:
                self._must_go_on(chunk)
                return []
            if not self._text.lstrip("\ufeff" + _SPACE).startswith("{"):
                raise ProtocolViolation("the answer is not a JSON object")
            self._text, self._is_inside = self._text[found.end() :], True
        items = self._items() if self._is_inside else []
        if self._is_inside:
            self._must_go_on(chunk)
        else:
            # What stands behind the list does not matter, but its end.
            self._text = self._text[-64:]
        if self._is_behind and chunk is None and not self._text.rstrip(_SPACE).endswith("}"):
            raise ProtocolViolation("the answer breaks off behind its list")
        return items

    def _items(self) -> list[dict[str, object]]:
        items: list[dict[str, object]] = []
        place = 0
        text = self._text
        while True:
            while place < len(text) and text[place] in _SPACE:
                place += 1
            if place == len(text):
                break
            if text[place] == "]":
                self._is_inside, self._is_behind = False, True
                place += 1
                break
            if self._needs_comma:
                if text[place] != ",":
                    raise ProtocolViolation("the list cannot be read")
                place, self._needs_comma = place + 1, False
                continue
            try:
                item, end = _decoder.raw_decode(text, place)
            except ValueError:
                break
            if not isinstance(item, dict):
                raise ProtocolViolation("the list holds something that is no object")
            items.append(item)
            place, self._needs_comma = end, True
        self._text = text[place:]
        return items

    def _must_go_on(self, chunk: bytes | None) -> None:
        if chunk is None or len(self._text) > MAX_ITEM_CHARS:
            raise ProtocolViolation("the answer has no whole list where it should")
