"""Error messages of denied requests, and the APIs that explain them: iam-toolbox and sts:DecodeAuthorizationMessage."""

from __future__ import annotations

import json
from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config

from labs_helpers.cloud.core.authorization_message import MAX_LENGTH, encode
from labs_helpers.cloud.core.call import Judgement
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.sealed import NotOurs, seal, unseal
from labs_helpers.cloud.gate import refusals
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)
from tests.clouds import allow, deny, error_of, make_user, new_member, trust

HOME = "111122223333"
OTHER = "444455556666"
ALICE = f"arn:aws:iam::{HOME}:user/alice"
TAIL = "or call the GetRequestAuthorizationDetails API with the following authorization id: "
pytestmark = pytest.mark.ledger("F-IAM-11")


def managed(iam, name, text):
    return iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]


def refused_id(call, *arguments, **parameters):
    """The authorization id in the message of a refused call."""
    _, message = error_of(call, *arguments, **parameters)
    assert TAIL in message
    return message.rpartition(TAIL)[2]


def toolbox(session=None, region="us-east-1"):
    return (session or boto3).client("iam-toolbox", region_name=region)


def details(authorization_id, session=None):
    return toolbox(session).get_request_authorization_details(authorizationId=authorization_id)


# --- messages ---------------------------------------------------------------------------------------------------


def test_iam_tells_the_denying_policy_and_where_to_look_it_up(cloud, iam):
    alice = make_user(cloud, "alice", allow("*"))
    arn = managed(iam, "NoUsers", deny("iam:CreateUser"))
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    code, message = error_of(alice.client("iam").create_user, UserName="eve")
    found = message.rpartition(" ")[2]
    assert code == "AccessDenied"
    assert message == (
        f"User: {ALICE} is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::{HOME}:user/eve "
        f"with an explicit deny in an identity-based policy: {arn}. Go to "
        f"https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/{found} "
        f"for complete details, {TAIL}{found}"
    )


def test_an_inline_policy_and_an_implicit_deny_have_no_arn_to_tell(cloud):
    alice = make_user(cloud, "alice", deny("iam:CreateUser"))
    _, message = error_of(alice.client("iam").create_user, UserName="eve")
    assert "with an explicit deny in an identity-based policy. Go to" in message
    _, message = error_of(alice.client("iam").create_role, RoleName="r", AssumeRolePolicyDocument=trust("*"))
    assert "because no identity-based policy allows the iam:CreateRole action. Go to" in message


def test_boundaries_and_scps_are_named_too(cloud, iam):
    alice = make_user(cloud, "alice", allow("*"))
    arn = managed(iam, "Limit", deny("iam:*"))
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn)
    _, message = error_of(alice.client("iam").list_users)
    assert f"with an explicit deny in a permissions boundary: {arn}. Go to" in message
    _, member, policy = organization_with(deny("iam:ListUsers"))
    _, message = error_of(cloud.account(member).client("iam").list_users)
    assert f"with an explicit deny in a service control policy: {policy}. Go to" in message


def organization_with(scp):
    """An organisation with one member and an SCP at its root; gives (client, member, the SCP's ARN)."""
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    member = new_member()
    policy = client.create_policy(Name="guard", Description="", Type="SERVICE_CONTROL_POLICY", Content=scp)
    summary = policy["Policy"]["PolicySummary"]
    client.attach_policy(PolicyId=summary["Id"], TargetId=root)
    return client, member, summary["Arn"]


def test_other_services_tell_the_policy_but_give_no_id(cloud, iam):
    alice = make_user(cloud, "alice", allow("*"))
    arn = managed(iam, "NoLists", deny(["s3:ListAllMyBuckets", "sts:AssumeRole"]))
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    _, message = error_of(alice.client("s3").list_buckets)
    assert message.endswith(f"with an explicit deny in an identity-based policy: {arn}")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": HOME}))
    role = f"arn:aws:iam::{HOME}:role/r"
    _, message = error_of(alice.client("sts").assume_role, RoleArn=role, RoleSessionName="work")
    assert message.endswith(f"with an explicit deny in an identity-based policy: {arn}")


def test_between_accounts_no_policy_is_named(cloud, iam):
    alice = make_user(cloud, "alice", allow("*"))
    arn = managed(iam, "NoRoles", deny("sts:AssumeRole"))
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    cloud.account(OTHER).client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=trust({"AWS": HOME})
    )
    role = f"arn:aws:iam::{OTHER}:role/r"
    _, message = error_of(alice.client("sts").assume_role, RoleArn=role, RoleSessionName="work")
    assert message.endswith("with an explicit deny in an identity-based policy")


# --- GetRequestAuthorizationDetails -----------------------------------------------------------------------------


def test_the_details_of_a_refusal(cloud, iam):
    alice = make_user(cloud, "alice", allow("s3:*"))
    arn = managed(iam, "NoUsers", json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}],
    }))  # fmt: skip
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    found = details(refused_id(alice.client("iam").create_user, UserName="eve"))
    assert found["requestContext"]["aws:PrincipalArn"] == ALICE
    assert found["requestContext"]["aws:SourceIp"] == "203.0.113.10"
    assert "nextToken" not in found
    (evaluation,) = found["evaluations"]
    assert evaluation["action"] == "iam:CreateUser"
    assert evaluation["resource"] == f"arn:aws:iam::{HOME}:user/eve"
    assert evaluation["evaluatedEffect"] == "EXPLICIT_DENY"
    assert evaluation["context"]["aws:ResourceAccount"] == HOME
    (check,) = evaluation["checks"]
    assert check == {
        "checkType": "PRINCIPAL",
        "evaluatedEffect": "EXPLICIT_DENY",
        "relevantPolicyTypes": ["IDENTITY_BASED_POLICY"],
        "matchedPolicies": [
            {"uri": arn, "matchedStatements": [{"sid": "NoUsers", "evaluatedEffect": "DENY"}]}
        ],
    }
    assert evaluation["matchedPolicies"] == check["matchedPolicies"]
    by_uri = {each["uri"]: each for each in found["policies"]}
    assert by_uri[arn] == {
        "type": "IDENTITY_BASED_POLICY", "inline": False, "uri": arn, "attachedTo": [{"arn": ALICE}],
    }  # fmt: skip
    (inline,) = [each for each in found["policies"] if each["inline"]]
    assert inline["attachedTo"] == [{"arn": ALICE}]
    assert "own" not in inline["uri"]
    assert "alice" not in inline["uri"]


def test_what_was_allowed_of_the_request_is_there_too(cloud):
    alice = make_user(cloud, "alice", allow("iam:CreateUser"))
    tags = [{"Key": "team", "Value": "red"}]
    found = details(refused_id(alice.client("iam").create_user, UserName="eve", Tags=tags))
    assert [(each["action"], each["evaluatedEffect"]) for each in found["evaluations"]] == [
        ("iam:CreateUser", "ALLOW"), ("iam:TagUser", "IMPLICIT_DENY"),
    ]  # fmt: skip


def test_every_layer_has_its_check_in_order_and_scps_their_target(cloud, iam):
    client, member, scp = organization_with(deny("iam:CreateUser"))
    home = client.describe_organization()["Organization"]
    root = client.list_roots()["Roots"][0]
    its_iam = cloud.account(member).client("iam")
    its_iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust({"AWS": member}))
    its_iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=allow("iam:*"))
    boundary = managed(its_iam, "Limit", allow("iam:*"))
    its_iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=boundary)
    credentials = cloud.account(member).client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{member}:role/worker", RoleSessionName="work", Policy=allow("iam:Get*")
    )["Credentials"]  # fmt: skip
    session = cloud.profile("worker", credentials)
    found = details(refused_id(session.client("iam").create_user, UserName="eve"), cloud.account(member))
    (evaluation,) = found["evaluations"]
    assert [(each["checkType"], each["evaluatedEffect"]) for each in evaluation["checks"]] == [
        ("SERVICE_CONTROL_POLICY", "EXPLICIT_DENY"), ("SERVICE_CONTROL_POLICY", "ALLOW"), ("PRINCIPAL", "ALLOW"),
        ("PERMISSIONS_BOUNDARY", "ALLOW"), ("SESSION", "IMPLICIT_DENY"),
    ]  # fmt: skip
    account = next(each for each in client.list_accounts()["Accounts"] if each["Id"] == member)
    assert [each.get("targetArn") for each in evaluation["checks"]][:3] == [root["Arn"], account["Arn"], None]
    assert home["MasterAccountId"] in root["Arn"]
    by_uri = {each["uri"]: each for each in found["policies"]}
    assert by_uri[scp]["type"] == "SERVICE_CONTROL_POLICY"
    assert by_uri[scp]["attachedTo"] == [{"arn": root["Arn"]}]
    full = next(each for uri, each in by_uri.items() if uri.endswith("p-FullAWSAccess"))
    assert full["attachedTo"] == [{"arn": root["Arn"]}, {"arn": account["Arn"]}]
    assert by_uri[boundary]["type"] == "PERMISSIONS_BOUNDARY"
    assert [each["type"] for each in found["policies"] if each["inline"]] == [
        "IDENTITY_BASED_POLICY",
        "SESSION_POLICY",
    ]


def test_the_whole_organisation_may_ask_and_nobody_else(cloud):
    _, member, _ = organization_with(deny("iam:CreateUser"))
    found = refused_id(cloud.account(member).client("iam").create_user, UserName="eve")
    assert details(found)["evaluations"], "the management account is of the same organisation"
    for call in ("get_request_authorization_details", "get_request_authorization_policy"):
        more = {"policyUri": "arn:aws:iam::aws:policy/AdministratorAccess"} if call.endswith("policy") else {}
        foreign = getattr(toolbox(cloud.account(OTHER)), call)
        unknown = error_of(foreign, authorizationId="a" * len(found), **more)
        assert unknown[0] == "ResourceNotFoundException"
        assert error_of(foreign, authorizationId=found, **more) == unknown, (
            "a foreign id is told from no unknown one"
        )


def test_a_denial_is_found_for_a_day_in_its_region(cloud):
    alice = make_user(cloud, "alice")
    found = refused_id(alice.client("iam").list_users)
    there = toolbox(region="eu-west-1").get_request_authorization_details
    here = toolbox().get_request_authorization_details
    assert error_of(there, authorizationId=found)[0] == "ResourceNotFoundException"
    cloud.clock.advance(hours=23, minutes=59)
    assert details(found)["evaluations"]
    cloud.clock.advance(minutes=2)
    assert error_of(here, authorizationId=found)[0] == "ResourceNotFoundException"


def test_permission_is_needed(cloud):
    alice = make_user(cloud, "alice", allow("iam:GetRequestAuthorizationPolicy"))
    found = refused_id(alice.client("iam").list_users)
    code, message = error_of(toolbox(alice).get_request_authorization_details, authorizationId=found)
    assert code == "AccessDeniedException"
    assert "iam:GetRequestAuthorizationDetails" in message


@pytest.mark.parametrize("authorization_id", ["NOTANID", "<script>", "</b>", "a/b", "a-b", "a" * 257, "ä"])
def test_malformed_ids(cloud, authorization_id):
    client = toolbox()
    code, _ = error_of(client.get_request_authorization_details, authorizationId=authorization_id)
    assert code == "ValidationException"
    code, _ = error_of(
        client.get_request_authorization_policy, authorizationId=authorization_id, policyUri="x"
    )
    assert code == "ValidationException"


def test_pages(cloud, iam, monkeypatch):
    from labs_helpers.cloud.services.iam_toolbox import operations as iam_toolbox

    monkeypatch.setattr(iam_toolbox, "PAGE", 1)
    alice = make_user(cloud, "alice", allow("iam:CreateUser"))
    tags = [{"Key": "team", "Value": "red"}]
    found = refused_id(alice.client("iam").create_user, UserName="eve", Tags=tags)
    client = toolbox()
    pages = list(client.get_paginator("get_request_authorization_details").paginate(authorizationId=found))
    assert [[each["action"] for each in page["evaluations"]] for page in pages] == [
        ["iam:CreateUser"],
        ["iam:TagUser"],
    ]
    token = pages[0]["nextToken"]
    other = refused_id(alice.client("iam").list_users)
    get = client.get_request_authorization_details
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for authorization_id, bad in [
        (found, "1"),
        (found, flipped),
        (found, "<b>"),
        (found, ""),
        (other, token),
    ]:
        assert error_of(get, authorizationId=authorization_id, nextToken=bad)[0] == "ValidationException"


def test_html_in_names_stays_text(cloud):
    alice = make_user(cloud, "alice")
    tag = "<img src=x onerror=alert(1)>"
    found = details(refused_id(alice.client("iam", config=Config(user_agent=tag)).list_users))
    assert found["requestContext"]["aws:UserAgent"].startswith(tag)


# --- GetRequestAuthorizationPolicy ------------------------------------------------------------------------------


def test_the_policy_as_it_was(cloud, iam):
    before = json.loads(allow("s3:*", Condition={"StringLike": {"s3:prefix": ["<b>&é/*", "x"]}}))
    alice = make_user(cloud, "alice", json.dumps(before))
    found = refused_id(alice.client("iam").list_users)
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=allow("*"))
    (policy,) = details(found)["policies"]
    get = toolbox().get_request_authorization_policy
    assert get(authorizationId=found, policyUri=policy["uri"])["policyDocument"] == before
    iam.delete_user_policy(UserName="alice", PolicyName="own")
    assert get(authorizationId=found, policyUri=policy["uri"])["policyDocument"] == before


def test_only_policies_of_that_request(cloud, iam):
    alice = make_user(cloud, "alice", allow("s3:*"))
    found = refused_id(alice.client("iam").list_users)
    get = toolbox().get_request_authorization_policy
    for uri in ("arn:aws:iam::aws:policy/AdministratorAccess", "x", "<b>"):
        assert error_of(get, authorizationId=found, policyUri=uri)[0] == "ResourceNotFoundException"
    assert error_of(get, authorizationId=found, policyUri="x" * 2049)[0] == "ValidationException"


def test_the_running_ec2_encodes_its_refusals(cloud):
    alice = make_user(cloud, "alice", allow("ec2:Describe*"))
    ec2 = alice.client("ec2", region_name="us-east-1")
    code, message = error_of(ec2.create_security_group, GroupName="web", Description="web")
    assert code == "UnauthorizedOperation"
    found = decoded(message.rpartition(" ")[2])
    assert found["context"]["action"] == "ec2:CreateSecurityGroup"
    assert found["context"]["principal"]["arn"] == ALICE
    keys = {each["key"]: each["values"]["items"] for each in found["context"]["conditions"]["items"]}
    assert keys["aws:SourceIp"] == [{"value": "203.0.113.10"}]


# --- EC2's encoded message --------------------------------------------------------------------------------------

INSTANCE = f"arn:aws:ec2:us-east-1:{HOME}:instance/*"


def judgement(policy, context=None, user="alice", resource=INSTANCE):
    """A refused ec2:RunInstances of a user with one managed policy."""
    principal = Principal.from_arn(f"arn:aws:iam::{HOME}:user/{user}")
    context = {"aws:userid": "AIDAALICE", "ec2:InstanceType": "t3.small", **(context or {})}
    request = AccessRequest.of(principal, "ec2:RunInstances", resource, context=context)
    attached = Attached(f"arn:aws:iam::{HOME}:policy/Launch", parse_policy(policy, PolicyKind.IDENTITY))
    policies = Policies(identity=(attached,))
    return Judgement(request, policies, decide(request, policies), "abc")


def refusal_of(judged, operation="RunInstances", ids=None):
    call = SimpleNamespace(
        service="ec2", operation=operation, region="us-east-1", via_service=None,
        state=SimpleNamespace(ids=ids or Ids(1)),
    )  # fmt: skip
    return refusals.denied(call, "ec2", judged)


def test_the_words_of_ec2():
    refusal = refusal_of(judgement(deny("ec2:*")))
    message, _, encoded = refusal.message.rpartition(" ")
    assert (refusal.code, refusal.status) == ("UnauthorizedOperation", 403)
    assert message == (
        f"You are not authorized to perform this operation. User: {ALICE} is not authorized to perform: "
        f"ec2:RunInstances on resource: {INSTANCE} with an explicit deny in an identity-based policy: "
        f"arn:aws:iam::{HOME}:policy/Launch. Encoded authorization failure message:"
    )
    assert "alice" not in encoded
    assert "Encoded" not in refusal_of(judgement(allow("s3:*"), resource="*"), "DescribeInstances").message


def encoded_by(cloud, judged):
    """The message as the running cloud's EC2 would send it."""
    return encode(cloud._state.ids, HOME, judged)


def decoded(text, session=boto3):
    return json.loads(
        session.client("sts").decode_authorization_message(EncodedMessage=text)["DecodedMessage"]
    )


def test_decoding_an_implicit_deny(cloud):
    assert decoded(encoded_by(cloud, judgement(allow("s3:*")))) == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": "AIDAALICE", "name": "alice", "arn": ALICE},
            "action": "ec2:RunInstances",
            "resource": INSTANCE,
            "conditions": {
                "items": [
                    {"key": "aws:userid", "values": {"items": [{"value": "AIDAALICE"}]}},
                    {"key": "ec2:InstanceType", "values": {"items": [{"value": "t3.small"}]}},
                ]
            },
        },
    }


def test_decoding_an_explicit_deny(cloud):
    policy = json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Sid": "Small", "Effect": "Deny", "Action": ["ec2:RunInstances"], "Resource": "*",
             "Condition": {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}},
        ],
    })  # fmt: skip
    found = decoded(encoded_by(cloud, judgement(policy)))
    assert found["explicitDeny"] is True
    (statement,) = found["matchedStatements"]["items"]
    assert statement["statementId"] == "Small"
    assert statement["effect"] == "DENY"
    assert statement["actions"] == {"items": [{"value": "ec2:RunInstances"}]}
    (condition,) = statement["conditions"]["items"]
    assert condition == {"key": "ec2:InstanceType", "values": {"items": [{"value": "t3.micro"}]}}


def test_forged_foreign_and_old_messages_do_not_decode(cloud):
    good = encoded_by(cloud, judgement(allow("s3:*")))
    client = boto3.client("sts")
    middle = len(good) // 2
    flipped = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    other_purpose = seal(cloud._state.ids, "authorization details", HOME, {"allowed": True})
    of_another_cloud = encode(Ids(8), HOME, judgement(allow("s3:*")))
    damaged = (good[:-4], good + "AAAA", good[::-1], flipped)
    for bad in ("x", "<b>", "ä", *damaged, other_purpose, of_another_cloud):
        code, message = error_of(client.decode_authorization_message, EncodedMessage=bad)
        assert code == "InvalidAuthorizationMessageException"
        assert "alice" not in message
    foreign = cloud.account(OTHER).client("sts")
    code, message = error_of(foreign.decode_authorization_message, EncodedMessage=good)
    assert code == "InvalidAuthorizationMessageException"
    assert HOME not in message
    cloud.reset()
    code, _ = error_of(boto3.client("sts").decode_authorization_message, EncodedMessage=good)
    assert code == "InvalidAuthorizationMessageException"


def test_too_long_a_message(cloud):
    code, _ = error_of(
        boto3.client("sts").decode_authorization_message, EncodedMessage="A" * (MAX_LENGTH + 1)
    )
    assert code == "ValidationError"


def test_decoding_needs_permission(cloud):
    alice = make_user(cloud, "alice")
    code, message = error_of(alice.client("sts").decode_authorization_message, EncodedMessage="x")
    assert code == "AccessDenied"
    assert "sts:DecodeAuthorizationMessage" in message


def test_a_message_always_fits(cloud):
    noise = {f"aws:RequestTag/{n}": Ids(n).token(2_000) for n in range(40)}
    text = encoded_by(cloud, judgement(allow("s3:*"), noise))
    assert len(text) <= MAX_LENGTH
    assert decoded(text)["context"]["action"] == "ec2:RunInstances"


def test_seals_tell_purpose_and_account_apart():
    ids = Ids(3)
    text = seal(ids, "a", HOME, ["x", 1])
    assert unseal(ids, "a", HOME, text) == ["x", 1]
    for purpose, account, of in (("b", HOME, ids), ("a", OTHER, ids), ("a", HOME, Ids(3))):
        if of is ids:
            with pytest.raises(NotOurs):
                unseal(of, purpose, account, text)
