"""A patient client of the API: it repeats what was lost on the way, with the same Idempotency-Key."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2

#: How long one call is repeated while a part is being started again.
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.3


class Refused(Exception):
    """The API said no; ``problem`` is its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.code = str(problem.get("code"))
        super().__init__(f"{problem.get('status')} {self.code}: {problem.get('detail')} {problem.get('errors') or ''}")


class Caller:
    """Somebody with a key."""

    def __init__(self, http: httpx2.Client, base_url: str, key: str | None, *, language: str = "en") -> None:
        self._http = http
        self._base_url = base_url
        self._headers = {"Accept-Language": language}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str, **options: Any) -> Any:
        """GET, as JSON."""
        return self.exchange("GET", path, **options).json()

    def text(self, path: str, **options: Any) -> str:
        """GET, as text."""
        return self.exchange("GET", path, **options).text

    def post(self, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        """POST with a fresh Idempotency-Key."""
        sent = {"Idempotency-Key": uuid4().hex, **(headers or {})}
        if "content" not in options:
            options["json"] = body if body is not None else {}
        return self.exchange("POST", path, headers=sent, **options).json()

    def put(self, path: str, body: Any) -> Any:
        """PUT."""
        return self.exchange("PUT", path, json=body).json()

    def all(self, path: str, **query: Any) -> list[Any]:
        """Every row of a list, page by page."""
        rows: list[Any] = []
        cursor: str | None = None
        while True:
            page = self.get(path, params={**query, "limit": 100, **({"cursor": cursor} if cursor else {})})
            rows += page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return rows

    def exchange(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx2.Response:
        """One request, repeated while a part is away; raise Refused for a no."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                answer = self._http.request(
                    method, self._base_url + path, headers={**self._headers, **(headers or {})}, **options
                )
            except httpx2.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                busy = answer.status_code >= 500 or answer.status_code == 429
                busy = busy or (answer.status_code == 409 and "retry-after" in answer.headers)
                if not busy or time.monotonic() > deadline:
                    if answer.status_code >= 400:
                        raise Refused(answer.json())
                    return answer
            time.sleep(_PAUSE_SECONDS)


def wait_for(what: str, look: Callable[[], Any], *, seconds: float = 90.0) -> Any:
    """Look until there is something to see; raise TimeoutError naming what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(_PAUSE_SECONDS)
    raise TimeoutError(f"waited {seconds:.0f} s for {what}")
