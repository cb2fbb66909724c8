"""A learner attacks another's company with boto3, and a replay in a new cloud proves what was captured."""

from __future__ import annotations

import io
import json

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import blueprint
from labs_helpers.course.days.day6.capstone import Capstone
from labs_helpers.course.days.day6.league import attack_log, opened, robots
from labs_helpers.course.days.day6.league.attack_log import read_attack
from labs_helpers.course.days.day6.league.company_file import company_text
from labs_helpers.course.days.day6.league.league_rules import rules
from labs_helpers.course.days.day6.league.replay import replay
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.shown.mistakes import Mistake, UnknownName

MONDAY = blueprint.as_data("start")


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as cloud:
        yield cloud


@pytest.fixture
def larkspur(cloud, tmp_path):
    return Capstone(cloud, Answers(Progress(tmp_path / "progress.json")))


@pytest.fixture
def theirs(larkspur, tmp_path):
    path = tmp_path / "theirs.json"
    path.write_text(company_text(MONDAY), encoding="utf-8")
    return larkspur.league(path)


def replayed(cloud, path, design=MONDAY):
    company, planted = opened.built(cloud, design)
    return replay(robots.renewed(company), planted, read_attack(path))


def test_a_second_attack_says_that_it_ends_the_first_whose_calls_can_still_be_saved(
    theirs, cloud, tmp_path, capsys
):
    cloud.reset()
    first = theirs.attack("ci")
    assert "earlier attack" not in capsys.readouterr().out
    first.session().client("sts").get_caller_identity()
    theirs.attack("insider")
    assert "Your earlier attack has ended" in capsys.readouterr().out
    with pytest.raises(Mistake, match="This attack is over"):
        first.flags()
    first.save(tmp_path / "first.json")
    assert len(read_attack(tmp_path / "first.json").calls) == 1


def test_an_attack_through_a_fork_takes_flags_and_the_replay_proves_them(theirs, cloud, tmp_path, capsys):
    attack = theirs.attack("outsider")
    sts = attack.session().client("sts")
    role = attack.name("arn:aws:iam::<prod>:role/ci/ci-deploy")
    token = attack.name("<token:fork>")
    answer = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="fork", WebIdentityToken=token)
    builder = attack.session(answer)
    body = builder.client("s3").get_object(Bucket=attack.name("<flag:bucket>"), Key="league.txt")["Body"]
    assert body.read().startswith(b"object-"), "the recorder has read it, and the learner reads it, too"
    builder.client("kms").decrypt(CiphertextBlob=attack.ciphertext)
    user = attack.session(builder.client("iam").create_access_key(UserName="partner-export"))
    user.client("sts").get_caller_identity()
    with pytest.raises(ClientError, match="AccessDenied"):
        user.client("iam").list_users()
    assert attack.calls_left == rules().budget - 6
    assert attack.flags() == {"object", "plaintext", "administrator", "trail"}
    assert "Flags taken: 4 of 5" in capsys.readouterr().out
    path = tmp_path / "attack.json"
    attack.save(path)
    text = path.read_text(encoding="utf-8")
    assert attack.name("<prod>") not in text, "numbers are named, as they are others in another cloud"
    company, planted = opened.built(cloud, MONDAY)
    assert set(planted.values.values()).isdisjoint(attack._planted.values.values()), (
        "nobody knows the values before"
    )
    found = replay(robots.renewed(company), planted, read_attack(path))
    assert found.taken == {"object", "plaintext", "administrator", "trail"}
    assert [said == "it works" for said in found.said] == [True, True, True, True, True, False]
    assert replayed(cloud, path, blueprint.as_data()).taken == set(), "the reference stops the same calls"


def test_what_the_notebook_s_administrator_did_is_not_replayed(theirs, cloud, tmp_path):
    """The default profile in the learner's own kernel is an administrator, so a capture with it proves nothing."""
    attack = theirs.attack("contractor")
    prod = attack._company.client("iam", "prod")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    prod.put_user_policy(UserName="partner-export", PolicyName="gift", PolicyDocument=json.dumps(everything))
    attack.session().client("secretsmanager").get_secret_value(SecretId="larkspur/payments")
    assert "secret" in attack.flags()
    path = tmp_path / "attack.json"
    attack.save(path)
    assert "secret" not in replayed(cloud, path).taken


def test_a_call_without_a_signature_is_recorded_as_such(theirs, tmp_path):
    attack = theirs.attack("outsider")
    s3 = attack.session().client("s3", config=Config(signature_version=UNSIGNED))
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=attack.name("<flag:bucket>"), Key="league.txt")
    path = tmp_path / "attack.json"
    attack.save(path)
    (call,) = read_attack(path).calls
    assert call.unsigned
    with pytest.raises(FileExistsError):
        attack.save(path)


def test_calls_come_from_the_address_of_the_foothold(theirs, cloud):
    attack = theirs.attack("ci")
    attack.session().client("sts").get_caller_identity()
    called = [entry for entry in cloud.record if entry.operation == "GetCallerIdentity"][-1]
    assert called.source_ip == rules().foothold("ci").address


def test_the_budget_ends_and_hints_cost(theirs, monkeypatch, capsys):
    attack = theirs.attack("insider")
    monkeypatch.setattr(type(attack), "calls_left", 4)
    attack.hint()
    assert "The next hint costs 5 calls, and you have 4 left." in capsys.readouterr().out
    monkeypatch.setattr(type(attack), "calls_left", 0)
    with pytest.raises(Mistake, match="used up"):
        attack.session().client("s3").list_buckets()
    monkeypatch.undo()
    for _ in rules().foothold("insider").hints:
        attack.hint()
    assert attack.calls_left == rules().budget - 30
    attack.hint()
    assert "no more hints" in capsys.readouterr().out


def test_an_attack_ends_when_another_company_is_built(theirs, larkspur):
    attack = theirs.attack("app")
    session = attack.session()
    assert larkspur.build()
    for late in (lambda: session.client("s3").list_buckets(), attack.flags):
        with pytest.raises(Mistake, match="another company is running"):
            late()


def test_own_grading_after_an_attack_begins_in_a_new_cloud(theirs, larkspur):
    attack = theirs.attack("insider")
    attack.session().client("iam").delete_role_policy(RoleName="customer", PolicyName="own")
    larkspur.begin_at(1)
    policies = larkspur.company.client("iam", "prod").list_role_policies(RoleName="customer")["PolicyNames"]
    assert policies == ["own"]


def test_slips_are_told_in_a_line(theirs):
    with pytest.raises(UnknownName, match="contractor"):
        theirs.attack("contractr")
    attack = theirs.attack("contractor")
    with pytest.raises(UnknownName, match="partner"):
        attack.session("guest")
    with pytest.raises(UnknownName, match="prod"):
        attack.name("<production>")
    with pytest.raises(Mistake, match="doesn't contain credentials"):
        attack.session({"ResponseMetadata": {}})
    strange = {"Credentials": {"AccessKeyId": "AKIA", "SecretAccessKey": "x"}}
    with pytest.raises(Mistake, match="aren't from a call in this attack"):
        attack.session(strange)
    with pytest.raises(Mistake, match="can't be of type BytesIO"):
        attack.session().client("s3").put_object(Bucket="bucket", Key="k", Body=io.BytesIO(b"x"))


LOG = {"format": "larkspur-attack", "version": 1, "company": "0", "foothold": "ci", "calls": []}
CALL = {"who": "ci", "service": "s3", "region": "us-east-1", "operation": "ListBuckets", "parameters": {}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"foothold": "root"}, "no foothold 'root'"),
        ({"calls": [CALL] * 121}, "the budget is 120"),
        ({"calls": [CALL] * 110, "hints": 3}, "140 calls"),
        ({"calls": [{**CALL, "who": "platform"}]}, "no actor 'platform'"),
        ({"calls": [{**CALL, "session": 0}]}, "no earlier call 0"),
        # An actor would choose the address from which the session calls, such as the office's.
        ({"calls": [CALL, {**CALL, "who": "platform", "session": 0}]}, "calls/1/who"),
        ({"calls": [CALL, {**CALL, "session": 0}]}, "calls/1/who"),
        ({"calls": [{**CALL, "code": "x"}]}, "calls/0/code"),
        ({"calls": [{**CALL, "parameters": []}]}, "calls/0/parameters"),
        ({"captured": ["secret"]}, "captured"),
        ({"version": 9}, "version"),
    ],
)
def test_an_attack_file_that_claims_what_is_not_allowed_is_refused(changes, told):
    with pytest.raises(Mistake, match=told):
        attack_log.attack_of({**LOG, **changes})


def test_calls_that_make_no_sense_take_nothing_and_end_nothing(cloud):
    strange = [
        {**CALL, "service": "ec2-instance-connect"},
        {**CALL, "operation": "__class__"},
        {**CALL, "operation": "GetPaginator"},
        {**CALL, "region": "http://203.0.113.1/"},
        {**CALL, "parameters": {"Nothing": 1}},
        {**CALL, "parameters": {"Prefix": {"answer": [0, "x"]}}},
        {**CALL, "parameters": {"Prefix": {"answer": [99]}}},
        {**CALL, "parameters": {"Prefix": {"base64": "***"}}},
        {**CALL, "parameters": {"Prefix": {"time": "yesterday"}}},
        {**CALL, "who": "", "session": 1},
    ]
    log = attack_log.attack_of({**LOG, "calls": strange})
    company, planted = opened.built(cloud, blueprint.as_data())
    found = replay(robots.renewed(company), planted, log)
    assert found.taken == set()
    assert "it works" not in found.said
