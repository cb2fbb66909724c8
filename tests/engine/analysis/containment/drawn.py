"""Situations and requests for property tests: few names, so that patterns overlap, contain, and miss each other."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    parse_grants,
    parse_policy,
)

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
_IAM = f"arn:aws:iam::{ACCOUNT}"
ALICE = Principal.from_arn(f"{_IAM}:user/alice")
SESSION = Principal.from_arn(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s1")
PRINCIPALS = (
    ALICE,
    SESSION,
    Principal.from_arn(f"{_IAM}:root"),
    Principal.from_arn(f"arn:aws:sts::{ACCOUNT}:federated-user/bob", f"{_IAM}:user/alice"),
    Principal.from_arn(f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/app/s1"),
    Principal.from_arn(f"{_IAM}:role/aws-service-role/x.amazonaws.com/r"),
    Principal.service("lambda.amazonaws.com"),
    Principal.anonymous(),
    Principal.web_identity("accounts.google.com"),
)
_NAMED: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": ACCOUNT},
    {"AWS": f"{_IAM}:user/alice"},
    {"AWS": [f"{_IAM}:role/app", OTHER_ACCOUNT]},
    {"AWS": [f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s1", ACCOUNT]},
    {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"},
    {"Service": "lambda.amazonaws.com", "Federated": "accounts.google.com"},
)
_ACTIONS = (
    "*",
    "*:*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:GetObject?*",
    "s3:*Object",
    "s3:PutObject",
    "s3:GetObjectTagging",
    "kms:Decrypt",
    "kms:*",
    "kms:RetireGrant",
    "sts:AssumeRole",
    "sts:*",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetCallerIdentity",
    "sqs:SendMessage",
)
_KEY, _ROLE = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/k1", f"{_IAM}:role/app"
_RESOURCES = (
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::ab/*",
    "arn:aws:s3:::a/b",
    "arn:aws:s3:::?b/*",
    "arn:*:s3:::a*",
    "arn:aws:s3:*:*:a/*",
    "arn:aws:s3::?:a*",
    "arn:aws:s3:*c:::a",
    "arn:aws:kms:*:*:key/*",
    _KEY,
    "arn:aws:iam::*:role/*",
    _ROLE,
)
_VARIABLE_RESOURCES = (
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::a/${aws:username}*",
    "arn:aws:s3:::${aws:PrincipalTag/team, 'a'}/*",
    "arn:aws:s3:::a/${*}",
    "arn:aws:s3:::${aws:username}",
)
_REAL_ACTIONS = (
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:PutObject",
    "s3:GetBucketAcl",
    "s3:ListBucket",
    "kms:Decrypt",
    "kms:RetireGrant",
    "kms:DescribeKey",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetCallerIdentity",
    "sts:x",
    "sqs:SendMessage",
    "ec2:RunInstances",
    "s3:GetObjectx",
)
_REAL_RESOURCES = (
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::ab/c",
    "arn:aws:s3:::a/b",
    "arn:aws:s3:::a/x/y",
    "arn:aws:s3:::bb/x",
    "arn:aws:s3:::",
    "arn:aws-cn:s3:::ab/",
    "arn:aws:s3:eu::a/b",
    "arn:aws:s3::1:ab",
    "arn:aws:s3:x:c:::a",
    "arn:aws:s3::c:::a",
    _KEY,
    "arn:aws:kms:x:y:key/k2",
    _ROLE,
    "arn:aws:iam::1:role/x",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::alice/x",
    "arn:aws:s3:::alice",
    "arn:aws:s3:::a/alice1",
    "arn:aws:s3:::x/x",
    "arn:aws:s3:::a/a",
)

_TEXTS = ("a", "ab", "b", "", "A", "a*", "alice", "Alice")
_CONDITIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[Any, ...]], ...] = (
    # key, operators, the policy's values, the request's values
    (
        "aws:username",
        (
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ),
        (*_TEXTS, "a?", "*b", "?*"),
        (*_TEXTS, "aab", "xb", "zz"),
    ),
    (
        "aws:SourceArn",
        ("ArnEquals", "ArnLike", "ArnNotLike", "ArnNotEquals", "StringLike", "StringEquals"),
        ("arn:aws:s3:::a*", "arn:aws:*:*:*:a", "arn:aws:s3:::ab", "arn:*", "*", "arn:aws:s3:*"),
        ("arn:aws:s3:::a", "arn:aws:s3:::ab", "arn:aws:sns:x:y:a", "arn:aws:s3:x:y:a:b", "arn:aws:s3:::b"),
    ),
    (
        "aws:SourceIp",
        ("IpAddress", "NotIpAddress"),
        ("10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.2.3", "2001:db8::/32", "nonsense"),
        ("10.0.0.0", "10.1.2.3", "10.200.0.1", "11.0.0.1", "2001:db8::1", "::1"),
    ),
    (
        "s3:max-keys",
        (
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ),
        ("1", "10", "10.0", "100", "x"),
        ("0", "1", "5", "10", "10.5", "100", "1000"),
    ),
    (
        "aws:CurrentTime",
        ("DateLessThan", "DateGreaterThan", "DateEquals", "DateNotEquals", "DateLessThanEquals"),
        ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026", "1767225601"),
        (
            "2025-06-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            "1767225601",
            "2026-06-01T00:00:00Z",
            "2027-01-01T00:00:01Z",
        ),
    ),
    ("aws:SecureTransport", ("Bool", "StringEquals"), ("true", "false", "x"), ("true", "false")),
    (
        "aws:RequestTag/level",
        ("NumericLessThan", "NumericGreaterThanEquals"),
        ("1", "5"),
        ("0", "1", "3", "5", "x", ""),
    ),
    ("example:Digest", ("BinaryEquals",), ("YQ==", "Yg==", "?"), ("YQ==", "Yg==", "Yw==")),
    (
        "aws:TagKeys",
        (
            "ForAllValues:StringEquals",
            "ForAnyValue:StringEquals",
            "ForAllValues:StringLike",
            "ForAnyValue:StringNotLike",
            "ForAllValues:StringNotEquals",
            "StringEquals",
            "StringNotEquals",
        ),
        ("a", "b", "ab", "a*", "*"),
        (("a",), ("b",), ("a", "b"), ("ab", "a"), ("c",), ("", "a"), ()),
    ),
    (
        "aws:PrincipalTag/team",
        ("StringEquals", "StringLike", "ForAllValues:StringEquals", "ForAnyValue:StringLike"),
        ("a", "b*", ""),
        ("a", "b", "bc", "", "c"),
    ),
    (
        "kms:EncryptionContext:dept",
        ("StringEquals", "StringNotEquals"),
        ("a", "b"),
        ("a", "b", "c"),
    ),
)
_VARIABLES = (
    "${aws:PrincipalTag/team}",
    "${aws:username}",
    "a${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/team, 'a'}*",
)
_BY_KEY = {key: (operators, values, given) for key, operators, values, given in _CONDITIONS}
_TEXT_KEYS = ("aws:username", "aws:PrincipalTag/team", "aws:SourceArn")


@st.composite
def _conditions(draw: st.DrawFn, variables: bool) -> dict[str, Any]:
    block: dict[str, Any] = {}
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2, 3)))):
        key = draw(st.sampled_from(list(_BY_KEY)))
        operators, values, _given = _BY_KEY[key]
        operator = draw(st.sampled_from((*operators, "Null")))
        if operator == "Null":
            listed: Any = [draw(st.sampled_from(("true", "false")))]
        else:
            if draw(st.integers(0, 3)) == 0:
                operator += "IfExists"
            choices = (*values, *_VARIABLES) if variables and key in _TEXT_KEYS else values
            listed = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))
        block.setdefault(operator, {})[key] = listed
    return block


@st.composite
def documents(draw: st.DrawFn, kind: PolicyKind, variables: bool) -> dict[str, Any]:
    """Draw a policy document of a kind."""
    statements = []
    for _ in range(draw(st.integers(1, 3))):
        statement: dict[str, Any] = {"Effect": draw(st.sampled_from(("Allow", "Allow", "Allow", "Deny")))}
        if kind is PolicyKind.RCP:
            statement["Effect"] = "Deny"
        if kind in (PolicyKind.RESOURCE, PolicyKind.VPC_ENDPOINT, PolicyKind.RCP):
            statement["Principal"] = "*" if kind is PolicyKind.RCP else draw(st.sampled_from(_NAMED))
            if kind is not PolicyKind.RCP and statement["Effect"] == "Deny" and draw(st.integers(0, 3)) == 0:
                statement["NotPrincipal"] = statement.pop("Principal")
        negated = kind is not PolicyKind.RCP and draw(st.integers(0, 5)) == 0
        statement["NotAction" if negated else "Action"] = draw(
            st.lists(st.sampled_from(_ACTIONS), min_size=1, max_size=3, unique=True)
        )
        resources = (*_RESOURCES, *_VARIABLE_RESOURCES) if variables else _RESOURCES
        statement["NotResource" if draw(st.integers(0, 5)) == 0 else "Resource"] = draw(
            st.lists(st.sampled_from(resources), min_size=1, max_size=3, unique=True)
        )
        if block := draw(_conditions(variables)):
            statement["Condition"] = block
        statements.append(statement)
    if kind is not PolicyKind.RCP and draw(st.booleans()):  # otherwise most situations would allow nothing
        everything = {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}
        if kind in (PolicyKind.RESOURCE, PolicyKind.VPC_ENDPOINT):
            everything["Principal"] = draw(st.sampled_from(_NAMED))
        statements.append(everything)
    return {"Version": "2012-10-17", "Statement": statements}


_GRANTS = (
    {"GranteePrincipal": ALICE.arn, "Operations": ["Decrypt", "DescribeKey"]},
    {
        "GranteePrincipal": f"{_IAM}:role/app",
        "Operations": ["Decrypt"],
        "KeyId": _KEY,
        "Constraints": {"EncryptionContextSubset": {"dept": "a"}},
    },
    {
        "GranteePrincipal": ALICE.arn,
        "RetiringPrincipal": f"{_IAM}:role/app",
        "Operations": ["Decrypt", "RetireGrant"],
        "Constraints": {"EncryptionContextEquals": {"dept": "a"}},
    },
)


_KINDS = {
    "identity": PolicyKind.IDENTITY,
    "boundary": PolicyKind.BOUNDARY,
    "session": PolicyKind.SESSION,
    "resource": PolicyKind.RESOURCE,
    "vpc_endpoint": PolicyKind.VPC_ENDPOINT,
    "scp": PolicyKind.SCP,
    "rcp": PolicyKind.RCP,
}
Documents = dict[str, Any]
"""The documents of a situation, in the form of a scenario's policies."""


@st.composite
def situations(draw: st.DrawFn, *, variables: bool = False) -> Documents:
    """Draw the policies of one side: always identity policies, the others seldom."""
    drawn: Documents = {"identity": [draw(documents(PolicyKind.IDENTITY, variables))]}
    for name, kind in _KINDS.items():
        if name == "identity" or draw(st.integers(0, 4)):
            continue
        document = draw(documents(kind, variables))
        if name in ("scp", "rcp"):
            drawn[name] = [[document], [draw(documents(kind, variables))]]
        else:
            drawn[name] = [document] if name == "session" else document
    if draw(st.integers(0, 3)) == 0:
        drawn["grants"] = draw(st.lists(st.sampled_from(_GRANTS), max_size=2))
    return drawn


def policies(drawn: Documents) -> Policies:
    """Parse the documents of a situation."""

    def read(name: str, document: Any) -> Any:
        """Parse a document, or a list of them."""
        if isinstance(document, list):
            return tuple(read(f"{name}[{index}]", each) for index, each in enumerate(document))
        return Attached(name, parse_policy(document, _KINDS[name.partition("[")[0]]))

    read_ones = {name: read(name, document) for name, document in drawn.items() if name != "grants"}
    return Policies(
        **read_ones, grants=parse_grants(drawn["grants"], "grants") if "grants" in drawn else None
    )


@st.composite
def pairs(draw: st.DrawFn, *, variables: bool = False) -> tuple[Documents, Documents]:
    """Draw two situations; usually the second one is the first one, changed in a few places."""
    first = draw(situations(variables=variables))
    if draw(st.integers(0, 3)) == 0:
        return first, draw(situations(variables=variables))
    second = copy.deepcopy(first)
    for _ in range(draw(st.integers(0, 3))):
        statements = [
            statement
            for name, documents in second.items()
            if name not in ("grants", "rcp")
            for document in _flat(documents)
            for statement in document["Statement"]
        ]
        _change(draw, draw(st.sampled_from(statements)), variables)
    return (first, second) if draw(st.booleans()) else (second, first)


def _flat(documents: Any) -> list[Any]:
    return [each for one in documents for each in _flat(one)] if isinstance(documents, list) else [documents]


def _change(draw: st.DrawFn, statement: dict[str, Any], variables: bool) -> None:
    """Change a statement: its effect, a condition, or one of its lists."""
    how = draw(st.integers(0, 5))
    if how == 0 and "NotPrincipal" not in statement:
        statement["Effect"] = "Deny" if statement["Effect"] == "Allow" else "Allow"
    elif how == 1:
        statement["Condition"] = draw(_conditions(variables))
    elif how == 2:
        statement.pop("Condition", None)
    else:
        element = next(iter({"Action", "NotAction"} & statement.keys()))
        names, known = statement[element], _ACTIONS
        if how > 3:
            element = next(iter({"Resource", "NotResource"} & statement.keys()))
            names, known = statement[element], _RESOURCES
        extra = draw(st.sampled_from(known))
        statement[element] = [extra] if draw(st.booleans()) else [*dict.fromkeys((*names, extra))]


@st.composite
def requests(draw: st.DrawFn, principal: Principal, account: str | None = None) -> AccessRequest:
    """Draw a request of a principal."""
    context = {}
    for key, (_operators, _values, given) in _BY_KEY.items():
        value = draw(st.sampled_from((None, None, *given)))
        if value is not None:
            context[key] = list(value) if isinstance(value, tuple) else value
    if draw(st.integers(0, 5)) == 0:
        context["kms:EncryptionContext:other"] = "z"
    return AccessRequest.of(
        principal,
        draw(st.sampled_from(_REAL_ACTIONS)),
        draw(st.sampled_from(_REAL_RESOURCES)),
        account=account,
        context=context,
    )
