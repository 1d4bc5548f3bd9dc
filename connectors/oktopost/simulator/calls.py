"""A call of Oktopost's API as read, and how it is refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

_FORM = "application/x-www-form-urlencoded"
PAGE_SIZES = frozenset({25, 50, 100})


class Refusal(Exception):
    """`{"Result": false, "Errors": ...}`; without a status it is 200 or 400, as the options of the simulator say."""

    def __init__(self, errors: object, *, status: int | None = None) -> None:
        super().__init__("refused")
        self.errors = errors
        self.status = status


def api_error(text: str, *, status: int | None = None) -> Refusal:
    """The shape for what the API as a whole refuses."""
    return Refusal({"API": {"Error": text}}, status=status)


def param_error(name: str, text: str) -> Refusal:
    """The shape for one wrong parameter."""
    return Refusal({"Param": {name: text}})


@dataclass(frozen=True, slots=True)
class Call:
    """Query, form and id of one call, and what it makes the webhooks say afterwards."""

    verb: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    thing_id: str
    notices: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def require(self, *names: str) -> tuple[str, ...]:
        """Values of the query (GET, PUT) or the form; refuses the first one that is missing."""
        given = self.query if self.verb in {"get", "put"} else self.form
        for name in names:
            if not given.get(name):
                raise param_error(self.verb, f"Missing value for parameter {name}")
        return tuple(given[name] for name in names)

    def ids(self, name: str) -> list[str]:
        """A list of ids: separated by commas, or a JSON list."""
        value = self.form.get(name, "") or self.query.get(name, "")
        if value.startswith("["):
            parsed = self.nested(name)
            return [str(one) for one in parsed] if isinstance(parsed, list) else []
        return [one for one in value.split(",") if one]

    def nested(self, name: str) -> Any:
        """A nested value, which travels as a JSON string inside the form."""
        try:
            return json.loads(self.form.get(name) or "{}")
        except ValueError:
            raise param_error(name, f"`{name}` must be JSON") from None

    def epoch(self, name: str) -> datetime | None:
        """A time as seconds since 1970."""
        value = self.form.get(name)
        if not value:
            return None
        if not (value.isascii() and value.isdecimal() and len(value) < 12):
            raise param_error(name, f"`{name}` must be a unix timestamp")
        return datetime.fromtimestamp(int(value), tz=UTC)

    def flag(self, name: str) -> bool:
        """`true` or `1`."""
        return self.form.get(name, "").lower() in {"true", "1"}

    def page(self, sizes: frozenset[int]) -> slice:
        """The entries that are asked for: `_page` from 0, `_count` exactly one of the sizes."""
        number, size = self.query.get("_page", "0"), self.query.get("_count", "25")
        if not size.isdecimal() or int(size) not in sizes:
            raise param_error("_count", f"Page size {size} is not valid.")
        if not number.isdecimal():
            raise param_error("_page", f"Page {number} is not valid.")
        return slice(int(number) * int(size), (int(number) + 1) * int(size))


async def read_call(request: Request) -> Call:
    """Reads a call; refuses a body that is no form."""
    body = await request.body()
    if body and request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise api_error("Unsupported content type")
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError:
        raise api_error("The body can't be read") from None
    return Call(request.method.lower(), dict(request.query_params), form, request.path_params.get("thing_id", ""))


def stamp(moment: datetime) -> str:
    """A time as Oktopost prints it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def from_stamp(text: str) -> datetime:
    """The moment that was printed."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
