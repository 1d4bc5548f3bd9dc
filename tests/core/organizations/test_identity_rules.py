"""What signing in decides by itself: where it leads back to, whose word counts, and what groups give."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.core.organizations.identity_errors import DomainRefused, ReturnRefused
from services.core.organizations.identity_rules import check_domain, groups_in, return_path, roles_of, verified_mail
from services.core.organizations.models import Role

ORIGINS = {"https://advocacy.example", "https://front.example:8443"}


class TestReturnPath:
    @pytest.mark.parametrize(
        "wanted", ["/", "/docs?a=1#b", "https://advocacy.example/x", "https://FRONT.example:8443/y?z=//evil"]
    )
    def test_our_paths_and_known_origins_are_led_back_to(self, wanted: str) -> None:
        assert return_path(wanted, origins=ORIGINS) == wanted

    @pytest.mark.parametrize(
        "wanted",
        [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/x\r\nSet-Cookie: a=b",
            "docs",
            "https:evil.example",
            "https:///evil.example",
            "https://evil.example",
            "https://front.example",
            "http://advocacy.example/",
            "https://advocacy.example.evil.example/",
            "https://advocacy.example@evil.example/",
            "https://me@advocacy.example/",
            "https://[",
            "javascript:alert(1)",
            "/" + "a" * 2000,
        ],
    )
    def test_anything_else_is_refused(self, wanted: str) -> None:
        with pytest.raises(ReturnRefused):
            return_path(wanted, origins=ORIGINS)


class TestClaims:
    def test_an_address_counts_only_by_the_providers_word_that_it_is_confirmed(self) -> None:
        assert verified_mail({"email": "Dana@Lumen.example", "email_verified": True}) == "dana@lumen.example"
        for said in ({}, {"email_verified": False}, {"email_verified": "true"}, {"email_verified": 1}):
            assert verified_mail({"email": "dana@lumen.example", **said}) is None

    def test_domains_are_compared_whole(self) -> None:
        for mail in ("a@evil-lumen.example", "a@lumen.example.evil", "a@lumen.example@evil.example"):
            with pytest.raises(DomainRefused):
                check_domain({"email": mail, "email_verified": True}, allowed=["lumen.example"])
        check_domain({"email": "a@LUMEN.example", "email_verified": True}, allowed=["Lumen.example"])
        check_domain({}, allowed=[])

    def test_groups_that_were_left_out_for_being_too_many_are_not_groups_that_are_gone(self) -> None:
        assert groups_in({"groups": ["a", 7]}, name="groups") == {"a"}
        assert groups_in({"groups": "a"}, name="groups") == {"a"}
        assert groups_in({}, name="groups") == frozenset()
        assert groups_in({"_claim_names": {"groups": "src1"}}, name="groups") is None

    def test_a_group_gives_what_its_lines_say_and_names_are_exact(self) -> None:
        program = uuid4()
        lines = [
            {"group": "a", "role": "editor", "program_id": str(program)},
            {"group": "b", "role": "analyst", "program_id": None},
        ]
        assert roles_of(lines, {"a", "B"}) == {(Role.EDITOR, program)}
        assert roles_of(lines, None) == {(Role.EDITOR, program), (Role.ANALYST, None)}
