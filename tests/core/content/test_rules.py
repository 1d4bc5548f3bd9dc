"""Whom an item fits, and what they are shown."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.core.content import rules
from services.core.content.models import Variant
from services.core.kit.texts import Language

NETWORKS = ["linkedin", "share_link"]


def _variant(language: Language, network: str = "linkedin") -> Variant:
    return Variant(
        organization_id=uuid4(), item_id=uuid4(), network=network, language=language, text="t", why_share="w",
        link_title="l",
    )  # fmt: skip


class TestAudience:
    def test_an_absent_rule_fits_everybody(self) -> None:
        assert rules.audience_reasons({}, department=None, country=None) == [rules.Reason.EVERYBODY]

    def test_every_rule_has_to_fit(self) -> None:
        audience = {"departments": ["Sales", "R&D"], "countries": ["IL"]}
        fits = rules.audience_reasons(audience, department="sales", country="IL")
        assert fits == [rules.Reason.DEPARTMENT, rules.Reason.COUNTRY]
        assert rules.audience_reasons(audience, department="Sales", country="DE") is None
        assert rules.audience_reasons(audience, department="Legal", country="IL") is None

    def test_somebody_whose_department_is_not_known_does_not_fit_a_department(self) -> None:
        assert rules.audience_reasons({"departments": ["Sales"]}, department=None, country="IL") is None


class TestVariantChoice:
    def test_own_language_comes_before_the_programs_order_of_networks(self) -> None:
        english, hebrew = _variant(Language.EN), _variant(Language.HE, "share_link")
        chosen = rules.choose_variant(
            [english, hebrew], languages=[Language.HE], default=Language.EN, networks=NETWORKS
        )
        assert chosen is hebrew

    def test_without_it_the_default_language_is_shown(self) -> None:
        english = _variant(Language.EN)
        chosen = rules.choose_variant([english], languages=[Language.HE], default=Language.EN, networks=NETWORKS)
        assert chosen is english

    def test_without_that_the_first_there_is(self) -> None:
        hebrew = _variant(Language.HE)
        chosen = rules.choose_variant([hebrew], languages=[Language.EN], default=Language.EN, networks=NETWORKS)
        assert chosen is hebrew

    def test_a_network_the_program_no_longer_uses_is_not_shown(self) -> None:
        only = _variant(Language.EN, "x")
        assert rules.choose_variant([only], languages=[Language.EN], default=Language.EN, networks=NETWORKS) is None


class TestWantedLanguages:
    def test_who_has_named_none_takes_their_own(self) -> None:
        assert rules.wanted_languages(Language.HE, []) == (Language.HE,)

    def test_their_own_comes_first_if_they_have_named_it(self) -> None:
        assert rules.wanted_languages(Language.HE, ["en", "he"]) == (Language.HE, Language.EN)
        assert rules.wanted_languages(Language.HE, ["en"]) == (Language.EN,)

    def test_a_language_that_the_product_no_longer_speaks_is_passed_over(self) -> None:
        assert rules.wanted_languages(Language.HE, ["fr", "en"]) == (Language.EN,)


class TestDestination:
    def test_an_address_is_written_one_way(self) -> None:
        assert rules.check_destination("https://Lumen.Example/דף?q=1#top") == (
            "https://lumen.example/%D7%93%D7%A3?q=1#top"
        )

    def test_this_machine_is_recognised_however_it_is_written(self) -> None:
        assert rules.check_destination("http://0x7f.1:81/") == "http://127.0.0.1:81/"

    @pytest.mark.parametrize("url", ["https://[::ffff:10.0.0.1]/", "https://100.64.0.1/", "https://224.0.0.1/"])
    def test_an_address_of_no_public_host_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="public host"):
            rules.check_destination(url)


class TestReasons:
    @pytest.mark.parametrize("language", list(Language))
    def test_each_reason_has_words(self, language: Language) -> None:
        words = rules.explain([reason.value for reason in rules.Reason], language=language, program="Voices")
        assert len(set(words)) == len(rules.Reason)
        assert not any("{" in text for text in words)
