"""What becomes of failures, what is tried again, what repeats, and what a message carries."""

from __future__ import annotations

import textwrap

import pytest

from evlint.app import analyse_sources
from evlint.model.program import Behaviour, Program

CONSUMER = """
from faststream.rabbit import RabbitBroker

broker = RabbitBroker()


@broker.subscriber("order.placed")
async def handle(event, repository, session, outbox, logger):
"""


def program(source: str) -> Program:
    return analyse_sources({"shop/app.py": textwrap.dedent(source)})


def handler(body: str) -> Behaviour:
    found = program(CONSUMER + textwrap.indent(textwrap.dedent(body), "    "))
    return next(item for item in found.behaviours if item.name == "handle")


@pytest.mark.parametrize(
    ("clause", "outcome"),
    [
        pytest.param("pass", "drops", id="nothing is done"),
        pytest.param("logger.exception('failed')", "drops", id="it is logged"),
        pytest.param("print(f'failed: {error}')", "drops", id="it is printed"),
        pytest.param("text = str(error); logger.error(text)", "drops", id="it is described and logged"),
        pytest.param("await session.rollback()", "drops", id="the transaction is given up"),
        pytest.param("return", "drops", id="it leaves without a word"),
        pytest.param("raise", "raises", id="it is raised again"),
        pytest.param("raise RuntimeError() from error", "raises", id="another is raised"),
        pytest.param("sys.exit(1)", "raises", id="the process ends"),
        pytest.param("if event.last: raise", "raises", id="it may be raised again"),
        pytest.param("await outbox.park(event)", "handles", id="the event is kept"),
        pytest.param("event.status = 'failed'", "handles", id="the failure is recorded"),
        pytest.param("failures.append(error)", "handles", id="the failure is collected"),
        pytest.param("return error", "handles", id="the failure is returned"),
        pytest.param("invoice = None", "handles", id="a substitute is used"),
        pytest.param("await event.nack(requeue=True)", "handles", id="the message goes back"),
    ],
)
def test_an_except_clause_is_judged_by_what_becomes_of_the_failure(clause: str, outcome: str) -> None:
    behaviour = handler(f"try:\n    await repository.save(event)\nexcept Exception as error:\n    {clause}\n")
    assert [catch.outcome for catch in behaviour.catches] == [outcome]


@pytest.mark.parametrize(
    ("kind", "broad"),
    [
        pytest.param("", True, id="bare"),
        pytest.param("Exception", True, id="Exception"),
        pytest.param("(ValueError, Exception)", True, id="one of many"),
        pytest.param("ValueError", False, id="a particular one"),
    ],
)
def test_a_clause_is_broad_when_it_takes_any_failure(kind: str, broad: bool) -> None:
    behaviour = handler(f"try:\n    await repository.save(event)\nexcept {kind}:\n    pass\n")
    assert [catch.broad for catch in behaviour.catches] == [broad]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        pytest.param("channel.basic_ack(tag)", "ack", id="pika ack"),
        pytest.param("channel.basic_nack(tag)", "requeue", id="pika puts back by default"),
        pytest.param("channel.basic_nack(tag, False, False)", "reject", id="pika reject by position"),
        pytest.param("channel.basic_reject(tag, requeue=False)", "reject", id="pika reject"),
        pytest.param("channel.basic_nack(tag, requeue=again)", "reject", id="known only when it runs"),
        pytest.param("message.nack(requeue=True)", "requeue", id="aio-pika puts back"),
        pytest.param("message.reject()", "reject", id="aio-pika reject"),
        pytest.param("consumer.commit()", "ack", id="a Kafka offset is no transaction"),
        pytest.param("session.commit()", "commit", id="a transaction is no offset"),
        pytest.param("sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)", "ack", id="SQS"),
        pytest.param("bot.delete_message(chat_id=1)", "call", id="a chat is no queue"),
        pytest.param("proposal.reject()", "call", id="what is rejected is no message"),
    ],
)
def test_a_call_that_settles_a_delivery(call: str, kind: str) -> None:
    assert [action.kind for action in handler(call).actions] == [kind]


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        pytest.param(
            "while True:\n    try:\n        await repository.save(event)\n        break\n    except Exception:\n        pass\n",
            ["loop"],
            id="until it works",
        ),
        pytest.param(
            "while True:\n    try:\n        return await repository.save(event)\n    except OSError:\n        continue\n",
            ["loop"],
            id="until it returns",
        ),
        pytest.param(
            "attempts = 0\nwhile True:\n    try:\n        await repository.save(event)\n        break\n"
            "    except Exception:\n        attempts += 1\n",
            [],
            id="counted",
        ),
        pytest.param(
            "while True:\n    try:\n        await repository.save(event)\n        break\n    except Exception:\n        raise\n",
            [],
            id="once",
        ),
        pytest.param(
            "while True:\n    try:\n        await repository.save(event)\n    except Exception:\n        pass\n",
            [],
            id="a service that goes on with the next",
        ),
    ],
)
def test_work_that_is_tried_again_without_an_end(body: str, kinds: list[str]) -> None:
    assert [item.kind for item in handler(body).endless] == kinds


@pytest.mark.parametrize(
    ("body", "effects"),
    [
        pytest.param("view.total += event.amount", ["counts"], id="added in place"),
        pytest.param("view.total = (view.total or 0) + event.amount", ["counts"], id="added by hand"),
        pytest.param("view.total = other.total + event.amount", [], id="set from something else"),
        pytest.param("view.total = event.total", [], id="set"),
        pytest.param(
            "entries = list(view.log or [])\nentries.append(event)\nview.log = entries", ["counts"], id="a list"
        ),
        pytest.param("entries = []\nentries.append(event)\nview.log = entries", [], id="a new list"),
        pytest.param("order = repository.get(event.id)\norder.lines.append(event)", ["counts"], id="a loaded list"),
    ],
)
def test_changes_that_go_on_from_the_stored_value(body: str, effects: list[str]) -> None:
    assert [action.effect for action in handler(body).actions if action.kind == "write"] == effects


def test_a_row_that_was_fetched_and_changed_is_set() -> None:
    behaviour = handler("rows, view = find(event.id)\nview.status = event.status\nrepository.add(view)\n")
    assert [action.effect for action in behaviour.actions if action.kind == "write"] == ["sets"]


@pytest.mark.parametrize(
    ("key", "effect"),
    [
        pytest.param("id=event.id", "sets", id="the key comes with the event"),
        pytest.param("id=uuid4()", "adds", id="the key is made up"),
        pytest.param("order_id=event.id", "adds", id="another row's key"),
        pytest.param("number=event.number", "sets", id="a field declared as the key"),
    ],
)
def test_a_row_with_its_own_key_is_set_rather_than_added(key: str, effect: str) -> None:
    source = "class Invoice:\n    number = Column(Integer, primary_key=True)\n" + CONSUMER
    found = program(f"{source}    session.add(Invoice({key}))\n").behaviours[0]
    assert [action.effect for action in found.actions if action.kind == "write"] == [effect]


@pytest.mark.parametrize(
    ("arguments", "carries"),
    [
        pytest.param('"t", json.dumps({"order": 1})', ("order",), id="a dict in JSON"),
        pytest.param('"t", {"order": 1}, [("trace", b"1")]', ("order",), id="positional headers"),
        pytest.param('"t", {"order": 1, "key": str(uuid4())}', ("event_id", "key", "order"), id="an id of its own"),
        pytest.param('"t", {**base, "order": 1}', None, id="a part that is not known"),
        pytest.param('"t", value=message', None, id="a message that is not known"),
        pytest.param('"t", {"order": 1}, headers=headers', ("headers", "order"), id="headers that are not known"),
    ],
)
def test_what_a_message_is_seen_to_carry(arguments: str, carries: tuple[str, ...] | None) -> None:
    source = f"""
    from aiokafka import AIOKafkaProducer

    async def place(producer: AIOKafkaProducer, message, base, headers):
        await producer.send({arguments})
    """
    assert [item.carries for item in program(source).publications] == [carries]


def test_instrumentation_carries_the_trace() -> None:
    source = """
    from aiokafka import AIOKafkaProducer
    from opentelemetry.instrumentation.aiokafka import AIOKafkaInstrumentor

    async def place(producer: AIOKafkaProducer):
        await producer.send("t", {"order": 1})
    """
    assert [item.carries for item in program(source).publications] == [None]


def test_a_consumer_of_an_unknown_topic_takes_deliveries() -> None:
    source = """
    from aiokafka import AIOKafkaConsumer

    async def run(topic):
        async for message in AIOKafkaConsumer(topic):
            print(message)
    """
    found = program(source)
    assert (list(found.subscriptions), [item.function for item in found.intakes]) == ([], ["shop/app.py:4"])


@pytest.mark.parametrize(
    ("test", "guards"),
    [
        pytest.param("existing", ("existing row",), id="it is there"),
        pytest.param("existing is not None", ("existing row",), id="it is not missing"),
        pytest.param("not existing", (), id="it is missing"),
        pytest.param("existing is None", (), id="it is None"),
    ],
)
def test_leaving_when_the_row_is_there_is_a_guard(test: str, guards: tuple[str, ...]) -> None:
    assert handler(f"existing = await repository.find(event.id)\nif {test}:\n    return\n").guards == guards
