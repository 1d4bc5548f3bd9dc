"""What a connector may be able to do, as data: documents, editors and checks are generated from it."""

from enum import StrEnum


class Capability(StrEnum):
    """One thing that a vendor may let us do; the manifest declares which ones it does."""

    AUTHORIZE = "authorize"
    REFRESH_CREDENTIALS = "refresh_credentials"
    REVOKE_CREDENTIALS = "revoke_credentials"
    CHECK = "check"
    PUBLISH_AS_MEMBER = "publish_as_member"
    DELETE_POST = "delete_post"
    FIND_POST = "find_post"
    READ_METRICS = "read_metrics"
    SHARE_LINK = "share_link"
    PUSH_CONTENT = "push_content"
    WITHDRAW_CONTENT = "withdraw_content"
    SYNC_AUDIENCE = "sync_audience"
    IMPORT_REPORT = "import_report"
    RECEIVE_WEBHOOK = "receive_webhook"
    LIST_DIRECTORY = "list_directory"

    @property
    def label(self) -> str:
        """Words for a table heading."""
        return _LABELS[self]


_LABELS = {
    Capability.AUTHORIZE: "Connect an account",
    Capability.REFRESH_CREDENTIALS: "Renew access without the person",
    Capability.REVOKE_CREDENTIALS: "Take access back at the vendor",
    Capability.CHECK: "Check the connection",
    Capability.PUBLISH_AS_MEMBER: "Publish as the person",
    Capability.DELETE_POST: "Delete a post",
    Capability.FIND_POST: "Find a post again",
    Capability.READ_METRICS: "Read numbers",
    Capability.SHARE_LINK: "Hand over a share link",
    Capability.PUSH_CONTENT: "Push content into the platform",
    Capability.WITHDRAW_CONTENT: "Withdraw pushed content",
    Capability.SYNC_AUDIENCE: "Sync the audience",
    Capability.IMPORT_REPORT: "Import a report file",
    Capability.RECEIVE_WEBHOOK: "Receive webhooks",
    Capability.LIST_DIRECTORY: "List people of a directory",
}
