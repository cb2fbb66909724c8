"""What the parser takes, what it refuses, and how it names what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs_helpers.engine.policy import (
    MAX_BYTES,
    MAX_STATEMENTS,
    PolicyError,
    PolicyKind,
    Principal,
    PrincipalKind,
    context_keys,
    parse_grants,
    parse_policy,
)
from tests.hangs import ends

ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
WITHOUT_PRINCIPAL = [PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP]
WITH_PRINCIPAL = [PolicyKind.RESOURCE, PolicyKind.KEY, PolicyKind.VPC_ENDPOINT]


def document(*statements: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)} | elements


def refusal(source: Any, kind: PolicyKind = PolicyKind.IDENTITY) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(source, kind)
    return caught.value


def refusal_or_none(source: Any, kind: PolicyKind) -> PolicyError | None:
    try:
        parse_policy(source, kind)
    except PolicyError as error:
        return error
    return None


def test_statements_are_kept_with_index_sid_effect_and_source() -> None:
    policy = parse_policy(document(ALLOW_ALL | {"Sid": "All"}, ALLOW_ALL | {"Effect": "Deny"}))
    assert [(each.index, each.sid, each.effect) for each in policy.statements] == [
        (0, "All", "ALLOW"),
        (1, None, "EXPLICIT_DENY"),
    ]
    assert policy.statements[0].source["Sid"] == "All"


def test_single_statement_may_stand_without_list_and_its_path_has_no_index() -> None:
    assert len(parse_policy({"Statement": ALLOW_ALL}).statements) == 1
    assert refusal({"Statement": {"Efect": "Allow"}}).path == "policy.Statement.Efect"


def test_unknown_element_is_named_with_what_is_allowed() -> None:
    error = refusal(document(ALLOW_ALL, {"Efect": "Allow"}))
    assert (error.path, error.found) == ("policy.Statement[1].Efect", "unknown element")
    assert str(error).startswith("policy.Statement[1].Efect: unknown element")
    assert "Effect" in error.allowed


@pytest.mark.parametrize(
    ("change", "path", "found"),
    [
        ({"Effect": "Alow"}, "Effect", '"Alow"'),
        ({"Effect": 1}, "Effect", "a number"),
        ({"Effect": ["Allow"]}, "Effect", "a list"),
        ({"Action": []}, "Action", "an empty list"),
        ({"Action": 5}, "Action", "a number"),
        ({"Action": "GetObject"}, "Action", '"GetObject"'),
        ({"Action": ["s3:GetObject", "s*:Get"]}, "Action[1]", '"s*:Get"'),
        ({"Action": {"a": 1}}, "Action", "an object"),
        ({"NotAction": "s3:*"}, "NotAction", "both"),
        ({"Resource": "bucket"}, "Resource", '"bucket"'),
        ({"Resource": ["*", "arn:aws:s3"]}, "Resource[1]", "only 3 of an ARN's six parts"),
        ({"Resource": "arn:aws:*:::b"}, "Resource", "wildcard in the service"),
        ({"Resource": None}, "Resource", "null"),
        ({"NotResource": "*"}, "NotResource", "both"),
        ({"Principal": "*"}, "Principal", "unknown element"),
        ({"Sid": "with space"}, "Sid", '"with space"'),
        ({"Sid": 7}, "Sid", "a number"),
        ({"Condition": []}, "Condition", "a list"),
        ({"Condition": {"StringEqual": {"aws:x": "y"}}}, "Condition.StringEqual", "unknown operator"),
        ({"Condition": {"ForSome:StringEquals": {}}}, "Condition.ForSome:StringEquals", "unknown operator"),
        ({"Condition": {"NullIfExists": {"aws:x": "true"}}}, "Condition.NullIfExists", "unknown operator"),
        ({"Condition": {"StringEquals": "x"}}, "Condition.StringEquals", '"x"'),
        ({"Condition": {"StringEquals": {"aws:x": []}}}, "Condition.StringEquals.aws:x", "an empty list"),
        ({"Condition": {"StringEquals": {"aws:x": ["a", None]}}}, "Condition.StringEquals.aws:x[1]", "null"),
        (
            {"Condition": {"StringEquals": {"aws:x": float("nan")}}},
            "Condition.StringEquals.aws:x",
            "a number",
        ),
        ({"Action": "s3:Get\u0007"}, "Action", "control character"),
        ({"Resource": "arn:aws:s3:::" + "b" * 40_000}, "Resource", "above the limit of 32768"),
    ],
)
def test_refusal_names_the_element(change: dict[str, Any], path: str, found: str) -> None:
    error = refusal(document(ALLOW_ALL, ALLOW_ALL | change))
    assert error.path == f"policy.Statement[1].{path}"
    assert found in error.found


@pytest.mark.parametrize("element", ["Effect", "Action", "Resource"])
def test_missing_element_is_named(element: str) -> None:
    error = refusal(document({key: value for key, value in ALLOW_ALL.items() if key != element}))
    assert (error.path, error.found) == (f"policy.Statement[0].{element}", "missing")


@pytest.mark.parametrize(
    ("source", "path", "found"),
    [
        ("{", "policy", "not JSON"),
        ("[]", "policy", "a list"),
        ([], "policy", "a list"),
        (None, "policy", "null"),
        ('"x"', "policy", '"x"'),
        ("NaN", "policy", "NaN isn't a JSON number"),
        ("{}", "policy.Statement", "missing"),
        ('{"Version": "2012-10-18", "Statement": []}', "policy.Version", '"2012-10-18"'),
        ('{"Version": ["2012-10-17"], "Statement": []}', "policy.Version", "a list"),
        ('{"Statement": []}', "policy.Statement", "an empty list"),
        ('{"Statement": "x"}', "policy.Statement", '"x"'),
        ('{"Statement": [[]]}', "policy.Statement[0]", "a list"),
        (
            '{"Statement": [{"Effect": "Allow", "Effect": "Deny"}]}',
            "policy.Statement[0].Effect",
            "given twice",
        ),
        ('{"Id": "x", "Statement": [{}]}', "policy.Id", "unknown element"),
        ('{"Statement": "a\nb"}', "policy", "not JSON"),
        ("[" * 100_000, "policy", "nested too deeply"),
        ('{"Statement":' * 100_000, "policy", "nested too deeply"),
    ],
)
def test_refusal_of_a_document_as_a_whole(source: Any, path: str, found: str) -> None:
    error = refusal(source)
    assert error.path == path
    assert found in error.found


def test_a_sid_may_be_used_once_but_may_be_empty_often() -> None:
    assert "used twice" in refusal(document(ALLOW_ALL | {"Sid": "A"}, ALLOW_ALL | {"Sid": "A"})).found
    policy = parse_policy(document(ALLOW_ALL | {"Sid": ""}, ALLOW_ALL | {"Sid": ""}))
    assert [statement.sid for statement in policy.statements] == [None, None]


@pytest.mark.parametrize("kind", WITHOUT_PRINCIPAL)
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_policies_of_a_principal_name_no_principal(kind: PolicyKind, element: str) -> None:
    error = refusal(document(ALLOW_ALL | {element: "*"}), kind)
    assert (error.path, error.found) == (f"policy.Statement[0].{element}", "unknown element")


@pytest.mark.parametrize("kind", WITH_PRINCIPAL)
def test_policies_of_a_resource_name_a_principal_and_a_resource(kind: PolicyKind) -> None:
    assert refusal(document(ALLOW_ALL), kind).path == "policy.Statement[0].Principal"
    assert refusal(document(TRUST), kind).path == "policy.Statement[0].Resource"
    parse_policy(document(ALLOW_ALL | {"Principal": "*"}, Id="any id"), kind)


def test_trust_policy_has_no_resource_and_no_not_principal() -> None:
    assert refusal(document(TRUST | {"Resource": "*"}), PolicyKind.TRUST).found == "unknown element"
    error = refusal(document({"Effect": "Deny", "NotPrincipal": "*", "Action": "*"}), PolicyKind.TRUST)
    assert error.found == "unknown element"
    parse_policy(document(TRUST), PolicyKind.TRUST)


@pytest.mark.parametrize("kind", WITH_PRINCIPAL)
def test_not_principal_goes_with_deny_only(kind: PolicyKind) -> None:
    statement = ALLOW_ALL | {"NotPrincipal": {"AWS": "111122223333"}}
    assert refusal(document(statement), kind).path == "policy.Statement[0].NotPrincipal"
    parse_policy(document(statement | {"Effect": "Deny"}), kind)


def test_rcp_denies_everyone_and_allows_only_as_full_access() -> None:
    everyone = {"Principal": "*"}
    parse_policy(document(ALLOW_ALL | everyone), PolicyKind.RCP)
    parse_policy(document(ALLOW_ALL | everyone | {"Effect": "Deny", "Action": "s3:*"}), PolicyKind.RCP)
    assert refusal(document(ALLOW_ALL | everyone | {"Action": "s3:*"}), PolicyKind.RCP).path.endswith(
        "Effect"
    )
    named = ALLOW_ALL | {"Effect": "Deny", "Principal": {"AWS": "*"}}
    assert refusal(document(named), PolicyKind.RCP).path.endswith("Principal")
    negated = {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"} | everyone
    assert refusal(document(negated), PolicyKind.RCP).path.endswith("NotAction")


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": ["111122223333", "arn:aws:iam::111122223333:root"]},
        {"AWS": "arn:aws:iam::111122223333:user/path/alice"},
        {"AWS": "arn:aws:iam::111122223333:role/service/r"},
        {"AWS": "arn:aws:sts::111122223333:assumed-role/r/session"},
        {"AWS": "arn:aws:sts::111122223333:federated-user/f"},
        {"AWS": "AROAEXAMPLEID12345678"},
        {"Service": ["lambda.amazonaws.com", "sns.us-east-1.amazonaws.com"]},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"Federated": "arn:aws:iam::111122223333:saml-provider/Idp"},
        {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
        {"CanonicalUser": "0" * 64},
    ],
)
def test_every_form_of_principal_is_read(principal: Any) -> None:
    """parse_policy raises nothing; for other forms it raises PolicyError."""
    parse_policy(document(ALLOW_ALL | {"Principal": principal}), PolicyKind.RESOURCE)


@pytest.mark.parametrize(
    ("principal", "path"),
    [
        ({}, ""),
        ("111122223333", ""),
        ([], ""),
        ({"Aws": "*"}, ".Aws"),
        ({"AWS": []}, ".AWS"),
        ({"AWS": ["*", 5]}, ".AWS[1]"),
        ({"AWS": "11112222333"}, ".AWS"),
        ({"AWS": "arn:aws:iam::111122223333:user/al*"}, ".AWS"),
        ({"AWS": "arn:aws:iam::111122223333:group/admins"}, ".AWS"),
        ({"AWS": "arn:aws:sts::111122223333:assumed-role/r"}, ".AWS"),
        ({"Service": "*"}, ".Service"),
        ({"Service": "lambda"}, ".Service"),
        ({"Federated": "*"}, ".Federated"),
        ({"CanonicalUser": "abc"}, ".CanonicalUser"),
    ],
)
def test_other_forms_of_principal_are_refused(principal: Any, path: str) -> None:
    error = refusal(document(ALLOW_ALL | {"Principal": principal}), PolicyKind.RESOURCE)
    assert error.path == f"policy.Statement[0].Principal{path}"


def test_ten_thousand_statements_are_read_and_one_more_is_refused_with_the_limit() -> None:
    statements = [ALLOW_ALL] * MAX_STATEMENTS
    assert MAX_STATEMENTS >= 10_000
    assert len(parse_policy(document(*statements)).statements) == MAX_STATEMENTS
    assert str(MAX_STATEMENTS) in refusal(document(*statements, ALLOW_ALL)).found


def test_a_text_above_the_limit_is_refused_with_the_limit() -> None:
    assert str(MAX_BYTES) in refusal(" " * (MAX_BYTES + 1)).found


def test_keys_and_variables_of_a_policy_can_be_listed() -> None:
    statement = ALLOW_ALL | {
        "Resource": "arn:aws:s3:::b/${aws:username}/*",
        "Condition": {
            "StringLike": {"s3:Prefix": "${aws:PrincipalTag/team}/*"},
            "Null": {"aws:TokenIssueTime": "true"},
        },
    }
    found = context_keys(parse_policy(document(statement)))
    assert found == {"aws:username", "s3:prefix", "aws:principaltag/team", "aws:tokenissuetime"}


@pytest.mark.parametrize(
    ("arn", "kind", "issuer"),
    [
        ("arn:aws:iam::111122223333:root", PrincipalKind.ROOT, None),
        ("arn:aws:iam::111122223333:user/a/b", PrincipalKind.USER, None),
        (
            "arn:aws:iam::111122223333:role/p/r",
            PrincipalKind.ROLE_SESSION,
            "arn:aws:iam::111122223333:role/p/r",
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/r/s",
            PrincipalKind.ROLE_SESSION,
            "arn:aws:iam::111122223333:role/r",
        ),
        ("arn:aws:sts::111122223333:federated-user/f", PrincipalKind.FEDERATED_USER, None),
    ],
)
def test_principal_from_arn(arn: str, kind: PrincipalKind, issuer: str | None) -> None:
    principal = Principal.from_arn(arn)
    assert (principal.kind, principal.issuer, principal.account) == (kind, issuer, "111122223333")


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "alice",
        "arn:aws:iam::111122223333:user",
        "arn:aws:iam::1111:user/a",
        "arn:aws:s3:::b",
        "arn:aws:sts::111122223333:assumed-role/r",
        "arn:aws:iam::111122223333:group/g",
        None,
        7,
    ],
)
def test_what_is_no_principal_is_refused(arn: Any) -> None:
    with pytest.raises(PolicyError) as caught:
        Principal.from_arn(arn)
    assert caught.value.path == "principal.arn"


@pytest.mark.parametrize(
    ("grant", "path"),
    [
        ([], "grants[0]"),
        ({"Operations": ["Decrypt"]}, "grants[0].GranteePrincipal"),
        ({"GranteePrincipal": "arn:aws:iam::111122223333:user/a"}, "grants[0].Operations"),
        ({"GranteePrincipal": "*", "Operations": ["Decrypt"]}, "grants[0].GranteePrincipal"),
        (
            {"GranteePrincipal": "arn:aws:iam::111122223333:user/a", "Operations": ["Decrypt", "Eat"]},
            "grants[0].Operations[1]",
        ),
        ({"Grantee": "x"}, "grants[0].Grantee"),
        (
            {
                "GranteePrincipal": "arn:aws:iam::111122223333:user/a",
                "Operations": ["Decrypt"],
                "Constraints": {"EncryptionContextEquals": {"a": 1}},
            },
            "grants[0].Constraints.EncryptionContextEquals.a",
        ),
    ],
)
def test_what_is_no_grant_is_refused(grant: Any, path: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_grants([grant], "grants")
    assert caught.value.path == path


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Version",
                    "Id",
                    "Statement",
                    "Sid",
                    "Effect",
                    "Action",
                    "Resource",
                    "Principal",
                    "Condition",
                    "AWS",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(PolicyKind))
def test_any_json_is_parsed_or_refused_by_name(value: Any, kind: PolicyKind) -> None:
    error = refusal_or_none(value, kind)
    assert error is None or error.path.startswith("policy")


@given(st.text(), st.sampled_from(PolicyKind))
def test_any_text_is_parsed_or_refused_by_name(text: str, kind: PolicyKind) -> None:
    with pytest.raises(PolicyError):
        parse_policy(text, kind)


STATEMENT = st.fixed_dictionaries(
    {},
    optional={
        "Sid": JSON,
        "Effect": st.sampled_from(["Allow", "Deny"]) | JSON,
        "Action": st.sampled_from(["*", "s3:Get*"]) | JSON,
        "Resource": st.sampled_from(["*", "arn:aws:s3:::b/*"]) | JSON,
        "Principal": st.just("*") | st.fixed_dictionaries({"AWS": JSON}) | JSON,
        "Condition": st.dictionaries(
            st.sampled_from(
                ["StringLike", "DateLessThan", "IpAddress", "Bool", "ForAnyValue:ArnLike", "BinaryEquals"]
            ),
            st.dictionaries(st.text(max_size=4), JSON, max_size=2),
            max_size=2,
        ),
    },
)


@given(st.lists(STATEMENT, max_size=3), st.sampled_from(PolicyKind))
def test_nearly_right_statements_are_parsed_or_refused_by_name(
    statements: list[Any], kind: PolicyKind
) -> None:
    source = {"Statement": statements}
    error = refusal_or_none(source, kind)
    if error is not None:
        assert error.path.startswith("policy.Statement")
        return
    parsed = parse_policy(source, kind)
    assert [dict(each.source) for each in parsed.statements] == statements
    again = parse_policy(json.dumps(source), kind)
    assert [(each.sid, each.effect) for each in again.statements] == [
        (each.sid, each.effect) for each in parsed.statements
    ]


@pytest.mark.parametrize(
    "pattern",
    ["a*" * 1500 + "b", "?a*" * 1000 + "b", "*" + "?" * 2000 + "b*", "*a" * 2000, "a:*" * 1000 + "b"],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    from labs_helpers.engine.policy import AccessRequest, Attached, Policies, decide

    statements = [
        ALLOW_ALL | {"Condition": {operator: {"aws:x": pattern}}} for operator in ("StringLike", "ArnLike")
    ]
    statements.append(ALLOW_ALL | {"Resource": f"arn:aws:*:*:*:{pattern}".replace(":*:", ":s3:", 1)})
    policy = parse_policy(document(*statements))
    alice = Principal.from_arn("arn:aws:iam::111122223333:user/alice")
    value = "a" * 4000
    request = AccessRequest.of(alice, "s3:GetObject", f"arn:aws:s3:::{value}", context={"aws:x": "a:" * 2000})
    with ends():
        decision = decide(request, Policies(identity=(Attached("identity[0]", policy),)))
    assert decision.effect in ("ALLOW", "IMPLICIT_DENY")
