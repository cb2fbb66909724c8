"""Rules about resource-based policies: the same account, other accounts, everyone, and AWS services."""

from __future__ import annotations

from labs_helpers.course.drill.makers.registry import maker
from labs_helpers.course.drill.scene import (
    DENYING,
    SHARED,
    Draw,
    Pair,
    allow,
    deny,
    doc,
    holder_of,
    name_of,
    role_arn,
    root_arn,
    scene,
    with_context,
    with_policies,
)


@maker
def resource_policy_suffices(d: Draw) -> Pair:
    """Draw a resource policy that names a user of its own account, or the account."""
    account = d.account()
    thing = d.thing(account, SHARED)
    who = d.user(account)
    action = d.pattern(thing.action)
    allowed = scene(
        who,
        thing.action,
        thing.arn,
        account,
        resource=doc(allow(action, thing.every, Principal={"AWS": who})),
    )
    denied = with_policies(
        allowed, resource=doc(allow(action, thing.every, Principal={"AWS": root_arn(account)}))
    )
    return Pair(
        allowed, denied,
        f"The {thing.kind}'s policy names {who} as the principal.",
        f"The {thing.kind}'s policy names the account, {root_arn(account)}, as the principal.",
    )  # fmt: skip


@maker
def account_principal_delegates(d: Draw) -> Pair:
    """Draw a resource policy that names the account, with and without an Allow in the caller's own policies."""
    account = d.account()
    thing = d.thing(account, SHARED)
    who = d.caller(account)
    named = d.one([root_arn(account), account])
    policy = doc(allow(d.pattern(thing.action), thing.every, Principal={"AWS": named}))
    mine = [doc(allow(d.pattern(thing.action), d.resource(thing)))]
    allowed = scene(who, thing.action, thing.arn, account, identity=mine, resource=policy)
    denied = with_policies(allowed, identity=[doc(allow(thing.sibling, "*"))])
    return Pair(
        allowed, denied,
        f"A policy of {holder_of(who)} also allows `{thing.action}`.",
        f"The policies of {holder_of(who)} allow `{thing.sibling}` instead of `{thing.action}`.",
    )  # fmt: skip


@maker
def cross_account_needs_identity(d: Draw) -> Pair:
    """Draw another account's resource whose policy names the caller."""
    home, owner = d.account(), d.account()
    thing = d.thing(owner, SHARED)
    who = d.user(home)
    policy = doc(allow(d.pattern(thing.action), thing.every, Principal={"AWS": d.one([who, root_arn(home)])}))
    mine = [doc(allow(d.pattern(thing.action), d.resource(thing)))]
    allowed = scene(who, thing.action, thing.arn, owner, identity=mine, resource=policy)
    denied = with_policies(allowed, identity=[doc(allow(thing.sibling, "*"))])
    return Pair(
        allowed, denied,
        f"A policy of {holder_of(who)} also allows `{thing.action}`.",
        f"The policies of {holder_of(who)} allow `{thing.sibling}` instead of `{thing.action}`.",
    )  # fmt: skip


@maker
def cross_account_needs_resource(d: Draw) -> Pair:
    """Draw another account's resource whose policy doesn't name the caller."""
    home, owner = d.account(), d.account()
    thing = d.thing(owner, SHARED)
    who = d.caller(home)
    mine = [doc(allow(d.one(["*", thing.action, f"{thing.service}:*"]), "*"))]
    action = d.pattern(thing.action)
    allowed = scene(
        who, thing.action, thing.arn, owner, identity=mine,
        resource=doc(allow(action, thing.every, Principal={"AWS": root_arn(home)})),
    )  # fmt: skip
    denied = with_policies(
        allowed, resource=doc(allow(action, thing.every, Principal={"AWS": root_arn(owner)}))
    )
    return Pair(
        allowed, denied,
        f"The {thing.kind}'s policy names the account {home} as the principal.",
        f"The {thing.kind}'s policy names only its own account, {owner}, as the principal.",
    )  # fmt: skip


@maker
def everyone_in_the_account(d: Draw) -> Pair:
    """Draw the principal "*" for a caller in the resource's account who has no policies."""
    account = d.account()
    thing = d.thing(account, SHARED)
    who = d.caller(account)
    action = d.pattern(thing.action)
    star = d.one(["*", "AWS"])
    everyone = "*" if star == "*" else {"AWS": "*"}
    condition = {} if d.coin() else {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    context = {"aws:SecureTransport": "true"} if condition else None
    allowed = scene(
        who, thing.action, thing.arn, account, context,
        resource=doc(allow(action, thing.every, Principal=everyone, **condition)),
    )  # fmt: skip
    named = {"AWS": root_arn(account)}
    denied = with_policies(allowed, resource=doc(allow(action, thing.every, Principal=named, **condition)))
    return Pair(
        allowed, denied,
        f'The {thing.kind}\'s policy has the principal "*".',
        f"The {thing.kind}'s policy names the account as the principal.",
    )  # fmt: skip


@maker
def everyone_from_another_account(d: Draw) -> Pair:
    """Draw the principal "*" for a caller from another account."""
    home, owner = d.account(), d.account()
    thing = d.thing(owner, SHARED)
    who = d.caller(home)
    policy = doc(allow(d.pattern(thing.action), thing.every, Principal="*" if d.coin() else {"AWS": "*"}))
    mine = [doc(allow(d.pattern(thing.action), d.resource(thing)))]
    allowed = scene(who, thing.action, thing.arn, owner, identity=mine, resource=policy)
    denied = with_policies(allowed, identity=[])
    return Pair(
        allowed, denied,
        f"An identity-based policy of {holder_of(who)} allows `{thing.action}` on the {thing.kind}.",
        f"No identity-based policy of {holder_of(who)} allows `{thing.action}`.",
    )  # fmt: skip


@maker
def anonymous_callers(d: Draw) -> Pair:
    """Draw an unsigned request."""
    owner = d.account()
    thing = d.object("s3:GetObject")
    action = d.pattern(thing.action)
    everyone = "*" if d.coin() else {"AWS": "*"}
    allowed = scene(
        {"anonymous": True},
        thing.action,
        thing.arn,
        owner,
        resource=doc(allow(action, thing.every, Principal=everyone)),
    )
    named = {"AWS": d.one([root_arn(owner), d.user(owner)])}
    denied = with_policies(allowed, resource=doc(allow(action, thing.every, Principal=named)))
    del allowed["policies"]["identity"], denied["policies"]["identity"]
    return Pair(
        allowed, denied,
        'The bucket policy has the principal "*".',
        f"The bucket policy has the principal {named['AWS']}.",
    )  # fmt: skip


@maker
def resource_policy_denies(d: Draw) -> Pair:
    """Draw a Deny in a resource policy for a caller whose own policy allows everything."""
    account = d.account()
    thing = d.thing(account, DENYING)
    who, other = d.user(account), d.user(account)
    mine = [doc(allow(d.one(["*", f"{thing.service}:*"]), d.resource(thing)))]
    action = d.one([thing.action, f"{thing.service}:*"])
    denied = scene(
        who, thing.action, thing.arn, account, identity=mine,
        resource=doc(deny(action, thing.every, Principal={"AWS": who})),
    )  # fmt: skip
    allowed = with_policies(denied, resource=doc(deny(action, thing.every, Principal={"AWS": other})))
    return Pair(
        allowed, denied,
        f"The Deny statement of the {thing.kind}'s policy names {name_of(other)}.",
        f"The Deny statement of the {thing.kind}'s policy names {name_of(who)}.",
    )  # fmt: skip


@maker
def boundary_and_users_arn(d: Draw) -> Pair:
    """Draw a boundary, and a resource policy that names the user or the account."""
    account = d.account()
    thing = d.thing(account, SHARED)
    who = d.user(account)
    action = d.pattern(thing.action)
    limit = doc(allow(thing.sibling, "*"))
    mine = [doc(allow(action, d.resource(thing)))]
    allowed = scene(
        who, thing.action, thing.arn, account, identity=mine, boundary=limit,
        resource=doc(allow(thing.action, thing.every, Principal={"AWS": who})),
    )  # fmt: skip
    named = {"AWS": root_arn(account)}
    denied = with_policies(allowed, resource=doc(allow(thing.action, thing.every, Principal=named)))
    return Pair(
        allowed, denied,
        f"The {thing.kind}'s policy names {who} as the principal.",
        f"The {thing.kind}'s policy names the account as the principal.",
    )  # fmt: skip


@maker
def boundary_and_roles_arn(d: Draw) -> Pair:
    """Draw a boundary, and a resource policy that names the session or its role."""
    account = d.account()
    thing = d.thing(account, SHARED)
    who = d.session(account)
    limit = doc(allow(thing.sibling, d.one(["*", thing.every])))
    action = d.pattern(thing.action)
    allowed = scene(
        who, thing.action, thing.arn, account, boundary=limit,
        resource=doc(allow(action, thing.every, Principal={"AWS": who})),
    )  # fmt: skip
    denied = with_policies(
        allowed, resource=doc(allow(action, thing.every, Principal={"AWS": role_arn(who)}))
    )
    return Pair(
        allowed, denied,
        f"The {thing.kind}'s policy names the session, {who}, as the principal.",
        f"The {thing.kind}'s policy names the role, {role_arn(who)}, as the principal.",
    )  # fmt: skip


@maker
def notprincipal_and_boundary(d: Draw) -> Pair:
    """Draw a Deny with NotPrincipal for a user with a boundary."""
    account = d.account()
    thing = d.thing(account, DENYING)
    who = d.user(account)
    mine = [doc(allow(d.pattern(thing.action), d.resource(thing)))]
    spared = {"AWS": [who, root_arn(account)]}
    allowed = scene(
        who, thing.action, thing.arn, account, identity=mine,
        resource=doc(deny(d.one([thing.action, f"{thing.service}:*"]), thing.every, NotPrincipal=spared)),
    )  # fmt: skip
    denied = with_policies(allowed, boundary=doc(allow(d.one(["*", f"{thing.service}:*"]), "*")))
    return Pair(
        allowed, denied,
        f"{name_of(who)} has no permissions boundary.",
        f"{name_of(who)} has a permissions boundary that allows the action.",
        unseen=True,
    )  # fmt: skip


@maker
def confused_deputy(d: Draw) -> Pair:
    """Draw an AWS service that acts for one account or another."""
    owner, other = d.account(), d.account()
    service, action, thing = [
        ("cloudtrail.amazonaws.com", "s3:PutObject", d.object("s3:PutObject")),
        ("sns.amazonaws.com", "sqs:SendMessage", None),
        ("events.amazonaws.com", "lambda:InvokeFunction", None),
    ][d.dice.below(3)]  # fmt: skip
    name = d.noun()
    arn = thing.arn if thing else {
        "sqs:SendMessage": f"arn:aws:sqs:eu-central-1:{owner}:{name}",
        "lambda:InvokeFunction": f"arn:aws:lambda:eu-central-1:{owner}:function:{name}",
    }[action]  # fmt: skip
    key = d.one(["aws:SourceAccount", "aws:SourceArn"])
    prefix, kind = {"s3:PutObject": ("cloudtrail", "trail/"), "sqs:SendMessage": ("sns", ""),
                    "lambda:InvokeFunction": ("events", "rule/")}[action]  # fmt: skip
    own, foreign = (f"arn:aws:{prefix}:eu-central-1:{account}:{kind}{d.noun()}" for account in (owner, other))
    right, wrong = (owner, other) if key == "aws:SourceAccount" else (own, foreign)
    operator = "StringEquals" if key == "aws:SourceAccount" else d.one(["ArnEquals", "ArnLike"])
    policy = doc(allow(action, arn, Principal={"Service": service}, Condition={operator: {key: right}}))
    allowed = scene({"service": service}, action, arn, owner, {key: right}, resource=policy)
    denied = with_context(allowed, **{key.replace(":", "__"): wrong})
    del allowed["policies"]["identity"]
    return Pair(
        allowed, denied,
        f"{service} sends the request on behalf of {right}.",
        f"{service} sends the request on behalf of {wrong}.",
        True,
    )  # fmt: skip


@maker
def vpc_endpoint_limits(d: Draw) -> Pair:
    """Draw the policy of a VPC endpoint."""
    account = d.account()
    thing = d.object()
    who = d.caller(account)
    mine = [doc(allow(d.pattern(thing.action), d.resource(thing)))]
    wide = allow(d.one(["*", "s3:*", thing.action]), thing.every, Principal="*")
    narrow = {**wide, "Resource": thing.other_arn}
    allowed = scene(who, thing.action, thing.arn, account, identity=mine, vpc_endpoint=doc(wide))
    denied = with_policies(allowed, vpc_endpoint=doc(narrow))
    return Pair(
        allowed, denied,
        f"The VPC endpoint policy allows {thing.every}.",
        f"The VPC endpoint policy allows only {thing.other_arn}.",
    )  # fmt: skip
