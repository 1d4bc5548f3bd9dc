"""The demo network, declared: everything that a network connector can be, without an account or a vendor."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import ConnectorKind, Limits, Manifest, NoAuth, SettingField, Verified, VerifiedHow

MANIFEST = Manifest(
    slug="demo",
    title="Demo network",
    kind=ConnectorKind.NETWORK,
    networks=("demo",),
    auth=NoAuth(),
    capabilities=frozenset(
        {
            Capability.CHECK,
            Capability.PUBLISH_AS_MEMBER,
            Capability.DELETE_POST,
            Capability.FIND_POST,
            Capability.READ_METRICS,
            Capability.RECEIVE_WEBHOOK,
        }
    ),
    publishes_once=True,
    advisory=Limits(text_max_chars=500),
    settings=(
        SettingField("api_url", "Address of the demo network", default="http://127.0.0.1:8390"),
        SettingField("webhook_secret", "Secret of its notifications (whsec_...), if it sends any", secret=True),
    ),
    languages=("en", "he"),
    verified=Verified(
        how=VerifiedHow.SIMULATOR,
        on=date(2026, 11, 24),
        source="https://www.rfc-editor.org/rfc/rfc9110",
    ),
)
