"""Names of facts, told from everything else."""

from __future__ import annotations

import pytest

from evlint.words.past_tense import tense

FACTS = """Sent Paid Built Lost Withdrawn OrderHasBeenPaid PaymentFailedEvent order.paid ORDER_PAID order-shipped
UserLoggedIn SeatAssignedToGuest OrderCreatedV2 user.created.v1 GameBegan NotificationRequired MailSentMessage
InvoiceOverpaid AccountUnfrozen StockRanOut PaymentRetryInitiated""".split()
OTHERS = """Speed Feed Bed Embed TrackingEvent PaymentOverdue CreateOrder SendEmail PaymentFailure order.create
DeliveryException AuditEvent StartCheckout OrderProcessing NewsFeed TestBed CargoHundred""".split()
EITHER = "PriceSet FileRead ValuePut ReadMessage StockLow DataReset MarketSplit request_reached_downloader request_left_downloader SpiderReachedLimit".split()


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_is_in_the_past(name: str) -> None:
    assert tense(name).kind == "past"


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_fact_is_told(name: str) -> None:
    assert tense(name).kind == "not-past"


@pytest.mark.parametrize("name", EITHER)
def test_what_may_be_either_is_not_judged(name: str) -> None:
    assert tense(name).kind == "ambiguous"


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("CaptureStart", "CaptureStarted"),
        ("OrderCancel", "OrderCancelled"),
        pytest.param("CreateOrder", "OrderCreated", id="a regular verb"),
        pytest.param("SendEmail", "EmailSent", id="an irregular one"),
        pytest.param("SubmitForm", "FormSubmitted", id="a doubled consonant"),
        pytest.param("ApplyCoupon", "CouponApplied", id="a verb in y"),
        pytest.param("PaymentFailure", "PaymentFailed", id="a noun"),
    ],
)
def test_a_better_name_is_offered(name: str, fact: str) -> None:
    assert tense(name).suggestion == fact


def test_a_lexicon_agrees() -> None:
    """Of the past forms of an English lexicon 97 in 100 are known; of plain verbs hardly any is taken for one."""
    lexicon = pytest.importorskip("lemminflect", reason="lemminflect is part of the dev extra")

    verbs = _verbs()
    pasts = {form for verb in verbs for tag in ("VBD", "VBN") for form in lexicon.getInflection(verb, tag=tag)}
    pasts = {form for form in pasts if form.isalpha()}
    known = sum(tense(form).kind in {"past", "ambiguous"} for form in pasts)
    assert known / len(pasts) >= 0.97
    plain = [verb for verb in verbs if verb not in pasts]
    wrong = [verb for verb in plain if tense(verb).kind == "past"]
    assert len(wrong) / len(plain) < 0.005, wrong


def _verbs() -> list[str]:
    """Verbs common enough to stand in the name of an event."""
    return sorted(set(_COMMON.split()))


_COMMON = """
accept achieve acquire activate add adjust admit adopt advance advise afford agree allocate allow alter amend announce
answer appear apply appoint approve archive arise arrange arrive ask assess assign assist assume assure attach attend
authorize award bear become begin believe bend bind bite block blow book borrow break bring build burn buy calculate
call cancel capture carry catch change charge check choose claim clean clear close collect come commit compare complete
compute confirm connect consider contact contain continue convert copy correct create credit cross cut deal debit
decide decline decrease defer define delay delete deliver deny depart deploy describe design destroy detect determine
develop die direct disable discover discuss dispatch divide do draw drink drive drop eat elect eliminate enable end
enrol ensure enter escape establish estimate exceed exchange exclude execute exist expand expect expire explain export
express extend face fail fall fear feed feel fight fill find finish fix flag flee fly fold follow forbid force forget
forgive form freeze gain generate get give go grant greet grind grow guarantee guess handle hang happen have hear help
hide hit hold hope identify ignore import impose improve include increase indicate inform inspect install introduce
invest invite invoke issue join judge jump keep kick kill kneel know lack land launch lay lead lean leap learn leave
lend let lie light like limit link list listen live load lock lose love maintain make manage mark match mean measure
meet merge migrate miss modify monitor mount move name need negotiate note notice notify obtain occur offer open operate
order organize overcome override owe own pack park pass pause pay perform permit pick place plan play point post pour
prepare present preserve press prevent process produce promise promote propose protect prove provide publish pull
purchase push put qualify quit raise rank reach read realize rebuild receive recognize recommend record recover reduce
refer reflect refund refuse register regret reject relate release rely remain remember remove renew rent repair repay
repeat replace reply report represent request require resend reserve reset resign resolve respond restore restrict
resume retain retire retrieve return reveal reverse review revoke ride ring rise roll run save say schedule scan score
seal search secure see seek select sell send separate serve set settle shake share shift shine ship shoot show shut
sign sing sink sit sleep slide solve sort speak specify spend spin split spread stand start state stay steal step stick
stop store strike submit subscribe succeed suffer suggest supply support suppose survive suspend swear sweep swim
swing switch take talk teach tear tell tend terminate test thank think throw tie touch track trade train transfer
translate travel treat trigger trim trust try turn undergo understand undo unfreeze update upgrade upload uphold urge
use validate value vary verify visit void vote wait wake walk want warn wash watch wear weigh win wind wish withdraw
withhold wonder work worry wrap write yield
"""
