"""A LinkedIn that gives a new refresh token with each renewal, as others do, and holds answers back on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.linkedin.simulator.app import LinkedInSimulator, Options, Profile


class RotatingLinkedIn(LinkedInSimulator):
    """A used refresh token that comes again ends the whole grant, or with ``has_grace`` is taken once more."""

    def __init__(self, *, has_grace: bool = False) -> None:
        self.has_grace = has_grace
        self.used: set[str] = set()
        #: Answers of renewals leave while it is set.
        self.gate = asyncio.Event()
        self.gate.set()
        #: A renewal has been worked on, and its answer is held back.
        self.holding = asyncio.Event()
        super().__init__(Options(profile=Profile.PARTNER))

    async def _access_token(self, request: Request) -> Response:
        response = await super()._access_token(request)
        if b"grant_type=refresh_token" in await request.body():
            self.holding.set()
            await self.gate.wait()
        return response

    def _refresh(self, form: Mapping[str, str]) -> Response:
        value = form["refresh_token"]
        token = self.store.tokens.get(value)
        if token is not None and value in self.used and not self.has_grace:
            self.record({"kind": "tokens_revoked", "sub": token.sub})
        answer = super()._refresh(form)
        if answer.status_code != 200 or token is None:
            return answer
        self.used.add(value)
        document: dict[str, Any] = json.loads(bytes(answer.body))
        return JSONResponse(document | self._issue_refresh(token.sub, token.scopes))
