"""The share link, declared: the road without any account, app or API."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    ConnectorKind,
    LicenceModel,
    Limits,
    Manifest,
    NoAuth,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)

MANIFEST = Manifest(
    slug="share_link",
    title="Share link",
    kind=ConnectorKind.NETWORK,
    networks=("linkedin",),
    auth=NoAuth(),
    capabilities=frozenset({Capability.SHARE_LINK}),
    advisory=Limits(text_max_chars=3000),
    settings=(
        SettingField(
            "dialog_url",
            "Address of the network's share dialog",
            default="https://www.linkedin.com/sharing/share-offsite/",
        ),
    ),
    languages=("en", "he"),
    licence=LicenceModel.NONE,
    setup_effort=SetupEffort.NONE,
    verified=Verified(
        how=VerifiedHow.DOCUMENTS,
        on=date(2026, 11, 24),
        source="https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/plugins/share-plugin",
    ),
)
