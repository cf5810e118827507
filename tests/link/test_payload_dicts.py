"""Events as dicts: made in a function, completed key by key, sent in batches, filtered on the way."""

from __future__ import annotations

from evlint.app import analyse_sources

SOURCE = """
import boto3, json
bus = boto3.client("events")

def to_event(record, kind):
    event = {"Source": "shop", "EventBusName": "main"}
    if record["eventName"] == "INSERT":
        event["DetailType"] = "{}Created".format(kind)
    elif record["eventName"] == "REMOVE":
        event["DetailType"] = f"{kind}Deleted"
    else:
        return None
    return event

def send(events):
    for start in range(0, len(events), 10):
        bus.put_events(Entries=events[start : start + 10])

def send_one(event):
    bus.put_events(Entries=[event])

def on_orders(event, context):
    events = [to_event(record, "Order") for record in event["Records"]]
    events = [event for event in events if event is not None]
    send(events)

def on_user(event, context):
    output = {"Source": "shop", "DetailType": "UserCreated", "Detail": json.dumps(event)}
    send_one(output)
"""


def test_events_that_are_dicts_are_followed_to_where_they_are_named() -> None:
    program = analyse_sources({"shop.py": SOURCE})
    names = {event.id: event.name for event in program.events}
    assert {(names[item.event], item.location.symbol) for item in program.publications} == {
        ("OrderCreated", "on_orders"),
        ("OrderDeleted", "on_orders"),
        ("UserCreated", "on_user"),
    }
