"""Goals that measure themselves: their feeds, computed from what happened."""

from sqlmodel.ext.asyncio.session import AsyncSession


async def refresh_goals(session: AsyncSession) -> int:
    """Bring the goals that measure themselves up to date."""
    return 0
