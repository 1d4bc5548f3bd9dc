"""Topics, assets, review rules, feeds, proposals; files and first comments of posts.

What this does to a running system: adds eight tables and some columns with defaults (no rewrite), and makes topics of
the words that items name, which are few. Processes of the version before keep working; an item that one of them writes
meanwhile may name a topic that is no row yet, and reads as before.
"""

import json
import re
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.core.kit.db import LOOKUP_ROLE
from services.core.migrations.tenancy import lookup_function, protect, tenant_keys, tenant_row, versioned_row

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LIST = sa.text("'[]'::jsonb")


def upgrade() -> None:
    """Add them, and say whose rows each shows."""
    op.create_table(
        "topics",
        *versioned_row(),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        *tenant_keys(),
        sa.UniqueConstraint("organization_id", "slug"),
    )
    op.create_table(
        "review_rules",
        *tenant_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("function", sa.String(40), nullable=False),
        *tenant_keys(program_id="programs"),
        sa.UniqueConstraint("organization_id", "program_id", "topic", "function"),
    )
    op.create_table(
        "assets",
        *versioned_row(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("frames", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("alt_texts", postgresql.JSONB(), nullable=False),
        sa.Column("captions", postgresql.JSONB(), nullable=False),
        sa.Column("accessibility_override", sa.String(), nullable=True),
        sa.Column("uploaded_by_employee_id", sa.Uuid(), nullable=True),
        *tenant_keys(uploaded_by_employee_id="employees"),
        sa.UniqueConstraint("organization_id", "sha256"),
    )
    op.create_table(
        "feed_sources",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("topics", postgresql.JSONB(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("problem_detail", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        *tenant_keys(program_id="programs"),
        sa.UniqueConstraint("organization_id", "program_id", "url"),
    )
    op.create_index("feed_sources_due", "feed_sources", ["due_at"], postgresql_where=sa.text("not is_paused"))
    op.create_table(
        "feed_entries",
        *tenant_row(),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("guid_hash", sa.LargeBinary(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        *tenant_keys(item_id="content_items"),
        sa.ForeignKeyConstraint(
            ["organization_id", "source_id"], ["feed_sources.organization_id", "feed_sources.id"], ondelete="CASCADE"
        ),
        sa.UniqueConstraint("organization_id", "source_id", "guid_hash"),
    )
    op.create_table(
        "proposals",
        *versioned_row(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        *tenant_keys(program_id="programs", employee_id="employees", item_id="content_items"),
    )
    op.create_index("proposals_of_a_program", "proposals", ["organization_id", "program_id", "state"])
    op.create_index("proposals_of_a_person", "proposals", ["organization_id", "employee_id"])
    op.create_index(
        "proposals_waiting",
        "proposals",
        ["answer_due_at"],
        postgresql_where=sa.text("state = 'open' and reminded_at is null"),
    )
    op.create_table(
        "media_uploads",
        *tenant_row(),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        *tenant_keys(publication_id="publications", connection_id="connections"),
        sa.UniqueConstraint("organization_id", "publication_id", "connection_id", "sha256"),
    )
    op.create_table(
        "first_comments",
        *versioned_row(),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("armed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("vendor_message", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        *tenant_keys(publication_id="publications"),
        sa.UniqueConstraint("organization_id", "publication_id"),
    )
    op.create_index("first_comments_due", "first_comments", ["due_at"], postgresql_where=sa.text("due_at is not null"))
    op.add_column("content_items", sa.Column("available_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("content_items", sa.Column("source", postgresql.JSONB(), nullable=True))
    op.add_column("variants", sa.Column("asset_ids", postgresql.JSONB(), server_default=_LIST, nullable=False))
    op.add_column("variants", sa.Column("first_comment", sa.String(), nullable=True))
    op.add_column("variants", sa.Column("reshare_of", sa.String(), nullable=True))
    op.add_column("reviews", sa.Column("functions", postgresql.JSONB(), server_default=_LIST, nullable=False))
    op.add_column("shares", sa.Column("with_media", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("shares", sa.Column("sealed_comment", sa.LargeBinary(), nullable=True))
    for table in ("topics", "review_rules", "assets", "feed_entries", "media_uploads"):
        protect(table)
    for table in ("feed_sources", "proposals", "first_comments"):
        protect(table, lookup=True)
    op.execute(f"grant create on schema public to {LOOKUP_ROLE}")
    for name, table, condition in (
        ("find_feed_sources_due", "feed_sources", "not is_paused and due_at <= (select advocacy_now())"),
        ("find_first_comments_due", "first_comments", "due_at <= (select advocacy_now())"),
        (
            "find_proposals_waiting",
            "proposals",
            "state = 'open' and reminded_at is null and answer_due_at <= (select advocacy_now())",
        ),
    ):
        order = "answer_due_at" if table == "proposals" else "due_at"
        lookup_function(
            name,
            "most integer",
            "table (organization_id uuid, id uuid)",
            f"select organization_id, id from {table} where {condition} order by {order} limit most",
            volatility="volatile",
        )
    op.execute(f"revoke create on schema public from {LOOKUP_ROLE}")
    _make_topics()


def _make_topics() -> None:
    """Each word that an item names becomes a topic of its organization, named so in every language."""
    connection = op.get_bind()
    # An owner sees no rows while the table forces its policies on it.
    for table in ("content_items", "topics"):
        op.execute(f"alter table {table} no force row level security")
    items = connection.execute(
        sa.text("select organization_id, id, topics from content_items where topics <> '[]'::jsonb")
    ).all()
    known: set[tuple[uuid.UUID, str]] = set()
    for organization_id, item_id, names in items:
        slugs = []
        for name in names:
            slug = re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or "topic"
            if slug not in slugs:
                slugs.append(slug)
            if (organization_id, slug) not in known:
                known.add((organization_id, slug))
                connection.execute(
                    sa.text(
                        "insert into topics (organization_id, id, slug, names, version)"
                        " values (:organization, :id, :slug, cast(:names as jsonb), 1)"
                    ),
                    {
                        "organization": organization_id,
                        "id": uuid.uuid4(),
                        "slug": slug,
                        "names": json.dumps({"en": name, "he": name}),
                    },
                )
        connection.execute(
            sa.text(
                "update content_items set topics = cast(:topics as jsonb)"
                " where organization_id = :organization and id = :id"
            ),
            {"organization": organization_id, "id": item_id, "topics": json.dumps(slugs)},
        )
    for table in ("content_items", "topics"):
        op.execute(f"alter table {table} force row level security")


def downgrade() -> None:
    """Take them away. Items keep the slugs of their topics as plain words."""
    for name in ("find_proposals_waiting", "find_first_comments_due", "find_feed_sources_due"):
        op.execute(f"drop function {name}(integer)")
    for table, column in (
        ("shares", "sealed_comment"),
        ("shares", "with_media"),
        ("reviews", "functions"),
        ("variants", "reshare_of"),
        ("variants", "first_comment"),
        ("variants", "asset_ids"),
        ("content_items", "source"),
        ("content_items", "available_from"),
    ):
        op.drop_column(table, column)
    for table in (
        "first_comments",
        "media_uploads",
        "proposals",
        "feed_entries",
        "feed_sources",
        "assets",
        "review_rules",
        "topics",
    ):
        op.drop_table(table)
