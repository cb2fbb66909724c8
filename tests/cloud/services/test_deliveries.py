"""Deliveries by SNS and EventBridge, which are evaluated under the target's policy and dropped if denied."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.models import default_user_config

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.lambda_functions import Functions
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.deliveries import delivery_permissions as deliveries
from labs_helpers.cloud.services.events import table as events
from labs_helpers.cloud.services.lambda_ import table as lambda_
from labs_helpers.cloud.services.logs import table as logs
from labs_helpers.cloud.services.shared.authorization_table import Ask
from labs_helpers.cloud.services.sns import table as sns
from labs_helpers.cloud.services.sqs import table as sqs
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)
from tests.cloud.services.moto_state import fresh, of, role, statement
from tests.cloud.services.tables import HOME, OUTSIDER, REGION, SECOND, call
from tests.clouds import trust

__all__ = ["fresh"]
NEWS = f"arn:aws:sns:{REGION}:{HOME}:news"
RULE = f"arn:aws:events:{REGION}:{HOME}:rule/sales"
TABLES = {
    "sqs": sqs.TABLE,
    "sns": sns.TABLE,
    "lambda": lambda_.TABLE,
    "logs": logs.TABLE,
    "events": events.TABLE,
}
TYPES = {"sqs": "queue", "sns": "topic", "lambda": "function", "logs": "log-group", "events": "event-bus"}


class Judge:
    """A stand-in for the gate, which evaluates the target's policy for the service principal, and keeps requests."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []

    def __call__(self, principal: str, action: str, target: str, source: str) -> bool:
        self.asked.append((principal, action, target, source))
        service, owner = target.split(":")[2], target.split(":")[4]
        found = TABLES[service].policy(call(service, "Delivery", {}), Ask(action, target, TYPES[service]))
        resource = Attached(found[0], parse_policy(found[1], PolicyKind.RESOURCE)) if found else None
        who = Principal.from_arn(principal) if principal.startswith("arn:") else Principal.service(principal)
        context = {"aws:SourceArn": source, "aws:SourceAccount": source.split(":")[4]}
        return decide(
            AccessRequest.of(who, action, target, account=owner, context=context), Policies(resource=resource)
        ).allowed


@pytest.fixture
def state() -> State:
    return State(Ids(1))


@pytest.fixture
def judge(fresh, state) -> Iterator[Judge]:
    judge = Judge()
    undo = [deliveries.connect(service, judge, lambda: state) for service in sorted(deliveries.SENDERS)]
    yield judge
    for each in undo:
        each()


@pytest.fixture
def invoked(monkeypatch, state) -> list[tuple[str, Any]]:
    """Return the events with which the stand-in for the function `hear` was invoked, by the function's name."""
    monkeypatch.setitem(default_user_config["lambda"], "use_docker", False)
    heard: list[tuple[str, Any]] = []
    state.part(Functions).register(
        f"arn:aws:lambda:{REGION}:{HOME}:function:hear",
        lambda event, context: heard.append((context.function_name, event)),
    )
    return heard


def queue(name: str = "inbox", account: str = HOME, policy: Any = None) -> str:
    of("sqs", account).create_queue(name)
    if policy is not None:
        of("sqs", account).set_queue_attributes(name, {"Policy": policy})
    return f"arn:aws:sqs:{REGION}:{account}:{name}"


def received(name: str = "inbox", account: str = HOME) -> list[Any]:
    return [json.loads(message.body) for message in of("sqs", account).queues[name].messages]


def from_service(service: str, action: str, source: str | None = None) -> str:
    condition = {"Condition": {"ArnEquals": {"aws:SourceArn": source}}} if source else {}
    return statement({"Service": f"{service}.amazonaws.com"}, action, "*", **condition)


def function(permission: dict[str, str] | None = None) -> str:
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("main.py", "")
    from moto.awslambda_simple.models import lambda_simple_backends

    made = lambda_simple_backends[HOME][REGION]
    made.create_function(
        {"FunctionName": "hear", "Runtime": "python3.13", "Role": role("worker"), "Handler": "main.x",
         "Code": {"ZipFile": base64.b64encode(text.getvalue()).decode()}, "PackageType": "Zip"}
    )  # fmt: skip
    if permission is not None:
        made.add_permission(
            "hear", None, json.dumps({"StatementId": "one", "Action": "lambda:InvokeFunction", **permission})
        )
    return f"arn:aws:lambda:{REGION}:{HOME}:function:hear"


def publish(target: str, protocol: str, message: str = "hello", **more: Any) -> None:
    of("sns").create_topic("news")
    of("sns").subscribe(NEWS, target, protocol)
    of("sns").publish(message, arn=NEWS, **more)


def put_event(*targets: dict[str, Any], bus: str | None = None) -> None:
    rules = of("events")
    rules.put_rule("sales", description="", event_bus_arn=None, event_pattern='{"source": ["shop"]}', role_arn="",
                   scheduled_expression=None, state="ENABLED", tags=[])  # fmt: skip
    rules.put_targets("sales", None, list(targets))
    rules.put_events([{"Source": "shop", "DetailType": "sold", "Detail": '{"item": "book"}'}])


# SNS


def test_without_a_policy_a_topics_message_does_not_reach_the_queue(judge):
    publish(queue(), "sqs")
    assert received() == []
    assert judge.asked == [
        ("sns.amazonaws.com", "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{HOME}:inbox", NEWS)
    ]


def test_with_a_policy_it_does(judge):
    publish(queue(policy=from_service("sns", "sqs:SendMessage", NEWS)), "sqs")
    assert [message["Message"] for message in received()] == ["hello"]


def test_the_confused_deputy_is_kept_out_by_the_source(judge):
    """A policy that names only the service accepts messages from any topic; a policy with aws:SourceArn doesn't."""
    theirs = f"arn:aws:sns:{REGION}:{OUTSIDER}:bait"
    of("sns", OUTSIDER).create_topic("bait")
    guarded = queue("guarded", policy=from_service("sns", "sqs:SendMessage", NEWS))
    trusting = queue("trusting", policy=from_service("sns", "sqs:SendMessage"))
    for arn in (guarded, trusting):
        of("sns", OUTSIDER).subscribe(theirs, arn, "sqs")
    of("sns", OUTSIDER).publish("gotcha", arn=theirs)
    assert received("guarded") == []
    assert [message["Message"] for message in received("trusting")] == ["gotcha"]


def test_a_queue_of_another_account_is_reached_there(judge):
    publish(queue("inbox", SECOND, from_service("sns", "sqs:SendMessage")), "sqs")
    assert [message["Message"] for message in received("inbox", SECOND)] == ["hello"]
    assert "inbox" not in of("sqs").queues


def test_a_queue_that_is_gone_fails_no_publisher(judge):
    """Publish succeeds although one subscriber's queue doesn't exist."""
    publish(f"arn:aws:sqs:{REGION}:{HOME}:gone", "sqs")


@pytest.mark.parametrize("permitted", [True, False])
def test_functions_are_invoked_where_their_policy_lets_sns(judge, invoked, permitted):
    arn = function({"Principal": "sns.amazonaws.com", "SourceArn": NEWS} if permitted else None)
    publish(arn, "lambda", subject="greeting")
    assert judge.asked == [("sns.amazonaws.com", "lambda:InvokeFunction", arn, NEWS)]
    if not permitted:
        assert invoked == []
        return
    ((name, event),) = invoked
    (record,) = event["Records"]
    assert name == "hear"
    assert record["EventSource"] == "aws:sns"
    assert (record["Sns"]["Message"], record["Sns"]["Subject"], record["Sns"]["TopicArn"]) == (
        "hello",
        "greeting",
        NEWS,
    )


def test_filtered_messages_are_not_even_asked_about(judge):
    of("sns").create_topic("news")
    subscription = of("sns").subscribe(NEWS, queue(policy=from_service("sns", "sqs:SendMessage")), "sqs")
    of("sns").set_subscription_attributes(subscription.arn, "FilterPolicy", '{"kind": ["sport"]}')
    of("sns").publish("rain", arn=NEWS, message_attributes={"kind": {"Type": "String", "Value": "weather"}})
    assert judge.asked == []
    of("sns").publish("goal", arn=NEWS, message_attributes={"kind": {"Type": "String", "Value": "sport"}})
    assert [message["Message"] for message in received()] == ["goal"]


def test_nothing_is_sent_over_http(judge):
    publish("https://example.com/hook", "https")
    assert judge.asked == []


# EventBridge


@pytest.mark.parametrize("permitted", [True, False])
def test_events_reach_queues_that_let_events(judge, permitted):
    policy = (
        from_service("events", "sqs:SendMessage", RULE)
        if permitted
        else from_service("sns", "sqs:SendMessage")
    )
    arn = queue(policy=policy)
    put_event({"Id": "1", "Arn": arn})
    assert judge.asked == [("events.amazonaws.com", "sqs:SendMessage", arn, RULE)]
    assert [event["detail"] for event in received()] == ([{"item": "book"}] if permitted else [])


def test_events_reach_queues_of_other_accounts(judge):
    put_event({"Id": "1", "Arn": queue("inbox", SECOND, from_service("events", "sqs:SendMessage"))})
    assert [event["source"] for event in received("inbox", SECOND)] == ["shop"]
    assert received("inbox", SECOND)[0]["time"].endswith("Z")


def test_events_invoke_functions(judge, invoked):
    put_event({"Id": "1", "Arn": function({"Principal": "events.amazonaws.com", "SourceArn": RULE})})
    ((name, event),) = invoked
    assert (name, event["detail-type"], event["detail"]) == ("hear", "sold", {"item": "book"})


def test_events_are_published_to_topics_and_on_to_queues(judge):
    of("sns").create_topic("news")
    assert "default_statement" in of("sns").topics[NEWS].policy
    put_event({"Id": "1", "Arn": NEWS})
    assert of("sns").topics[NEWS].sent_notifications == []
    of("sns").topics[NEWS].policy = from_service("events", "sns:Publish")
    of("sns").subscribe(NEWS, queue(policy=from_service("sns", "sqs:SendMessage")), "sqs")
    of("events").put_events([{"Source": "shop", "DetailType": "sold", "Detail": "{}"}])
    assert [json.loads(message["Message"])["source"] for message in received()] == ["shop"]


def test_one_refused_target_leaves_the_others(judge):
    closed, open_ = queue("closed"), queue("open", policy=from_service("events", "sqs:SendMessage"))
    put_event({"Id": "1", "Arn": closed}, {"Id": "2", "Arn": open_})
    assert (len(received("closed")), len(received("open"))) == (0, 1)
    assert [target["Id"] for target in of("events")._get_event_bus("default").rules["sales"].targets] == [
        "1",
        "2",
    ]


@pytest.mark.parametrize("admits", [True, False])
def test_an_undelivered_event_goes_to_the_targets_dead_letter_queue(judge, admits):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""
    dead = queue("dead", policy=from_service("events", "sqs:SendMessage", RULE) if admits else None)
    letters = {"Arn": dead}
    closed, gone = queue("closed"), f"arn:aws:sqs:{REGION}:{HOME}:gone"
    put_event(
        {"Id": "1", "Arn": closed, "Input": "{}", "DeadLetterConfig": letters},
        {"Id": "2", "Arn": gone, "DeadLetterConfig": letters},
        {"Id": "3", "Arn": closed},
    )
    assert [event["detail"] for event in received("dead")] == [{"item": "book"}] * 2 * admits
    why = [
        {name: value["StringValue"] for name, value in message.message_attributes.items()}
        for message in of("sqs").queues["dead"].messages
    ]
    assert (
        why
        == [
            {"RULE_ARN": RULE, "TARGET_ARN": closed, "ERROR_CODE": "NO_PERMISSIONS"},
            {"RULE_ARN": RULE, "TARGET_ARN": gone, "ERROR_CODE": "NO_RESOURCE"},
        ][: 2 * admits]
    )


def test_log_groups_need_a_resource_policy(judge):
    of("logs").create_log_group("/aws/events/sales", tags={})
    group = f"arn:aws:logs:{REGION}:{HOME}:log-group:/aws/events/sales"
    put_event({"Id": "1", "Arn": group})
    assert judge.asked == [("events.amazonaws.com", "logs:PutLogEvents", f"{group}:log-stream:", RULE)]
    assert of("logs").groups["/aws/events/sales"].streams == {}
    of("logs").put_resource_policy(
        "events", statement({"Service": "events.amazonaws.com"}, "logs:PutLogEvents", f"{group}:*")
    )
    of("events").put_events([{"Source": "shop", "DetailType": "sold", "Detail": "{}"}])
    assert len(of("logs").groups["/aws/events/sales"].streams) == 1


def test_a_bus_of_another_account_is_opened_to_the_sender(judge):
    bus = f"arn:aws:events:{REGION}:{SECOND}:event-bus/default"
    put_event({"Id": "1", "Arn": bus})
    assert judge.asked == [(f"arn:aws:iam::{HOME}:root", "events:PutEvents", bus, RULE)]


def test_a_bus_that_is_its_own_target_stops(judge):
    bus = f"arn:aws:events:{REGION}:{HOME}:event-bus/default"
    of("events")._get_event_bus("default").add_permission(
        "own", "events:PutEvents", {"AWS": f"arn:aws:iam::{HOME}:root"}, None
    )
    put_event({"Id": "1", "Arn": bus})
    assert 1 <= len(judge.asked) <= 2


def test_targets_that_nothing_is_delivered_to_say_so(judge):
    with pytest.raises(NotModelled, match="stream/s"):
        put_event({"Id": "1", "Arn": f"arn:aws:kinesis:{REGION}:{HOME}:stream/s"})


def test_an_archive_keeps_events(judge):
    of("events").create_archive("all", source_arn=f"arn:aws:events:{REGION}:{HOME}:event-bus/default", description="",
                                event_pattern="", retention=0)  # fmt: skip
    of("events").put_events([{"Source": "shop", "DetailType": "sold", "Detail": "{}"}])
    assert [event["source"] for event in of("events").archives["all"].events] == ["shop"]


def test_a_targets_role_makes_the_call(judge):
    arn, deliverer = queue(), role("deliverer")
    policy = trust({"Service": "events.amazonaws.com"})
    backend("iam", HOME).update_assume_role_policy("deliverer", policy)
    put_event({"Id": "1", "Arn": arn, "RoleArn": deliverer})
    assert judge.asked[0][0] == deliverer


def template(text, **paths):
    """Return a target's input transformer."""
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": text}}


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ({"Input": '{"fixed":  1}'}, '{"fixed":  1}'),
        ({"InputPath": "$.detail.item"}, "book"),
        ({"InputPath": "$.detail"}, '{"item":"book"}'),
        (template('{"sold": "<what>"}', what="$.detail.item"), '{"sold": "book"}'),
        (template('{"sold":<what>}', what="$.detail.item"), '{"sold":"book"}'),
        (template('"sold: <what>"', what="$.detail.item"), '"sold: book"'),
        (
            template('"sold: <what>, by <whom>."', what="$.detail.item", whom="$.detail.whom"),
            '"sold: book, by ."',
        ),
        (template('{"rule":<aws.events.rule-name>}'), '{"rule":"sales"}'),
    ],
)
def test_targets_may_get_an_input_of_their_own(judge, target, body):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
    put_event({"Id": "1", "Arn": queue(policy=from_service("events", "sqs:SendMessage")), **target})
    (message,) = of("sqs").queues["inbox"].messages
    assert message.body == body


def test_templates_may_use_the_event_with_its_detail_or_without_it(judge):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
    target = template('{"whole":<aws.events.event.json>,"about":<aws.events.event>}')
    put_event({"Id": "1", "Arn": queue(policy=from_service("events", "sqs:SendMessage")), **target})
    (message,) = of("sqs").queues["inbox"].messages
    told = json.loads(message.body)
    assert told["whole"].pop("detail") == {"item": "book"}
    assert told["whole"] == told["about"]
    assert ": " not in message.body
    assert ", " not in message.body


def test_disconnected_moto_delivers_as_before(fresh):
    deliveries.connect("sns", lambda *asked: False, lambda: State(Ids(1)))()
    publish(queue(), "sqs")
    assert [message["Message"] for message in received()] == ["hello"]
    assert backend("sns", HOME, REGION).topics[NEWS].sent_notifications
