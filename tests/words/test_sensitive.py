"""Secrets and personal data among fields, and the ordinary fields that only sound like them."""

from __future__ import annotations

import pytest

from evlint.words.sensitive import classify, secret_literal

TEXT = ("builtins.str",)
SECRETS = """password passwd client_secret api_key access_token refresh_token card_number credit_card_number cvv
private_key ssn national_id customer_password webhook_secret otp passport_number""".split()
PERSONAL = """email customer_email phone_number first_name last_name date_of_birth ip_address billing_address username
shipping_address full_name iban""".split()
ORDINARY = """
order_id customer_id user_id product_id sku quantity price amount amount_cents currency total subtotal tax discount
status state reason created_at updated_at occurred_at event_id correlation_id causation_id version tenant_id account_id
payment_id invoice_id shipment_id tracking_number carrier warehouse_id location_code item_count line_items notes_count
token_count total_tokens max_tokens prompt_tokens token_type token_url page_token next_token idempotency_key
idempotency_token continuation_token primary_key partition_key sort_key cache_key object_key routing_key key_id key_name
public_key author_id authored_at authority pinned pin_id pipeline shipping_method spinner bind_address server_address
listen_address host_address mac_address reply_address wallet_address contract_address email_template email_type
email_sent email_count email_verified phone_model password_changed_at password_policy secret_name secret_arn
session_count course_session file_name host_name queue_name topic_name product_name role_name tool_name event_name
display_order page_count image_size storage_used usage_percent race_condition card_type cardinality gift_card
scorecard signature_algorithm cookie_consent cell_id credential_type credential_id passenger_count passed bypass
compass_heading zip_file trip_id clip_url script_path description title subject body_length message_id channel_id
department team_id project_id issue_id comment_id article_id tag_name category_id parent_id rank score rating votes
views likes duration_ms started_at finished_at attempt max_attempts error_code error_message retry_after deadline
priority severity labels source target origin destination region zone country_code language timezone_offset format
checksum size mime_type width height depth weight unit temperature humidity voltage battery_level firmware_version
device_model serial_prefix build_number commit_id branch repository pull_request_id environment service_name host_id
container_id image_tag replica_count cpu_usage memory_limit bucket path url domain port protocol method status_code
latency_ms plan_id subscription_id coupon_code campaign_id segment_id experiment_id variant bucket_id cohort
""".split()


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_told(name: str) -> None:
    found = classify(name, TEXT, "OrderPlaced")
    assert found is not None
    assert (found.is_secret, found.tier) == (True, "certain")


@pytest.mark.parametrize("name", PERSONAL)
def test_personal_data_is_told(name: str) -> None:
    found = classify(name, TEXT, "OrderPlaced")
    assert found is not None
    assert not found.is_secret


def test_fewer_than_one_ordinary_field_in_twenty_is_flagged() -> None:
    flagged = [name for name in ORDINARY if classify(name, TEXT, "OrderPlaced")]
    assert len(flagged) / len(ORDINARY) < 0.05, flagged


@pytest.mark.parametrize(
    ("name", "types"),
    [
        pytest.param("password", ("pydantic.SecretStr",), id="masked"),
        pytest.param("email", ("builtins.bool",), id="a flag"),
        pytest.param("birthday", ("datetime.timedelta",), id="a duration"),
        pytest.param("tokens", ("builtins.int",), id="a count"),
    ],
)
def test_the_type_speaks_first(name: str, types: tuple[str, ...]) -> None:
    assert classify(name, types, "OrderPlaced") is None


def test_a_name_is_personal_where_a_person_owns_it() -> None:
    assert classify("name", TEXT, "CustomerRegistered")
    assert classify("name", TEXT, "ProductListed") is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param("AKIA" + "A" * 16, "an AWS access key", id="aws"),
        pytest.param("ghp_" + "a" * 36, "a GitHub token", id="github"),
        pytest.param("sk_live_" + "1" * 24, "a Stripe key", id="stripe"),
        pytest.param("amqp://guest:hunter2@broker/", "a URL with a password", id="url"),
        pytest.param("4111 1111 1111 1111", "a card number", id="card"),
        pytest.param("order.placed", None, id="a topic"),
        pytest.param("1234567890123", None, id="digits without a check sum"),
    ],
)
def test_a_secret_literal_is_named_and_not_repeated(value: str, kind: str | None) -> None:
    assert secret_literal(value) == kind
