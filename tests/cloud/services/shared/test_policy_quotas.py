from __future__ import annotations

import json

import pytest

from labs_helpers.cloud.services.shared.policy_quotas import PolicyQuotas

QUOTAS = PolicyQuotas(size=400, statements=2, principals=2, conditions=1, actions=1)
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "a:b", "Resource": "*"}


def policy(*given) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": given[0] if len(given) == 1 else given})


@pytest.mark.parametrize(
    ("given", "exceeded"),
    [
        ([STATEMENT], None),
        ([STATEMENT, STATEMENT], None),
        ([STATEMENT] * 3, ("statements", 3, 2)),
        ([{**STATEMENT, "Principal": {"AWS": ["1", "2"], "Service": "s"}}], ("principals", 3, 2)),
        (
            [{"Effect": "Deny", "NotPrincipal": {"AWS": ["1", "2", "3"]}, "Action": "a:b"}],
            ("principals", 3, 2),
        ),
        ([{**STATEMENT, "Action": ["a:b", "a:c"]}], ("actions", 2, 1)),
        ([{**STATEMENT, "Condition": {"Bool": {"x": "1"}, "Null": {"y": "1"}}}], ("conditions", 2, 1)),
        ([{**STATEMENT, "Sid": "x" * 400}], ("bytes", len(policy({**STATEMENT, "Sid": "x" * 400})), 400)),
    ],
)
def test_the_first_quota_that_is_exceeded_is_named(given, exceeded):
    text = policy(*given)
    assert QUOTAS.exceeded(text, json.loads(text)) == exceeded


def test_a_quota_that_is_none_is_not_counted():
    many = policy({**STATEMENT, "Action": ["a:b", "a:c"], "Condition": {"Bool": {"x": "1", "y": "1"}}})
    assert PolicyQuotas(size=400, statements=2, principals=2).exceeded(many, json.loads(many)) is None
