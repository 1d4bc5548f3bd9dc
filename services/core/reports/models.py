"""Tables of reports: what cannot be worked out any more once its day is over."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import TenantModel, tenant_key


class EligibleCount(TenantModel, table=True):
    """How many employees a program's persona fitted on a day. A later day without a row had the same number."""

    __tablename__ = "eligible_counts"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "day_on"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    day_on: date
    people: int
