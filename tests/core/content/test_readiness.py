"""What networks do with a link, as their connectors declare it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.linkedin.adapter import LinkedIn
from connectors.linkedin.manifest import MANIFEST
from connectors.sdk.manifest import Manifest
from services.core.assets.models import AssetKind
from services.core.content.models import Offer, Variant
from services.core.content.readiness import is_link_in_text, warnings_of
from services.core.kit.ids import new_id
from services.core.kit.texts import Language
from services.core.shares import media
from services.core.shares import service as shares
from tests.factories.publications import Scene, make_scene, make_sharer
from tests.fixtures.api import Tenant
from tests.fixtures.plugins import installed

NETWORK = "plainboard"


class Cardless(LinkedIn):
    """A network that shows words alone: a link in them, and no card beside them."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return replace(MANIFEST, slug="cardless", networks=(NETWORK,), has_link_cards=False)


cardless = Cardless()


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[None]:
    """Somebody's connector for that network."""
    with installed(tmp_path / "plugin", "cardless", cardless=f"{__name__}:cardless"):
        yield


def variant(network: str) -> Variant:
    """Words for a network, with nothing against them."""
    return Variant(
        organization_id=new_id(), item_id=new_id(), network=network, language=Language.EN, text="We are hiring.",
        why_share="Your friends ask you about it anyway.", link_title="Work at Lumen",
    )  # fmt: skip


async def agreed(tenant: Tenant, scene: Scene, network: str) -> tuple[dict[str, object], str]:
    """What a person would approve of an item on a network, and the link in it."""
    sharer = await make_sharer(tenant, scene, connect_to=None)
    async with tenant.database.transaction(tenant.id) as session:
        offer = Offer(
            organization_id=tenant.id, program_id=scene.program.id, item_id=scene.item.id,
            employee_id=sharer.employee.id, language=Language.EN,
        )  # fmt: skip
        session.add(offer)
        await session.flush()
        share = await shares.create(session, sharer.actor, offer_id=offer.id, text=None, settings=tenant.settings)
        looked = await shares.view(session, share, settings=tenant.settings)
        looked = replace(looked, variant=looked.variant.model_copy(update={"network": network}))
        return looked.document, looked.link_url


@pytest.mark.usefixtures("plugin")
class TestLinkCards:
    @pytest.mark.parametrize("kinds", [[], [AssetKind.IMAGE]])
    def test_the_link_is_in_the_text_where_a_network_has_no_cards(self, kinds: list[AssetKind]) -> None:
        assert is_link_in_text(NETWORK, None, kinds)
        assert not is_link_in_text("linkedin", None, kinds)

    def test_editors_are_told_so_beforehand(self) -> None:
        assert "link_in_text" in [one.code for one in warnings_of(variant(NETWORK), [])]
        assert "link_in_text" not in [one.code for one in warnings_of(variant("linkedin"), [])]

    async def test_people_see_and_approve_the_link_at_the_end_of_their_words(self, tenant: Tenant) -> None:
        document, link_url = await agreed(tenant, await make_scene(tenant), NETWORK)
        request = media.request_of(document, author=None, idempotency_key="1")
        assert request.link is None
        assert request.text.endswith(f"\n\n{link_url}")
        assert request.text.count(link_url) == 1

    async def test_where_there_are_cards_the_words_stay_as_they_are(self, tenant: Tenant) -> None:
        document, link_url = await agreed(tenant, await make_scene(tenant), "linkedin")
        request = media.request_of(document, author=None, idempotency_key="1")
        assert request.link is not None
        assert request.link.url == link_url
        assert link_url not in request.text
