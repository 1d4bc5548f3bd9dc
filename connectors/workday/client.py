"""A Workday report as an endpoint (RaaS)."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from connectors.sdk.directories import basic_auth, refusal
from connectors.sdk.errors import ConfigurationInvalid, ConnectorError
from connectors.sdk.http import Answer, build_request
from connectors.sdk.models import Context
from connectors.sdk.streaming import items_of
from connectors.workday.manifest import MANIFEST

_LONGEST_SECONDS = 3600.0


class WorkdayClient:
    """One context's view of the report."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def report(self) -> AsyncIterator[dict[str, object]]:
        """`GET /ccx/service/customreport2/{tenant}/{owner}/{report}?format=json`: all rows in one answer."""
        parts = [quote(MANIFEST.setting(self._ctx, name), safe="") for name in ("tenant", "owner", "report")]
        host = MANIFEST.setting(self._ctx, "host_url").rstrip("/")
        user, password = MANIFEST.setting(self._ctx, "user"), MANIFEST.setting(self._ctx, "password")
        request = build_request(
            self._ctx.http,
            "GET",
            f"{host}/ccx/service/customreport2/{'/'.join(parts)}?format=json",
            headers={"Accept": "application/json", "Authorization": basic_auth(user, password)},
        )
        return items_of(
            self._ctx.http, request, key="Report_Entry", quiet_seconds=self._patience(), refuse=self._refuse
        )

    def _patience(self) -> float:
        try:
            seconds = float(MANIFEST.setting(self._ctx, "patience_seconds"))
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= _LONGEST_SECONDS:
            raise ConfigurationInvalid(
                "patience_seconds is no number",
                message="The setting “How long the report may take to begin” must be a number of seconds up to 3600.",
            )
        return seconds

    def _refuse(self, answer: Answer) -> ConnectorError:
        if answer.status == 401:
            return ConfigurationInvalid(
                "Workday answered 401",
                message="The credential of the integration system user has expired or is wrong; an administrator must"
                " renew it. Nobody was changed.",
            )
        return refusal(answer, ctx=self._ctx, system="Workday")
