"""Policy documents that IAM refuses, with its error messages, and unusual ones that it accepts."""

from __future__ import annotations

import json

import pytest

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.iam import documents as iam_documents
from tests.clouds import allow, error_of, trust

HOME = "111122223333"


def statement(**changes) -> str:
    """A valid policy, with elements of its statement changed; None takes one away."""
    merged = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **changes}
    kept = {name: value for name, value in merged.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


MALFORMED = [
    ("no JSON", "{", "Syntax errors in policy."),
    ("a list", "[]", "Syntax errors in policy."),
    ("a number", "7", "Syntax errors in policy."),
    ("an empty object", "{}", "Syntax errors in policy."),
    ("two objects", allow("s3:*") * 2, "Syntax errors in policy."),
    ("an unknown element", statement(Efect="Allow"), "Syntax errors in policy."),
    ("an unknown operator", statement(Condition={"StringIs": {"aws:username": "a"}}), "Syntax errors in policy."),
    ("a wrong effect", statement(Effect="Permit"), "Syntax errors in policy."),
    ("an effect in the wrong case", statement(Effect="allow"), "The policy failed legacy parsing"),
    ("no effect", statement(Effect=None), "Syntax errors in policy."),
    ("an action that is a number", statement(Action=7), "Syntax errors in policy."),
    ("deep nesting", "[" * 100_000, "Syntax errors in policy."),
    ("leading space", " " + allow("s3:*"), "The policy failed legacy parsing"),
    ("no action", statement(Action=None), "Policy statement must contain actions."),
    ("an empty list of actions", statement(Action=[]), "Policy statement must contain actions."),
    ("no resource", statement(Resource=None), "Policy statement must contain resources."),
    ("a principal", statement(Principal="*"), "Policy document should not specify a principal."),
    ("an action without service", statement(Action="GetObject"),
     "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ("an action with two colons", statement(Action="s3:Get:Object"), "Actions/Condition can contain only one colon."),
    ("a wildcard service", statement(Action="*:Get*"),
     "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards"),
    ("a service with an odd character", statement(Action="s_3:Get*"), "Vendor s_3 is not valid"),
    ("a bare resource", statement(Resource="shelf"), 'Resource shelf must be in ARN format or "*".'),
    ("an unknown partition", statement(Resource="arn:azure:s3:::shelf"),
     'Partition "azure" is not valid for resource "arn:azure:s3:::shelf".'),
    ("a resource of any service", statement(Resource="arn:aws:*:::shelf"),
     "Resource vendor must be fully qualified and cannot contain regexes."),
    ("an IAM resource with a region", statement(Resource=f"arn:aws:iam:us-east-1:{HOME}:user/a"),
     f"IAM resource arn:aws:iam:us-east-1:{HOME}:user/a cannot contain region information."),
    ("a Sid with a space", statement(Sid="read it"),
     "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "message"), [case[1:] for case in MALFORMED], ids=[case[0] for case in MALFORMED]
)
def test_create_policy_refuses(document, message):
    with pytest.raises(ServiceError) as caught:
        iam_documents.check_managed(document)
    assert (caught.value.code, caught.value.message) == ("MalformedPolicyDocument", message)


def test_two_statements_must_not_share_a_sid():
    one = {"Sid": "a", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    with pytest.raises(ServiceError, match="must be unique"):
        iam_documents.check_managed(json.dumps({"Version": "2012-10-17", "Statement": [one, one]}))


KEPT = [
    ("an unknown service", statement(Action="nosuch:Thing")),
    ("an unknown action", statement(Action="s3:GetObjet")),
    ("an unknown condition key", statement(Condition={"StringEquals": {"s3:nosuch": "x"}})),
    ("one statement without a list", json.dumps(
        {"Version": "2012-10-17",
         "Statement": {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::a"}}
    )),
    ("a number and a boolean in conditions",
     statement(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}, "Bool": {"aws:SecureTransport": True}})),
    ("all users of any account", statement(Action="iam:*", Resource="arn:aws:iam::*:user/${aws:username}")),
]  # fmt: skip


@pytest.mark.parametrize("document", [case[1] for case in KEPT], ids=[case[0] for case in KEPT])
def test_create_policy_keeps(document):
    iam_documents.check_managed(document)


def test_only_managed_policies_must_have_the_current_version():
    old = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    iam_documents.check_inline(old, [], 2048, "user alice")
    with pytest.raises(ServiceError, match=r"must be version 2012-10-17 or greater\."):
        iam_documents.check_managed(old)


def test_white_space_does_not_count_towards_the_quota():
    names = [f"arn:aws:s3:::bucket-{number:04}" for number in range(200)]
    document = json.dumps(json.loads(statement(Resource=names)), indent=8)
    assert len(document) > iam_documents.MANAGED_POLICY_SIZE > iam_documents.size(document)
    iam_documents.check_managed(document)
    longer = statement(Resource=[*names, *(f"arn:aws:s3:::more-{number:04}" for number in range(80))])
    with pytest.raises(ServiceError) as caught:
        iam_documents.check_managed(longer)
    assert (caught.value.code, caught.value.message) == (
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
    )


REGIONS = "can not contain region information."
LEGACY = "The policy failed legacy parsing"
PATHS = (
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, '
    "mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."
)
DATES_AND_ARNS = [
    ("no date", statement(Condition={"DateGreaterThan": {"aws:CurrentTime": "soon"}}), LEGACY),
    ("an empty date", statement(Condition={"DateEquals": {"aws:CurrentTime": ""}}), LEGACY),
    ("a 13th month", statement(Condition={"DateLessThanIfExists": {"aws:CurrentTime": ["2026-01-01", "2026-13-01"]}}),
     LEGACY),
    ("a 25th hour", statement(Condition={"ForAnyValue:DateEquals": {"aws:CurrentTime": "2026-01-01T25:00:00Z"}}),
     LEGACY),
    ("a variable for a date", statement(Condition={"DateEquals": {"aws:CurrentTime": "${aws:TokenIssueTime}"}}),
     LEGACY),
    ("a bucket in a Region", statement(Resource="arn:aws:s3:us-east-1::b"),
     f"Resource arn:aws:s3:us-east-1::b {REGIONS}"),
    ("an object in a Region and an account", statement(Resource=f"arn:aws:s3:us-east-1:{HOME}:b/*"),
     f"Resource arn:aws:s3:us-east-1:{HOME}:b/* {REGIONS}"),
    ("a Region with two hyphens", statement(Resource=f"arn:aws:dynamodb:us-west--2:{HOME}:table/t"),
     LEGACY),
    ("patterns for IAM's types", statement(Resource=f"arn:aws:iam::{HOME}:*/*"),
     PATHS),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"), [case[1:] for case in DATES_AND_ARNS], ids=[case[0] for case in DATES_AND_ARNS]
)
def test_dates_and_arns_that_iam_does_not_keep(iam, text, message):
    """OBSERVED from 2018 to 2022; `services.iam.documents` names where."""
    assert error_of(iam.create_policy, PolicyName="p", PolicyDocument=text) == (
        "MalformedPolicyDocument",
        message,
    )
    iam.create_user(UserName="alice")
    put = {"UserName": "alice", "PolicyName": "p", "PolicyDocument": text}
    assert error_of(iam.put_user_policy, **put) == ("MalformedPolicyDocument", message)


@pytest.mark.parametrize(
    "text",
    [
        *(
            statement(Condition={"DateLessThan": {"aws:CurrentTime": date}})
            for date in (
                "2026",
                "2026-11",
                "2026-11-28",
                "2026-11-28T12:00:00Z",
                "2026-11-28T12:00:00.5+01:00",
                "1795000000",
            )
        ),
        statement(Resource=f"arn:aws:s3:us-east-1:{HOME}:accesspoint/a"),
        statement(Resource=f"arn:aws:s3:*:{HOME}:job/*"),
        statement(Resource="arn:aws:s3:*:*:*"),
        statement(Resource=f"arn:aws:iam::{HOME}:*"),
        statement(Resource="arn:aws:iam::*:root"),
    ],
)
def test_dates_and_arns_that_iam_keeps(iam, text):
    assert iam.create_policy(PolicyName="p", PolicyDocument=text)["Policy"]["PolicyName"] == "p"


def test_dates_of_trust_policies_are_read_too(iam):
    late = trust({"AWS": HOME}, Condition={"DateLessThan": {"aws:CurrentTime": "tomorrow"}})
    refused = ("MalformedPolicyDocument", LEGACY)
    assert error_of(iam.create_role, RoleName="r", AssumeRolePolicyDocument=late) == refused


TRUST = [
    ("no JSON", "{", "This policy contains invalid Json"),
    ("leading space", "\n" + trust({"AWS": HOME}), "This policy contains invalid Json"),
    ("a resource", trust({"AWS": HOME}, Resource="*"), "Has prohibited field Resource"),
    ("no principal", statement(Action="sts:AssumeRole", Resource=None),
     "Missing required field Principal"),
    ("another service's action", trust({"AWS": HOME}, "s3:GetObject"),
     "AssumeRole policy may only specify STS AssumeRole actions."),
    ("a user that does not exist", trust({"AWS": f"arn:aws:iam::{HOME}:user/nobody"}),
     f'Invalid principal in policy: "AWS":"arn:aws:iam::{HOME}:user/nobody"'),
    ("a group", trust({"AWS": f"arn:aws:iam::{HOME}:group/staff"}),
     f'Invalid principal in policy: "AWS":"arn:aws:iam::{HOME}:group/staff"'),
    ("users by wildcard", trust({"AWS": f"arn:aws:iam::{HOME}:user/*"}),
     f'Invalid principal in policy: "AWS":"arn:aws:iam::{HOME}:user/*"'),
    ("a service that has no such name", trust({"Service": "ec2"}), 'Invalid principal in policy: "SERVICE":"ec2"'),
    ("an unknown element", trust({"AWS": HOME}, Efect="Allow"), "Syntax errors in policy."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "message"), [case[1:] for case in TRUST], ids=[case[0] for case in TRUST]
)
def test_create_role_refuses(cloud, document, message):
    with pytest.raises(ServiceError) as caught:
        iam_documents.check_trust(document)
    assert (caught.value.code, caught.value.message) == ("MalformedPolicyDocument", message)


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": HOME},
        {"AWS": [f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{HOME}:user/admin"]},
        {"AWS": "*"},
        {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"Federated": f"arn:aws:iam::{HOME}:oidc-provider/token.actions.githubusercontent.com"},
    ],
    ids=str,
)
def test_create_role_keeps(cloud, principal):
    iam_documents.check_trust(trust(principal))


@pytest.mark.ledger("F-IAM-10")
@pytest.mark.parametrize(
    "operation",
    ["create_policy", "create_policy_version", "put_user_policy", "put_group_policy", "put_role_policy", "create_role",
     "update_assume_role_policy"],
)  # fmt: skip
def test_every_way_in_refuses_and_keeps_nothing(iam, operation):
    arn = iam.create_policy(PolicyName="kept", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}))
    bad = (
        allow("s3:*", Efect="Allow")
        if "role" not in operation or "put" in operation
        else trust({"AWS": HOME}, Efect="")
    )
    parameters = {
        "create_policy": {"PolicyName": "p", "PolicyDocument": bad},
        "create_policy_version": {"PolicyArn": arn, "PolicyDocument": bad},
        "put_user_policy": {"UserName": "alice", "PolicyName": "p", "PolicyDocument": bad},
        "put_group_policy": {"GroupName": "staff", "PolicyName": "p", "PolicyDocument": bad},
        "put_role_policy": {"RoleName": "app", "PolicyName": "p", "PolicyDocument": bad},
        "create_role": {"RoleName": "q", "AssumeRolePolicyDocument": bad},
        "update_assume_role_policy": {"RoleName": "app", "PolicyDocument": bad},
    }[operation]
    refused = error_of(getattr(iam, operation), **parameters)
    assert refused == ("MalformedPolicyDocument", "Syntax errors in policy.")
    assert [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]] == ["kept"]
    assert iam.list_user_policies(UserName="alice")["PolicyNames"] == []
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["app"]
    assert "Efect" not in str(iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"])
