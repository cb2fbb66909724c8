"""moto's state for the tests of authorization tables, created without requests or a running cloud."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.moto.backends import backend
from labs_helpers.cloud.services.lambda_ import moto_view as lambda_
from tests.cloud.services.tables import HOME, REGION, Ask, call, table


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Remove what other tests left, and leave nothing for them. Test modules import this fixture."""
    with hooks.patched():
        hooks.reset(7)
        yield
    hooks.reset(7)


def of(service: str, account: str = HOME) -> Any:
    """Return moto's backend for a regional service; for Lambda, the backend that doesn't run containers while a cloud
    runs.
    """
    if service == "lambda":
        return lambda_.backends()[account][REGION]
    return backend(service, account, REGION)


def role(name: str, account: str = HOME, **tags: str) -> str:
    """A role with tags; gives its ARN."""
    trust = {"Version": "2012-10-17", "Statement": []}
    made = backend("iam", account).create_role(
        role_name=name, assume_role_policy_document=json.dumps(trust), path="/service/", permissions_boundary=None,
        description="", tags=[{"Key": key, "Value": value} for key, value in tags.items()], max_session_duration=3600,
    )  # fmt: skip
    return made.arn


def statement(principal: Any, action: str, resource: str, **more: Any) -> str:
    """A resource policy of one allowing statement."""
    allowed = {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
        **more,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def policy_of(module: str, ask: Ask, operation: str = "Sample", principal: str | None = None) -> str | None:
    """The text of the policy that a table finds for a question."""
    found = table(module)
    given = {"principal": principal} if principal else {}
    policy = found.policy(call(found.service, operation, {}, **given), ask)
    return policy[1] if policy is not None else None
