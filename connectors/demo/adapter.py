"""The demo network behind the ports of the contract."""

from collections.abc import Collection, Mapping

from connectors.demo import mapping
from connectors.demo.client import DemoClient
from connectors.demo.errors import error_for
from connectors.demo.manifest import MANIFEST
from connectors.demo.webhooks import read_webhook
from connectors.sdk.errors import OutcomeUnknown, ProtocolViolation
from connectors.sdk.http import Answer
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Context, Metric, MetricReading, Published, PublishRequest, VendorNotice


class Demo:
    """A whole network connector in little code: the one to copy."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    async def check(self, ctx: Context) -> None:
        """Returns when the demo network answers."""
        _read(await DemoClient(ctx).health(), ctx)

    async def publish_as_member(self, ctx: Context, *, request: PublishRequest) -> Published:
        """The demo network takes our idempotency key: the same key makes one post, however often it is sent."""
        answer = await DemoClient(ctx).create_post(mapping.post_body(request), idempotency_key=request.idempotency_key)
        if not answer.is_success:
            raise error_for(answer, ctx=ctx, visible=True)
        try:
            return mapping.published(answer.json_object())
        except ProtocolViolation as error:
            post_id = answer.headers.get("x-post-id")
            if not post_id:
                raise OutcomeUnknown("the answer holds no id of the post") from error
            return Published(external_id=post_id, permalink=None)

    async def delete_post(self, ctx: Context, *, external_id: str) -> None:
        """Also returns for a post that is gone."""
        answer = await DemoClient(ctx).delete_post(external_id)
        if not answer.is_success:
            raise error_for(answer, ctx=ctx, visible=False)

    async def find_post(self, ctx: Context, *, request: PublishRequest) -> Published | None:
        """Looks by our idempotency key."""
        answer = await DemoClient(ctx).find_post(idempotency_key=request.idempotency_key)
        return None if answer.status == 404 else mapping.published(_read(answer, ctx))

    async def read_metrics(self, ctx: Context, *, external_id: str, metrics: Collection[Metric]) -> MetricReading:
        """All counts in one call."""
        return mapping.reading(_read(await DemoClient(ctx).counts(external_id), ctx), metrics)

    async def receive_webhook(self, ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
        """Signed by Standard Webhooks with the secret of the settings."""
        return read_webhook(ctx, headers=headers, body=body)


def _read(answer: Answer, ctx: Context) -> dict[str, object]:
    if not answer.is_success:
        raise error_for(answer, ctx=ctx, visible=False)
    return answer.json_object()
