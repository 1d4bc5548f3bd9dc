"""What a connector may be able to do, as data: documents, editors and checks are generated from it."""

from enum import StrEnum


class Capability(StrEnum):
    """One thing that a vendor may let us do; the manifest declares which ones it does."""

    AUTHORIZE = "authorize"
    AUTHENTICATE = "authenticate"
    REFRESH_CREDENTIALS = "refresh_credentials"
    REVOKE_CREDENTIALS = "revoke_credentials"
    CHECK = "check"
    UPLOAD_MEDIA = "upload_media"
    PUBLISH_AS_MEMBER = "publish_as_member"
    COMMENT_AS_MEMBER = "comment_as_member"
    DELETE_POST = "delete_post"
    FIND_POST = "find_post"
    READ_METRICS = "read_metrics"
    READ_GOAL_FEED = "read_goal_feed"
    SHARE_LINK = "share_link"
    LIST_DESTINATIONS = "list_destinations"
    PUSH_CONTENT = "push_content"
    FIND_CONTENT = "find_content"
    WITHDRAW_CONTENT = "withdraw_content"
    READ_CONTENT_METRICS = "read_content_metrics"
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
    Capability.AUTHENTICATE: "Sign in as the organization",
    Capability.REFRESH_CREDENTIALS: "Renew access without the person",
    Capability.REVOKE_CREDENTIALS: "Take access back at the vendor",
    Capability.CHECK: "Check the connection",
    Capability.UPLOAD_MEDIA: "Upload images, videos, documents",
    Capability.PUBLISH_AS_MEMBER: "Publish as the person",
    Capability.COMMENT_AS_MEMBER: "Write the first comment as the person",
    Capability.DELETE_POST: "Delete a post",
    Capability.FIND_POST: "Find a post again",
    Capability.READ_METRICS: "Read numbers",
    Capability.READ_GOAL_FEED: "Feed goals (followers, page views)",
    Capability.SHARE_LINK: "Hand over a share link",
    Capability.LIST_DESTINATIONS: "List boards, topics and groups",
    Capability.PUSH_CONTENT: "Push content into the platform",
    Capability.FIND_CONTENT: "Find pushed content again",
    Capability.WITHDRAW_CONTENT: "Withdraw pushed content",
    Capability.READ_CONTENT_METRICS: "Read numbers of pushed content",
    Capability.SYNC_AUDIENCE: "Sync the audience",
    Capability.IMPORT_REPORT: "Import a report file",
    Capability.RECEIVE_WEBHOOK: "Receive webhooks",
    Capability.LIST_DIRECTORY: "List people of a directory",
}
