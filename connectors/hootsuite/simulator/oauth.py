"""Sign-in at the simulated Hootsuite, and a person at its consent page, played by a program."""

import base64
import html
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import httpx2
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from connectors.hootsuite.simulator.answers import oauth_error
from connectors.hootsuite.simulator.store import Document

if TYPE_CHECKING:
    from connectors.hootsuite.simulator.app import HootsuiteSimulator

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(seconds=3599)
SHORTEST_STATE = 8


class OAuth:
    """Codes of ten minutes, access of an hour, refresh tokens that work once."""

    def __init__(self, simulator: "HootsuiteSimulator") -> None:
        self._sim = simulator

    async def authorize(self, request: Request) -> Response:
        """The consent page, and its form."""
        query = dict(request.query_params)
        form: dict[str, str] = {}
        if request.method == "POST":
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            query |= {key: value for key, value in form.items() if key not in {"member_name", "decision"}}
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_id") != self._sim.options.client_id or not self._is_registered(redirect_uri):
            return HTMLResponse("<h1>This app or its address is not known.</h1>", status_code=400)
        state = query.get("state")
        if state is None or len(state) < SHORTEST_STATE:
            return _redirect(redirect_uri, error="invalid_state", error_description="state: 8 characters", state=state)
        if query.get("response_type") != "code":
            return _redirect(redirect_uri, error="unsupported_response_type", state=state)
        scopes = query.get("scope", "").split()
        if not set(scopes) <= self._sim.options.app_scopes:
            return _redirect(redirect_uri, error="invalid_scope", state=state)
        if request.method == "GET":
            return HTMLResponse(_page(query), headers={"Cache-Control": "no-store"})
        if form.get("decision") != "allow":
            return _redirect(redirect_uri, error="access_denied", state=state)
        member = next((one for one in self._sim.rows("members") if one["name"] == form.get("member_name")), None)
        if member is None or not member["active"]:
            return HTMLResponse("<h1>Nobody of that name has a seat here.</h1>", status_code=403)
        code = "C-" + secrets.token_urlsafe(24)
        document = {
            "member": member["id"],
            "redirect_uri": redirect_uri,
            "scopes": scopes,
            "ends_at": (self._sim.now() + CODE_LIFE).isoformat(),
            "is_used": False,
        }
        self._sim.put("codes", code, document)
        return _redirect(redirect_uri, code=code, state=state)

    def _is_registered(self, uri: str) -> bool:
        parts = urlsplit(uri)
        return uri in self._sim.options.redirect_uris or (parts.scheme == "http" and parts.hostname == "localhost")

    async def token(self, request: Request) -> Response:
        """`POST /oauth2/token`: credentials in HTTP Basic, and nowhere else."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        if not self._knows_client(request.headers.get("authorization", "")):
            return oauth_error(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form)
            case "refresh_token":
                return self._refresh(form)
            case "member_app":
                member_id = form.get("member_id", "")
                if member_id not in self._sim.table("installs"):
                    return oauth_error(400, "request_forbidden", "The member has not installed the app")
                return self._issue(member_id, [], grant=f"member_app:{member_id}")
            case "organization_app":
                if not self._sim.options.is_enterprise:
                    return oauth_error(400, "request_forbidden", "Organization apps are for Enterprise only")
                return self._issue(self._sim.first_member(), [], grant="organization_app")
        return oauth_error(400, "unsupported_grant_type", "The grant type is not supported")

    def _knows_client(self, header: str) -> bool:
        scheme, _, value = header.partition(" ")
        try:
            client_id, _, secret = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return False
        wanted = (self._sim.options.client_id, self._sim.options.client_secret)
        # RFC 6749 encodes both before they are joined, many clients do not: either is taken.
        given = {(client_id, secret), (unquote(client_id), unquote(secret))}
        return scheme.lower() == "basic" and wanted in given

    def _exchange(self, form: Mapping[str, str]) -> Response:
        code = form.get("code", "")
        found = self._sim.table("codes").get(code)
        if found is not None and found["is_used"]:
            # Using it again ends all that it gave.
            for value, token in list(self._sim.table("tokens").items()):
                if token["grant"] == code:
                    self._sim.put("tokens", value, {**token, "is_revoked": True})
        if (
            found is None
            or found["is_used"]
            or found["redirect_uri"] != form.get("redirect_uri")
            or datetime.fromisoformat(found["ends_at"]) <= self._sim.now()
        ):
            return oauth_error(400, "invalid_grant", "The code is used, unknown or old")
        self._sim.put("codes", code, {**found, "is_used": True})
        return self._issue(found["member"], found["scopes"], grant=code)

    def _refresh(self, form: Mapping[str, str]) -> Response:
        value = form.get("refresh_token", "")
        found = self._sim.table("tokens").get(value)
        if found is None or not found["is_refresh"] or found["is_revoked"]:
            return oauth_error(400, "invalid_grant", "The refresh token is used, unknown or revoked")
        self._sim.put("tokens", value, {**found, "is_revoked": True})
        return self._issue(found["member"], found["scopes"], grant=found["grant"])

    def _issue(self, member_id: str, scopes: list[str], *, grant: str) -> Response:
        ends_at = (self._sim.now() + ACCESS_LIFE).isoformat()
        access = self._new_token("at-", member_id, scopes, grant=grant, ends_at=ends_at)
        answer: dict[str, object] = {
            "access_token": access,
            self._sim.options.token_type_key: "bearer",
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "scope": " ".join(scopes),
        }
        if "offline" in scopes:
            answer["refresh_token"] = self._new_token("rt-", member_id, scopes, grant=grant, ends_at=None)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _new_token(self, prefix: str, member_id: str, scopes: list[str], *, grant: str, ends_at: str | None) -> str:
        value = prefix + secrets.token_urlsafe(32)
        document: Document = {
            "member": member_id,
            "scopes": scopes,
            "grant": grant,
            "ends_at": ends_at,
            "is_refresh": ends_at is None,
            "is_revoked": False,
        }
        self._sim.put("tokens", value, document)
        return value


def _redirect(uri: str, **query: str | None) -> Response:
    given = urlencode({key: value for key, value in query.items() if value is not None}, quote_via=quote)
    separator = "&" if urlsplit(uri).query else "?"
    return RedirectResponse(f"{uri}{separator}{given}", status_code=302, headers={"Cache-Control": "no-store"})


def _page(query: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in query.items()
    )
    return (
        "<!doctype html><title>Sign in (simulated Hootsuite)</title><h1>Allow this app?</h1>"
        f'<form method="post" action="/oauth2/auth">{hidden}'
        '<label>Your name <input name="member_name" value="Ana Ruiz"></label>'
        '<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>'
    )


async def consent(
    http: httpx2.AsyncClient, authorization_url: str, *, member_name: str = "Ana Ruiz", decision: str = "allow"
) -> str:
    """Opens the page, answers its form (`allow` or `deny`) and gives the address that the browser is sent back to.

    Raises ValueError with the status of a page that refuses.
    """
    parts = urlsplit(authorization_url)
    page = await http.get(authorization_url)
    if page.status_code == 302:
        return str(page.headers["location"])
    form = {**dict(parse_qsl(parts.query)), "member_name": member_name, "decision": decision}
    answer = await http.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data=form, follow_redirects=False)
    if answer.status_code != 302:
        raise ValueError(f"the consent form answered {answer.status_code}")
    return str(answer.headers["location"])
