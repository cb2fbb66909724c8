"""Every widget works without `open_day`: with a running cloud, or with plain data or policies."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import boto3
import pytest
from ipywidgets import Button

from labs_helpers import widgets
from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import account
from labs_helpers.course.days.day1.widgets.sorting_board import SortingBoard
from labs_helpers.course.days.day5.envelope import RawAesKey, encrypt
from labs_helpers.course.lesson.day import Day

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/*"}],
}
ALICE, FILE = "arn:aws:iam::111122223333:user/alice", "arn:aws:s3:::payroll/2026.csv"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
HOST, CALLBACK, PASSWORD = (
    "https://plain.auth.us-east-1.amazoncognito.com",
    "https://plain.example/",
    "Clear-3-words",
)


@pytest.fixture(autouse=True)
def no_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if any widget opens a day."""

    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("a widget opened a day")

    monkeypatch.setattr(Day, "__init__", opened)


@pytest.fixture
def no_cloud(one_cloud: Cloud) -> Iterator[None]:
    """Stop the module's cloud, so that only plain data is left."""
    one_cloud.stop()
    assert Cloud.running() is None
    yield
    one_cloud.start()


def widget(name: str, kind: str, *given: Any, **more: Any) -> Any:
    """Return the widget from its public module."""
    return getattr(import_module(f"labs_helpers.widgets.{name}"), kind)(*given, **more)


def events() -> list[dict[str, Any]]:
    """Return two handwritten CloudTrail events about one KMS key."""
    common = {
        "awsRegion": "us-east-1", "eventSource": "kms.amazonaws.com", "eventType": "AwsApiCall",
        "resources": [{"ARN": KEY}], "userIdentity": {"type": "IAMUser", "arn": ALICE},
    }  # fmt: skip
    return [
        {**common, "eventName": "CreateKey", "eventTime": "2026-03-01T09:00:00Z"},
        {**common, "eventName": "DisableKey", "eventTime": "2026-03-02T09:00:00Z"},
    ]


def explorer() -> Any:
    shown = widget("explorer", "EvaluationExplorer", policies={"identity": [POLICY]},
                   principal=ALICE, action="s3:GetObject", resource=FILE)  # fmt: skip
    shown.predict("allow")
    shown.reveal_all()
    return shown


def stepper() -> Any:
    key = RawAesKey("plain", "one", bytes(32))
    return widget("envelope_stepper", "EnvelopeStepper", encrypt(b"x", [key]), [key])


PLAIN: dict[str, tuple[Callable[[], Any], str]] = {
    "envelope_stepper": (stepper, "message ID"),
    "explorer": (explorer, "allowed"),
    "exposure_plot": (lambda: widget("exposure_plot", "ExposurePlot", bucket_days=2), "a bucket is public"),
    "incident_player": (lambda: widget("incident_player", "IncidentPlayer", "uber"), "Uber"),
    "key_timeline": (lambda: widget("key_timeline", "KeyTimeline", KEY, events()), "DisableKey"),
    "matrix": (
        lambda: widget("matrix", "AccessMatrix", resource=FILE, policies={ALICE: {"identity": [POLICY]}}),
        "1 allow",
    ),
    "policy_editor": (lambda: widget("policy_editor", "PolicyEditor", POLICY), "✓ Valid JSON"),
    "responsibility_line": (lambda: widget("responsibility_line", "ResponsibilityLine", "kms"), "KMS"),
    "sorting_board": (lambda: widget("sorting_board", "SortingBoard", service="lambda"), "Lambda"),
    "trail_explorer": (lambda: widget("trail_explorer", "TrailExplorer", events()), "2 of 2 events"),
}


def access_map(cloud: Cloud) -> Any:
    boto3.client("organizations").create_organization(FeatureSet="ALL")
    boto3.client("iam").create_user(UserName="alice")
    return widget("access_map", "OrganizationAccess", cloud).run()


def oauth_walk(cloud: Cloud) -> Any:
    idp = boto3.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="plain")["UserPool"]["Id"]
    idp.create_user_pool_domain(Domain="plain", UserPoolId=pool)
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="web", CallbackURLs=[CALLBACK], AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"], AllowedOAuthFlowsUserPoolClient=True,
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    for name in ("alice", "mallory"):
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    return widget(
        "oauth_walk", "OAuthWalk", HOST, client, CALLBACK, [("alice", PASSWORD), ("mallory", PASSWORD)]
    )


def organization_tree(cloud: Cloud) -> Any:
    boto3.client("organizations").create_organization(FeatureSet="ALL")
    return widget("organization_tree", "OrganizationTree", cloud)


def scoreboard(cloud: Cloud) -> Any:
    account.build(cloud)
    return widget("scoreboard", "Scoreboard", cloud)


def token_inspector(cloud: Cloud) -> Any:
    return widget("token_inspector", "TokenInspector", cloud, "not a token")


ON_A_CLOUD: dict[str, tuple[Callable[[Cloud], Any], str]] = {
    "access_map": (access_map, "blast radius"),
    "oauth_walk": (oauth_walk, "Signed in: alice."),
    "organization_tree": (organization_tree, "management account"),
    "scoreboard": (scoreboard, "Round 1"),
    "token_inspector": (token_inspector, "not a token"),
}


def test_every_widget_is_tried_here() -> None:
    assert {each.name for each in pkgutil.iter_modules(widgets.__path__)} == PLAIN.keys() | ON_A_CLOUD.keys()


def still(shown: Any) -> str:
    """Return the data about a widget that a saved notebook keeps."""
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"]
    assert shown.html in bundle["text/html"]
    return json.dumps(bundle, ensure_ascii=False, default=str)


def buttons(view: Any) -> Iterator[Any]:
    """Yield all buttons of a view, except the options of a question and the button that only the page presses."""
    for part in getattr(view, "children", ()):
        if "labs-options" not in part._dom_classes:
            yield from buttons(part)
    if isinstance(view, Button) and "labs-again" not in view._dom_classes:
        yield view


def check_ranks(shown: Any) -> None:
    """Check that a learner sees immediately what to press: if there are several buttons, one stands out."""
    found = list(buttons(shown.view))
    primary = [each.description for each in found if each.button_style == "primary"]
    if isinstance(shown, SortingBoard):
        assert primary == []  # until all cells are sorted, its buttons are the answers to a question
        return
    assert len(primary) == 1 or len(found) <= 1


@pytest.mark.parametrize("name", PLAIN)
def test_a_widget_works_with_plain_data_and_no_cloud(name: str, no_cloud: None) -> None:
    build, words = PLAIN[name]
    shown = build()
    assert words in still(shown)
    check_ranks(shown)


@pytest.mark.parametrize("name", ON_A_CLOUD)
def test_a_widget_works_with_a_cloud_that_no_day_opened(name: str, cloud: Cloud) -> None:
    build, words = ON_A_CLOUD[name]
    shown = build(cloud)
    assert words in still(shown)
    check_ranks(shown)
