"""Tell names that let an action be traced through the services that it touches."""

from __future__ import annotations

import re
from typing import Literal

_TRACE = re.compile(
    r"correlation|corr_?id|causation|cause_?id|trace|span_?id|request_?id|conversation|parent_?(?:event|message|span)?_?id"
    r"|root_?id|operation_?id|saga_?id|workflow_?(?:run_?)?id|transaction_?id|process_?id|x-request|baggage|tracking_?id"
    r"|in_?reply_?to|chain_?id|flow_?id|run_?id|session_?id|job_?id|task_?id",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"^(?:event_?id|message_?id|msg_?id|uuid|event_?uuid|evt_?id|notification_?id|delivery_?id|idempotency_?key"
    r"|dedup\w*id|envelope_?id)$",
    re.IGNORECASE,
)
_CONTAINER = re.compile(
    r"^_?(?:meta|metadata|_metadata|headers?|context|ctx|properties|envelope|extra|attributes|messageattributes|baggage)_?$",
    re.IGNORECASE,
)

Trace = Literal["correlation", "identity", "container", ""]


def tells(name: str) -> Trace:
    """What the name of a field, key or argument says: a correlation, the event's own id, or a place for either."""
    if _TRACE.search(name):
        return "correlation"
    if _IDENTITY.match(name):
        return "identity"
    return "container" if _CONTAINER.match(name) else ""
