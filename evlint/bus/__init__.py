"""A small bus that does what the guidelines ask: outbox, inbox, retries, dead letters, order, correlation.

@event("payment.captured", version=1, key="payment_id")
@dataclass(frozen=True)
class PaymentCaptured: ...

bus = Bus("sqlite:///shop.db", source="shop/payments")

@bus.subscribe(id="ledger.post_payment")
def post_payment(event: PaymentCaptured, tx: sqlite3.Connection) -> None: ...

with connection:
    bus.publish(connection, PaymentCaptured(...))
"""

from evlint.bus.base import Observer
from evlint.bus.bus import Bus
from evlint.bus.delivery import Delivery, correlated
from evlint.bus.envelope import Envelope, from_wire, to_wire
from evlint.bus.errors import (
    BusError,
    EventTypeError,
    HandlerError,
    NotYet,
    PublishError,
    Reject,
    RetryAfter,
    UnknownVersionError,
    UnreadableEventError,
)
from evlint.bus.events import event
from evlint.bus.memory import MemoryBus
from evlint.bus.recording import Recorder
from evlint.bus.retry import Retry
from evlint.bus.sqlite import SqliteDatabase

__all__ = [
    "Bus",
    "BusError",
    "Delivery",
    "Envelope",
    "EventTypeError",
    "HandlerError",
    "MemoryBus",
    "NotYet",
    "Observer",
    "PublishError",
    "Recorder",
    "Reject",
    "Retry",
    "RetryAfter",
    "SqliteDatabase",
    "UnknownVersionError",
    "UnreadableEventError",
    "correlated",
    "event",
    "from_wire",
    "to_wire",
]
