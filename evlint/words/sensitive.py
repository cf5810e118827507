"""Tell secrets and personal data by the names and types of fields.

Names are matched as sequences of words, never as parts of words; the type is looked at first, then the words that
take the meaning away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from evlint.words.identifiers import split

Tier = Literal["certain", "likely"]


class Sensitivity(NamedTuple):
    """What a field holds: a secret or personal data, of which category, and how sure that is."""

    is_secret: bool
    category: str
    tier: Tier


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(phrase.split("_")) for phrase in text.split())


_SECRETS: tuple[tuple[str, Tier, tuple[tuple[str, ...], ...]], ...] = (
    ("credential", "certain", _phrases(
        "password passwd pwd passphrase passcode client_secret secret shared_secret secret_key secret_access_key"
        " private_key signing_key encryption_key api_key apikey access_key access_token refresh_token id_token"
        " auth_token bearer bearer_token session_token session_cookie reset_token verification_token magic_link"
        " one_time_password otp totp mfa_secret recovery_code recovery_codes security_answer credentials"
        " connection_string jwt mnemonic seed_phrase webhook_secret")),
    ("credential", "likely", _phrases("csrf_token device_token push_token invite_token session_id token")),
    ("payment data", "certain", _phrases(
        "card_number credit_card credit_card_number debit_card debit_card_number cvv cvc cvv2 card_security_code"
        " track_data pan")),
    ("government id", "certain", _phrases(
        "ssn social_security_number national_id national_id_number nino national_insurance_number passport"
        " passport_number driving_license driving_licence drivers_license driver_license tax_id taxpayer_id aadhaar"
        " cpf nhs_number medicare_number")),
)  # fmt: skip
_PERSONAL: tuple[tuple[str, Tier, tuple[tuple[str, ...], ...]], ...] = (
    ("payment data", "likely", _phrases("iban account_number bank_account bank_account_number routing_number sort_code")),
    ("contact", "likely", _phrases(
        "email email_address e_mail phone phone_number mobile mobile_number mobile_phone telephone home_address"
        " postal_address billing_address shipping_address delivery_address street street_address address_line1"
        " address_line2 whatsapp emergency_contact recipient_email customer_email user_email")),
    ("identity", "likely", _phrases(
        "first_name last_name given_name family_name middle_name maiden_name surname full_name birth_name date_of_birth"
        " dob birth_date birthday birthdate place_of_birth username user_name customer_name screen_name card_holder"
        " cardholder_name holder_name")),
    ("health or belief", "certain", _phrases(
        "diagnosis medical_record medical_record_number mrn health_record prescription blood_type hiv_status"
        " genetic_data biometric biometrics religion ethnicity sexual_orientation political_affiliation"
        " criminal_record")),
    ("income", "likely", _phrases("salary credit_score insurance_number marital_status")),
    ("online trace", "likely", _phrases(
        "ip_address ip_addr client_ip remote_addr remote_ip x_forwarded_for imei idfa advertising_id geolocation"
        " browser_fingerprint")),
)  # fmt: skip
# In the owner's name, these make `name` and `address` personal.
_PEOPLE = frozenset(
    "user customer client member patient employee person applicant candidate student guest contact".split()
)
_OF_PEOPLE = _phrases("name display_name nickname address age gender birthplace")
_CANCELLING = frozenset(
    "id ids uuid ref reference count total length size limit type kind format version status state policy strength hint"
    " field fields column label template enabled required valid verified confirmed changed reset sent expires expiry"
    " ttl at url uri endpoint path file cache suffix prefix index provider domain source method mode usage budget"
    " alias name hash_algorithm masked redacted last4 fingerprint hint rotated created updated deleted".split()
)
_HASHES = frozenset({"hash", "hashed", "digest", "encrypted", "salt", "masked", "redacted", "tokenized"})
_FRIENDS = _phrases(
    "page_token next_token next_page_token continuation_token sync_token cancellation_token idempotency_token"
    " idempotency_key design_token primary_key foreign_key partition_key routing_key sort_key cache_key object_key"
    " public_key bind_address server_address listen_address host_address contract_address wallet_address mac_address"
    " reply_address gift_card id_card score_card boarding_pass email_template company_name"
)
_NEUTRAL_TYPES = re.compile(
    r"\.(?:bool|datetime|date|timedelta|time|Decimal|Enum|IntEnum|StrEnum|SecretStr|SecretBytes)$"
)
_NUMBERS = re.compile(r"\.(?:int|float|complex)$")
_LITERALS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b")),
    ("a GitLab token", re.compile(r"\bglpat-[\w-]{20}\b")),
    ("a Slack token", re.compile(r"\bxox[abposr]-[\w-]{10,}")),
    ("a Stripe key", re.compile(r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}")),
    ("a Google API key", re.compile(r"\bAIza[\w-]{35}")),
    ("a JSON web token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+")),
    ("a URL with a password", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@]+:[^\s:/@{}]+@")),
)
_CARD = re.compile(r"\b(?:\d[ -]?){13,19}\b")


def classify(name: str, types: Sequence[str], owner: str) -> Sensitivity | None:
    """Say what the field `name` of `owner` holds, or None where it is harmless.

    Args:
        name: The field's name.
        types: The dotted names in its annotation, outermost first; empty where there is none.
        owner: The name of the class that it belongs to.
    """
    return _classified(name, tuple(types), owner)


@lru_cache(maxsize=4096)  # the same few fields come again and again
def _classified(name: str, types: tuple[str, ...], owner: str) -> Sensitivity | None:
    if any(_NEUTRAL_TYPES.search(item) for item in types):
        return None
    words = tuple(word.lower() for word in split(name))
    if not words or words in _FRIENDS or any(_ends(words, friend) for friend in _FRIENDS):
        return None
    if len(words) > 1 and words[-1] in _CANCELLING and not _is_listed(words):
        return None
    number = bool(types) and all(_NUMBERS.search(item) for item in types)
    for is_secret, table in ((True, _SECRETS), (False, _PERSONAL)):
        for category, tier, phrases in table:
            if any(_ends(words, phrase) or _hashed(words, phrase) for phrase in phrases):
                return _judged(words, is_secret, category, tier, number=number)
    if {word.lower() for word in split(owner)} & _PEOPLE and words in _OF_PEOPLE and not number:
        return Sensitivity(False, "identity", "likely")
    return None


def _judged(words: tuple[str, ...], is_secret: bool, category: str, tier: Tier, *, number: bool) -> Sensitivity | None:
    if number and category in ("credential", "contact", "identity", "online trace"):
        return None
    if set(words) & _HASHES:
        return Sensitivity(is_secret, category, "likely")
    if words in {("token",), ("pan",)}:
        tier = "likely"
    return Sensitivity(is_secret, category, tier)


def _is_listed(words: tuple[str, ...]) -> bool:
    """Whether a phrase of the tables ends like the name, cancelling word included: `last_name`, `national_id`."""
    return any(
        words[-len(phrase) :] == phrase
        for _, _, phrases in (*_SECRETS, *_PERSONAL)
        for phrase in phrases
        if phrase[-1] in _CANCELLING
    )


def _ends(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return words[-len(phrase) :] == phrase


def _hashed(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """`password_hash`, `hashed_password`: the phrase with a word that says it was made unreadable."""
    plain = tuple(word for word in words if word not in _HASHES)
    return plain != words and plain == phrase


def secret_literal(value: str) -> str | None:
    """Name the kind of secret that a string literal is, never the secret; None where it is none."""
    for kind, pattern in _LITERALS:
        if pattern.search(value):
            return kind
    for match in _CARD.finditer(value):
        digits = [int(character) for character in match[0] if character.isdigit()]
        if 13 <= len(digits) <= 19 and _luhn(digits):
            return "a card number"
    return None


def _luhn(digits: Sequence[int]) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if position % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0 and len(set(digits)) > 1
