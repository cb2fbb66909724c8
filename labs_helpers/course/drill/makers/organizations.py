"""Rules about SCPs and RCPs: levels, whom they apply to, and what they never grant."""

from __future__ import annotations

from typing import Any

from labs_helpers.course.drill.makers.registry import maker
from labs_helpers.course.drill.scene import (
    FULL_ACCESS,
    Draw,
    Pair,
    allow,
    deny,
    doc,
    holder_of,
    region_of,
    root_arn,
    scene,
    with_context,
    with_policies,
)

_LEVELS = ("the organization's root", "the OU", "the account")


@maker
def scp_every_level(d: Draw) -> Pair:
    """Draw three levels of SCPs, one of which is an allow list."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    mine = [doc(allow(d.one([thing.action, f"{thing.service}:*", "*"]), d.resource(thing)))]
    level = d.dice.below(3)
    others = ["cloudwatch:*", "tag:*", "iam:*"][: 1 + d.dice.below(3)]
    more = d.one([f"{thing.service}:*", thing.action])

    def levels(listed: list[str]) -> list[list[dict[str, Any]]]:
        """Return the SCPs by level, with an allow list at one of them."""
        return [[doc(allow(listed)) if each == level else FULL_ACCESS] for each in range(3)]

    denied = scene(who, thing.action, thing.arn, account, identity=mine, scp=levels(others))
    allowed = with_policies(denied, scp=levels([*others, more]))
    return Pair(
        allowed, denied,
        f"The SCP that is attached to {_LEVELS[level]} also allows `{more}`.",
        f"The SCP that is attached to {_LEVELS[level]} doesn't allow `{more}`.",
    )  # fmt: skip


@maker
def scp_grants_nothing(d: Draw) -> Pair:
    """Draw SCPs that allow everything for a caller without an allow."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    scp = [[doc(allow(d.one([f"{thing.service}:*", thing.action]))), FULL_ACCESS], [FULL_ACCESS]]
    scp = scp if d.coin() else [*scp, [FULL_ACCESS]]
    resource = d.resource(thing)
    denied = scene(
        who, thing.action, thing.arn, account, identity=[doc(allow(thing.sibling, resource))], scp=scp
    )
    allowed = with_policies(denied, identity=[doc(allow([thing.sibling, thing.action], resource))])
    return Pair(
        allowed, denied,
        f"An identity-based policy of {holder_of(who)} also allows `{thing.action}`.",
        f"The identity-based policies of {holder_of(who)} allow `{thing.sibling}` instead of `{thing.action}`.",
    )  # fmt: skip


@maker
def scp_denies(d: Draw) -> Pair:
    """Draw a Deny in an SCP that applies to an administrator."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    level = d.dice.below(2)
    condition = {} if d.coin() else {"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-3"}}}
    context = {"aws:RequestedRegion": region_of(thing.action, thing.arn)} if condition else None

    def levels(action: str) -> list[list[dict[str, Any]]]:
        """Return the SCPs by level, with a Deny at one of them."""
        refuse = doc(deny(action, "*", **condition))
        return [[FULL_ACCESS, refuse] if each == level else [FULL_ACCESS] for each in range(2)]

    denied = scene(
        who,
        thing.action,
        thing.arn,
        account,
        context,
        identity=[doc(allow("*"))],
        scp=levels(d.pattern(thing.action)),
    )
    allowed = with_policies(denied, scp=levels(thing.sibling))
    return Pair(
        allowed, denied,
        f"The Deny statement of the SCP applies to `{thing.sibling}`.",
        f"The Deny statement of the SCP covers `{thing.action}`.",
    )  # fmt: skip


@maker
def scp_applies_to_root_user(d: Draw) -> Pair:
    """Draw a member account's root user, to which an SCP applies."""
    account = d.account()
    thing = d.thing(account)
    action = d.one([thing.action, f"{thing.service}:*"])
    condition = {"Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}} if d.coin() else {}
    context = {"aws:PrincipalArn": root_arn(account)} if condition else None
    denied = scene(
        root_arn(account), thing.action, thing.arn, account, context,
        scp=[[FULL_ACCESS, doc(deny(action, "*", **condition))], [FULL_ACCESS]],
    )  # fmt: skip
    allowed = with_policies(
        denied, scp=[[FULL_ACCESS, doc(deny(thing.sibling, "*", **condition))], [FULL_ACCESS]]
    )
    return Pair(
        allowed, denied,
        f"The Deny statement of the SCP applies to `{thing.sibling}`.",
        f"The Deny statement of the SCP applies to `{action}`.",
    )  # fmt: skip


@maker
def management_account_is_exempt(d: Draw) -> Pair:
    """Draw the same Deny for a member account and for the management account, to which SCPs don't apply."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    mine = [doc(allow(d.one([thing.action, f"{thing.service}:*"]), d.resource(thing)))]
    denied = scene(
        who, thing.action, thing.arn, account, identity=mine,
        scp=[[FULL_ACCESS, doc(deny(d.one([thing.action, f"{thing.service}:*"])))], [FULL_ACCESS]],
    )  # fmt: skip
    allowed = with_policies(denied, scp=None)
    return Pair(
        allowed, denied,
        f"{account} is the organization's management account.",
        f"{account} is a member account.",
        unseen=True,
    )  # fmt: skip


@maker
def service_linked_roles_are_exempt(d: Draw) -> Pair:
    """Draw a service-linked role's session, and an ordinary role's, under the same SCP."""
    account = d.account()
    thing = d.thing(account)
    mine = [doc(allow(d.one([thing.action, f"{thing.service}:*"]), d.resource(thing)))]
    role = d.one(["AWSServiceRoleForBackup", "AWSServiceRoleForConfig", "AWSServiceRoleForAutoScaling"])
    linked = {
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/run",
        "issuer": f"arn:aws:iam::{account}:role/aws-service-role/{role[17:].lower()}.amazonaws.com/{role}",
    }
    other = d.session(account)
    allowed = scene(
        linked, thing.action, thing.arn, account, identity=mine,
        scp=[[FULL_ACCESS, doc(deny(d.pattern(thing.action)))], [FULL_ACCESS]],
    )  # fmt: skip
    denied = {**allowed, "principal": {"arn": other}}
    return Pair(
        allowed, denied,
        f"The service-linked role {role} sends the request.",
        f"A session of the role {other.split('/')[1]} sends the request.",
        True,
    )  # fmt: skip


@maker
def rcp_stops_outsiders(d: Draw) -> Pair:
    """Draw an RCP that denies principals outside the organization."""
    owner, home = d.account(), d.account()
    thing = d.thing(owner, ("s3", "sqs", "secretsmanager"))  # services that support RCPs
    who = d.caller(home)
    org, foreign = f"o-{d.noun()}1", f"o-{d.noun()}2"
    condition = {d.one(["StringNotEquals", "StringNotEqualsIfExists"]): {"aws:PrincipalOrgID": org}}
    allowed = scene(
        who, thing.action, thing.arn, owner, {"aws:PrincipalOrgID": org},
        identity=[doc(allow(d.pattern(thing.action), d.resource(thing)))],
        resource=doc(allow(thing.action, thing.every, Principal=d.one(["*"]))),
        rcp=[[doc(deny(d.one([f"{thing.service}:*", thing.action]), Principal="*", Condition=condition))]],
    )  # fmt: skip
    denied = with_context(allowed, aws__PrincipalOrgID=d.one([foreign, ""]) or None)
    outside = denied.get("context", {}).get("aws:PrincipalOrgID")
    return Pair(
        allowed, denied,
        f"The account {home} is a member of the organization {org}.",
        f"The account {home} is a member of the organization {outside}." if outside
        else f"The account {home} isn't in an organization.",
        True,
    )  # fmt: skip


@maker
def rcp_applies_to_own_administrators(d: Draw) -> Pair:
    """Draw an RCP that applies to an administrator of the resource's account."""
    account = d.account()
    thing = d.object()
    who = d.caller(account)
    condition = {"BoolIfExists": {"aws:SecureTransport": "false"}}
    rule = doc(deny(d.one(["s3:*", thing.action]), Principal="*", Condition=condition))
    denied = scene(
        who, thing.action, thing.arn, account, {"aws:SecureTransport": "false"},
        identity=[doc(allow(d.one(["*", "s3:*"]), "*"))], rcp=[[rule], []] if d.coin() else [[rule]],
    )  # fmt: skip
    allowed = with_context(denied, aws__SecureTransport="true")
    return Pair(allowed, denied, "The request is sent over HTTPS.", "The request is sent over HTTP.", True)


@maker
def perimeter_exempts_services(d: Draw) -> Pair:
    """Draw a data perimeter with and without its exemption for AWS services."""
    owner = d.account()
    thing = d.object("s3:PutObject")
    service = d.one(["cloudtrail.amazonaws.com", "logging.s3.amazonaws.com", "config.amazonaws.com"])
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": f"o-{d.noun()}1"}}
    exempt = {**outside, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    grant = allow("s3:PutObject", thing.every, Principal={"Service": service})

    def perimeter(condition: dict[str, Any]) -> dict[str, Any]:
        """Return the Deny statement with a condition."""
        return deny(d.one(["s3:*"]), thing.every, Principal="*", Condition=condition)

    allowed = scene(
        {"service": service}, "s3:PutObject", thing.arn, owner, {"aws:PrincipalIsAWSService": "true"},
        resource=doc(grant, perimeter(exempt)),
    )  # fmt: skip
    del allowed["policies"]["identity"]
    denied = with_policies(allowed, resource=doc(grant, perimeter(outside)))
    return Pair(
        allowed, denied,
        'The Deny statement also requires BoolIfExists aws:PrincipalIsAWSService = "false".',
        "The Deny statement has only the condition on aws:PrincipalOrgID.",
    )  # fmt: skip
