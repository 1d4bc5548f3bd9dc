"""What is odd about LinkedIn, each oddity by the name that the connector's README gives it."""

import struct
from dataclasses import replace
from datetime import date, timedelta

import httpx2
import pytest

from connectors.linkedin import connector
from connectors.linkedin.simulator import Profile, consent, create_simulator
from connectors.sdk import (
    ConfigurationInvalid,
    Context,
    LinkCard,
    MediaKind,
    Metric,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    ScopeMissing,
    StillProcessing,
    UploadedMedia,
    VendorUnavailable,
)
from connectors.sdk.testing.simulator import Fault, FaultKind

from .desk import BASIC, FILES, PAGE, REDIRECT_URI, STARTED_AT, VETTED, WITH_NUMBERS, Desk, file, open_desk

FOUR = [Metric.IMPRESSIONS, Metric.REACTIONS, Metric.COMMENTS, Metric.RESHARES]
HEBREW = "אנחנו מגייסים (היברידי) [תל אביב] 👩‍💻 #משרות_חמות"


def slot(desk: Desk, path: str) -> dict:
    return {"value": {"uploadUrl": desk.urls["api"] + path, "image": "urn:li:image:C4"}}


class TestPosting:
    async def test_reserved_characters_cut_a_post_unless_escaped(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("נועה לוי")
            link = LinkCard(url="https://go.example/l/abc", title="משרה (חדשה)", description="תיאור")
            published = await desk.publish(author, HEBREW, link=link)
            raw = {
                "author": author.external_id,
                "commentary": "before (after)",
                "visibility": "PUBLIC",
                "distribution": {"feedDistribution": "MAIN_FEED"},
                "lifecycleState": "PUBLISHED",
            }
            headers = {
                "Authorization": f"Bearer {desk.ctx.require_credentials().access_token.reveal()}",
                "LinkedIn-Version": "202609",
            }
            answer = await desk.http.post(f"{desk.urls['api']}/rest/posts", json=raw, headers=headers)
            assert answer.status_code == 201
            first, second = await desk.posts()
        assert first["urn"] == published.external_id
        assert first["text"] == HEBREW
        assert first["article"] == {"source": link.url, "title": link.title, "description": link.description}
        assert second["text"] == "before "

    async def test_the_id_comes_only_in_a_header_of_any_case(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            desk.simulator.configure(id_header="X-RestLi-Id")
            published = await desk.publish(author, "x")
            assert published.external_id == (await desk.posts())[0]["urn"]
            assert published.permalink == f"https://www.linkedin.com/feed/update/{published.external_id}/"

    async def test_a_201_without_an_id_is_an_open_outcome(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.fault("create_post", "drop_header", header="x-restli-id")
            with pytest.raises(OutcomeUnknown):
                await desk.publish(author, "x")
            assert len(await desk.posts()) == 1

    @pytest.mark.parametrize("fault", [{"kind": "lose_answer"}, {"kind": "status", "status": 500, "after_work": True}])
    async def test_a_lost_answer_may_have_made_the_post(self, fault: dict):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.fault("create_post", **fault)
            with pytest.raises(OutcomeUnknown):
                await desk.publish(author, "x")
            assert len(await desk.posts()) == 1

    async def test_an_equal_text_is_refused_for_a_while_even_after_deleting(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            await connector.delete_post(desk.ctx, external_id=published.external_id)
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "x")
            assert caught.value.code == "duplicate_post"
            assert caught.value.hint_external_id == published.external_id
            other, other_author = await desk.sign_in("Dan")
            await other.publish(other_author, "x")
            desk.advance(601)
            await desk.publish(author, "x")

    async def test_only_the_tokens_own_member_can_be_the_author(self):
        async with open_desk() as desk:
            noa, _ = await desk.sign_in("Noa")
            _, dan = await desk.sign_in("Dan")
            with pytest.raises(ScopeMissing):
                await noa.publish(dan, "x")

    async def test_the_daily_limit_ends_at_midnight_utc(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            desk.simulator.configure(daily_requests_per_member=1)
            await desk.publish(author, "one")
            with pytest.raises(RateLimited) as caught:
                await desk.publish(author, "two")
            assert caught.value.retry_at.isoformat() == "2026-03-11T00:00:00+00:00"

    @pytest.mark.parametrize("version", ["202511", "202610"])
    async def test_a_version_lives_about_a_year(self, version: str):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(ConfigurationInvalid):
                await desk.with_settings(api_version=version).publish(author, "x")

    async def test_a_text_that_is_too_long_is_refused_with_linkedins_words(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "(" * 3001)
            assert caught.value.code == "field_length_too_long"
            assert "/commentary" in caught.value.message
            await desk.publish(author, "(" * 3000)

    async def test_another_members_post_cannot_be_deleted(self):
        async with open_desk() as desk:
            noa, author = await desk.sign_in("Noa")
            published = await noa.publish(author, "x")
            dan, _ = await desk.sign_in("Dan")
            with pytest.raises(ScopeMissing):
                await connector.delete_post(dan.ctx, external_id=published.external_id)

    async def test_posts_of_members_cannot_be_read_back(self):
        async with open_desk() as desk:
            desk, _ = await desk.sign_in("Noa")
            headers = {
                "Authorization": f"Bearer {desk.ctx.require_credentials().access_token.reveal()}",
                "LinkedIn-Version": "202609",
            }
            answer = await desk.http.get(f"{desk.urls['api']}/rest/posts?q=author", headers=headers)
            assert answer.json()["code"] == "ACCESS_DENIED"

    async def test_a_mention_is_written_as_plain_text(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.publish(author, "with @[Dan Cohen](urn:li:person:abc)")
            assert (await desk.posts())[0]["text"] == "with @[Dan Cohen](urn:li:person:abc)"

    async def test_an_unverified_member_can_post_only_a_little_each_day(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.control("members", member_name="Noa", is_verified=False)
            for number in range(3):
                await desk.publish(author, f"post {number}")
            with pytest.raises(RateLimited) as caught:
                await desk.publish(author, "one more")
            assert "verified your identity" in caught.value.message
            assert caught.value.retry_at.isoformat() == "2026-03-11T00:00:00+00:00"

    async def test_the_whole_application_has_a_daily_limit_too(self):
        async with open_desk() as desk:
            noa, author = await desk.sign_in("Noa")
            dan, other = await desk.sign_in("Dan")
            desk.simulator.configure(daily_requests_per_app=1)
            await noa.publish(author, "one")
            with pytest.raises(RateLimited):
                await dan.publish(other, "two")
            desk.advance(15 * 3600)
            await dan.publish(other, "two")


class TestContent:
    @pytest.mark.parametrize(
        ("kinds", "has_link"),
        [
            (["image", "video"], False),
            (["video", "video"], False),
            (["document", "image"], False),
            (["image"] * 21, False),
            (["image", "image"], True),
            (["video"], True),
            (["document"], True),
        ],
    )
    async def test_a_post_shows_exactly_one_kind_of_content(self, kinds: list[str], has_link: bool):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            media = tuple(
                UploadedMedia(f"urn:li:{kind}:{n}", MediaKind(kind), alt_text="a", title="t")
                for n, kind in enumerate(kinds)
            )
            link = LinkCard(url="https://go.example/l/abc", title="T") if has_link else None
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "x", link=link, media=media)
            assert caught.value.code == "combination_not_possible"
            assert desk.simulator.calls["create_post"] == 0

    async def test_a_picture_is_sent_with_its_words(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            image = await desk.upload(author, MediaKind.IMAGE)
            await desk.publish(author, HEBREW, media=(image,))
            (post,) = await desk.posts()
            assert post["content"] == {"media": {"id": image.external_id, "altText": "תרשים (chart)"}}
            assert post["text"] == HEBREW
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "y", media=(UploadedMedia(image.external_id, MediaKind.IMAGE, " "),))
            assert caught.value.code == "alt_text_missing"
            assert desk.simulator.calls["create_post"] == 1

    async def test_two_to_twenty_pictures_make_one_post(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            images = [await desk.upload(author, MediaKind.IMAGE, alt_text=f"picture {n}") for n in range(20)]
            await desk.publish(author, "two", media=tuple(images[:2]))
            await desk.publish(author, "twenty", media=tuple(images))
            two, twenty = await desk.posts()
        assert [one["altText"] for one in two["content"]["multiImage"]["images"]] == ["picture 0", "picture 1"]
        assert len(twenty["content"]["multiImage"]["images"]) == 20

    async def test_a_link_card_has_a_picture_only_if_one_is_uploaded(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            link = LinkCard(url="https://go.example/l/abc", title="T")
            image = await desk.upload(author, MediaKind.IMAGE)
            await desk.publish(author, "plain", link=link)
            await desk.publish(author, "shown", link=link, media=(image,))
            plain, shown = await desk.posts()
        assert plain["article"] == {"source": link.url, "title": "T"}
        assert shown["article"] == {"source": link.url, "title": "T", "thumbnail": image.external_id}

    async def test_a_document_needs_a_title(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(Rejected) as caught:
                await desk.upload(author, MediaKind.DOCUMENT, title=None)
            assert caught.value.code == "title_missing"
            assert desk.simulator.calls["initialize_document"] == 0
            document = await desk.upload(author, MediaKind.DOCUMENT)
            with pytest.raises(Rejected):
                await desk.publish(author, "x", media=(UploadedMedia(document.external_id, MediaKind.DOCUMENT),))
            await desk.publish(author, "x", media=(document,))
            (post,) = await desk.posts()
        assert post["content"] == {"media": {"id": document.external_id, "title": "מצגת [deck]"}}

    async def test_activities_cannot_be_reshared(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "x", reshare_of="urn:li:activity:7")
            assert caught.value.code == "not_resharable"
            assert desk.simulator.calls["create_post"] == 0

    async def test_a_reshare_shows_nothing_of_its_own(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            parent = (await desk.control("page_posts", organization=PAGE, text="We (Acme) grow"))["external_id"]
            link = LinkCard(url="https://go.example/l/abc", title="T")
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "x", link=link, reshare_of=parent)
            assert caught.value.code == "combination_not_possible"
            await desk.publish(author, "גאה (proud)", reshare_of=parent)
            await desk.publish(author, "", reshare_of=parent)
            first, second = await desk.posts()
            page = await desk.http.get(desk.urls["api"] + "/")
        assert (first["reshare_of"], first["content"], first["text"]) == (parent, None, "גאה (proud)")
        assert second["reshare_of"] == parent
        assert "We (Acme) grow" in page.text

    async def test_a_post_that_is_gone_cannot_be_reshared(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            await connector.delete_post(desk.ctx, external_id=published.external_id)
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "y", reshare_of=published.external_id)
            assert caught.value.code == "post_not_found"

    async def test_an_author_can_forbid_reshares(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            made = await desk.control("page_posts", organization=PAGE, is_reshare_disabled=True)
            with pytest.raises(Rejected):
                await desk.publish(author, "y", reshare_of=made["external_id"])


class TestFiles:
    @pytest.mark.parametrize(
        ("kind", "content_type"),
        [("image", "image/webp"), ("video", "video/quicktime"), ("document", "text/plain"), ("document", "image/png")],
    )
    async def test_a_type_of_file_that_linkedin_does_not_list_is_refused_before_any_call(
        self, kind: str, content_type: str
    ):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(Rejected) as caught:
                await desk.upload(author, MediaKind(kind), content_type=content_type)
            assert caught.value.code == "media_not_accepted"
            assert content_type in caught.value.message
            assert desk.simulator.calls[f"initialize_{kind}"] == 0

    async def test_a_picture_of_too_many_pixels_fails_while_it_is_processed(self):
        big = FILES[MediaKind.IMAGE].replace(struct.pack(">II", 40, 30), struct.pack(">II", 9039, 4000))
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(Rejected) as caught:
                await desk.upload(author, MediaKind.IMAGE, big)
            assert caught.value.code == "media_not_accepted"
            assert "IMAGE_TOO_LARGE" in caught.value.message

    async def test_a_video_below_75_kb_is_refused_with_linkedins_words(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(Rejected) as caught:
                await desk.upload(author, MediaKind.VIDEO, FILES[MediaKind.VIDEO][:-1])
            assert caught.value.code == "media_not_accepted"
            assert "75000" in caught.value.message

    async def test_self_serve_apps_cannot_look_at_their_pictures(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            image = await desk.upload(author, MediaKind.IMAGE)
            answer = await desk.raw("GET", f"/rest/images/{image.external_id.replace(':', '%3A')}")
            assert answer.json()["code"] == "ACCESS_DENIED"
            await desk.publish(author, "x", media=(image,))

    async def test_a_post_whose_file_is_not_ready_is_refused_without_harm(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.control("media", processing_seconds=60)
            image = await desk.upload(author, MediaKind.IMAGE)
            with pytest.raises(VendorUnavailable) as caught:
                await desk.publish(author, "x", media=(image,))
            assert caught.value.vendor_code == "MEDIA_ASSET_WAITING_UPLOAD"
            assert await desk.posts() == []
            desk.advance(60)
            await desk.publish(author, "x", media=(image,))

    async def test_a_file_that_could_not_be_read_is_no_post(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            image = await desk.upload(author, MediaKind.IMAGE, b"RIFF....WEBP")
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "x", media=(image,))
            assert caught.value.code == "media_asset_processing_failed"

    @pytest.mark.parametrize("kind", list(MediaKind))
    async def test_a_file_is_only_ready_when_it_is_available(self, kind: MediaKind):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.control("media", processing_seconds=60)
            with pytest.raises(StillProcessing) as caught:
                await desk.upload(author, kind)
            assert isinstance(caught.value, VendorUnavailable)
            again = {"ctx": desk.ctx, "author": author, "media": file(kind), "external_id": caught.value.external_id}
            with pytest.raises(StillProcessing):
                await connector.upload_media(again.pop("ctx"), **again)
            desk.advance(60)
            uploaded = await connector.upload_media(desk.ctx, **again)
            assert uploaded.external_id == caught.value.external_id
            assert desk.simulator.calls[f"initialize_{kind.value}"] == 1
            assert desk.simulator.calls["put_file"] == 1
            await desk.publish(author, "x", media=(uploaded,))

    async def test_a_look_that_fails_does_not_send_the_file_again(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.fault("read_image", "status", status=503)
            with pytest.raises(StillProcessing) as caught:
                await desk.upload(author, MediaKind.IMAGE)
            media, external_id = file(MediaKind.IMAGE), caught.value.external_id
            uploaded = await connector.upload_media(desk.ctx, author=author, media=media, external_id=external_id)
            assert uploaded.external_id == external_id
            assert desk.simulator.calls["put_file"] == 1

    async def test_a_video_that_linkedin_cannot_read_is_refused(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.control("media", problem="UNSUPPORTED_CODEC")
            with pytest.raises(Rejected) as caught:
                await desk.upload(author, MediaKind.VIDEO)
            assert caught.value.code == "media_not_accepted"
            assert "UNSUPPORTED_CODEC" in caught.value.message

    async def test_an_upload_address_is_used_byte_for_byte(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.upload(author, MediaKind.IMAGE)
            (stored,) = desk.simulator.store.files.values()
            # Decoded and encoded anew it would be another address.
            assert "%5f" in stored.targets[0]
            decoded = stored.targets[0].replace("%5f", "_")
            assert (await desk.raw("PUT", decoded, content=b"x")).status_code == 403
            await desk.fault("initialize_image", "status", status=200, body=slot(desk, "/a/../b"))
            with pytest.raises(ProtocolViolation):
                await desk.upload(author, MediaKind.IMAGE)
            assert desk.simulator.calls["put_file"] == 2
            await desk.fault("initialize_image", "status", status=200, body=slot(desk, "/a{b}"))
            with pytest.raises(ProtocolViolation):
                await desk.upload(author, MediaKind.IMAGE)

    async def test_a_redirect_of_an_upload_is_not_followed(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            headers = {"Location": f"{desk.urls['oauth']}/dms-uploads/x"}
            await desk.fault("put_file", "status", status=307, headers=headers)
            with pytest.raises(ProtocolViolation):
                await desk.upload(author, MediaKind.IMAGE)
            assert desk.simulator.calls["put_file"] == 1

    @pytest.mark.parametrize(
        "address", ["http://www.linkedin.com/x", "https://evil.example/x", "https://www.linkedin.com.evil.example/x"]
    )
    async def test_a_file_goes_only_to_known_hosts(self, address: str):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            body = {"value": {"uploadUrl": address, "image": "urn:li:image:C4"}}
            await desk.fault("initialize_image", "status", status=200, body=body)
            with pytest.raises(ProtocolViolation, match="upload_hosts"):
                await desk.upload(author, MediaKind.IMAGE)

    @pytest.mark.parametrize(("status", "code"), [(400, "EXPIRED_UPLOAD_URL"), (403, "ACCESS_DENIED"), (410, "GONE")])
    async def test_an_upload_address_that_has_ended_is_asked_for_anew(self, status: int, code: str):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.fault("put_file", "status", status=status, body={"status": status, "code": code})
            with pytest.raises(VendorUnavailable):
                await desk.upload(author, MediaKind.IMAGE)
            await desk.upload(author, MediaKind.IMAGE)
            assert desk.simulator.calls["initialize_image"] == 2

    async def test_a_video_goes_in_parts_of_four_mebibytes(self):
        data = FILES[MediaKind.VIDEO].ljust(9_000_000, b"\x02")
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            video = await desk.upload(author, MediaKind.VIDEO, data)
            assert desk.simulator.calls["put_file"] == 3
            assert desk.simulator.calls["initialize_video"] == desk.simulator.calls["finalize_video"] == 1
            await desk.publish(author, "x", media=(video,))
            (post,) = await desk.posts()
        assert post["content"] == {"media": {"id": video.external_id, "title": "מצגת [deck]"}}

    async def test_a_picture_comes_with_the_token_and_a_part_of_a_video_without(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            targets = []
            for kind, size in (("image", {}), ("video", {"fileSizeBytes": 75_000})):
                asked = {"initializeUploadRequest": {"owner": author.external_id, **size}}
                await desk.raw("POST", f"/rest/{kind}s?action=initializeUpload", json=asked)
                targets.append(list(desk.simulator.store.files.values())[-1].targets[0])
            image, video = targets
            bare = {"Authorization": None, "Content-Type": "application/octet-stream"}
            assert (await desk.raw("PUT", image, content=b"x", headers=bare)).status_code == 401
            part = {"content": FILES[MediaKind.VIDEO], "headers": {"Content-Type": "application/octet-stream"}}
            assert (await desk.raw("PUT", video, **part)).status_code == 400
            await desk.upload(author, MediaKind.IMAGE)
            await desk.upload(author, MediaKind.VIDEO)

    async def test_a_file_of_somebody_else_cannot_be_shown(self):
        async with open_desk() as desk:
            noa, author = await desk.sign_in("Noa")
            image = await noa.upload(author, MediaKind.IMAGE)
            dan, other = await desk.sign_in("Dan")
            with pytest.raises(Rejected):
                await dan.publish(other, "x", media=(image,))
            with pytest.raises(ScopeMissing):
                await dan.upload(author, MediaKind.IMAGE)


class TestComments:
    async def test_comments_need_a_vetted_scope(self):
        async with open_desk(profile=Profile.PARTNER) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            with pytest.raises(ScopeMissing):
                await desk.comment(author, published.external_id, "first")
            assert desk.simulator.calls["create_comment"] == 0
            unsure = desk.with_credentials(replace(desk.ctx.require_credentials(), scopes=frozenset()))
            with pytest.raises(ScopeMissing):
                await unsure.comment(author, published.external_id, "first")
            assert desk.simulator.calls["create_comment"] == 1

    async def test_a_comment_is_not_parsed(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            comment = await desk.comment(author, published.external_id, HEBREW)
            assert comment.external_id.isdecimal()
            assert comment.permalink == published.permalink
            assert (await desk.posts())[0]["comments"] == [HEBREW]

    @pytest.mark.parametrize("fault", [{"kind": "lose_answer"}, {"kind": "drop_header", "header": "x-restli-id"}])
    async def test_a_lost_answer_may_have_made_the_comment(self, fault: dict):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            await desk.fault("create_comment", **fault)
            with pytest.raises(OutcomeUnknown):
                await desk.comment(author, published.external_id, "first")
            assert (await desk.posts())[0]["comments"] == ["first"]

    async def test_comments_have_a_throttle_of_one_minute(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            desk.simulator.configure(comments_per_minute=1)
            published = await desk.publish(author, "x")
            await desk.comment(author, published.external_id, "first")
            with pytest.raises(RateLimited) as caught:
                await desk.comment(author, published.external_id, "second")
            assert caught.value.retry_at == STARTED_AT + timedelta(minutes=1)
            desk.advance(60)
            await desk.comment(author, published.external_id, "second")

    async def test_a_comment_that_is_too_long_is_refused_with_linkedins_words(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            with pytest.raises(Rejected) as caught:
                await desk.comment(author, published.external_id, "a" * 1251)
            assert caught.value.code == "field_length_too_long"
            await desk.comment(author, published.external_id, "a" * 1250)

    async def test_a_post_that_is_gone_takes_no_comment(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(Rejected) as caught:
                await desk.comment(author, "urn:li:share:1", "first")
            assert caught.value.code == "post_not_found"
            with pytest.raises(Rejected):
                await desk.comment(author, "../posts", "first")
            assert desk.simulator.calls["create_comment"] == 1


class TestConnecting:
    async def test_sign_in_and_api_are_different_hosts(self):
        async with open_desk() as desk:
            assert (await desk.http.post(f"{desk.urls['api']}/oauth/v2/accessToken")).status_code == 404
            assert (await desk.http.get(f"{desk.urls['oauth']}/v2/userinfo")).status_code == 404

    async def test_the_client_secret_travels_in_the_form(self):
        async with open_desk() as desk:
            form = {"grant_type": "authorization_code", "code": "c", "redirect_uri": REDIRECT_URI}
            url = f"{desk.urls['oauth']}/oauth/v2/accessToken"
            answer = await desk.http.post(url, data=form, auth=("demo-client", "demo-secret"))
            assert answer.json()["error_description"] == 'A required parameter "client_id" is missing'
            await desk.sign_in("Noa")

    async def test_a_wrong_secret_is_the_administrators_to_fix(self):
        async with open_desk() as desk:
            code = await desk.code("Noa")
            wrong = desk.with_settings(client_secret="wrong")
            with pytest.raises(ConfigurationInvalid):
                await connector.exchange_code(wrong.ctx, code=code, redirect_uri=REDIRECT_URI)

    @pytest.mark.parametrize("address", ["ftp://127.0.0.1", "127.0.0.1", "http://["])
    async def test_a_sign_in_address_that_is_none_is_the_administrators_to_fix(self, address: str):
        async with open_desk() as desk:
            ctx = desk.with_settings(oauth_url=address).ctx
            with pytest.raises(ConfigurationInvalid):
                await connector.exchange_code(ctx, code="c", redirect_uri=REDIRECT_URI)

    async def test_a_code_works_once_and_for_thirty_minutes(self):
        async with open_desk() as desk:
            code = await desk.code("Noa")
            await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI)
            with pytest.raises(ReauthRequired):
                await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI)
            late = await desk.code("Noa")
            desk.advance(1801)
            with pytest.raises(ReauthRequired):
                await connector.exchange_code(desk.ctx, code=late, redirect_uri=REDIRECT_URI)

    async def test_a_code_is_bound_to_its_redirect_address(self):
        async with open_desk() as desk:
            code = await desk.code("Noa")
            with pytest.raises(ReauthRequired):
                await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI + "/other")

    async def test_a_cancelled_consent_comes_back_with_the_state(self):
        async with open_desk() as desk:
            url = connector.authorization_url(desk.ctx, state="s t", redirect_uri=REDIRECT_URI)
            back = await consent(desk.http, url, member_name="Noa", decision="cancel")
            assert back.startswith(f"{REDIRECT_URI}?error=user_cancelled_authorize&")
            assert back.endswith("&state=s%20t")

    @pytest.mark.parametrize("change", [{"client_id": "other"}, {"scopes": WITH_NUMBERS}])
    async def test_one_scope_too_many_or_a_wrong_app_fails_the_whole_page(self, change: dict):
        async with open_desk() as desk:
            url = connector.authorization_url(desk.with_settings(**change).ctx, state="s", redirect_uri=REDIRECT_URI)
            with pytest.raises(ValueError, match="401"):
                await consent(desk.http, url, member_name="Noa")

    async def test_a_redirect_address_must_be_registered(self):
        async with open_desk() as desk:
            url = connector.authorization_url(desk.ctx, state="s", redirect_uri="https://evil.example/callback")
            with pytest.raises(ValueError, match="401"):
                await consent(desk.http, url, member_name="Noa")
            desk.simulator.configure(redirect_uris=frozenset({"https://evil.example/callback"}))
            assert await consent(desk.http, url, member_name="Noa")

    async def test_another_set_of_scopes_ends_all_earlier_tokens(self):
        async with open_desk() as desk:
            first, _ = await desk.sign_in("Noa")
            await desk.sign_in("Noa")
            await connector.check(first.ctx)
            await desk.sign_in("Noa", scopes=BASIC + " email")
            with pytest.raises(ReauthRequired) as caught:
                await connector.check(first.ctx)
            assert caught.value.vendor_code == "REVOKED_ACCESS_TOKEN"

    async def test_a_revoked_token_must_be_renewed_by_the_person(self):
        async with open_desk() as desk:
            noa, author = await desk.sign_in("Noa")
            url = f"{desk.urls['api']}/_sim/tokens/revoke"
            assert (await desk.http.post(url, json={"member_name": "Noa"})).status_code == 204
            with pytest.raises(ReauthRequired):
                await noa.publish(author, "x")
            assert await desk.posts() == []

    async def test_a_member_has_another_id_in_another_app(self):
        async with open_desk() as desk:
            _, author = await desk.sign_in("Noa")
            desk.simulator.configure(client_id="other-app")
            _, same_person = await desk.with_settings(client_id="other-app").sign_in("Noa")
            assert author.display_name == same_person.display_name == "Noa"
            assert author.external_id != same_person.external_id

    async def test_with_openid_alone_there_is_no_name(self):
        async with open_desk(scopes="openid") as desk:
            _, author = await desk.sign_in("Noa")
            assert author.display_name == "LinkedIn member"

    async def test_self_serve_apps_get_no_refresh_token(self):
        async with open_desk() as desk:
            desk, _ = await desk.sign_in("Noa")
            assert desk.ctx.require_credentials().refresh_token is None
            with pytest.raises(ReauthRequired):
                await connector.refresh_credentials(desk.ctx)

    async def test_a_refresh_token_keeps_its_first_end(self):
        async with open_desk(profile=Profile.PARTNER) as desk:
            desk, _ = await desk.sign_in("Noa")
            first = desk.ctx.require_credentials()
            desk.advance(350 * 86400)
            second = await connector.refresh_credentials(desk.ctx)
            assert second.access_token != first.access_token
            assert second.refresh_token == first.refresh_token
            assert second.expires_at == second.refresh_expires_at == first.refresh_expires_at
            await connector.check(desk.with_credentials(second).ctx)
            desk.advance(16 * 86400)
            with pytest.raises(ReauthRequired):
                await connector.refresh_credentials(desk.with_credentials(second).ctx)

    async def test_a_token_endpoint_that_is_down_is_no_reason_to_reconnect(self):
        async with open_desk() as desk:
            for details in ({"kind": "status", "status": 503}, {"kind": "lose_request"}, {"kind": "garbage"}):
                code = await desk.code("Noa")
                await desk.fault("access_token", **details)
                with pytest.raises((VendorUnavailable, ProtocolViolation)):
                    await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI)
            await desk.sign_in("Noa")


class TestNumbers:
    async def test_without_the_vetted_scope_there_are_no_numbers_and_no_call(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            reading = await connector.read_metrics(desk.ctx, external_id=published.external_id, metrics=FOUR)
            assert dict(reading.values) == {}
            assert set(reading.missing.values()) == {"scope_missing"}
            assert desk.simulator.calls["analytics"] == 0

    @pytest.mark.parametrize("status", [403, 404])
    async def test_a_gated_number_is_refused_as_403_or_404(self, status: int):
        async with open_desk(profile=Profile.PARTNER, scopes=WITH_NUMBERS) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            await desk.fault("analytics", "status", status=status)
            reading = await connector.read_metrics(desk.ctx, external_id=published.external_id, metrics=FOUR)
            assert dict(reading.missing) == {Metric.IMPRESSIONS: "scope_missing"}
            assert len(reading.values) == 3

    @pytest.mark.parametrize("version", ["202604", "202605"])
    async def test_the_metric_type_has_two_shapes(self, version: str):
        async with open_desk(profile=Profile.PARTNER, scopes=WITH_NUMBERS) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            numbers = {"impressions": 1204, "reactions": 31, "comments": 4, "reshares": 0}
            url = f"{desk.urls['api']}/_sim/counts"
            await desk.http.post(url, json={"external_id": published.external_id, **numbers})
            ctx = desk.with_settings(api_version=version).ctx
            reading = await connector.read_metrics(ctx, external_id=published.external_id, metrics=FOUR)
            assert {metric.value: value for metric, value in reading.values.items()} == numbers
            assert desk.simulator.calls["analytics"] == 4

    async def test_no_elements_means_no_data_and_not_zero(self):
        async with open_desk(profile=Profile.PARTNER, scopes=WITH_NUMBERS) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            url = f"{desk.urls['api']}/_sim/counts"
            await desk.http.post(url, json={"external_id": published.external_id, "reshares": -1})
            reading = await connector.read_metrics(
                desk.ctx, external_id=published.external_id, metrics=[Metric.RESHARES, Metric.SAVES]
            )
            assert dict(reading.missing) == {Metric.RESHARES: "no_data", Metric.SAVES: "not_supported"}

    async def test_an_encoded_parenthesis_is_a_bad_request(self):
        async with open_desk(profile=Profile.PARTNER, scopes=WITH_NUMBERS) as desk:
            desk, _ = await desk.sign_in("Noa")
            headers = {
                "Authorization": f"Bearer {desk.ctx.require_credentials().access_token.reveal()}",
                "LinkedIn-Version": "202609",
                "X-Restli-Protocol-Version": "2.0.0",
            }
            params = {"q": "entity", "entity": "(share:urn:li:share:1)", "queryType": "REACTION"}
            url = f"{desk.urls['api']}/rest/memberCreatorPostAnalytics"
            assert (await desk.http.get(url, params=params, headers=headers)).status_code == 400


class TestPages:
    async def test_page_numbers_are_for_administrators(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            await desk.control("pages", organization=PAGE, administrators=["Dan"])
            noa, _ = await desk.sign_in("Noa")
            with pytest.raises(ScopeMissing) as caught:
                await noa.numbers("page_views")
            assert "administrators" in caught.value.message
            dan, _ = await desk.sign_in("Dan")
            assert await dan.numbers("page_views")

    async def test_without_the_organization_scope_there_is_no_call_for_page_numbers(self):
        async with open_desk() as desk:
            desk, _ = await desk.sign_in("Noa")
            for feed in ("page_followers", "page_views"):
                with pytest.raises(ScopeMissing):
                    await desk.numbers(feed)
            assert not desk.simulator.calls["network_size"] + desk.simulator.calls["page_statistics"]

    async def test_page_numbers_reach_back_twelve_months(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            found = await desk.numbers("page_post_impressions", since=date(2025, 1, 1))
            assert min(found.values) == date(2025, 3, 11)
            assert max(found.missing) == date(2026, 3, 10)
            assert found.missing[date(2025, 3, 10)] == "no_data"
            before = desk.simulator.calls["share_statistics"]
            old = await desk.numbers("page_post_impressions", since=date(2020, 1, 1), until=date(2020, 1, 2))
            assert len(old.missing) == 2
            assert desk.simulator.calls["share_statistics"] == before

    async def test_a_day_that_has_not_ended_has_no_number(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            found = await desk.numbers("page_views", since=date(2026, 3, 9), until=date(2026, 3, 11))
            assert set(found.values) == {date(2026, 3, 9)}
            assert set(found.missing) == {date(2026, 3, 10), date(2026, 3, 11)}

    async def test_a_day_without_data_is_missing_and_not_zero(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            days = {"2026-03-07": {"impressions": 900, "clicks": 0}, "2026-03-08": None}
            await desk.control("pages", organization=PAGE, days=days)
            span = {"since": date(2026, 3, 7), "until": date(2026, 3, 8)}
            assert dict((await desk.numbers("page_post_impressions", **span)).values) == {date(2026, 3, 7): 900}
            clicks = await desk.numbers("page_post_clicks", **span)
            assert dict(clicks.values) == {date(2026, 3, 7): 0}
            assert dict(clicks.missing) == {date(2026, 3, 8): "no_data"}
            assert dict((await desk.numbers("page_post_reach", **span)).values) == {}

    async def test_the_number_of_followers_is_known_for_today_only(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            await desk.control("pages", organization=PAGE, followers=4321)
            found = await desk.numbers("page_followers", since=date(2026, 3, 8))
            assert dict(found.values) == {date(2026, 3, 10): 4321}
            assert set(found.missing) == {date(2026, 3, 8), date(2026, 3, 9)}
            assert not (await desk.numbers("page_followers", since=date(2026, 3, 8), until=date(2026, 3, 9))).values
            assert desk.simulator.calls["network_size"] == 1

    @pytest.mark.parametrize("spelled", ["{}FollowerGain", "{}FollowerGains"])
    async def test_new_followers_are_spelled_in_two_ways(self, spelled: str):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            desk.simulator.configure(gain_field=spelled)
            await desk.control("pages", organization=PAGE, days={"2026-03-09": {"followers_gained": 17}})
            found = await desk.numbers("page_followers_gained", since=date(2026, 3, 9))
            assert dict(found.values) == {date(2026, 3, 9): 17}

    async def test_unique_visitors_may_not_be_given(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            days = {"2026-03-08": {"page_views": 8, "page_visitors": 5}, "2026-03-09": {"page_views": 9}}
            await desk.control("pages", organization=PAGE, days=days)
            views = await desk.numbers("page_views", since=date(2026, 3, 8), until=date(2026, 3, 9))
            visitors = await desk.numbers("page_visitors", since=date(2026, 3, 8), until=date(2026, 3, 9))
            assert list(views.values.values()) == [8, 9]
            assert dict(visitors.values) == {date(2026, 3, 8): 5}
            assert dict(visitors.missing) == {date(2026, 3, 9): "no_data"}

    async def test_page_numbers_may_come_in_several_answers(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            whole = await desk.numbers("page_views", since=date(2026, 2, 1), until=date(2026, 3, 9))
            desk.simulator.configure(statistics_page_size=10)
            parts = await desk.numbers("page_views", since=date(2026, 2, 1), until=date(2026, 3, 9))
            assert parts == whole
            assert desk.simulator.calls["page_statistics"] == 1 + 4

    @pytest.mark.parametrize("subject", ["99", "acme", "urn:li:person:99", "urn:li:organization:99/../98", ""])
    async def test_a_company_page_is_named_by_its_urn(self, subject: str):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            with pytest.raises(ConfigurationInvalid):
                await desk.numbers("page_views", subject=subject)


class TestFeed:
    async def test_the_feed_shows_what_people_see_and_runs_nothing(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("<b>נועה</b>")
            link = LinkCard(url="https://go.example/l/abc", title="<script>alert(1)</script>")
            await desk.publish(author, "שלום <img src=x> #משרות", link=link)
            page = await desk.http.get(desk.urls["api"] + "/")
        assert "שלום &lt;img src=x&gt; #משרות" in page.text
        assert 'dir="auto"' in page.text
        assert "<script" not in page.text
        assert "go.example" in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")

    async def test_the_numbers_grow_and_are_the_same_each_time(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.publish(author, "x")
            early, again = (await desk.posts())[0]["counts"], (await desk.posts())[0]["counts"]
            desk.advance(3 * 86400)
            late = (await desk.posts())[0]["counts"]
        assert early == again
        assert late["impressions"] > early["impressions"] > 0
        assert late["impressions"] > late["reactions"] > late["comments"]


class TestInProcess:
    async def test_the_simulator_also_answers_without_any_socket(self):
        simulator = create_simulator(clock=lambda: STARTED_AT)
        mounts = {
            "https://api.linkedin.com": httpx2.ASGITransport(app=simulator.apps["api"]),
            "https://www.linkedin.com": httpx2.ASGITransport(app=simulator.apps["oauth"]),
        }
        async with httpx2.AsyncClient(mounts=mounts, trust_env=False) as http:
            settings = {"client_id": "demo-client", "client_secret": "demo-secret"}
            ctx = Context(http=http, settings=settings, clock=simulator.now)
            desk, author = await Desk(simulator, {}, http, ctx).sign_in("Noa")
            published = await desk.publish(author, "x")
            simulator.faults.add(Fault(operation="create_post", kind=FaultKind.LOSE_ANSWER))
            with pytest.raises(OutcomeUnknown):
                await desk.publish(author, "y")
        assert [post.text for post in simulator.store.posts.values()] == ["x", "y"]
        assert published.external_id in simulator.store.posts
