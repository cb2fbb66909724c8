"""Rules about conditions: missing keys, IfExists, Null, sets of values, and the operators."""

from __future__ import annotations

from typing import Any

from labs_helpers.course.drill.makers.registry import maker
from labs_helpers.course.drill.scene import (
    Draw,
    Pair,
    Scene,
    Thing,
    allow,
    deny,
    doc,
    name_of,
    region_of,
    scene,
    with_context,
)

_WITHOUT_REGION = ("s3",)
"""The services whose ARNs contain no Region, so that requests to several Regions can name the same resource."""


class _Case:
    """A caller, a resource, and a policy with one condition."""

    def __init__(
        self, d: Draw, *, user: bool = False, created: bool = False, services: tuple[str, ...] = ()
    ) -> None:
        self.account = d.account()
        self.thing = _created(d, self.account) if created else d.thing(self.account, services)
        self.who = d.user(self.account) if user else d.caller(self.account)
        self._action, self._resource = d.pattern(self.thing.action), d.resource(self.thing)
        self._wide = d.one(["*", f"{self.thing.service}:*", self.thing.action])
        self._apart = d.coin()

    def granted(self, condition: dict[str, Any], **context: Any) -> Scene:
        """Return the situation in which an Allow has the condition."""
        return self._scene([doc(allow(self._action, self._resource, Condition=condition))], context)

    def refused(self, condition: dict[str, Any], **context: Any) -> Scene:
        """Return the situation in which a Deny has the condition, alongside an Allow without conditions."""
        grant, refuse = allow(self._wide), deny(self._action, "*", Condition=condition)
        return self._scene([doc(grant), doc(refuse)] if self._apart else [doc(grant, refuse)], context)

    def _scene(self, identity: list[Any], context: dict[str, Any]) -> Scene:
        named = {name.replace("__", ":"): value for name, value in context.items()}
        return scene(self.who, self.thing.action, self.thing.arn, self.account, named, identity=identity)


@maker
def missing_key_allow(d: Draw) -> Pair:
    """Draw an Allow whose condition key is missing from the request."""
    case = _Case(d, user=True)
    allowed = case.granted(
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, aws__MultiFactorAuthPresent="true"
    )
    denied = with_context(allowed, aws__MultiFactorAuthPresent=None)
    return Pair(
        allowed, denied,
        f"{name_of(case.who)} signs in with MFA and uses temporary credentials.",
        f"{name_of(case.who)} uses a long-term access key, so the request has no MFA key.",
        True,
    )  # fmt: skip


@maker
def missing_key_deny(d: Draw) -> Pair:
    """Draw a Deny with Bool for a caller without the key."""
    case = _Case(d, user=True)
    allowed = case.refused({"Bool": {"aws:MultiFactorAuthPresent": "false"}})
    denied = case.refused({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    return Pair(
        allowed, denied,
        "The operator of the Deny statement is Bool.",
        "The operator of the Deny statement is BoolIfExists.",
    )  # fmt: skip


@maker
def ifexists_allow(d: Draw) -> Pair:
    """Draw an Allow whose operator ends in IfExists."""
    case = _Case(d)
    key = d.one(["aws:SourceVpce", "aws:SourceVpc"])
    value = f"{key.removeprefix('aws:Source').lower()}-0{d.dice.below(9000) + 1000}"
    operator = d.one(["StringEquals", "StringLike"])
    allowed = case.granted({f"{operator}IfExists": {key: value}})
    denied = case.granted({operator: {key: value}})
    return Pair(
        allowed, denied,
        f"The operator of the Allow statement is {operator}IfExists.",
        f"The operator of the Allow statement is {operator}.",
    )  # fmt: skip


@maker
def negated_missing(d: Draw) -> Pair:
    """Draw a Deny that has a negated operator and a condition key that can be missing."""
    case = _Case(d)
    vpce = f"vpce-0{d.dice.below(9000) + 1000}"
    operator = d.one(["StringNotEquals", "StringNotLike", "StringNotEqualsIfExists"])
    allowed = case.refused({operator: {"aws:SourceVpce": vpce}}, aws__SourceVpce=vpce)
    denied = with_context(allowed, aws__SourceVpce=None)
    return Pair(
        allowed, denied,
        f"The request comes through the VPC endpoint {vpce}.",
        "The request doesn't come through a VPC endpoint.",
        True,
    )  # fmt: skip


@maker
def forallvalues_empty(d: Draw) -> Pair:
    """Draw ForAllValues for a request without the key."""
    case = _Case(d, created=True)
    keys = [d.noun(), d.noun()][: 1 + d.dice.below(2)]
    empty = {"ForAllValues:StringEquals": {"aws:TagKeys": keys}}
    allowed = case.granted(empty)
    denied = case.granted({**empty, "Null": {"aws:TagKeys": "false"}})
    return Pair(
        allowed, denied,
        "The Null condition is removed.",
        'The condition also contains `"Null": {"aws:TagKeys": "false"}`.',
    )  # fmt: skip


@maker
def forallvalues_one_outside(d: Draw) -> Pair:
    """Draw ForAllValues for a request with several values."""
    case = _Case(d, created=True)
    listed, outside = [d.noun(), d.noun(), d.noun()], d.noun()
    given = listed[: 1 + d.dice.below(2)]
    allowed = case.granted({"ForAllValues:StringEquals": {"aws:TagKeys": listed}}, aws__TagKeys=given)
    more = [*given, outside]
    denied = with_context(allowed, aws__TagKeys=more)
    return Pair(
        allowed, denied,
        f"The request has the tag keys {' and '.join(given)}.",
        f"The request has the tag keys {' and '.join(more)}.",
        True,
    )  # fmt: skip


@maker
def foranyvalue(d: Draw) -> Pair:
    """Draw ForAnyValue in a Deny."""
    case = _Case(d, created=True)
    listed, free = [d.noun(), d.noun()], [d.noun(), d.noun()]
    more = [free[0], d.one(listed)]
    allowed = case.refused({"ForAnyValue:StringEquals": {"aws:TagKeys": listed}}, aws__TagKeys=free)
    denied = with_context(allowed, aws__TagKeys=more)
    return Pair(
        allowed, denied,
        f"The request has the tag keys {' and '.join(free)}.",
        f"The request has the tag keys {' and '.join(more)}.",
        True,
    )  # fmt: skip


@maker
def null_tests_presence(d: Draw) -> Pair:
    """Draw a Null condition."""
    case = _Case(d, created=True)
    tag, value = d.one(["owner", "project", "stage"]), d.noun()
    if d.coin():
        allowed = case.refused({"Null": {f"aws:RequestTag/{tag}": "true"}})
    else:
        allowed = case.granted({"Null": {f"aws:RequestTag/{tag}": "false"}})
    denied = allowed
    allowed = {**allowed, "context": {f"aws:RequestTag/{tag}": value}}
    return Pair(
        allowed, denied,
        f"The request has the tag {tag} = {value}.",
        f"The request has no tag {tag}.",
        True,
    )  # fmt: skip


@maker
def values_or(d: Draw) -> Pair:
    """Draw several values for one key."""
    case = _Case(d, services=_WITHOUT_REGION)
    regions = ["eu-central-1", "eu-west-1", "eu-north-1"][: 2 + d.dice.below(2)]
    inside, outside = d.one(regions), d.one(["us-east-1", "sa-east-1"])
    operator = d.one(["StringEquals", "StringLike"])
    allowed = case.granted({operator: {"aws:RequestedRegion": regions}}, aws__RequestedRegion=inside)
    denied = with_context(allowed, aws__RequestedRegion=outside)
    return Pair(
        allowed, denied, f"The request is sent to {inside}.", f"The request is sent to {outside}.", True
    )


@maker
def keys_and(d: Draw) -> Pair:
    """Draw two keys in one condition."""
    case = _Case(d)
    region = region_of(case.thing.action, case.thing.arn)
    condition = {
        "StringEquals": {"aws:RequestedRegion": region}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}
    }  # fmt: skip
    if d.coin():
        condition = {"StringEquals": {"aws:RequestedRegion": region, "aws:PrincipalTag/team": "data"}}
    one, other = [(key, each[key]) for each in condition.values() for key in each]
    second = {"aws:SourceIp": ("203.0.113.9", "198.51.100.7"), "aws:PrincipalTag/team": ("data", "web")}[
        other[0]
    ]
    allowed = {**case.granted(condition), "context": {one[0]: one[1], other[0]: second[0]}}
    denied = {**allowed, "context": {one[0]: one[1], other[0]: second[1]}}
    return Pair(
        allowed, denied,
        f"The request has {other[0]} = {second[0]}.",
        f"The request has {other[0]} = {second[1]}.",
        True,
    )  # fmt: skip


@maker
def negated_values(d: Draw) -> Pair:
    """Draw a negated operator with several values."""
    case = _Case(d, services=_WITHOUT_REGION)
    regions = ["eu-central-1", "eu-west-1", "eu-north-1"][: 2 + d.dice.below(2)]
    inside, outside = d.one(regions), d.one(["us-east-1", "sa-east-1"])
    allowed = case.refused({"StringNotEquals": {"aws:RequestedRegion": regions}}, aws__RequestedRegion=inside)
    denied = with_context(allowed, aws__RequestedRegion=outside)
    return Pair(
        allowed, denied, f"The request is sent to {inside}.", f"The request is sent to {outside}.", True
    )


@maker
def string_case(d: Draw) -> Pair:
    """Draw a value whose case differs."""
    case = _Case(d)
    team = d.noun()
    key = d.one(["team", "department"])
    allowed = case.granted({"StringEqualsIgnoreCase": {f"aws:PrincipalTag/{key}": team.capitalize()}})
    denied = case.granted({"StringEquals": {f"aws:PrincipalTag/{key}": team.capitalize()}})
    context = {"context": {f"aws:PrincipalTag/{key}": team}}
    return Pair(
        {**allowed, **context}, {**denied, **context},
        "The operator is StringEqualsIgnoreCase.",
        "The operator is StringEquals.",
    )  # fmt: skip


@maker
def stringequals_is_literal(d: Draw) -> Pair:
    """Draw an asterisk in a value of StringEquals."""
    case = _Case(d)
    start = d.noun()
    condition = {"aws:PrincipalTag/team": f"{start}-*"}
    context = {"context": {"aws:PrincipalTag/team": f"{start}-{d.one(['eu', 'us', 'dev'])}"}}
    return Pair(
        {**case.granted({"StringLike": condition}), **context},
        {**case.granted({"StringEquals": condition}), **context},
        "The operator is StringLike.",
        "The operator is StringEquals.",
    )


@maker
def ip_range(d: Draw) -> Pair:
    """Draw an address inside a network, and one outside."""
    case = _Case(d)
    inside, outside = f"203.0.113.{d.dice.below(128)}", f"203.0.113.{128 + d.dice.below(128)}"
    network = {"aws:SourceIp": "203.0.113.0/25"}
    if d.coin():
        allowed = case.granted({"IpAddress": network}, aws__SourceIp=inside)
    else:
        allowed = case.refused({"NotIpAddress": network}, aws__SourceIp=inside)
    denied = with_context(allowed, aws__SourceIp=outside)
    return Pair(
        allowed, denied, f"The request comes from {inside}.", f"The request comes from {outside}.", True
    )


@maker
def date_window(d: Draw) -> Pair:
    """Draw a time before a date, and one after it."""
    case = _Case(d)
    year, month = 2027 + d.dice.below(3), 1 + d.dice.below(12)
    limit = f"{year}-{month:02}-15T00:00:00Z"
    early, late = f"{year}-{month:02}-14T09:30:00Z", f"{year}-{month:02}-15T09:30:00Z"
    if d.coin():
        allowed = case.granted({"DateLessThan": {"aws:CurrentTime": limit}}, aws__CurrentTime=early)
    else:
        allowed = case.refused({"DateGreaterThan": {"aws:CurrentTime": limit}}, aws__CurrentTime=early)
    denied = with_context(allowed, aws__CurrentTime=late)
    return Pair(allowed, denied, f"The request is sent at {early}.", f"The request is sent at {late}.", True)


@maker
def numeric_bound(d: Draw) -> Pair:
    """Draw the age of an MFA sign-in."""
    case = _Case(d)
    limit = d.one(["900", "1800", "3600"])
    young, old = str(int(limit) - 1 - d.dice.below(300)), str(int(limit) + 1 + d.dice.below(300))
    key = {"aws:MultiFactorAuthAge": limit}
    if d.coin():
        allowed = case.granted({"NumericLessThan": key}, aws__MultiFactorAuthAge=young)
    else:
        allowed = case.refused({"NumericGreaterThan": key}, aws__MultiFactorAuthAge=young)
    allowed = with_context(allowed, aws__MultiFactorAuthPresent="true")
    denied = with_context(allowed, aws__MultiFactorAuthAge=old)
    return Pair(
        allowed, denied,
        f"The sign-in with MFA was {young} seconds ago.",
        f"The sign-in with MFA was {old} seconds ago.",
        True,
    )  # fmt: skip


@maker
def arn_operators(d: Draw) -> Pair:
    """Draw a question about a wildcard in ArnEquals, where it works as in ArnLike."""
    case = _Case(d, user=True)
    pattern = f"arn:aws:iam::{case.account}:user/{name_of(case.who)[:2]}*"
    context = {"context": {"aws:PrincipalArn": case.who}}
    allowed = {**case.granted({"ArnEquals": {"aws:PrincipalArn": pattern}}), **context}
    denied = {**case.granted({"StringEquals": {"aws:PrincipalArn": pattern}}), **context}
    return Pair(allowed, denied, "The operator is ArnEquals.", "The operator is StringEquals.")


@maker
def passed_to_service(d: Draw) -> Pair:
    """Draw iam:PassRole for a service to which the role is passed."""
    account = d.account()
    who = d.caller(account)
    role = f"arn:aws:iam::{account}:role/{d.one(['app', 'batch', 'web'])}-{d.noun()}"
    service, other = "lambda.amazonaws.com", d.one(["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"])
    condition = {d.one(["StringEquals", "StringLike"]): {"iam:PassedToService": service}}
    resource = d.one([role, "*", f"arn:aws:iam::{account}:role/*"])
    allowed = scene(
        who, "iam:PassRole", role, account, {"iam:PassedToService": service},
        identity=[doc(allow(d.one(["iam:PassRole", "iam:Pass*"]), resource, Condition=condition))],
    )  # fmt: skip
    denied = with_context(allowed, iam__PassedToService=other)
    return Pair(allowed, denied, f"The role is passed to {service}.", f"The role is passed to {other}.", True)


@maker
def called_through_a_service(d: Draw) -> Pair:
    """Draw a Deny by network that exempts calls that an AWS service makes for the caller."""
    case = _Case(d)
    network: dict[str, Any] = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    exempt = {**network, "Bool": {"aws:ViaAWSService": "false"}}
    context = {
        "context": {"aws:SourceIp": f"198.51.100.{1 + d.dice.below(250)}", "aws:ViaAWSService": "true"}
    }
    return Pair(
        {**case.refused(exempt), **context},
        {**case.refused(network), **context},
        'The Deny statement also requires Bool aws:ViaAWSService = "false".',
        "The Deny statement has only the NotIpAddress condition.",
    )


def _created(d: Draw, account: str) -> Thing:
    """Return a resource that is created with tags."""
    action, form, kind = [
        ("ec2:CreateVolume", "ec2:eu-central-1:{}:volume/*", "volume"),
        ("sqs:CreateQueue", "sqs:eu-central-1:{}:{}", "queue"),
        ("dynamodb:CreateTable", "dynamodb:eu-central-1:{}:table/{}", "table"),
        ("secretsmanager:CreateSecret", "secretsmanager:eu-central-1:{}:secret:{}", "secret"),
        ("sns:CreateTopic", "sns:eu-central-1:{}:{}", "topic"),
    ][d.dice.below(5)]  # fmt: skip
    name = d.noun()
    arn = f"arn:aws:{form.format(account, name)}"
    service = action.partition(":")[0]
    return Thing(action, f"{service}:TagResource", arn, arn + "-copy", arn + "*", kind)
