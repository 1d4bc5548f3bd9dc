"""Tables of measurement: what a network reported about one post at one time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from services.core.kit.ids import new_id
from services.core.kit.models import Json, UtcDateTime, tenant_key


class MetricSnapshot(SQLModel, table=True):
    """The numbers of one post at one time. A number that is not available is missing with a reason, never zero.

    Partitioned by month of ``taken_at``.
    """

    __tablename__ = "metric_snapshots"
    __table_args__ = (
        sa.Index("metric_snapshots_of_a_publication", "organization_id", "publication_id", "taken_at"),
        tenant_key("publication_id", "publications"),
        {"postgresql_partition_by": "RANGE (taken_at)"},
    )

    organization_id: UUID = Field(primary_key=True, foreign_key="organizations.id")
    taken_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    publication_id: UUID
    #: Metric name to count.
    counts: dict[str, int] = Json()
    #: Metric name to the reason why there is no count.
    missing: dict[str, str] = Json()
