"""Exercises that are graded by real calls, in addition to what test_proof.py verifies for every kind. Every try of a
situation can fail, situations last or can be set up again, and every path of the attacker works if nothing stops it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.course.content.loading import lessons
from labs_helpers.course.content.schema import Step
from labs_helpers.course.days.day2 import attacker
from labs_helpers.course.days.day4 import landing_zone
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds.hunt import Hunt
from labs_helpers.course.grading.kinds.live import Live
from labs_helpers.course.grading.kinds.repair import Repair
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day import Day
from labs_helpers.course.situations import staging
from labs_helpers.course.situations.memory import Memory
from tests.course.proof import check

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
REPAIR, DELEGATION = load(2)["2.6"], load(2)["2.7"]
SITUATIONS = list(enumerate(REPAIR.situations, 1))
each_situation = pytest.mark.parametrize(("number", "situation"), SITUATIONS, ids=lambda part: str(part)[:2])


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


@pytest.fixture
def broken(cloud):
    """A cloud in which every situation of 2.6 is set up."""
    REPAIR.enact([], cloud)
    return cloud


@pytest.fixture
def day(cloud, tmp_path):
    return Day(2, {"title": "", "stage": []}, cloud, Progress(tmp_path / "p.json"))


# 2.6: mending


def test_nothing_mended_does_not_pass_and_names_each_situation(broken):
    result = grade(REPAIR, None, broken)
    assert not result.passed
    for number, situation in SITUATIONS:
        assert any(f"Situation {number} ({situation.title}): " in line for line in result.messages)


def test_every_try_goes_wrong_for_some_answer(cloud):
    told = [line for wrong in REPAIR.wrong for line in check(REPAIR, wrong.answer, cloud).messages]
    told += check(REPAIR, [], cloud).messages
    text = "\n".join(told)
    stories = [
        each.story for situation in REPAIR.situations for each in (*situation.tries, *situation.inquiries)
    ]
    rare = {
        "Uma can't upload from 203.0.113.200, which is in the office, too.",
        "Rosa can no longer list the bucket.",
    }
    assert {story for story in stories if story not in text} <= rare | {
        "On 31 December 2035 Uma won't be able to upload, though her project still lasts."
    }


def test_ceiling_is_what_the_reference_repair_brings_about(broken):
    """The policies of the scene's people and resources after the solution are those that the data states."""
    from labs_helpers.course.grading.kinds.repair import policy_now
    from labs_helpers.course.situations.cloud_snapshots import policies_in_force

    staging.perform(broken, [Step.model_validate(step) for step in REPAIR.solution])
    for person in REPAIR.ceiling.people:
        now = policies_in_force(broken, person.principal)
        sources = [[dict(each.source) for each in attached.policy.statements] for attached in now.identity]
        assert sorted(sources, key=str) == sorted(
            ([dict(each) for each in document["Statement"]] for document in person.identity), key=str
        )
        boundary = None if now.boundary is None else [each.source for each in now.boundary.policy.statements]
        assert boundary == (person.boundary and person.boundary["Statement"])
    for guarded in REPAIR.ceiling.resources:
        attached = policy_now(broken, guarded)
        found = None if attached is None else [each.source for each in attached.policy.statements]
        assert found == (guarded.policy and guarded.policy["Statement"])


def test_the_five_causes_are_five_different_layers(broken):
    reasons = []
    for situation in REPAIR.situations:
        assert staging.error_of(broken, situation.tries[0]) is not None
        judgement = broken.record[-1].refusals[-1]
        reasons.append((judgement.decision.effect, judgement.decision.refused_by.check_type))
    assert reasons == [
        ("IMPLICIT_DENY", "PRINCIPAL"),
        ("EXPLICIT_DENY", "PRINCIPAL"),
        ("IMPLICIT_DENY", "PERMISSIONS_BOUNDARY"),
        ("IMPLICIT_DENY", "PRINCIPAL"),
        ("IMPLICIT_DENY", "RESOURCE"),
    ]


def test_situation_that_is_not_set_up_is_told_with_the_call_that_does(cloud):
    assert 'day.situation("2.6", 3)' in grade(REPAIR, None, cloud).messages[2]


@each_situation
def test_setting_up_shows_the_refusal_and_again_changes_nothing(cloud, number, situation):
    first, again = staging.set_up(cloud, REPAIR, number), staging.set_up(cloud, REPAIR, number)
    assert "AWS answers: AccessDenied" in first.text
    assert first.text == again.text


def test_a_mended_situation_works_when_it_is_tried_again(cloud):
    staging.set_up(cloud, REPAIR, 2)
    boto3.client("iam").remove_user_from_group(GroupName="contractors", UserName="sam")
    assert staging.set_up(cloud, REPAIR, 2).text.endswith("It works.")


@pytest.mark.parametrize("number", [0, 6, "1", True, None])
def test_a_situation_that_is_not_there_is_named(day, capsys, number):
    day.situation("2.6", number)
    assert "situations 1 to 5" in capsys.readouterr().out


def test_a_check_before_every_situation_is_set_up_is_no_try(cloud):
    staging.set_up(cloud, REPAIR, 1)
    assert not grade(REPAIR, None, cloud).counts
    for number, _ in SITUATIONS:
        staging.set_up(cloud, REPAIR, number)
    assert grade(REPAIR, None, cloud).counts


def test_an_exercise_without_situations_says_so(day, capsys):
    day.situation("2.1", 1)
    assert capsys.readouterr().out == "Exercise 2.1 has no situations.\n"


@each_situation
def test_a_situation_is_begun_anew_alone_whatever_was_done_to_it(broken, number, situation):
    staging.perform(broken, [Step.model_validate(step) for step in REPAIR.solution])
    boto3.client("iam").attach_user_policy(
        UserName=situation.tries[0].who, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    assert "AWS answers: AccessDenied" in staging.begin_anew(broken, REPAIR, number).text
    wrong = grade(REPAIR, None, broken).messages
    assert wrong
    assert all(f"Situation {number} " in line for line in wrong)


def test_an_interrupted_set_up_is_made_whole_by_the_next(cloud, monkeypatch):
    def interrupted(cloud, steps):
        perform(cloud, steps[:3])
        raise KeyboardInterrupt

    perform = staging.perform
    monkeypatch.setattr(staging, "perform", interrupted)
    with pytest.raises(KeyboardInterrupt):
        staging.set_up(cloud, REPAIR, 2)
    monkeypatch.undo()
    assert not staging.is_set_up(cloud, REPAIR, 2)
    assert "AWS answers: AccessDenied" in staging.set_up(cloud, REPAIR, 2).text
    assert staging.is_set_up(cloud, REPAIR, 2)


def test_a_reset_of_the_cloud_takes_every_situation_with_it(broken):
    broken.reset()
    assert not broken.part(Memory).standing
    assert "AWS answers: AccessDenied" in staging.set_up(broken, REPAIR, 1).text


def test_a_check_leaves_no_trace_in_the_learner_s_record(broken, day):
    with pytest.raises(boto3.client("iam").exceptions.ClientError):
        boto3.Session(profile_name="tess").client("iam").list_users()
    before = [entry.event_id for entry in broken.record]
    day.check("2.6")
    day.check("2.7", DELEGATION.solution)
    assert [entry.event_id for entry in broken.record] == before
    assert "iam:ListUsers" in day.explain().asked
    events = boto3.client("cloudtrail").lookup_events()["Events"]
    assert not any("dana" in event["CloudTrailEvent"] for event in events)
    assert not any("7000" in arn for arn in broken.identities())
    assert not any("7000" in name for name in broken.profiles())


def test_a_check_that_makes_accounts_of_its_own_leaves_the_learner_s_objects_readable(broken, day):
    boto3.client("s3").put_object(Bucket="handbook", Key="page.txt", Body=b"kept")
    day.check("2.7", DELEGATION.solution)
    assert boto3.client("s3").get_object(Bucket="handbook", Key="page.txt")["Body"].read() == b"kept"


def test_a_boundary_that_is_too_wide_is_no_right_that_its_user_has(broken):
    """Tess's own policy allows one action of Secrets Manager, so anything else that the boundary allows is reported as
    such.
    """
    staging.perform(broken, [Step.model_validate(step) for step in REPAIR.solution])
    wide = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": ["s3:*", "secretsmanager:*"], "Resource": "*"},
        }
    )
    boundary = "arn:aws:iam::111122223333:policy/developers-boundary"
    boto3.client("iam").create_policy_version(PolicyArn=boundary, PolicyDocument=wide, SetAsDefault=True)
    (said,) = grade(REPAIR, None, broken).messages
    assert "The user tess in account 111122223333 can perform secretsmanager:" in said
    assert "once one of its own policies allows it, which is more than the task asks for" in said


def test_without_a_cloud_nothing_live_is_graded():
    for exercise in (REPAIR, DELEGATION):
        assert "no cloud is running" in grade(exercise, exercise.solution).messages[0]


def test_solution_of_a_repair_is_shown_as_boto3_code_that_mends(broken, day, capsys):
    day.solution("2.6")
    shown = [line[4:] for line in capsys.readouterr().out.splitlines() if line.startswith("    ")]
    exec("\n".join(shown), {"boto3": boto3, "json": json})
    assert grade(REPAIR, None, broken).passed


# 2.7: the attacker


def test_every_path_works_where_nothing_stops_it_and_honest_work_goes_on(cloud):
    result = grade(DELEGATION, DELEGATION.starter, cloud)
    assert not result.passed
    assert [one.path.name for one in result.details.got_through] == list(attacker.PATHS)
    assert result.details.stopped_work == ()
    assert len(attacker.PATHS) >= 10
    assert all("statement 1" in one.why for one in result.details.got_through)


def test_solution_as_it_is_shown_stops_every_path_for_want_of_permission(cloud, day, capsys):
    before = boto3.client("iam").list_users()["Users"]
    day.solution("2.7")
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("    ")]
    answer = json.loads("\n".join(shown))
    assert answer == DELEGATION.solution
    text = {slot: json.dumps(document) for slot, document in answer.items()}  # JSON text will do as well
    result = grade(DELEGATION, text, cloud)
    assert result.messages == ()
    assert result.passed
    assert all(outcome.by_permission for outcome in result.details.outcomes)
    assert boto3.client("iam").list_users()["Users"] == before  # the learner's account is left alone


def vectors():
    """Return the catalog's paths by ID. If the catalog isn't available, skip the test."""
    folder = os.environ.get("LABS_VECTORS")
    if not folder or not (Path(folder) / "pathfinding").is_dir():
        pytest.skip("LABS_VECTORS names no folder with pathfinding (github.com/DataDog/pathfinding.cloud)")
    paths = Path(folder) / "pathfinding" / "paths"
    return {file.stem: file.read_text(encoding="utf-8") for file in paths.glob("*/*.yaml")}


def test_attacker_knows_every_path_of_iam_and_sts_in_the_catalogue():
    catalogued = {id: text for id, text in vectors().items() if id.startswith(("iam-", "sts-"))}
    ours = {path.id: path for path in attacker.PATHS.values() if path.id}
    assert len(catalogued) == 22
    assert ours.keys() == catalogued.keys()
    for id, path in ours.items():
        assert path.decisive in catalogued[id].split("permissions:")[1]


def test_all_paths_and_all_work_are_tried():
    assert DELEGATION.attacks == tuple(attacker.PATHS)
    assert DELEGATION.work == tuple(attacker.WORK)


def test_the_notebook_counts_the_paths_and_the_work():
    text = (NOTEBOOKS / "day2_iam.ipynb").read_text(encoding="utf-8")
    counts = re.search(r"(\d+) paths that an attacker .{0,40}, and (\d+) legitimate tasks", text)
    assert counts is not None
    assert [int(count) for count in counts.groups()] == [len(attacker.PATHS), len(attacker.WORK)]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "one policy for each"),
        (7, "one policy for each"),
        ({"identity": {}}, "exactly the keys"),
        ({"identity": {"Statement": [{"Efect": "Allow"}]}, "boundary": {}}, "identity.Statement[0].Efect"),
        (
            {
                "identity": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Action": "iam:*", "Resource": ["arn:aws:iam::*:user/u"] * 400}
                    ],
                },
                "boundary": DELEGATION.solution["boundary"],
            },
            "AWS rejects one of these policies. LimitExceeded",
        ),
    ],
    ids=["nothing", "number", "one-missing", "malformed", "too-long"],
)
def test_delegation_explains_what_it_cannot_use_and_makes_no_path(cloud, answer, says):
    result = grade(DELEGATION, answer, cloud)
    assert not result.passed
    assert says in result.messages[0]
    assert result.details is None


def test_who_was_there_before_the_scene_is_no_newcomer(cloud):
    """A role that a lesson created isn't held against the learner, but a role that is part of the repair is."""
    trusting_all = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    document = json.dumps({"Version": "2012-10-17", **trusting_all})
    iam = boto3.client("iam")
    iam.create_role(RoleName="old", AssumeRolePolicyDocument=document)
    REPAIR.enact(REPAIR.solution, cloud)
    assert grade(REPAIR, None, cloud).passed
    iam.create_role(RoleName="new", AssumeRolePolicyDocument=document)
    result = grade(REPAIR, None, cloud)
    assert not result.passed
    assert any("role/new" in message for message in result.messages)


def test_who_was_there_before_the_scene_may_do_no_more_than_then(cloud):
    """A bystander who was an administrator can stay one, but no one becomes one through the repair."""
    iam = boto3.client("iam")
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    for name in ("alice", "boss"):
        iam.create_user(UserName=name)
    iam.attach_user_policy(UserName="boss", PolicyArn=everything)
    REPAIR.enact(REPAIR.solution, cloud)
    assert grade(REPAIR, None, cloud).passed
    iam.attach_user_policy(UserName="alice", PolicyArn=everything)
    (said,) = grade(REPAIR, None, cloud).messages
    assert "The user alice in account 111122223333 can perform " in said


LIVE = [
    exercise
    for day in lessons()
    for exercise in load(day).values()
    if isinstance(exercise, (Repair, Live, Hunt))
]
_STRANGERS = ("arn:aws:iam::999988887777:user/mallory", "arn:aws:iam::222200002222:root", "*")


def _opening(principal, action, resource="*"):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": resource}
    if resource is None:
        del statement["Resource"]
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _bucket(principal):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="beside")
    s3.delete_public_access_block(Bucket="beside")
    s3.put_bucket_policy(Bucket="beside", Policy=_opening(principal, "s3:GetObject", "arn:aws:s3:::beside/*"))
    return "beside", lambda: s3.delete_bucket(Bucket="beside")


def _role(principal):
    iam = boto3.client("iam")
    iam.create_role(RoleName="beside", AssumeRolePolicyDocument=_opening(principal, "sts:AssumeRole", None))
    return "role/beside", lambda: iam.delete_role(RoleName="beside")


def _key(principal):
    kms, account = boto3.client("kms"), boto3.client("sts").get_caller_identity()["Account"]
    policy = json.loads(_opening(principal, "kms:Decrypt"))
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy["Statement"].append(root)
    arn = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]

    def close():
        kms.put_key_policy(KeyId=arn, Policy=json.dumps({**policy, "Statement": [root]}))
        kms.schedule_key_deletion(KeyId=arn)

    return arn, close


def _grant(principal):
    kms = boto3.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    grantee = principal if principal != "*" else _STRANGERS[0]
    made = kms.create_grant(KeyId=arn, GranteePrincipal=grantee, Operations=["Decrypt"])

    def close():
        kms.revoke_grant(KeyId=arn, GrantId=made["GrantId"])
        kms.schedule_key_deletion(KeyId=arn)

    return arn, close


def _queue(principal):
    sqs = boto3.client("sqs", region_name="us-east-1")
    policy = _opening(principal, "sqs:ReceiveMessage")
    url = sqs.create_queue(QueueName="beside", Attributes={"Policy": policy})["QueueUrl"]
    return ":beside", lambda: sqs.delete_queue(QueueUrl=url)


def _secret(principal):
    secrets = boto3.client("secretsmanager", region_name="us-east-1")
    arn = secrets.create_secret(Name="beside", SecretString="word")["ARN"]
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=_opening(principal, "secretsmanager:*"))
    return arn, lambda: secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def _topic(principal):
    sns = boto3.client("sns", region_name="us-east-1")
    arn = sns.create_topic(Name="beside")["TopicArn"]
    policy = _opening(principal, ["sns:Publish", "sns:Subscribe"], arn)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return arn, lambda: sns.delete_topic(TopicArn=arn)


def _administrator(principal):
    iam = boto3.client("iam")
    iam.create_user(UserName="beside")
    held = {"UserName": "beside", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    iam.attach_user_policy(**held)
    return "The user beside", lambda: (iam.detach_user_policy(**held), iam.delete_user(UserName="beside"))


def _ways_in(principal):
    """Give a password and a key to a user without permissions."""
    iam = boto3.client("iam")
    iam.create_user(UserName="beside")
    iam.create_login_profile(UserName="beside", Password="Sweet-Peas-2026!")
    key = iam.create_access_key(UserName="beside")["AccessKey"]["AccessKeyId"]

    def close():
        iam.delete_access_key(UserName="beside", AccessKeyId=key)
        iam.delete_login_profile(UserName="beside")
        iam.delete_user(UserName="beside")

    return "The user beside", close


@pytest.mark.sampled(8)
@pytest.mark.parametrize(
    "exercise", LIVE[::-1], ids=lambda exercise: exercise.id
)  # Day 1's hunt takes longest
def test_what_opens_beside_the_task_is_seen(exercise, cloud):
    """A right answer with one more opening is rejected, and the message names the opening.

    The opening is a bucket, role, key, queue, secret, or topic for an outsider, a new administrator, or a password.
    After it is removed, the answer passes again.
    """
    assert check(exercise, exercise.solution, cloud).passed
    cloud.account("222200002222")
    cloud.account("999988887777").client("iam").create_user(UserName="mallory")
    openings = (_bucket, _role, _key, _grant, _queue, _secret, _topic, _administrator, _ways_in)
    for number, opening in enumerate(openings):
        name, close = opening(_STRANGERS[number % 3] if opening is not _role else _STRANGERS[0])
        result = grade(exercise, None, cloud)
        assert not result.passed, opening
        assert all("more than the task asks for" in message for message in result.messages)
        assert any(name in message for message in result.messages)
        close()
    assert grade(exercise, None, cloud).messages == ()


def test_a_rail_that_goes_beside_the_task_is_told_and_back_again_it_is_well(cloud):
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_attach.html"""
    task = load(4)["4.10"]
    ids = landing_zone.prepare(cloud)["landing"]
    org = boto3.client("organizations")
    statement = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = org.create_policy(Name="Keep", Description="Keep", Type="SERVICE_CONTROL_POLICY", Content=text)[
        "Policy"
    ]["PolicySummary"]["Id"]
    org.attach_policy(PolicyId=made, TargetId=ids["workloads"])
    task.enact(task.solution, cloud)
    assert grade(task, None, cloud).passed
    org.detach_policy(PolicyId=made, TargetId=ids["workloads"])
    (said,) = grade(task, None, cloud).messages
    assert f"Workloads ({ids['workloads']}) has fewer restrictions than before" in said
    org.attach_policy(PolicyId=made, TargetId=ids["workloads"])
    org.update_policy(PolicyId=made, Content=text.replace("s3:DeleteBucket", "s3:DeleteObject"))
    assert "is no longer attached, or was changed" in grade(task, None, cloud).messages[0]
    org.update_policy(PolicyId=made, Content=text)
    assert grade(task, None, cloud).passed


def test_what_the_lesson_does_meanwhile_is_no_doing_of_the_learner_s(cloud, tmp_path):
    """The exercise is begun, left for the lesson and for another exercise, and solved at the end of the day."""
    lesson = Day(4, {"title": "", "stage": []}, cloud, Progress(tmp_path / "p.json"))
    iam, task = boto3.client("iam"), load(4)["4.10"]
    lesson.exercise("4.10")
    iam.create_user(UserName="boss")
    iam.attach_user_policy(UserName="boss", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    lesson.went_on()
    task.enact(task.solution, cloud)
    assert lesson.check("4.10").passed
    iam.create_user(UserName="chief")
    iam.attach_user_policy(UserName="chief", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert any(
        "The user chief in account 111122223333 can perform " in said
        for said in lesson.check("4.10").messages
    )
    lesson.check("4.11")
    said = lesson.check("4.10").messages
    assert any("The user chief" in line for line in said), (
        "it stays an answer's doing whatever is checked next"
    )


def test_a_check_of_a_wrong_repair_leaves_no_grant_that_spoils_the_right_one(cloud):
    """The check reports that Vera can create grants. After the fix, nothing that the check tried is in the way."""
    shared = load(5)["5.2"]
    shared.enact([], cloud)
    client = cloud.account("111122223333").client("kms")
    key = client.describe_key(KeyId="alias/shared-records")["KeyMetadata"]["Arn"]
    whole = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    ours = {**whole, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
    theirs = {**whole, "Principal": {"AWS": "arn:aws:iam::888899990000:user/vera"}}
    policy = {"Version": "2012-10-17", "Statement": [ours, theirs]}
    client.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    cloud.account("888899990000").client("iam").put_user_policy(
        UserName="vera",
        PolicyName="Read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [whole]}),
    )
    assert any("Vera can create grants" in message for message in grade(shared, None, cloud).messages)
    assert client.list_grants(KeyId=key)["Grants"] == []


@pytest.mark.parametrize("exercise", ["5.2", "5.3", "5.9"])
def test_the_call_that_a_situation_shows_runs_as_it_stands(day, exercise):
    """If the code is pasted, the error comes from AWS: Python finds all names in the code."""
    shown = staging.set_up(day.cloud, load(5)[exercise], 1).text
    code = staging.as_typed(load(5)[exercise].situations[0].tries[0])
    assert all(line.strip() in shown for line in code.splitlines())
    with pytest.raises(ClientError):
        exec(code, {"day": day, "boto3": boto3})


def test_what_no_situation_made_is_named(day):
    with pytest.raises(LookupError, match="no situation has created 'nothing'"):
        day.made("nothing")
