"""What the author of a connector does about a question of the exam that was answered wrongly."""

from collections.abc import Mapping

_FAULTS = "errors.py decides by the status"

#: By the name of the question.
HINTS: Mapping[str, str] = {
    "test_the_slug_is_the_name_of_the_folder": "Give manifest.py the slug after which the package is called, and "
    "exam.py the name of the package.",
    "test_the_package_exports_the_connector_and_nothing_else": "Let __init__.py make one instance called connector, "
    'with __all__ = ["connector"].',
    "test_each_declared_capability_has_its_port": "Write the missing methods in adapter.py with the names and "
    "arguments of the port, or take the capability out of manifest.py.",
    "test_each_undeclared_capability_refuses_before_any_call": "Ask for a capability through connectors.sdk.port only.",
    "test_operations_are_named_for_everything_that_calls_the_vendor": "Name in the exam's operations the simulator's "
    "operation behind each capability that manifest.py declares, and no other.",
    "test_connecting_gives_credentials_and_an_account": "Return all that the vendor granted, with aware ends, and the "
    "person's id and name.",
    "test_each_declared_capability_works": "Compare the call in client.py with what simulator.py answers.",
    "test_a_published_post_has_an_id_and_can_be_deleted_twice": "Read the id in mapping.py, and let deleting return "
    "for a post that is gone.",
    "test_a_link_card_is_published": "Put request.link where the vendor has a place for it; "
    "if it has none, say has_link_cards=False in the manifest, and the link comes in the text.",
    "test_the_same_idempotency_key_publishes_once": "Send request.idempotency_key, or take publishes_once out of "
    "manifest.py.",
    "test_a_post_is_found_again_after_its_answer_was_lost": "Let find_post look by what was sent, and answer None "
    "when nothing is to be seen.",
    "test_each_asked_metric_is_present_or_missing_with_a_reason": "Put each asked metric into values or, with a "
    "MissingReason, into missing; a gap is never 0.",
    "test_a_share_link_has_words_in_english_and_hebrew": 'Give instructions for "en" and "he", and an https address.',
    "test_each_kind_of_file_is_taken_or_refused_before_any_call": 'Raise Rejected("media_not_accepted", ...) for '
    "each kind that manifest.media does not name, before any call.",
    "test_a_text_arrives_character_by_character_in_its_logical_order": "Send the text unaltered, and let the "
    "simulator's state() show what people read.",
    "test_each_day_of_a_goal_feed_has_a_number_or_a_reason": "Put each day of the span into values or, with a reason, "
    "into missing.",
    "test_destinations_have_ids_and_titles": "Give each place its id, title and kind once.",
    "test_a_preview_makes_no_call_and_names_what_gets_lost": "Show every field as it will be sent, and name a Loss "
    "for each of ours that is not among them.",
    "test_pushed_content_is_found_and_can_be_withdrawn_twice": "Read id and state of the item in mapping.py, find it "
    "by its id, and let withdrawing return for an item that is gone.",
    "test_content_whose_answer_was_lost_is_found_again": "Let find_content look by what was sent when it is given no "
    "id.",
    "test_each_asked_number_of_an_item_is_present_or_missing_with_a_reason": "Put each asked metric into values or, "
    "with a MissingReason, into missing; a gap is never 0.",
    "test_people_are_let_in_once_and_out_for_good": "Look whether somebody is in before you add them, and list "
    "whoever was taken out as inactive or not at all.",
    "test_a_report_is_read_and_a_wrong_file_is_refused": "Read by the columns' names, and raise "
    'Rejected("report_not_readable", ...) that names the missing ones.',
    "test_a_genuine_notification_names_its_post": "Read the vendor's id of the post and of the notification.",
    "test_a_forged_or_malformed_notification_is_refused": "Verify the raw bytes before anything is read from them, "
    "and raise WebhookRefused for all that does not fit.",
    "test_an_old_notification_and_one_of_the_future_are_refused": "Compare its signed time with ctx.now(): five "
    "minutes either way.",
    "test_too_many_calls_is_rate_limited_until_an_aware_moment": f"{_FAULTS}: 429 is RateLimited(retry_at).",
    "test_retry_after_is_respected": "Add the seconds of Retry-After to ctx.now(); that is retry_at.",
    "test_a_server_error_leaves_a_publication_open_and_a_read_to_be_repeated": f"{_FAULTS}: a 5xx or 408 is "
    "OutcomeUnknown on a visible step, else VendorUnavailable.",
    "test_a_lost_answer_leaves_a_publication_open_and_a_read_to_be_repeated": "Make the visible call with send_once, "
    "and every other one with call.",
    "test_an_unreadable_success_never_counts_as_done_or_as_refused": "Turn the ProtocolViolation of a visible step's "
    "2xx into OutcomeUnknown.",
    "test_a_redirect_is_not_followed": f"{_FAULTS}: a 3xx on a visible step is OutcomeUnknown.",
    "test_an_id_in_the_header_with_a_broken_body_is_published": "Read the id from the header before the body.",
    "test_a_vendor_that_is_not_there_was_not_sent_anything": "Let VendorUnavailable of call and send_once pass.",
    "test_an_unknown_token_must_be_renewed_by_the_person": f"{_FAULTS}: a token that the vendor does not take is "
    "ReauthRequired.",
    "test_missing_credentials_must_be_renewed_by_the_person": "Take the token with ctx.require_credentials().",
    "test_an_expired_token_must_be_renewed": f"{_FAULTS}: an old token is ReauthRequired; let the simulator's tokens "
    "end by its own clock.",
    "test_a_wrong_key_or_client_secret_is_the_administrators_to_fix": f"{_FAULTS}: a wrong key or client secret is "
    "ConfigurationInvalid.",
    "test_access_that_was_taken_back_opens_nothing_and_can_be_taken_back_again": "Let revoke_credentials return for "
    "what the vendor no longer knows, and the simulator forget both tokens.",
    "test_an_address_that_is_none_is_the_administrators_to_fix": "Take the address from the settings, and make each "
    "request with build_request.",
    "test_missing_settings_are_the_administrators_to_fix": "Read each setting with MANIFEST.setting(ctx, name).",
    "test_everybody_comes_once_and_a_read_of_changes_is_no_full_one": "Say is_full only for a page of a whole read, "
    "put the cursor on the last page alone, and name nobody twice.",
    "test_a_directory_that_breaks_off_is_never_a_short_one": f"{_FAULTS}: a page that cannot be read to its end "
    "raises, so that nobody is taken for gone.",
    "test_no_secret_shows_in_a_repr_a_log_line_or_an_error": "Put no word of the vendor's answer into an error that "
    "could hold a secret: say it in your own.",
}

#: For what broke before it could be answered.
OTHERWISE = "Read the traceback from its end: the last line that is yours is where to look."


def hint_for(question: str) -> str:
    """The hint for a question by the name of its function; the author's own questions get a general one."""
    return HINTS.get(question, OTHERWISE)
