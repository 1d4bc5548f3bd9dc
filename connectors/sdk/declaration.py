"""A declaration compared with what implements it: what can be told of a connector without calling anybody."""

from collections.abc import Mapping
from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.ports import (
    AuthenticatesOrganizations,
    AuthorizesMembers,
    Checks,
    CommentsAsMember,
    Connector,
    DeletesPosts,
    FindsContent,
    FindsPosts,
    ImportsReports,
    ListsDestinations,
    ListsDirectory,
    PublishesAsMember,
    PushesContent,
    ReadsContentMetrics,
    ReadsGoalFeeds,
    ReadsMetrics,
    ReceivesWebhooks,
    RefreshesCredentials,
    RevokesCredentials,
    SharesLinks,
    SyncsAudience,
    UploadsMedia,
    WithdrawsContent,
)
from connectors.sdk.sunset import ending

#: The port behind each capability that has one by now.
PORTS: Mapping[Capability, type] = {
    Capability.AUTHORIZE: AuthorizesMembers,
    Capability.AUTHENTICATE: AuthenticatesOrganizations,
    Capability.REFRESH_CREDENTIALS: RefreshesCredentials,
    Capability.REVOKE_CREDENTIALS: RevokesCredentials,
    Capability.CHECK: Checks,
    Capability.UPLOAD_MEDIA: UploadsMedia,
    Capability.PUBLISH_AS_MEMBER: PublishesAsMember,
    Capability.COMMENT_AS_MEMBER: CommentsAsMember,
    Capability.DELETE_POST: DeletesPosts,
    Capability.FIND_POST: FindsPosts,
    Capability.READ_METRICS: ReadsMetrics,
    Capability.READ_GOAL_FEED: ReadsGoalFeeds,
    Capability.SHARE_LINK: SharesLinks,
    Capability.LIST_DESTINATIONS: ListsDestinations,
    Capability.PUSH_CONTENT: PushesContent,
    Capability.FIND_CONTENT: FindsContent,
    Capability.WITHDRAW_CONTENT: WithdrawsContent,
    Capability.READ_CONTENT_METRICS: ReadsContentMetrics,
    Capability.SYNC_AUDIENCE: SyncsAudience,
    Capability.IMPORT_REPORT: ImportsReports,
    Capability.RECEIVE_WEBHOOK: ReceivesWebhooks,
    Capability.LIST_DIRECTORY: ListsDirectory,
}


def problems(connector: Connector, *, today: date) -> list[str]:
    """What is wrong with a declaration, one sentence each, with what to do; empty when nothing is.

    A manifest that contradicts itself cannot be built at all, so it is not met here.
    """
    found: list[str] = []
    for capability in sorted(connector.manifest.capabilities):
        port_type = PORTS[capability]
        if not isinstance(connector, port_type):
            who, methods = type(connector).__name__, ", ".join(methods_of(port_type))
            found.append(
                f"{capability} is declared, and {who} is no {port_type.__name__}: write {methods}, "
                "or take the capability out of the manifest."
            )
    found += [
        f"{one}: move to the vendor's newer version, and set its end as api_version_sunset_on in the manifest."
        for one in ending([connector.manifest], today=today)
    ]
    return found


def methods_of(port_type: type) -> tuple[str, ...]:
    """What a class must have to be this port."""
    return tuple(name for name, value in vars(port_type).items() if not name.startswith("_") and callable(value))
