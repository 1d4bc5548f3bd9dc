"""LinkedIn behind the ports of the contract."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from connectors.linkedin import mapping
from connectors.linkedin.client import LinkedInClient
from connectors.linkedin.errors import error_for
from connectors.linkedin.manifest import MANIFEST, SCOPE_METRICS
from connectors.sdk.errors import OutcomeUnknown, ProtocolViolation, ReauthRequired
from connectors.sdk.http import Answer
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    Account,
    Context,
    Credentials,
    Metric,
    MetricReading,
    MissingReason,
    Published,
    PublishRequest,
)

#: Worth keeping beside the outcome: LinkedIn's support asks for them.
_TRACE_HEADERS = ("x-li-uuid", "x-li-request-id", "x-li-fabric", "x-restli-id")


class LinkedIn:
    """Publishes to a member's own feed and, where the app was vetted for it, reads the numbers of the post."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    def authorization_url(self, ctx: Context, *, state: str, redirect_uri: str, scopes: Collection[str] = ()) -> str:
        """Consent is all or nothing, and one scope that the app does not have fails the whole page."""
        scope = " ".join(scopes) or MANIFEST.setting(ctx, "scopes")
        return LinkedInClient(ctx).authorization_url(state=state, redirect_uri=redirect_uri, scope=scope)

    async def exchange_code(self, ctx: Context, *, code: str, redirect_uri: str) -> Credentials:
        """A code works once, for 30 minutes at most."""
        token = await LinkedInClient(ctx).exchange_code(code=code, redirect_uri=redirect_uri)
        return mapping.credentials(token, now=ctx.now())

    async def refresh_credentials(self, ctx: Context) -> Credentials:
        """Only approved apps have refresh tokens, which keep their first end date (365 days)."""
        given = ctx.require_credentials()
        if not given.refresh_token:
            raise ReauthRequired("this LinkedIn app gets no refresh tokens; the person has to sign in again")
        token = await LinkedInClient(ctx).refresh(refresh_token=given.refresh_token.reveal())
        return mapping.credentials(token, now=ctx.now(), kept_refresh=given)

    async def get_account(self, ctx: Context) -> Account:
        """The member's id holds for this developer app only."""
        return mapping.account(_read(await LinkedInClient(ctx).userinfo(), ctx))

    async def check(self, ctx: Context) -> None:
        """Asks who is connected, which costs no post quota."""
        await self.get_account(ctx)

    async def publish_as_member(self, ctx: Context, *, request: PublishRequest) -> Published:
        """LinkedIn has no idempotency key: `request.idempotency_key` stays with us."""
        answer = await LinkedInClient(ctx).create_post(mapping.post_body(request))
        if not answer.is_success:
            raise error_for(answer, now=ctx.now(), visible=True, hide=ctx.require_credentials().access_token)
        urn = _post_id(answer)
        if urn is None:
            raise OutcomeUnknown(f"LinkedIn answered {answer.status} without the id of the post")
        raw: Mapping[str, object] = {
            "status": answer.status,
            **{name: answer.headers[name] for name in _TRACE_HEADERS if name in answer.headers},
        }
        return Published(external_id=urn, permalink=mapping.permalink(urn), raw=MappingProxyType(raw))

    async def delete_post(self, ctx: Context, *, external_id: str) -> None:
        """LinkedIn answers 204 also for a post that is gone."""
        answer = await LinkedInClient(ctx).delete_post(external_id)
        if not answer.is_success:
            raise error_for(answer, now=ctx.now(), visible=False, hide=ctx.require_credentials().access_token)

    async def read_metrics(self, ctx: Context, *, external_id: str, metrics: Collection[Metric]) -> MetricReading:
        """One call per metric, none at all where the granted scopes already say no: calls count against posting."""
        granted = ctx.require_credentials().scopes
        client = LinkedInClient(ctx)
        values: dict[Metric, int] = {}
        missing: dict[Metric, str] = {}
        for metric in dict.fromkeys(metrics):
            metric_type = mapping.METRIC_TYPES.get(metric)
            if metric_type is None:
                missing[metric] = MissingReason.NOT_SUPPORTED
            elif granted and SCOPE_METRICS not in granted:
                missing[metric] = MissingReason.SCOPE_MISSING
            else:
                answer = await client.post_analytics(external_id, metric_type)
                # Seen on the development tier (2026-03): 404 where 403 is meant.
                if answer.status in {403, 404}:
                    missing[metric] = MissingReason.SCOPE_MISSING
                    continue
                count = mapping.metric_count(_read(answer, ctx), metric_type)
                if count is None:
                    missing[metric] = MissingReason.NO_DATA
                else:
                    values[metric] = count
        return MetricReading(values=values, missing=missing)


def _read(answer: Answer, ctx: Context) -> dict[str, object]:
    if not answer.is_success:
        raise error_for(answer, now=ctx.now(), visible=False, hide=ctx.require_credentials().access_token)
    return answer.json_object()


def _post_id(answer: Answer) -> str | None:
    urn = answer.headers.get("x-restli-id", "").strip()
    if not urn and answer.body:
        try:
            value = answer.json_object().get("id")
        except ProtocolViolation:
            return None
        urn = value if isinstance(value, str) else ""
    return urn if urn.startswith("urn:li:") else None
