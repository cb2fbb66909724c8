"""Rules about statements: effects, wildcards, NotAction, NotResource, and variables."""

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
    scene,
    with_policies,
)


@maker
def implicit_deny(d: Draw) -> Pair:
    """Draw an action that no policy mentions."""
    account = d.account()
    thing = d.thing(account)
    resource = d.resource(thing)
    who = d.caller(account)
    denied = scene(who, thing.action, thing.arn, account, identity=[doc(allow(thing.sibling, resource))])
    allowed = with_policies(denied, identity=[doc(allow([thing.sibling, thing.action], resource))])
    return Pair(
        allowed, denied,
        f"An identity-based policy of {holder_of(who)} also allows `{thing.action}`.",
        f"The policies of {holder_of(who)} no longer mention `{thing.action}`.",
    )  # fmt: skip


@maker
def explicit_deny(d: Draw) -> Pair:
    """Draw an Allow and a Deny in the same policy."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    grant = allow(d.one([f"{thing.service}:*", "*"]), d.resource(thing))
    refuse, other = deny(thing.action, d.resource(thing)), deny(thing.sibling, "*")
    order = d.coin()
    denied = scene(
        who,
        thing.action,
        thing.arn,
        account,
        identity=[doc(*((grant, refuse) if order else (refuse, grant)))],
    )
    allowed = with_policies(denied, identity=[doc(*((grant, other) if order else (other, grant)))])
    return Pair(
        allowed, denied,
        f"The Deny statement applies to `{thing.sibling}` instead.",
        f"The Deny statement applies to `{thing.action}` instead.",
    )  # fmt: skip


@maker
def deny_beats_the_other_policy(d: Draw) -> Pair:
    """Draw an Allow in one policy and a Deny in another."""
    account = d.account()
    thing = d.thing(account)
    who = d.user(account)
    grant = doc(allow("*", "*"))
    denied = scene(
        who,
        thing.action,
        thing.arn,
        account,
        identity=[grant, doc(deny(d.pattern(thing.action), d.resource(thing)))],
    )
    allowed = with_policies(denied, identity=[grant, doc(deny(d.pattern(thing.action), thing.other_arn))])
    return Pair(
        allowed, denied,
        f"The Deny statement names only {thing.other_arn}.",
        f"The Deny statement covers {thing.arn}.",
    )  # fmt: skip


@maker
def action_wildcard(d: Draw) -> Pair:
    """Draw an action pattern that ends in an asterisk."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    resource = d.resource(thing)
    service, _, name = thing.action.partition(":")
    keep = 2 + d.dice.below(3)
    pattern, other = f"{service}:{name[:keep]}*", f"{service}:{name[:keep]}"
    allowed = scene(who, thing.action, thing.arn, account, identity=[doc(allow(pattern, resource))])
    denied = with_policies(allowed, identity=[doc(allow(other, resource))])
    return Pair(
        allowed, denied,
        f"The Allow statement has the action `{pattern}`.",
        f"The Allow statement has the action `{other}`, without the asterisk.",
    )  # fmt: skip


@maker
def action_case(d: Draw) -> Pair:
    """Draw a Deny whose action differs in case from the request's action."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    odd = d.one([thing.action.lower(), thing.action.upper()])
    grant = allow(f"{thing.service}:*", d.resource(thing))
    denied = scene(who, thing.action, thing.arn, account, identity=[doc(grant, deny(odd, "*"))])
    allowed = with_policies(denied, identity=[doc(grant, deny(thing.sibling.lower(), "*"))])
    return Pair(
        allowed, denied,
        f"The Deny statement has the action `{thing.sibling.lower()}`.",
        f"The Deny statement has the action `{odd}`.",
    )  # fmt: skip


@maker
def resource_case(d: Draw) -> Pair:
    """Draw a resource pattern whose case differs from the request's."""
    account = d.account()
    thing = d.object()
    bucket, _, file = thing.arn.partition("/")
    folder = d.noun()
    who = d.caller(account)
    action = d.pattern(thing.action)
    allowed = scene(
        who, thing.action, f"{bucket}/{folder}/{file}", account,
        identity=[doc(allow(action, [f"{bucket}/{folder}/*"] if d.coin() else f"{bucket}/{folder}/*"))],
    )  # fmt: skip
    denied = {**allowed, "resource": {**allowed["resource"], "arn": f"{bucket}/{folder.capitalize()}/{file}"}}
    return Pair(
        allowed, denied,
        f"The request is for {bucket}/{folder}/{file}.",
        f"The request is for {bucket}/{folder.capitalize()}/{file}.",
        by_request=True,
    )  # fmt: skip


@maker
def question_mark(d: Draw) -> Pair:
    """Draw a resource pattern with a question mark."""
    account = d.account()
    bucket, word = d.noun(), d.noun()
    who = d.caller(account)
    one, two = str(1 + d.dice.below(9)), str(10 + d.dice.below(80))
    arn = f"arn:aws:s3:::{bucket}/{word}-{{}}.csv"
    policy = doc(allow(d.pattern("s3:GetObject"), arn.format("?")))
    allowed = scene(who, "s3:GetObject", arn.format(one), account, identity=[policy])
    denied = scene(who, "s3:GetObject", arn.format(two), account, identity=[policy])
    return Pair(
        allowed,
        denied,
        f"The request is for {arn.format(one)}.",
        f"The request is for {arn.format(two)}.",
        True,
    )


@maker
def wildcard_crosses_slashes(d: Draw) -> Pair:
    """Draw a Deny whose asterisk covers deeper folders as well."""
    account = d.account()
    bucket, private, public, file = d.noun(), d.noun(), d.noun(), d.one(_NAMES)
    who = d.caller(account)
    action = d.one(["s3:GetObject", "s3:DeleteObject", "s3:PutObject"])
    start = f"arn:aws:s3:::{bucket}"
    policies = [doc(allow("s3:*", f"{start}/*")), doc(deny(d.pattern(action), f"{start}/{private}/*"))]
    identity = policies if d.coin() else [doc(*(each["Statement"][0] for each in policies))]
    deep = f"{start}/{private}/2027/{file}/{d.one(['a.txt', 'b.csv'])}"
    other = f"{start}/{public}/{private}/{file}"
    denied = scene(who, action, deep, account, identity=identity)
    allowed = scene(who, action, other, account, identity=identity)
    return Pair(allowed, denied, f"The request is for {other}.", f"The request is for {deep}.", True)


@maker
def bucket_and_objects(d: Draw) -> Pair:
    """Draw an action on objects, and a policy with the bucket's own ARN."""
    account = d.account()
    thing = d.object()
    bucket = thing.arn.partition("/")[0]
    who = d.caller(account)
    if d.coin():
        action, arn, right, wrong = thing.action, thing.arn, f"{bucket}/*", bucket
    else:
        action, arn, right, wrong = "s3:ListBucket", bucket, bucket, f"{bucket}/*"
    pattern = d.one([action, "s3:*"])
    allowed = scene(who, action, arn, account, identity=[doc(allow(pattern, right))])
    denied = with_policies(allowed, identity=[doc(allow(pattern, wrong))])
    return Pair(
        allowed, denied,
        f"The Resource element of the Allow statement is {right}.",
        f"The Resource element of the Allow statement is {wrong}.",
    )  # fmt: skip


@maker
def notaction_allow(d: Draw) -> Pair:
    """Draw an Allow with NotAction, which doesn't deny what it lists."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    listed = d.one([f"{thing.service}:*", thing.action])
    first = allow(None, "*", NotAction=listed if d.coin() else [listed, "iam:*"])
    second = doc(allow(d.pattern(thing.action), d.resource(thing)))
    allowed = scene(who, thing.action, thing.arn, account, identity=[doc(first), second])
    denied = with_policies(allowed, identity=[doc(first, deny(listed, "*")), second])
    return Pair(
        allowed, denied,
        "The Deny statement is removed.",
        f"The first policy also has a Deny statement for `{listed}`.",
    )  # fmt: skip


@maker
def notaction_deny(d: Draw) -> Pair:
    """Draw a Deny with NotAction, which denies everything that it doesn't list."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    listed = ["iam:*", "organizations:*"][: 1 + d.dice.below(2)]
    grant = doc(allow(d.one([thing.action, f"{thing.service}:*", "*"]), d.resource(thing)))
    more = d.one([thing.action, f"{thing.service}:*"])
    denied = scene(
        who, thing.action, thing.arn, account, identity=[grant, doc(deny(None, "*", NotAction=listed))]
    )
    allowed = with_policies(denied, identity=[grant, doc(deny(None, "*", NotAction=[*listed, more]))])
    return Pair(
        allowed, denied,
        f"The NotAction element also lists `{more}`.",
        f"The NotAction element no longer lists `{more}`.",
    )  # fmt: skip


@maker
def notresource_deny(d: Draw) -> Pair:
    """Draw a Deny with NotResource, which denies everything elsewhere."""
    account = d.account()
    thing = d.thing(account)
    who = d.caller(account)
    policies = [
        doc(allow(d.one([thing.action, f"{thing.service}:*"]), "*")),
        doc(deny(d.one(["*", f"{thing.service}:*"]), None, NotResource=d.one([thing.arn, thing.every]))),
    ]
    allowed = scene(who, thing.action, thing.arn, account, identity=policies)
    denied = scene(who, thing.action, thing.other_arn, account, identity=policies)
    return Pair(
        allowed, denied, f"The request is for {thing.arn}.", f"The request is for {thing.other_arn}.", True
    )


@maker
def variable_username(d: Draw) -> Pair:
    """Draw a folder per user, with a policy variable."""
    account = d.account()
    thing = d.object()
    bucket, _, file = thing.arn.partition("/")
    who, other = d.user(account), d.user(account)
    policy = doc(
        allow(d.pattern(thing.action), f"{bucket}/{d.one(['home/', '', 'users/'])}${{aws:username}}/*")
    )
    folder: str = policy["Statement"][0]["Resource"].removesuffix("/*")

    def arn(user: str) -> str:
        """Return the ARN of the file in a user's folder."""
        return folder.replace("${aws:username}", name_of(user)) + f"/{file}"

    context = {"aws:username": name_of(who)}
    allowed = scene(who, thing.action, arn(who), account, context, identity=[policy])
    denied = scene(who, thing.action, arn(other), account, context, identity=[policy])
    return Pair(allowed, denied, f"The request is for {arn(who)}.", f"The request is for {arn(other)}.", True)


@maker
def variable_version(d: Draw) -> Pair:
    """Draw a policy variable in a policy of the old version."""
    account = d.account()
    thing = d.object()
    bucket, _, file = thing.arn.partition("/")
    who = d.user(account)
    statement = allow(d.pattern(thing.action), f"{bucket}/${{aws:username}}/*")
    allowed = scene(
        who, thing.action, f"{bucket}/{name_of(who)}/{file}", account, {"aws:username": name_of(who)},
        identity=[doc(statement)],
    )  # fmt: skip
    denied = with_policies(allowed, identity=[doc(statement, version="2008-10-17")])
    return Pair(
        allowed, denied,
        "The Version of the policy with the variable is 2012-10-17.",
        "The Version of the policy with the variable is 2008-10-17.",
    )  # fmt: skip


@maker
def variable_missing(d: Draw) -> Pair:
    """Draw a variable whose key the request doesn't have."""
    account = d.account()
    thing = d.object()
    bucket, _, file = thing.arn.partition("/")
    who = d.session(account)
    team = d.noun()
    statement = allow(d.pattern(thing.action), f"{bucket}/${{aws:PrincipalTag/team}}/*")
    denied = scene(who, thing.action, f"{bucket}/{team}/{file}", account, identity=[doc(statement)])
    allowed = {**denied, "context": {"aws:PrincipalTag/team": team}}
    return Pair(
        allowed, denied,
        f"{name_of(who)}'s session has the tag team = {team}.",
        f"{name_of(who)}'s session has no tag.",
        True,
    )  # fmt: skip


@maker
def tags_match(d: Draw) -> Pair:
    """Draw an attribute-based policy, which compares the caller's tag with the resource's."""
    account = d.account()
    thing = d.thing(account, ("secretsmanager", "dynamodb", "lambda", "ssm", "ec2"))
    who = d.caller(account)
    team, other = d.noun(), d.noun()
    key = d.one(["team", "project", "cost-center"])
    condition = {"StringEquals": {f"aws:ResourceTag/{key}": f"${{aws:PrincipalTag/{key}}}"}}
    policy = doc(allow(d.pattern(thing.action), d.one(["*", thing.every]), Condition=condition))
    context = {f"aws:PrincipalTag/{key}": team, f"aws:ResourceTag/{key}": team}
    allowed = scene(who, thing.action, thing.arn, account, context, identity=[policy])
    denied = {**allowed, "context": {**context, f"aws:ResourceTag/{key}": other}}
    return Pair(
        allowed, denied,
        f"The {thing.kind} has the tag {key} = {team}.",
        f"The {thing.kind} has the tag {key} = {other}.",
        True,
    )  # fmt: skip


_NAMES = ["notes.txt", "index.json", "summary.csv"]
