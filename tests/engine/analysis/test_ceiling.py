"""The search for a request that an answer lets through and its ceiling does not: what it finds, and what it must not.

Each rule that keeps it free of false alarms has its test here; that nothing too wide passes and nothing right is
refused is proved with every exercise in tests/course/test_proof.py.
"""

from __future__ import annotations

import random

import pytest

from labs_helpers.course.grading.probe_requests import request_context
from labs_helpers.engine.analysis.ceiling import Caller, Seed, guises, named, outsiders, search
from labs_helpers.engine.analysis.ceiling.actions import find, representatives, services_of
from labs_helpers.engine.analysis.ceiling.arns import candidates
from labs_helpers.engine.analysis.ceiling.covering import risky
from labs_helpers.engine.analysis.ceiling.opening import opened
from labs_helpers.engine.analysis.ceiling.proof import Proofs
from labs_helpers.engine.analysis.ceiling.values import is_of_others, may_be_absent, may_vary
from labs_helpers.engine.analysis.contexts import settled
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)

ACCOUNT = "111122223333"
ALICE = Principal.from_arn(f"arn:aws:iam::{ACCOUNT}:user/alice")
FINANCE = Principal.from_arn(f"arn:aws:iam::{ACCOUNT}:role/finance")
STRANGER = Principal.from_arn("arn:aws:iam::999988887777:user/mallory")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def allow(action, resource="*", condition=None, **more):
    made = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return made | ({"Condition": condition} if condition else {})


def deny(action, resource="*", condition=None, **more):
    return allow(action, resource, condition, **more) | {"Effect": "Deny"}


def policy(*statements, kind=PolicyKind.IDENTITY):
    return Attached(
        "your policy", parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind)
    )


def caller(answer, *ceilings, who=ALICE, seeds=(), within=None):
    context = request_context(who, ACCOUNT)
    return Caller(who, answer, ceilings, context, tuple(seeds), within)


def outcome(answer, *ceilings, who=ALICE, seeds=()):
    """The outcome for identity policies, given as lists of statements."""
    sides = [Policies(identity=(policy(*each),)) for each in (answer, *ceilings)]
    return search([caller(sides[0], *sides[1:], who=who, seeds=seeds)])


def trust(*statements):
    return Policies(identity=(policy(EVERYTHING),), resource=policy(*statements, kind=PolicyKind.TRUST))


def assume(principal, condition=None):
    made = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return made | ({"Condition": condition} if condition else {})


QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/audit"


def trust_outcome(answer, ceiling, who=ALICE):
    seeds = [Seed("sts:AssumeRole", ROLE, ACCOUNT, {})]
    return search([caller(trust(*answer), trust(*ceiling), who=who, seeds=seeds, within=(ROLE,))])


# What it finds

OWN = "arn:aws:s3:::team/home/${aws:username}/*"
TOO_WIDE = {
    "another statement": ([allow("s3:GetObject", OWN), allow("iam:*")], [allow("s3:GetObject", OWN)]),
    "a wildcard in the action": ([allow("s3:Get*", OWN)], [allow("s3:GetObject", OWN)]),
    "no slash after the name": ([allow("s3:GetObject", OWN[:-2] + "*")], [allow("s3:GetObject", OWN)]),
    "everybody's folder": ([allow("s3:GetObject", "arn:aws:s3:::team/home/*")], [allow("s3:GetObject", OWN)]),
    "another bucket": (
        [allow("s3:GetObject", "arn:aws:s3:::team*/k")], [allow("s3:GetObject", "arn:aws:s3:::team/k")],
    ),
    "a condition dropped": (
        [allow("s3:ListBucket")], [allow("s3:ListBucket", condition={"StringLike": {"s3:prefix": "home/*"}})],
    ),
    "IfExists": (
        [allow("s3:ListBucket", condition={"StringLikeIfExists": {"s3:prefix": "home/*"}})],
        [allow("s3:ListBucket", condition={"StringLike": {"s3:prefix": "home/*"}})],
    ),
    "a deny that is missing": (
        [allow("s3:*")], [allow("s3:*"), deny("s3:*", condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    ),
    "a deny with two conditions for one": (
        [
            allow("s3:*"),
            deny("s3:*", condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                                    "DateGreaterThan": {"aws:CurrentTime": "2026-04-01T00:00:00Z"}}),
        ],
        [allow("s3:*"), deny("s3:*", condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    ),
    "a second more": (
        [allow("s3:*", condition={"DateLessThan": {"aws:CurrentTime": "2026-04-01T00:00:02Z"}})],
        [allow("s3:*", condition={"DateLessThan": {"aws:CurrentTime": "2026-04-01T00:00:00Z"}})],
    ),
    "one address more": (
        [allow("s3:*", condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "203.0.114.0/32"]}})],
        [allow("s3:*", condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    ),
    "an address as text, without its last dot": (
        [allow("s3:*", condition={"StringLike": {"aws:SourceIp": "192.0.2*"}})],
        [allow("s3:*", condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})],
    ),
    "the Region next door": (
        [allow("s3:*", condition={"StringLike": {"aws:RequestedRegion": "eu-central-*"}})],
        [allow("s3:*", condition={"StringEquals": {"aws:RequestedRegion": "eu-central-1"}})],
    ),
    "case that is ignored": (
        [allow("s3:ListBucket", condition={"StringEqualsIgnoreCase": {"s3:prefix": "home/"}})],
        [allow("s3:ListBucket", condition={"StringEquals": {"s3:prefix": "home/"}})],
    ),
    "Bool for BoolIfExists in a deny": (
        [allow("s3:*"), deny("s3:*", condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})],
        [allow("s3:*"), deny("s3:*", condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})],
    ),
    "ForAllValues without tags": (
        [allow("ec2:CreateTags", condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}})],
        [allow("ec2:CreateTags", condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
                                            "Null": {"aws:TagKeys": "false"}})],
    ),
    "NotAction": ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], [allow("s3:*")]),
    "NotResource": (
        [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::secret/*"}],
        [allow("s3:GetObject", "arn:aws:s3:::team/*")],
    ),
    "another user by name": (
        [allow("s3:GetObject", condition={"StringEquals": {"aws:username": ["alice", "zoe"]}})],
        [allow("s3:GetObject", condition={"StringEquals": {"aws:username": "alice"}})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_WIDE)
def test_what_is_too_wide_has_a_witness_that_the_engine_confirms(name):
    answer, ceiling = TOO_WIDE[name]
    who = Principal.from_arn(f"arn:aws:iam::{ACCOUNT}:user/zoe") if "another user" in name else ALICE
    found = outcome(answer, ceiling, who=who)
    assert found.witnesses
    for witness in found.witnesses:
        asked = witness.request
        assert decide(asked, opened(Policies(identity=(policy(*answer),)), asked)).allowed
        assert not decide(asked, opened(Policies(identity=(policy(*ceiling),)), asked)).allowed


EQUIVALENT = {
    "split over statements": (
        [allow("s3:GetObject", OWN), allow("s3:PutObject", OWN)], [allow(["s3:GetObject", "s3:PutObject"], OWN)],
    ),
    "allow minus deny": (
        [allow("s3:GetObject", "arn:aws:s3:::team/*"),
         {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": OWN}],
        [allow("s3:GetObject", OWN)],
    ),
    "Null and Bool for BoolIfExists": (
        [allow("s3:*"), deny("s3:*", condition={"Null": {"aws:MultiFactorAuthPresent": "true"}}),
         deny("s3:*", condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})],
        [allow("s3:*"), deny("s3:*", condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})],
    ),
    "another operator": (
        [allow("s3:ListBucket", condition={"StringLike": {"s3:prefix": "home/"}})],
        [allow("s3:ListBucket", condition={"StringEquals": {"s3:prefix": "home/"}})],
    ),
    "a date in another zone": (
        [allow("s3:*", condition={"DateLessThan": {"aws:CurrentTime": "2026-04-01T02:00:00+02:00"}})],
        [allow("s3:*", condition={"DateLessThan": {"aws:CurrentTime": "2026-04-01T00:00:00Z"}})],
    ),
    "the office in two halves": (
        [allow("s3:*", condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/25", "203.0.113.128/25"]}})],
        [allow("s3:*", condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EQUIVALENT)
def test_what_allows_the_same_has_none_and_the_search_comes_to_its_end(name):
    answer, ceiling = EQUIVALENT[name]
    for one, other in ((answer, ceiling), (ceiling, answer)):
        found = outcome(one, other)
        assert found.witnesses == ()
        assert found.complete


def test_what_any_of_several_ceilings_allows_is_allowed():
    reads, writes = allow("s3:GetObject"), allow("s3:PutObject")
    assert outcome([reads], [writes], [reads]).witnesses == ()
    assert outcome([reads, writes], [writes], [reads]).complete
    assert outcome([allow("s3:DeleteObject")], [writes], [reads]).witnesses


def test_a_boundary_that_is_missing_raises_access():
    strong = (policy(EVERYTHING),)
    bounded = Policies(identity=strong, boundary=policy(allow("s3:*"), kind=PolicyKind.BOUNDARY))
    assert search([caller(Policies(identity=strong), bounded)]).witnesses
    assert search([caller(bounded, Policies(identity=strong))]).witnesses == ()


def test_an_scp_that_is_missing_raises_access():
    strong = (policy(EVERYTHING),)
    ruled = Policies(identity=strong, scp=((policy(allow("s3:*"), kind=PolicyKind.SCP),),))
    assert search([caller(Policies(identity=strong), ruled)]).witnesses


def test_at_most_three_witnesses_come_one_a_statement():
    answer = [allow(f"{service}:*") for service in ("iam", "s3", "sqs", "sns", "kms")]
    found = outcome(answer, [allow("ec2:DescribeInstances")])
    assert len(found.witnesses) == 3
    assert len({witness.part.statement.index for witness in found.witnesses}) == 3


def test_nothing_is_asked_where_every_part_is_covered():
    same = [allow(["s3:GetObject", "s3:PutObject"], [OWN, "arn:aws:s3:::other/*"])]
    split = [allow(a, r) for a in same[0]["Action"] for r in same[0]["Resource"]]
    assert outcome(same, split).asked == 0
    assert outcome(split, same).asked == 0


def test_a_search_that_is_cut_short_says_so():
    sides = [Policies(identity=(policy(*each),)) for each in ([allow("s3:*")], [allow("s3:Get*")])]
    found = search([caller(*sides)], seconds=0)
    assert not found.complete
    assert found.witnesses == ()
    assert search([caller(*sides)]).witnesses


@pytest.mark.parametrize("name", EQUIVALENT)
def test_nothing_is_asked_where_a_proof_ends_the_search(name):
    answer, most = (Policies(identity=(policy(*each),)) for each in EQUIVALENT[name])
    assert search([caller(answer, most)], seconds=0).complete
    assert search([caller(answer, most)], seconds=0).asked == 0


def test_a_proof_holds_for_ceilings_together():
    """Each of two ceilings allows a part of the answer."""
    reads, writes = (Policies(identity=(policy(allow(f"s3:{verb}Object")),)) for verb in ("Get", "Put"))
    both = Policies(identity=(policy(allow(["s3:GetObject", "s3:PutObject"])),))
    assert Proofs().found(caller(both, reads, writes))
    assert not Proofs().found(caller(both, reads))


# What it must not ask: requests that can't be


def test_action_and_resource_must_fit():
    """s3:ListBucket works on buckets, s3:GetObject on objects: an answer that swaps them allows nothing."""
    swapped = [allow("s3:ListBucket", "arn:aws:s3:::b/*"), allow("s3:GetObject", "arn:aws:s3:::b")]
    assert outcome(swapped, [allow("ec2:DescribeInstances")]).witnesses == ()


def test_only_the_types_that_a_call_needs_are_asked_about():
    start = find("ec2:startinstances")
    assert [kind.name for kind in start.kinds] == ["instance"]
    found = {kind.name for _, kind in candidates(start, ["*"], ACCOUNT, {}, ())}
    assert found == {"instance"}


def test_keys_are_varied_only_where_the_service_authorization_reference_lists_them():
    start, tag = find("ec2:startinstances"), find("sts:tagsession")
    instance = start.kinds[0]
    assert may_vary("aws:resourcetag/project", ALICE, start, instance)
    assert not may_vary("aws:requesttag/project", ALICE, start, instance)
    assert not may_vary("s3:prefix", ALICE, find("s3:getobject"), find("s3:getobject").kinds[-1])
    assert may_vary("sts:externalid", ALICE, tag, tag.kinds[0])  # it shares AssumeRole's


def test_who_asks_is_not_varied():
    assert not may_vary("aws:username", ALICE, find("s3:getobject"), None)
    assert not may_vary("aws:sourcearn", ALICE, find("s3:getobject"), None)
    assert may_vary("aws:sourcearn", Principal.service("sns.amazonaws.com"), find("sqs:sendmessage"), None)


def test_a_service_shows_no_organization_of_its_own_and_a_member_no_source():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    events = Principal.service("events.amazonaws.com")
    for who, key in ((events, "aws:principalorgid"), (ALICE, "aws:sourceorgid")):
        seeds = [Seed("sqs:SendMessage", QUEUE, ACCOUNT, {key: "o-ours"})]
        open_to_it, closed = (
            Policies(
                identity=(policy(EVERYTHING),),
                resource=policy(
                    allow("sqs:SendMessage", QUEUE, Principal="*"),
                    deny("sqs:SendMessage", QUEUE, each, Principal="*"),
                    kind=PolicyKind.RESOURCE,
                ),
            )
            for each in ({"StringNotEquals": {key: "o-ours"}}, None)
        )
        assert search([caller(open_to_it, closed, who=who, seeds=seeds, within=(QUEUE,))]).witnesses == ()


@pytest.mark.parametrize(
    ("condition", "shown"),
    [
        ({"Null": {"identitystore:UserId": "true"}}, "11112222-3333-4444-5555-666677778888"),
        ({"StringNotEquals": {"identitystore:UserId": "lee"}}, "lee"),
    ],
)
def test_what_some_sessions_alone_have_is_a_guise_of_whoever_has_it(condition, shown):
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentitystore.html"""
    sides = [Policies(identity=(policy(deny("s3:*", "*", condition)),))]
    assert guises(sides) == [{"identitystore:userid": shown}]


def test_who_is_in_an_organization_has_a_place_in_it():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    there = settled({}, {"aws:principalorgid": "o-ours"})
    assert there["aws:principalorgpaths"] == ("o-ours/r-1a2b/",)
    assert "aws:principalorgpaths" not in settled(there, {"aws:principalorgid": None})
    by_path = settled({}, {"aws:sourceorgpaths": ("o-ours/x",), "aws:sourceorgid": None})
    assert by_path["aws:sourceorgid"] == "o-ours"
    assert "aws:principalorgid" not in settled(there, {"aws:principalorgpaths": None})


@pytest.mark.parametrize("pattern", ["role/aws-reserved/*", "role/aws-reserved/sso.amazonaws.com/*"])
def test_a_pattern_for_all_roles_of_identity_center_names_one_of_them(pattern):
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html"""
    condition = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:{pattern}"}}
    sides = [Policies(identity=(policy(deny("s3:*", "*", condition)),))]
    assert any("/AWSReservedSSO_" in each.arn for each in named(sides, ACCOUNT))


def test_the_name_of_a_service_is_in_lowercase():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"""
    told = {"iam:PassedToService": "lambda.amazonaws.com"}
    answer = allow("iam:PassRole", condition={"StringEqualsIgnoreCase": told})
    assert outcome([answer], [allow("iam:PassRole", condition={"StringEquals": told})]).witnesses == ()


def test_both_clocks_show_the_same_time():
    context = settled({}, {"aws:currenttime": "2026-04-01T00:00:00Z"})
    assert context["aws:epochtime"] == "1775001600"
    assert settled({}, {"aws:epochtime": "1775001600"})["aws:currenttime"] == "2026-04-01T00:00:00Z"
    by_epoch = [allow("s3:*", condition={"DateLessThan": {"aws:EpochTime": "1775001600"}})]
    by_date = [allow("s3:*", condition={"DateLessThan": {"aws:CurrentTime": "2026-04-01T00:00:00Z"}})]
    assert outcome(by_epoch, by_date).witnesses == ()


def test_the_age_of_mfa_comes_with_mfa_and_never_without():
    assert settled({}, {"aws:multifactorauthpresent": "true"})["aws:multifactorauthage"]
    assert settled({}, {"aws:multifactorauthage": "60"})["aws:multifactorauthpresent"] == "true"
    gone = settled({}, {"aws:multifactorauthpresent": "false", "aws:multifactorauthage": "60"})
    assert "aws:multifactorauthage" not in gone
    by_age = [allow("s3:*", condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})]
    assert (
        outcome(by_age, [allow("s3:*", condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})]).witnesses
        == ()
    )


def test_a_resource_s_tag_is_the_same_under_both_names():
    own = [allow("ec2:StopInstances", condition={"StringEquals": {"ec2:ResourceTag/team": "a"}})]
    both = [allow("ec2:StopInstances", condition={"StringEquals": {"aws:ResourceTag/team": "a"}})]
    assert outcome(own, both).witnesses == ()
    assert outcome(both, own).witnesses == ()


def test_tags_of_a_request_and_their_keys_come_together():
    context = settled({}, {"aws:requesttag/team": "a"})
    assert context["aws:tagkeys"] == ("team",)
    other = settled(context, {"aws:tagkeys": ("cost",)})
    assert other["aws:tagkeys"] == ("cost",)
    assert "aws:requesttag/team" not in other
    assert "aws:tagkeys" not in settled(context, {"aws:requesttag/team": None})


def test_an_encryption_context_and_the_names_of_its_pairs_come_together():
    context = settled({}, {"kms:encryptioncontext:ward": "north"})
    assert context["kms:encryptioncontextkeys"] == ("ward",)
    two = settled(context, {"kms:encryptioncontext:patient": "4711"})
    assert two["kms:encryptioncontextkeys"] == ("ward", "patient")
    assert "kms:encryptioncontextkeys" not in settled(context, {"kms:encryptioncontext:ward": None})
    both = {"kms:encryptioncontext:ward": "north", "kms:encryptioncontextkeys": ("ward", "bed")}
    assert settled({}, both)["kms:encryptioncontextkeys"] == ("ward", "bed")


def test_an_address_that_is_compared_as_text_is_still_an_address():
    answer = [allow("s3:*", condition={"StringLike": {"aws:SourceIp": "203.0.113.*"}})]
    ceiling = [allow("s3:*", condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})]
    assert outcome(answer, ceiling).witnesses == ()


def test_what_is_always_there_is_never_absent():
    assert not may_be_absent("aws:currenttime", ALICE)
    assert not may_be_absent("aws:tokenissuetime", FINANCE)
    assert may_be_absent("aws:tokenissuetime", ALICE)
    if_exists = [allow("s3:*", condition={"BoolIfExists": {"aws:SecureTransport": "true"}})]
    assert (
        outcome(if_exists, [allow("s3:*", condition={"Bool": {"aws:SecureTransport": "true"}})]).witnesses
        == ()
    )


def test_a_request_comes_from_an_address_or_through_a_vpc_endpoint():
    context = settled({"aws:sourceip": "203.0.113.10"}, {"aws:sourcevpce": "vpce-1"})
    assert "aws:sourceip" not in context


def test_a_request_goes_to_its_resource_s_region():
    context = settled(
        {"aws:requestedregion": "us-east-1"}, {}, "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
    )
    assert context["aws:requestedregion"] == "eu-west-1"


def test_only_bearers_of_tokens_assume_with_tokens():
    wide = {"Effect": "Allow", "Action": "sts:Assume*", "Principal": {"AWS": ALICE.arn}}
    assert trust_outcome([wide], [assume({"AWS": ALICE.arn})]).witnesses == ()
    token = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
             "Principal": {"Federated": "accounts.google.com"}}  # fmt: skip
    bearer = Principal.web_identity("accounts.google.com")
    assert trust_outcome([token], [assume({"AWS": ALICE.arn})], who=bearer).witnesses


POOL = "cognito-identity.amazonaws.com"


def pool_trust(**condition):
    asked = {"StringEquals": {f"{POOL}:aud": "eu-central-1:pool"}, **condition}
    return {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": POOL}, "Condition": asked}  # fmt: skip


def test_an_identity_pool_s_token_says_for_whom_it_is_and_whether_its_bearer_signed_in():
    """https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html"""
    bearer = Principal.web_identity(POOL)
    signed_in = pool_trust(**{"ForAnyValue:StringLike": {f"{POOL}:amr": "authenticated"}})
    (found, *_) = trust_outcome([pool_trust()], [signed_in], who=bearer).witnesses
    assert found.request.context[f"{POOL}:amr"] == ("unauthenticated",)
    begins = pool_trust(**{"ForAnyValue:StringLike": {f"{POOL}:amr": "auth*"}})
    assert trust_outcome([begins], [signed_in], who=bearer).witnesses == ()
    missing = {**signed_in, "Condition": {"StringEqualsIfExists": {f"{POOL}:aud": "eu-central-1:pool"},
               "ForAnyValue:StringLike": {f"{POOL}:amr": "authenticated"}}}  # fmt: skip
    assert trust_outcome([missing], [signed_in], who=bearer).witnesses == ()


def test_a_token_holds_no_claims_of_another_provider():
    bearer = Principal.web_identity("accounts.google.com")
    assert not is_of_others("accounts.google.com:sub", bearer)
    assert is_of_others("builds.example.com:sub", bearer)
    assert is_of_others("saml:aud", bearer)
    assert not is_of_others("accounts.google.com:sub", FINANCE), "a session may have begun with such a token"


def test_nobody_anonymous_assumes_a_role():
    assert (
        trust_outcome(
            [assume({"AWS": "*"})], [assume({"AWS": ALICE.arn})], who=Principal.anonymous()
        ).witnesses
        == ()
    )
    assert trust_outcome([assume({"AWS": "*"})], [assume({"AWS": ALICE.arn})], who=STRANGER).witnesses


def test_the_account_of_a_role_delegates_where_nothing_is_said_of_its_trust():
    found = outcome([allow("sts:AssumeRole", "arn:aws:iam::*:role/*")], [allow("s3:GetObject")])
    assert found.witnesses[0].request.action == "sts:AssumeRole"


def test_another_account_s_resource_counts_only_where_it_can_have_a_policy():
    anywhere, own = "arn:aws:ec2:*:*:instance/*", f"arn:aws:ec2:*:{ACCOUNT}:instance/*"
    assert outcome([allow("ec2:StopInstances", anywhere)], [allow("ec2:StopInstances", own)]).witnesses == ()
    queue = "arn:aws:sqs:us-east-1:{}:orders"
    assert outcome(
        [allow("sqs:SendMessage", queue.format("*"))], [allow("sqs:SendMessage", queue.format(ACCOUNT))]
    ).witnesses


def test_a_bucket_s_policy_speaks_of_its_bucket_alone():
    who = {"Principal": {"AWS": FINANCE.arn}}
    wide = policy(allow("s3:GetObject", "*", **who), kind=PolicyKind.RESOURCE)
    own = policy(allow("s3:GetObject", "arn:aws:s3:::payroll/*", **who), kind=PolicyKind.RESOURCE)
    sides = Policies(resource=wide), Policies(resource=own)
    assert search([caller(*sides, who=FINANCE, within=("arn:aws:s3:::payroll",))]).witnesses == ()


# Who is asked about


def test_everyone_whom_a_policy_names_is_asked_about():
    statements = [
        assume(
            {"AWS": ["arn:aws:iam::444455556666:root", "111122223333", "*"], "Service": "ec2.amazonaws.com"}
        ),
        assume({"Federated": "accounts.google.com"}, {"StringEquals": {"aws:username": "zoe"}}),
        assume({"AWS": FINANCE.arn}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/x-*"}}),
    ]
    found = {principal.arn for principal in named([trust(*statements)], ACCOUNT)}
    assert found >= {
        "arn:aws:iam::444455556666:user/somebody", "arn:aws:iam::111122223333:user/somebody", "*",
        "ec2.amazonaws.com", "accounts.google.com", "arn:aws:iam::111122223333:user/zoe", FINANCE.arn,
        "arn:aws:iam::111122223333:role/x-x",
    }  # fmt: skip


def test_a_role_of_any_account_that_a_condition_spares_is_asked_about_as_one_of_this_account():
    spared = {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/door", "arn:aws:iam::*:user/*"]}}
    limit = Policies(identity=(policy(deny("s3:*", condition=spared)),))
    found = {principal.issuer or principal.arn for principal in named([limit], ACCOUNT)}
    assert found == {f"arn:aws:iam::{ACCOUNT}:role/door", f"arn:aws:iam::{ACCOUNT}:user/x"}


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("*door", {"role/door", "role/xdoor"}),
        ("*:role/door", {"role/door"}),
        ("*/door", {"role/door", "user/door"}),
    ],
)
def test_a_pattern_that_begins_with_a_wildcard_is_asked_about_with_and_without_more(pattern, meant):
    spared = {"StringNotLike": {"aws:PrincipalArn": pattern}}
    limit = Policies(identity=(policy(deny("s3:*", condition=spared)),))
    found = {principal.issuer or principal.arn for principal in named([limit], ACCOUNT)}
    assert found == {f"arn:aws:iam::{ACCOUNT}:{each}" for each in meant}


def test_a_pattern_for_users_and_roles_alike_is_asked_about_as_both():
    spared = {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:*/records-app"}}
    limit = Policies(identity=(policy(allow("s3:*", condition=spared)),))
    found = {principal.arn for principal in named([limit], ACCOUNT)}
    assert found == {f"arn:aws:iam::{ACCOUNT}:{kind}/records-app" for kind in ("user", "role")}


def test_one_action_stands_for_all_that_nothing_tells_apart():
    def found(*wanted):
        statements = parse_policy({"Version": "2012-10-17", "Statement": [*wanted]}).statements
        return [
            action.name
            for action in representatives(
                "s3:*", statements, services_of(statements), (), (), lambda action: True
            )
        ]

    everywhere, buckets = allow("s3:Get*"), allow("s3:*", "arn:aws:s3:::b")
    assert len(found(everywhere, buckets)) < 40
    assert {*found(everywhere, buckets)} >= {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
    assert len(found(everywhere)) < 5, "no statement looks at resources: their types tell nothing apart"


def test_what_certainly_covers_is_told_caller_by_caller():
    everyone = Policies(resource=policy(assume({"AWS": "*"}), kind=PolicyKind.TRUST))
    finance = Policies(resource=policy(assume({"AWS": FINANCE.arn}), kind=PolicyKind.TRUST))
    assert risky(caller(finance, everyone, who=FINANCE), everyone) == []
    assert risky(caller(everyone, finance, who=STRANGER), finance)


# A second generator, which draws at random, checks the first

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "*"]
RESOURCES = ["arn:aws:s3:::a/*", "arn:aws:s3:::a/x/*", "arn:aws:s3:::b/*", "*"]
CONDITIONS = [
    None, None, {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"Bool": {"aws:SecureTransport": "true"}},
    {"StringEquals": {"s3:ExistingObjectTag/k": "v"}}, {"StringEqualsIfExists": {"s3:ExistingObjectTag/k": "v"}},
    {"StringNotEquals": {"s3:ExistingObjectTag/k": "v"}}, {"Null": {"aws:MultiFactorAuthPresent": "true"}},
]  # fmt: skip
REQUESTS = [
    (action, f"arn:aws:s3:::{key}", {"aws:sourceip": ip, "aws:securetransport": tls, **tag, **mfa})
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
    for key in ("a/k", "a/x/k", "b/k", "c/k")
    for ip in ("203.0.113.10", "198.51.100.7")
    for tls in ("true", "false")
    for tag in ({}, {"s3:existingobjecttag/k": "v"}, {"s3:existingobjecttag/k": "w"})
    for mfa in ({}, {"aws:multifactorauthpresent": "true", "aws:multifactorauthage": "1"})
    if not (tag and action != "s3:GetObject")  # the key is listed for reading alone
]


def drawn(luck):
    """A policy of one to three statements, of which the first allows."""
    made = []
    for place in range(luck.randint(1, 3)):
        make = deny if place and luck.random() < 0.4 else allow
        made.append(make(luck.choice(ACTIONS), luck.choice(RESOURCES), luck.choice(CONDITIONS)))
    return made


@pytest.mark.parametrize("seed", range(60))
def test_what_a_random_request_tells_apart_the_search_finds_too(seed):
    luck = random.Random(seed)
    answer, ceiling = drawn(luck), drawn(luck)
    sides = [Policies(identity=(policy(*each),)) for each in (answer, ceiling)]
    base = request_context(ALICE, ACCOUNT)
    apart = any(
        decide(request, sides[0]).allowed and not decide(request, sides[1]).allowed
        for action, resource, context in REQUESTS
        for request in [
            AccessRequest.of(ALICE, action, resource, account=ACCOUNT, context={**base, **context})
        ]
    )
    found = search([caller(*sides)], seconds=5)
    assert found.complete
    assert found.witnesses or not apart
    for witness in found.witnesses:
        assert decide(witness.request, sides[0]).allowed
        assert not decide(witness.request, sides[1]).allowed


def test_outsiders_have_every_name_that_a_pattern_for_all_accounts_matches():
    patterns = [
        f"arn:aws:iam::{ACCOUNT}:role/own",
        "arn:aws:iam::*:role/shop-*",
        "arn:aws:iam::7777*:user/ana",
    ]
    limit = trust(
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
         "Condition": {"ArnLike": {"aws:PrincipalArn": patterns}}}
    )  # fmt: skip
    found = {principal.issuer or principal.arn for principal in outsiders([limit])}
    assert "arn:aws:iam::999988887777:role/shop-x" in found
    assert "arn:aws:iam::777700000000:user/ana" in found
    assert not [arn for arn in found if ACCOUNT in arn]
