"""Many operations in one request, each with a transaction of its own (RFC 7644 section 3.7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from services.api.scim.discovery import MOST_BULK_OPERATIONS
from services.api.scim.errors import document
from services.api.scim.handlers import Answer
from services.core.kit.errors import TooLarge
from services.core.kit.texts import Text
from services.core.scim.errors import InvalidSyntax

_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
_REFERENCE = "bulkId:"
_METHODS = ("POST", "PUT", "PATCH", "DELETE")


class TooManyOperations(TooLarge):
    """More operations than one request may have."""

    code = "too_many_operations"
    detail = Text(en="Send at most {limit} operations.", he="ניתן לשלוח עד {limit} פעולות.")


@dataclass(frozen=True)
class Operation:
    """One operation, its references not yet resolved."""

    method: str
    path: str
    bulk_id: str | None
    version: str | None
    data: Any

    def references(self) -> set[str]:
        """The operations whose results it needs."""
        return set(_references(self.data)) | set(_references(self.path.rpartition("/")[2]))


async def run(body: Any, do: Callable[[Operation], Awaitable[Answer]]) -> Answer:
    """Do every operation, those that others refer to first; answer them in the order they were sent."""
    operations, fail_on_errors = _read(body)
    answers: dict[int, Answer] = {}
    ids: dict[str, str] = {}
    failed: set[str] = set()
    errors = 0
    waiting = list(enumerate(operations))
    while waiting and not (fail_on_errors and errors >= fail_on_errors):
        known = {one.bulk_id for _, one in waiting if one.bulk_id}
        place, operation = next(
            (pair for pair in waiting if not (pair[1].references() - ids.keys() - failed) & known), waiting[0]
        )
        waiting.remove((place, operation))
        missing = operation.references() - ids.keys()
        if missing:
            detail = f"Nothing was made for {', '.join(sorted(f'{_REFERENCE}{one}' for one in missing))}."
            answer = Answer(409, document(409, detail, "invalidValue"))
        else:
            answer = await do(_resolve(operation, ids))
        answers[place] = answer
        if answer.status >= 400:
            errors += 1
            if operation.bulk_id:
                failed.add(operation.bulk_id)
        elif operation.bulk_id and answer.body:
            ids[operation.bulk_id] = str(answer.body["id"])
    found = [_result(operations[place], answers[place]) for place in sorted(answers)]
    return Answer(200, {"schemas": [_SCHEMA], "Operations": found})


def _read(body: Any) -> tuple[list[Operation], int]:
    parts = {key.lower(): value for key, value in body.items()} if isinstance(body, dict) else {}
    raw, fail_on_errors = parts.get("operations"), parts.get("failonerrors") or 0
    if not isinstance(raw, list):
        raise InvalidSyntax(where="/Operations")
    if len(raw) > MOST_BULK_OPERATIONS:
        raise TooManyOperations(limit=MOST_BULK_OPERATIONS)
    if not isinstance(fail_on_errors, int):
        raise InvalidSyntax(where="/failOnErrors")
    found = []
    for place, one in enumerate(raw):
        inner = {key.lower(): value for key, value in one.items()} if isinstance(one, dict) else {}
        method, path = str(inner.get("method", "")).upper(), inner.get("path")
        bulk_id, version = inner.get("bulkid"), inner.get("version")
        if method not in _METHODS or not isinstance(path, str) or (method == "POST" and not bulk_id):
            raise InvalidSyntax(where=f"/Operations/{place}")
        found.append(
            Operation(
                method, path, str(bulk_id) if bulk_id else None, str(version) if version else None, inner.get("data")
            )
        )
    return found, fail_on_errors


def _references(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value.removeprefix(_REFERENCE)] if value.startswith(_REFERENCE) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for one in inner for found in _references(one)]


def _resolve(operation: Operation, ids: dict[str, str]) -> Operation:
    head, slash, last = operation.path.rpartition("/")
    path = head + slash + _filled(last, ids)
    return Operation(operation.method, path, operation.bulk_id, operation.version, _filled(operation.data, ids))


def _filled(value: Any, ids: dict[str, str]) -> Any:
    match value:
        case str():
            return ids[value.removeprefix(_REFERENCE)] if value.startswith(_REFERENCE) else value
        case dict():
            return {key: _filled(inner, ids) for key, inner in value.items()}
        case list():
            return [_filled(inner, ids) for inner in value]
    return value


def _result(operation: Operation, answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {"method": operation.method, "status": str(answer.status)}
    if operation.bulk_id:
        found["bulkId"] = operation.bulk_id
    if "Location" in answer.headers:
        found["location"] = answer.headers["Location"]
    if "ETag" in answer.headers:
        found["version"] = answer.headers["ETag"]
    if answer.status >= 400:
        found["response"] = answer.body
    return found
