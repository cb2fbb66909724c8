"""Rules about KMS keys: key policies, grants, and the encryption context."""

from __future__ import annotations

from typing import Any

from labs_helpers.course.drill.makers.registry import maker
from labs_helpers.course.drill.scene import (
    Draw,
    Pair,
    allow,
    deny,
    doc,
    holder_of,
    name_of,
    root_arn,
    scene,
    with_context,
    with_policies,
)

_ACTIONS = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]


class _Key:
    """A KMS key, an action on it, and a caller of its account."""

    def __init__(self, d: Draw, *, user: bool = False) -> None:
        self.account = d.account()
        self.action = d.one(_ACTIONS)
        self.sibling = d.one([each for each in _ACTIONS if each != self.action])
        number = f"{d.dice.below(16**4):04x}"
        self.arn = f"arn:aws:kms:eu-central-1:{self.account}:key/1234abcd-12ab-34cd-56ef-1234567{number}0"
        self.who = d.user(self.account) if user else d.caller(self.account)
        self.root = {"AWS": root_arn(self.account)}
        self._pattern = d.one([self.action, "kms:*"])
        self._resource = d.one([self.arn, "*"])

    def own(self) -> dict[str, Any]:
        """Return an identity-based policy that allows the action."""
        return doc(allow(self._pattern, self._resource))

    def scene(self, **more: Any) -> Any:
        """Return a situation with the key."""
        return scene(self.who, self.action, self.arn, self.account, **more)


@maker
def key_policy_must_allow(d: Draw) -> Pair:
    """Draw a key policy with and without the account's statement."""
    key = _Key(d)
    other = d.user(key.account)
    allowed = key.scene(identity=[key.own()], resource=doc(allow("kms:*", Principal=key.root)))
    denied = with_policies(allowed, resource=doc(allow("kms:*", Principal={"AWS": other})))
    return Pair(
        allowed, denied,
        "The principal of the key policy's statement is the account.",
        f"The principal of the key policy's statement is {name_of(other)}.",
    )  # fmt: skip


@maker
def key_policy_delegates(d: Draw) -> Pair:
    """Draw a key policy that names a user, or the account, for a user who has no policies."""
    key = _Key(d, user=True)
    allowed = key.scene(resource=doc(allow([key.action, "kms:DescribeKey"], Principal={"AWS": key.who})))
    denied = with_policies(allowed, resource=doc(allow([key.action, "kms:DescribeKey"], Principal=key.root)))
    return Pair(
        allowed, denied,
        f"The principal of the key policy's statement is {name_of(key.who)}.",
        "The principal of the key policy's statement is the account.",
    )  # fmt: skip


@maker
def key_policy_and_root_user(d: Draw) -> Pair:
    """Draw the root user, and a key policy that leaves the account out."""
    key = _Key(d)
    other = d.user(key.account)
    key.who = root_arn(key.account)
    action = d.one([key.action, "kms:*"])
    allowed = key.scene(resource=doc(allow(action, Principal={"AWS": [other, key.who]})))
    denied = with_policies(allowed, resource=doc(allow(action, Principal={"AWS": [other]})))
    return Pair(
        allowed,
        denied,
        "The key policy also names the account.",
        f"The key policy names only {name_of(other)}.",
    )


@maker
def iam_deny_on_a_key(d: Draw) -> Pair:
    """Draw an IAM policy's Deny on a key whose key policy names only the caller."""
    key = _Key(d, user=True)
    policy = doc(allow(d.one([key.action, "kms:*"]), Principal={"AWS": key.who}))
    denied = key.scene(
        identity=[doc(deny(d.one([key.action, "kms:*"]), d.one([key.arn, "*"])))], resource=policy
    )
    allowed = with_policies(denied, identity=[doc(deny(key.sibling, "*"))])
    return Pair(
        allowed, denied,
        f"The Deny statement in the policy of {holder_of(key.who)} applies to `{key.sibling}`.",
        f"The Deny statement in the policy of {holder_of(key.who)} covers `{key.action}`.",
    )  # fmt: skip


def _grant(key: _Key, operations: list[str], **constraints: dict[str, str]) -> dict[str, Any]:
    """Return a grant for the caller."""
    made: dict[str, Any] = {"GranteePrincipal": key.who, "Operations": operations}
    return {**made, **({"Constraints": constraints} if constraints else {})}


def _operation(action: str) -> str:
    return action.partition(":")[2]


@maker
def grant_allows(d: Draw) -> Pair:
    """Draw a pair of scenes: with a grant that lists the operation, and with one that doesn't."""
    key = _Key(d, user=True)
    policy = doc(allow("kms:*", Principal=key.root))
    right = [_operation(key.sibling), _operation(key.action)] if d.coin() else [_operation(key.action)]
    wrong = [_operation(key.sibling)]
    allowed = key.scene(resource=policy, grants=[_grant(key, right)])
    denied = with_policies(allowed, grants=[_grant(key, wrong)])
    return Pair(
        allowed, denied,
        f"The grant lists {' and '.join(right)}.",
        f"The grant lists only {' and '.join(wrong)}.",
    )  # fmt: skip


@maker
def grant_context_equals(d: Draw) -> Pair:
    """Draw a grant with a constraint on the encryption context, and a context with one additional pair."""
    key = _Key(d, user=True)
    name, value = d.one(["patient", "tenant", "case"]), str(100 + d.dice.below(900))
    policy = doc(allow("kms:*", Principal=key.root))
    if d.coin():  # an exact context, and one with another pair
        constraint, more = {"EncryptionContextEquals": {name: value}}, {name: value, "shelf": "7"}
        wrong = f"{name} = {value} and shelf = 7"
    else:  # a subset, and another value
        constraint, more = {"EncryptionContextSubset": {name: value}}, {name: value + "1"}
        wrong = f"{name} = {value}1"
    grants = [_grant(key, [_operation(key.action)], **constraint)]
    allowed = key.scene(resource=policy, grants=grants)
    context = {f"kms:EncryptionContext:{pair}": text for pair, text in more.items()}
    denied = {**allowed, "context": context}
    allowed = {**allowed, "context": {f"kms:EncryptionContext:{name}": value}}
    return Pair(
        allowed, denied,
        f"The request has the encryption context {name} = {value}.",
        f"The request has the encryption context {wrong}.",
        True,
    )  # fmt: skip


@maker
def encryption_context_case(d: Draw) -> Pair:
    """Draw an encryption context whose value differs in case."""
    key = _Key(d)
    name, value = d.one(["department", "tenant", "stage"]), d.noun()
    condition = {"StringEquals": {f"kms:EncryptionContext:{name}": value}}
    action = d.one([key.action, "kms:*"])
    allowed = key.scene(
        identity=[doc(allow(action, d.one([key.arn, "*"]), Condition=condition))],
        resource=doc(allow("kms:*", Principal=key.root)),
    )
    context = f"kms:EncryptionContext:{name}"
    denied = {**allowed, "context": {context: value.capitalize()}}
    allowed = {**allowed, "context": {context: value}}
    return Pair(
        allowed, denied,
        f"The encryption context has {name} = {value}.",
        f"The encryption context has {name} = {value.capitalize()}.",
        True,
    )  # fmt: skip


@maker
def via_service(d: Draw) -> Pair:
    """Draw a key that can be used only through one service."""
    key = _Key(d)
    service = d.one(["s3", "secretsmanager", "dynamodb"])
    condition = {"StringEquals": {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com"}}
    allowed = key.scene(
        identity=[key.own()],
        resource=doc(allow(d.one([key.action, "kms:*"]), Principal=key.root, Condition=condition)),
    )
    denied = allowed
    allowed = with_context(allowed, kms__ViaService=f"{service}.eu-central-1.amazonaws.com")
    return Pair(
        allowed, denied,
        f"{service} calls KMS for {name_of(key.who)}.",
        f"{name_of(key.who)} calls KMS directly.",
        True,
    )  # fmt: skip
