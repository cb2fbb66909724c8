"""The encoded message in a denial by EC2. It is encrypted, so only sts:DecodeAuthorizationMessage can read it.

https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Judgement
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.sealed import seal, unseal
from labs_helpers.engine.policy import Attached, Policies, Statement
from labs_helpers.engine.reference.global_keys import spelled

MAX_LENGTH = 10_240
"""The maximum message length that DecodeAuthorizationMessage accepts; longer messages omit conditions."""
_PURPOSE = "authorization message"


def encode(ids: Ids, account: str, judgement: Judgement) -> str:
    """Return the encoded message about a denial for a caller in `account`."""
    content = describe(judgement)
    encoded = seal(ids, _PURPOSE, account, content)
    while len(encoded) > MAX_LENGTH and content["context"]["conditions"]["items"]:
        conditions = content["context"]["conditions"]["items"]
        conditions.remove(max(conditions, key=lambda condition: len(str(condition))))
        encoded = seal(ids, _PURPOSE, account, content)
    return encoded


def decode(ids: Ids, account: str, encoded: str) -> dict[str, Any]:
    """Return the content of an encoded message.

    Raises `NotOurs` if the message is forged or belongs to another account.
    """
    return dict(unseal(ids, _PURPOSE, account, encoded))


def describe(judgement: Judgement) -> dict[str, Any]:
    """Return a denial in the form of AWS's decoded message. Only an explicit deny has matching statements."""
    request, decision = judgement.request, judgement.decision
    explicit = decision.effect == "EXPLICIT_DENY"
    user_id = request.context.get("aws:userid", "")
    denying = _denying(judgement) if explicit else ()
    return {
        "allowed": decision.allowed,
        "explicitDeny": explicit,
        "matchedStatements": {"items": [_statement(each, user_id) for each in denying]},
        "failures": {"items": []},
        "context": {
            "principal": {
                "id": user_id,
                "name": request.principal.arn.rpartition("/")[2],
                "arn": request.principal.arn,
            },
            "action": request.action,
            "resource": request.resource,
            "conditions": {
                "items": [
                    {"key": spelled(key), "values": _values(value)}
                    for key, value in sorted(request.context.items())
                ]
            },
        },
    }


def _denying(judgement: Judgement) -> list[Statement]:
    by_name = {attached.name: attached.policy for attached in all_of(judgement.policies)}
    return [
        by_name[matched.policy].statements[matched.index]
        for check in judgement.decision.checks
        for matched in check.matched
        if matched.effect == "EXPLICIT_DENY"
    ]


def all_of(policies: Policies) -> Iterable[Attached]:
    """Yield every policy in force, grouped by kind."""
    for level in (*(policies.rcp or ()), *(policies.scp or ())):
        yield from level
    single = (policies.vpc_endpoint, policies.resource, policies.boundary)
    yield from (attached for attached in single if attached is not None)
    yield from policies.identity
    yield from policies.session


def _statement(statement: Statement, user_id: Any) -> dict[str, Any]:
    source = statement.source
    return {
        "statementId": statement.sid or "",
        "effect": "DENY",
        "principals": _values(user_id),
        "principalGroups": {"items": []},
        "actions": _values(source.get("Action", source.get("NotAction", ()))),
        "resources": _values(source.get("Resource", source.get("NotResource", ()))),
        "conditions": {
            "items": [
                {"key": key, "values": _values(value)}
                for entries in _mappings(source.get("Condition"))
                for key, value in entries.items()
            ]
        },
    }


def _mappings(condition: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    return (condition or {}).values()


def _values(value: Any) -> dict[str, Any]:
    several = value if isinstance(value, list | tuple) else (value,)
    return {"items": [{"value": item if isinstance(item, str) else str(item).lower()} for item in several]}
