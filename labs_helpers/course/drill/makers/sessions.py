"""Rules about boundaries, sessions, assuming roles, and calls that need no permission."""

from __future__ import annotations

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


@maker
def boundary_caps(d: Draw) -> Pair:
    """Draw a boundary that lacks the action."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    mine = [doc(allow(d.one([thing.action, f"{thing.service}:*", "*"]), d.resource(thing)))]
    resource = d.one(["*", thing.every])
    denied = scene(
        who, thing.action, thing.arn, account, identity=mine, boundary=doc(allow(thing.sibling, resource))
    )
    allowed = with_policies(denied, boundary=doc(allow([thing.sibling, thing.action], resource)))
    return Pair(
        allowed, denied,
        f"The permissions boundary also allows `{thing.action}`.",
        f"The permissions boundary allows only `{thing.sibling}`.",
    )  # fmt: skip


@maker
def boundary_grants_nothing(d: Draw) -> Pair:
    """Draw a boundary that allows what no identity-based policy allows."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    limit = doc(allow(d.one([f"{thing.service}:*", "*", thing.action]), "*"))
    resource = d.resource(thing)
    denied = scene(
        who, thing.action, thing.arn, account, identity=[doc(allow(thing.sibling, resource))], boundary=limit
    )
    allowed = with_policies(denied, identity=[doc(allow([thing.sibling, thing.action], resource))])
    return Pair(
        allowed, denied,
        f"An identity-based policy also allows `{thing.action}`.",
        f"The identity-based policies allow `{thing.sibling}` instead of `{thing.action}`.",
    )  # fmt: skip


@maker
def session_policy_caps(d: Draw) -> Pair:
    """Draw a session policy that lacks the action."""
    account = d.account()
    thing = d.thing(account)
    who = d.session(account)
    mine = [doc(allow(d.one([thing.action, f"{thing.service}:*", "*"]), d.resource(thing)))]
    resource = d.one(["*", thing.every])
    denied = scene(
        who, thing.action, thing.arn, account, identity=mine, session=[doc(allow(thing.sibling, resource))]
    )
    allowed = with_policies(denied, session=[doc(allow([thing.sibling, thing.action], resource))])
    return Pair(
        allowed, denied,
        f"The session policy also allows `{thing.action}`.",
        f"The session policy allows only `{thing.sibling}`.",
    )  # fmt: skip


@maker
def session_policy_grants_nothing(d: Draw) -> Pair:
    """Draw a session policy that allows what the role's policies don't."""
    account = d.account()
    thing = d.thing(account)
    who = d.session(account)
    passed = [doc(allow(d.one([f"{thing.service}:*", "*", thing.action]), "*"))]
    resource = d.resource(thing)
    denied = scene(
        who, thing.action, thing.arn, account, identity=[doc(allow(thing.sibling, resource))], session=passed
    )
    allowed = with_policies(denied, identity=[doc(allow([thing.sibling, thing.action], resource))])
    return Pair(
        allowed, denied,
        f"A policy of the role also allows `{thing.action}`.",
        f"The role's policies allow `{thing.sibling}` instead of `{thing.action}`.",
    )  # fmt: skip


@maker
def revoked_sessions(d: Draw) -> Pair:
    """Draw the Deny that AWS adds when a role's sessions are revoked."""
    account = d.account()
    thing = d.thing(account)
    who = d.session(account)
    day = 1 + d.dice.below(27)
    revoked = f"2027-03-{day:02}T10:00:00Z"
    old, new = (
        f"2027-03-{day:02}T09:{10 + d.dice.below(50)}:00Z",
        f"2027-03-{day:02}T11:{10 + d.dice.below(50)}:00Z",
    )
    refuse = deny("*", "*", Condition={"DateLessThan": {"aws:TokenIssueTime": revoked}})
    grant = allow(d.one([thing.action, f"{thing.service}:*"]), d.resource(thing))
    identity = [doc(grant), doc(refuse)] if d.coin() else [doc(grant, refuse)]
    allowed = scene(who, thing.action, thing.arn, account, {"aws:TokenIssueTime": new}, identity=identity)
    denied = with_context(allowed, aws__TokenIssueTime=old)
    return Pair(allowed, denied, f"The session began at {new}.", f"The session began at {old}.", True)


@maker
def revocation_and_access_keys(d: Draw) -> Pair:
    """Draw a Deny that checks the time of a session, for a caller with a long-term key."""
    account = d.account()
    thing = d.thing(account)
    who = d.user(account)
    times = {"aws:TokenIssueTime": f"2027-0{1 + d.dice.below(9)}-10T10:00:00Z"}
    grant = doc(allow(d.one([thing.action, f"{thing.service}:*"]), d.resource(thing)))
    action = d.one(["*", f"{thing.service}:*"])
    allowed = scene(
        who, thing.action, thing.arn, account,
        identity=[grant, doc(deny(action, "*", Condition={"DateLessThan": times}))],
    )  # fmt: skip
    denied = with_policies(
        allowed, identity=[grant, doc(deny(action, "*", Condition={"DateLessThanIfExists": times}))]
    )
    return Pair(
        allowed, denied,
        "The operator of the Deny statement is DateLessThan.",
        "The operator of the Deny statement is DateLessThanIfExists.",
    )  # fmt: skip


@maker
def root_user_needs_no_policy(d: Draw) -> Pair:
    """Draw the root user, and a user without policies."""
    account = d.account()
    thing = d.thing(account)
    other = d.user(account)
    allowed = scene(root_arn(account), thing.action, thing.arn, account)
    denied = {**allowed, "principal": {"arn": other}}
    return Pair(
        allowed, denied,
        "The account's root user sends the request.",
        f"{name_of(other)}, a user without policies, sends the request.",
        True,
    )  # fmt: skip


@maker
def caller_identity_always(d: Draw) -> Pair:
    """Draw GetCallerIdentity for a caller who is denied everything."""
    account = d.account()
    who = d.caller(account)
    other = d.one(["sts:GetAccessKeyInfo", "sts:DecodeAuthorizationMessage", "sts:GetServiceBearerToken"])
    statements = [allow("*"), deny(d.one(["*", "sts:*"]))][:: d.dice.below(2) * 2 - 1]
    allowed = scene(who, "sts:GetCallerIdentity", "*", account, identity=[doc(*statements)])
    denied = {**allowed, "action": other}
    return Pair(
        allowed, denied, "The request is for `sts:GetCallerIdentity`.", f"The request is for `{other}`.", True
    )


def _trust(d: Draw, account: str) -> tuple[str, str]:
    """Return a role's ARN and the action that assumes it."""
    return (
        f"arn:aws:iam::{account}:role/{d.one(['Reader', 'Writer', 'Release', 'Auditor'])}",
        "sts:AssumeRole",
    )


@maker
def trust_policy_must_allow(d: Draw) -> Pair:
    """Draw a caller whose policies allow assuming every role, and a role that trusts another user."""
    account = d.account()
    role, action = _trust(d, account)
    who, other = d.user(account), d.user(account)
    mine = [doc(allow(d.one(["sts:AssumeRole", "sts:*", "*"]), d.one(["*", role])))]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    allowed = scene(
        who, action, role, account, identity=mine, resource=doc({**trust, "Principal": {"AWS": [other, who]}})
    )
    denied = with_policies(allowed, resource=doc({**trust, "Principal": {"AWS": [other]}}))
    return Pair(
        allowed, denied,
        f"The role's trust policy also names {name_of(who)}.",
        f"The role's trust policy names only {name_of(other)}.",
    )  # fmt: skip


@maker
def trust_policy_names_the_user(d: Draw) -> Pair:
    """Draw a trust policy for a user without policies: it names the user, or only the user's account."""
    account = d.account()
    role, action = _trust(d, account)
    who = d.user(account)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    allowed = scene(who, action, role, account, resource=doc({**trust, "Principal": {"AWS": who}}))
    denied = with_policies(allowed, resource=doc({**trust, "Principal": {"AWS": root_arn(account)}}))
    return Pair(
        allowed, denied,
        f"The role's trust policy names {who} as the principal.",
        f"The role's trust policy names the account, {root_arn(account)}, as the principal.",
    )  # fmt: skip


@maker
def trust_across_accounts(d: Draw) -> Pair:
    """Draw another account's role that trusts the caller's account."""
    home, owner = d.account(), d.account()
    role, action = _trust(d, owner)
    who = d.caller(home)
    trust = doc({"Effect": "Allow", "Principal": {"AWS": root_arn(home)}, "Action": "sts:AssumeRole"})
    allowed = scene(who, action, role, owner, identity=[doc(allow("sts:AssumeRole", role))], resource=trust)
    wrong = f"arn:aws:iam::{home}:role/{name_of(role)}"
    denied = with_policies(allowed, identity=[doc(allow("sts:AssumeRole", wrong))])
    return Pair(
        allowed, denied,
        f"The policy of {holder_of(who)} allows `sts:AssumeRole` on {role}.",
        f"The policy of {holder_of(who)} allows `sts:AssumeRole` on {wrong}.",
    )  # fmt: skip


@maker
def external_id(d: Draw) -> Pair:
    """Draw a trust policy with an external ID."""
    home, owner = d.account(), d.account()
    role, action = _trust(d, owner)
    who = d.caller(home)
    right, wrong = f"{d.noun()}-{1000 + d.dice.below(9000)}", f"{d.noun()}-{1000 + d.dice.below(9000)}"
    trust = {
        "Effect": "Allow", "Principal": {"AWS": root_arn(home)}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": right}},
    }  # fmt: skip
    allowed = scene(
        who, action, role, owner, {"sts:ExternalId": right},
        identity=[doc(allow("sts:AssumeRole", d.one([role, "*"])))], resource=doc(trust),
    )  # fmt: skip
    denied = with_context(allowed, sts__ExternalId=d.one([wrong, ""]) or None)
    given = denied.get("context", {}).get("sts:ExternalId")
    return Pair(
        allowed, denied,
        f"The request has the external ID {right}.",
        f"The request has the external ID {given}." if given else "The request has no external ID.",
        True,
    )  # fmt: skip


@maker
def web_identity_subject(d: Draw) -> Pair:
    """Draw a build server's token for one repository or another."""
    account = d.account()
    role, _ = _trust(d, account)
    host = "token.actions.githubusercontent.com"
    provider = f"arn:aws:iam::{account}:oidc-provider/{host}"
    mine, other = d.noun(), d.noun()
    pattern = d.one([f"repo:example/{mine}:*", f"repo:example/{mine}:ref:refs/heads/main"])
    right = f"repo:example/{mine}:ref:refs/heads/main"
    wrong = d.one([f"repo:example/{other}:ref:refs/heads/main", f"repo:else/{mine}:ref:refs/heads/main"])
    trust = {
        "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{host}:aud": "sts.amazonaws.com"}, "StringLike": {f"{host}:sub": pattern}
        },
    }  # fmt: skip
    allowed = scene(
        {"web_identity": provider}, "sts:AssumeRoleWithWebIdentity", role, account,
        {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": right}, resource=doc(trust),
    )  # fmt: skip
    denied = with_context(allowed, **{f"{host}__sub": wrong})
    del allowed["policies"]["identity"]
    return Pair(allowed, denied, f"The token's sub is {right}.", f"The token's sub is {wrong}.", True)


@maker
def identity_pool_scope(d: Draw) -> Pair:
    """Draw a guest of an identity pool, in the enhanced flow and in the classic one."""
    account = d.account()
    who = f"arn:aws:sts::{account}:assumed-role/PoolGuest/CognitoIdentityCredentials"
    service, action = [
        ("iam", "iam:ListUsers"), ("ec2", "ec2:DescribeInstances"), ("sts", "sts:DecodeAuthorizationMessage"),
        ("organizations", "organizations:ListAccounts"), ("rds", "rds:DescribeDBInstances"),
    ][d.dice.below(5)]  # fmt: skip
    scope = doc(
        allow(["s3:*", "dynamodb:*", "logs:*", "sqs:*", "lambda:*", "kms:Decrypt"], "*")
    )  # part of AWS's session policy
    role = [doc(allow([d.one([f"{service}:*", action]), "s3:GetObject"], "*"))]
    denied = scene(who, action, "*", account, identity=role, session=[scope])
    allowed = with_policies(denied, session=None)
    return Pair(
        allowed, denied,
        "The guest gets the credentials through the classic flow, without AWS's session policy.",
        "The guest gets the credentials through the enhanced flow, with AWS's session policy.",
        unseen=True,
    )  # fmt: skip


@maker
def federated_session_needs_policy(d: Draw) -> Pair:
    """Draw GetFederationToken with and without a session policy."""
    account = d.account()
    thing = d.thing(account)
    issuer = d.user(account)
    who = {
        "arn": f"arn:aws:sts::{account}:federated-user/{d.new(('partner', 'visitor', 'vendor'))}",
        "issuer": issuer,
    }
    mine = [doc(allow(d.one([thing.action, f"{thing.service}:*", "*"]), d.resource(thing)))]
    allowed = scene(
        who,
        thing.action,
        thing.arn,
        account,
        identity=mine,
        session=[doc(allow(d.pattern(thing.action), "*"))],
    )
    denied = with_policies(allowed, session=None)
    return Pair(
        allowed, denied,
        f"{name_of(issuer)} calls GetFederationToken with a session policy that allows `{thing.action}`.",
        f"{name_of(issuer)} calls GetFederationToken without a session policy.",
        unseen=True,
    )  # fmt: skip
