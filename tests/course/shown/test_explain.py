"""Decisions shown layer by layer: `day.would`, `day.explain`, and the safety of their output."""

from __future__ import annotations

import json
import re

import boto3
import pytest

from labs_helpers.cloud import Judgement
from labs_helpers.course import open_day, refused
from labs_helpers.course.shown.explain import Explanation
from labs_helpers.course.shown.look import Verdict
from labs_helpers.course.shown.verdict_strip import asker, drawn_stops, stops, strip
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_grants,
    parse_policy,
)

ALICE = "arn:aws:iam::111122223333:user/alice"
OBJECT = "arn:aws:s3:::payroll/2026.csv"


def document(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect: str, **more) -> dict:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": "*", **more}


def identity(name: str, *statements: dict) -> Attached:
    return Attached(name, parse_policy(document(*statements)))


def explained(*identities: Attached, **policies) -> Explanation:
    request = AccessRequest.of(Principal.from_arn(ALICE), "s3:GetObject", OBJECT, account="111122223333")
    return Explanation(decide(request, Policies(identity=identities, **policies)), "Alice asks")


def test_the_strip_shows_a_long_name_whole_and_no_word_of_a_longer_one_is_cut():
    reader = "assumed-role/AWSReservedSSO_Readers_435a12b74de27cc1/lee"
    shown = re.sub("<[^>]*>", "", asker(f"arn:aws:sts::111122223333:{reader}"))
    assert shown.strip() == "lee AWSReservedSSO_Readers_435a…", (
        "first the person; the role's random end is in the title"
    )
    assert f'title="arn:aws:sts::111122223333:{reader}"' in asker(f"arn:aws:sts::111122223333:{reader}")
    note = "diaries/notes/us-east-1:11111111-2222-4333-8444-555555555555/1"
    assert re.sub("<[^>]*>", "", asker("*", "", f"arn:aws:s3:::{note}")).endswith(f" {note}"), (
        "a key has colons"
    )
    path = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    shown = re.sub("<[^>]*>", "", asker("*", "", f"arn:aws:iam::111122223333:role/{path}"))
    assert shown.endswith("…-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")


def test_the_strip_names_equal_statements_of_two_policies_once():
    both = explained(identity("One", statement("Allow")), identity("Two", statement("Allow")))
    assert stops(both.decision)[0].by == "statement 1"


def test_the_strip_shows_levels_that_allow_as_one_stop_and_one_that_denies_by_itself():
    full = Attached("Full", parse_policy(document(statement("Allow")), PolicyKind.SCP))
    shut = Attached("Shut", parse_policy(document(statement("Deny")), PolicyKind.SCP))
    both = explained(identity("P", statement("Allow")), scp=((full,), (full,), (full, shut)))
    drawn = [(each.title, each.by) for each in drawn_stops(both.decision)]
    assert drawn[0] == ("Service control policies", "2 levels")
    assert drawn[1][0] == "Service control policy at level 2"
    assert len(stops(both.decision)) == len(drawn) + 1


def test_the_strip_shows_in_gray_what_allows_an_already_denied_request():
    full = Attached("Full", parse_policy(document(statement("Allow")), PolicyKind.SCP))
    shut = Attached("Shut", parse_policy(document(statement("Deny")), PolicyKind.SCP))
    denied = explained(identity("P", statement("Allow")), scp=((full,), (full, shut), (full,)))
    verdicts = [each.verdict for each in drawn_stops(denied.decision)]
    assert verdicts == [Verdict.ALLOW, Verdict.EXPLICIT_DENY, Verdict.MOOT, Verdict.MOOT, Verdict.NO]
    assert Verdict.MOOT not in [each.verdict for each in stops(denied.decision)], "the text is each layer's"


def test_the_strip_names_a_key_policy_and_the_grant_that_decided():
    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    grant = {"KeyId": key, "GrantId": "g", "GranteePrincipal": ALICE, "Operations": ["Decrypt"]}
    policy = document(statement("Allow", Action="kms:Encrypt", Principal="*"))
    policies = Policies(
        resource=Attached("key", parse_policy(policy, PolicyKind.RESOURCE)),
        grants=parse_grants([grant], "grants"),
    )
    request = AccessRequest.of(Principal.from_arn(ALICE), "kms:Decrypt", key, account="111122223333")
    judged = Judgement(request, policies, decide(request, policies))
    drawn = [each.title for each in drawn_stops(judged.decision, "kms:Decrypt", key, judged)]
    assert drawn == ["Key policy", "Identity policies", "KMS grant", "Decision"]
    page = Explanation(judged.decision, judgement=judged).page()
    assert "resource policy" in page.text
    assert "KMS grant" in page.text
    assert "resource policy" not in page.html, "a layer has one name in a picture and below it"
    other = AccessRequest.of(Principal.from_arn(ALICE), "kms:Encrypt", key, account="111122223333")
    judged = Judgement(other, policies, decide(other, policies))
    assert "KMS grant" not in strip(judged)


def test_layers_verdicts_and_statements_are_shown():
    inline = identity(
        f"{ALICE} (inline policy P)", statement("Allow", Sid="ReadAll"), statement("Deny", Sid="Never")
    )
    shown = explained(inline)
    lines = repr(shown).splitlines()
    assert lines[0] == "Alice asks"
    assert lines[1].split("  ")[0] == "layer"
    assert lines[3].startswith("identity policies  ✗ explicit deny")
    assert '"ReadAll" allows (111122223333:user/alice (inline policy P))' in lines[3]
    assert '"Never" denies' in lines[3]
    assert lines[-1] == "✗ explicit deny: with an explicit deny in an identity-based policy"
    assert not shown
    assert (shown.effect, shown.reason) == (
        "EXPLICIT_DENY",
        "with an explicit deny in an identity-based policy",
    )


def test_a_statement_without_sid_is_numbered_from_one():
    shown = explained(identity("P", statement("Allow", Action="s3:PutObject"), statement("Allow")))
    assert "statement 2 allows (P)" in repr(shown)
    assert shown


def test_levels_of_an_organisation_are_told_apart():
    full = Attached("Full", parse_policy(document(statement("Allow")), PolicyKind.SCP))
    text = repr(explained(identity("P", statement("Allow")), scp=((full,), ())))
    assert "service control policy, level 0" in text
    assert "service control policy, level 1  ✗ implicit deny" in text


def test_a_policy_that_is_missing_is_named():
    request = AccessRequest.of(Principal.from_arn(ALICE), "s3:GetObject", OBJECT, account="444455556666")
    shown = Explanation(decide(request, Policies(identity=(identity("P", statement("Allow")),))))
    assert "There is no resource policy that allows the request" in repr(shown)


def test_names_cannot_become_markup():
    evil = "<img src=x onerror=alert(1)>"
    html = explained(identity(evil, statement("Allow", Sid="Sid"))).page().html
    assert "<img" not in html
    assert "&lt;img" in html


@pytest.fixture
def open_day_2(tmp_path):
    day = open_day(2, progress=tmp_path / "progress.json")
    yield day
    day.cloud.stop()


def test_would_takes_a_profile_or_an_arn_and_performs_nothing(open_day_2, capsys):
    day = open_day_2
    assert day.would("default", "s3:GetObject", OBJECT)
    denied = day.would("alice", "s3:GetObject", OBJECT)
    assert denied.decision == day.would(ALICE, "s3:GetObject", OBJECT).decision
    assert denied.effect == "IMPLICIT_DENY"
    assert {entry.operation for entry in day.cloud.record if entry.principal_arn == ALICE} == {
        "GetCallerIdentity"
    }
    capsys.readouterr()
    denied.show()
    assert capsys.readouterr().out.splitlines()[0] == (f"`{ALICE}` requests `s3:GetObject` on `{OBJECT}`")


def test_would_takes_condition_keys(open_day_2):
    policy = document(
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "*",
            "Condition": {"StringEquals": {"s3:prefix": "a/"}},
        }
    )
    boto3.client("iam").put_user_policy(UserName="alice", PolicyName="P", PolicyDocument=policy)
    bucket = "arn:aws:s3:::team-home"
    assert open_day_2.would("alice", "s3:ListBucket", bucket, {"s3:prefix": "a/"})
    assert not open_day_2.would("alice", "s3:ListBucket", bucket)


def test_would_names_the_profiles_there_are(open_day_2):
    with pytest.raises(ValueError, match=r"no profile 'carl'\. Profiles: default, alice"):
        open_day_2.would("carl", "s3:GetObject", OBJECT)


def test_would_asks_for_the_role_of_a_session(open_day_2):
    trust = document({"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"})
    role = boto3.client("iam").create_role(RoleName="work", AssumeRolePolicyDocument=trust)["Role"]
    open_day_2.cloud.role_profile("work", role["Arn"], "alice", role_session_name="alice")
    with pytest.raises(ValueError, match="the ARN of its role"):
        open_day_2.would("work", "s3:GetObject", OBJECT)


def test_explain_tells_the_last_refusal(open_day_2):
    with pytest.raises(LookupError, match="nothing to explain"):
        open_day_2.explain()
    alice = boto3.Session(profile_name="alice")
    with refused("AccessDenied"):
        alice.client("s3").get_object(Bucket="payroll", Key="2026.csv")
    alice.client("sts").get_caller_identity()
    shown = open_day_2.explain()
    assert shown.effect == "IMPLICIT_DENY"
    assert shown.asked == f"`{ALICE}` requested `s3:GetObject` on `{OBJECT}`"


def test_explain_takes_a_decision(open_day_2):
    decision = open_day_2.cloud.would(ALICE, "s3:GetObject", OBJECT)
    assert open_day_2.explain(decision).decision is decision
