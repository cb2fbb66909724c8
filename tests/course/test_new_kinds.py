"""The kinds that Day 2 has no exercise of: things to sort, a function of the learner's, what is built in the cloud."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from labs_helpers.course.grading import time_limits
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.time_limits import TimeUp, time_limit
from tests.course.invented import exercise

# Choices

WORDS = {"aws": "AWS", "customer": "the customer", "shared": "both"}


def item(group, name, right, **why):
    return {"group": group, "item": name, "right": right, "why": why}


@pytest.fixture
def sorting():
    return exercise(kind="choices", choices=WORDS, items=[
        item("Lambda", "the runtime", ["shared"], aws="A runtime you pin is yours.", customer="AWS has part in it."),
        item("EC2", "the guest", ["customer"], aws="AWS can't log in.", shared="AWS has no part in it."),
        item(None, "the building", ["aws", "shared"], customer="Nobody lets you in."),
    ])  # fmt: skip


RIGHT = {"Lambda": {"the runtime": "shared"}, "EC2": {"the guest": "customer"}, "the building": "aws"}


def test_every_item_sorted_rightly_passes(sorting):
    assert grade(sorting, RIGHT).passed
    assert grade(sorting, RIGHT | {"the building": " Shared "}).passed


def test_each_wrong_cell_is_told_its_reason(sorting):
    result = grade(
        sorting, {"Lambda": {"the runtime": "aws"}, "EC2": {"the guest": "shared"}, "the building": "you"}
    )
    assert result.messages == (
        "Lambda: the runtime: not `aws`. A runtime you pin is yours.",
        "EC2: the guest: not `shared`. AWS has no part in it.",
        "the building: 'you' is none of aws, customer, shared.",
    )


def test_a_learner_who_began_is_told_how_it_goes_and_what_comes_next(sorting):
    result = grade(sorting, {"Lambda": {"the runtime": "shared"}})
    assert result.messages == ("Right so far: 1 of 1. No choice yet: EC2: the guest, and 1 more.",)


@pytest.mark.parametrize("answer", [None, 7, [], {}, {"Lambda": {"the runtime": "?"}}])
def test_what_is_not_sorted_yet_is_no_try(sorting, answer):
    result = grade(sorting, answer)
    assert not result.passed
    assert not result.counts


def test_an_item_that_there_is_not_is_named(sorting):
    assert "'the roof' is nothing" in grade(sorting, {"the roof": "aws"}).messages[0]


@pytest.mark.parametrize("items", [
    [item(None, "a", ["aws"], customer="x")], [item(None, "a", ["aws"], aws="x", customer="y", shared="z")],
])  # fmt: skip
def test_every_wrong_choice_needs_its_reason(items):
    other = item(None, "b", ["aws"], customer="x", shared="y")
    with pytest.raises(ValueError, match="name each choice once"):
        exercise(kind="choices", choices=WORDS, items=[*items, other])


# Functions


@pytest.fixture
def verifier():
    return exercise(kind="function", function="verify", seconds=0.2, refuses_with=["ValueError"], cases=[
        {"title": "a good one", "taken": True, "arguments": [{"n": 1}], "returns": 1, "story": "Nobody gets in."},
        {"title": "a forged one", "taken": False, "arguments": [{"n": -1}], "story": "Mallory gets in."},
        {"title": "an empty one", "taken": False, "arguments": [{}], "story": "Anybody gets in."},
    ])  # fmt: skip


def verify(token):
    if token.get("n", 0) < 1:
        raise ValueError("no")
    return token["n"]


def test_function_that_takes_and_refuses_rightly_passes(verifier):
    assert grade(verifier, verify).passed
    assert grade(verifier, lambda token: token.get("n", 0) > 0 and token["n"]).passed


def test_function_that_takes_what_is_forged_is_told_what_that_means(verifier):
    messages = grade(verifier, lambda token: 1).messages
    assert messages == (
        "a forged one: your function takes it. Mallory gets in.",
        "an empty one: your function takes it. Anybody gets in.",
    )


def test_function_that_refuses_what_is_genuine_is_told_so(verifier):
    assert grade(verifier, lambda token: None).messages == (
        "a good one: your function refuses it. Nobody gets in.",
    )
    assert (
        "returns something else"
        in grade(verifier, lambda token: 2 if token.get("n", 0) > 0 else None).messages[0]
    )


def test_function_that_fails_by_accident_has_refused_nothing(verifier):
    def careless(token):
        if token["n"] < 1:
            raise ValueError("no")
        return token["n"]

    (message,) = grade(verifier, careless).messages
    assert message.startswith("an empty one: your function fails by accident, KeyError: 'n' (line ")
    assert 'if token["n"] < 1' in message


def test_function_cannot_spoil_what_the_next_case_is_given(verifier):
    def spoiling(token):
        token["n"] = token.pop("n", 0)
        return verify(token)

    assert grade(verifier, spoiling).passed
    assert grade(verifier, spoiling).passed


def test_function_prints_nothing_into_the_check(verifier, capsys):
    grade(verifier, lambda token: print("secret") or verify(token))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("answer", [None, ..., 7, "verify", {"verify": 1}])
def test_what_is_no_function_is_no_try(verifier, answer):
    result = grade(verifier, answer)
    assert 'day.check("2.9", verify)' in result.messages[0]
    assert not result.counts


class Hostile(Exception):
    def __str__(self):
        raise RuntimeError


def raising(error):
    def function(token):
        raise error

    return function


@pytest.mark.parametrize("error", [Hostile(), SystemExit(1), RecursionError("deep"), MemoryError()])
def test_whatever_a_function_raises_is_told(verifier, error):
    result = grade(verifier, raising(error))
    assert "a good one: your function raised" in result.messages[0]
    assert "fault of the course" not in result.messages[0]


def endless(token):
    while True:
        pass


def stubborn(token):
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


@pytest.mark.parametrize("function", [endless, stubborn])
def test_function_that_does_not_return_is_stopped(verifier, function):
    begun = time.monotonic()
    result = grade(verifier, function)
    assert result.messages[0] == "a good one: your function had not returned after 0.2 s."
    assert time.monotonic() - begun < 10


def spin():
    count = 0
    while True:
        count += 1


WAYS = [
    pytest.param(
        time_limits._by_signal, marks=pytest.mark.skipif(sys.platform == "win32", reason="no alarms")
    ),
    pytest.param(
        time_limits._by_monitoring, marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="since 3.12")
    ),
    time_limits._by_tracing,
]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_holding_a_limit_stops_a_loop_and_leaves_nothing_behind(way):
    before = sys.gettrace()
    with pytest.raises(TimeUp), way(0.1):
        spin()
    assert sys.gettrace() is before
    for _ in range(100_000):
        pass
    with way(5):
        pass


def test_outside_the_main_thread_a_limit_holds_too():
    caught = []

    def run():
        try:
            with time_limit(0.1):
                spin()
        except TimeUp:
            caught.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert caught == [True]


def test_cases_may_be_made_afresh_by_a_day(monkeypatch):
    from types import ModuleType

    from labs_helpers.course.grading.kinds.function import Case

    module = ModuleType("labs_helpers.course.days.day9.made")
    module.cases = lambda: [Case("a", "s", True, (1,)), Case("b", "s", False, (0,))]
    monkeypatch.setitem(
        sys.modules, "labs_helpers.course.days.day9", ModuleType("labs_helpers.course.days.day9")
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    made = exercise(kind="function", function="f", cases_of="day9.made")
    assert made.tried == 2
    assert grade(made, lambda number: number == 1).passed


# Built in the cloud


@pytest.fixture
def cloud(one_cloud):
    one_cloud.reset()
    return one_cloud


PUBLIC = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}]}  # fmt: skip
OPEN = {"service": "s3", "call": "put_public_access_block", "parameters": {"Bucket": "site",
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True,
                                           "BlockPublicPolicy": False, "RestrictPublicBuckets": False}}}  # fmt: skip
MAKE = [
    {"service": "s3", "call": "create_bucket", "parameters": {"Bucket": "site"}},
    {
        "service": "s3",
        "call": "put_object",
        "parameters": {"Bucket": "site", "Key": "index.html", "Body": "Hi"},
    },
]
GET = {"service": "s3", "call": "get_object", "parameters": {"Bucket": "site", "Key": "index.html"}}


@pytest.fixture
def built():
    return exercise(
        kind="live",
        steps=[
            {"service": "iam", "call": "create_user", "account": "444455556666", "parameters": {"UserName": "erin"}},
            {"service": "iam", "call": "create_access_key", "account": "444455556666",
             "parameters": {"UserName": "erin"}, "profile": "erin", "keep": "erin"},
        ],
        tries=[
            {"who": "nobody", **GET, "expected": "works", "answers": {"ContentLength": 2}, "story": "No guest reads."},
            {"who": "erin", "service": "s3", "call": "delete_bucket", "parameters": {"Bucket": "site"},
             "expected": "refused", "story": "Erin deletes the bucket."},
            {"service": "s3", "call": "head_bucket", "parameters": {"Bucket": "gone"}, "expected": "404",
             "story": "There is a bucket gone."},
        ],
        inquiries=[{"principal": "anonymous", "action": "s3:PutObject", "resource": "arn:aws:s3:::site/x",
                    "expected": "refuse", "story": "Guests write."}],
        ceiling={"people": [{"principal": "arn:aws:iam::111122223333:user/zoe"}],
                 "resources": [{"resource": "arn:aws:s3:::site", "account": "111122223333", "policy": PUBLIC,
                                "action": "s3:ListBucket"}]},
    )  # fmt: skip


def put(document):
    return {
        "service": "s3",
        "call": "put_bucket_policy",
        "parameters": {"Bucket": "site", "Policy": document},
    }


def test_what_is_built_is_judged_by_calls_and_questions(built, cloud):
    result = grade(built, built.enact([*MAKE, OPEN, put(PUBLIC)], cloud), cloud)
    assert result.messages == ()
    assert result.passed
    assert built.tried == 4


def test_what_is_not_built_tells_its_story(built, cloud):
    assert "No guest reads." in grade(built, built.enact(MAKE, cloud), cloud).messages[0]


def test_what_is_built_too_wide_has_its_witness(built, cloud):
    wide = {
        **PUBLIC,
        "Statement": [{**PUBLIC["Statement"][0], "Action": ["s3:GetObject", "s3:GetObjectAcl"]}],
    }
    (message,) = grade(built, built.enact([*MAKE, OPEN, put(wide)], cloud), cloud).messages[:1]
    assert "can do s3:GetObjectAcl" in message


def test_what_the_check_made_is_taken_back(built, cloud):
    grade(built, built.enact([*MAKE, OPEN, put(PUBLIC)], cloud), cloud)
    users = cloud.account("444455556666").client("iam").list_users()["Users"]
    assert [user["UserName"] for user in users] == ["admin"]


def test_a_check_that_looks_ahead_leaves_the_clock_where_it_is(cloud):
    made = exercise(kind="live", tries=[{
        "service": "sts", "call": "get_caller_identity", "advance": {"days": 30}, "expected": "works", "story": "s",
    }])  # fmt: skip
    before = cloud.clock.now()
    assert grade(made, None, cloud).passed
    assert (cloud.clock.now() - before).total_seconds() < 60


def test_what_no_call_returns_a_day_prepares(cloud, monkeypatch):
    from types import ModuleType

    module = ModuleType("labs_helpers.course.days.day9.tokens")
    module.prepare = lambda cloud: {"token": {"value": "a.b.c"}}
    monkeypatch.setitem(
        sys.modules, "labs_helpers.course.days.day9", ModuleType("labs_helpers.course.days.day9")
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    made = exercise(kind="live", prepared_by="day9.tokens", tries=[{
        "who": "nobody", "service": "sts", "call": "assume_role_with_web_identity",
        "parameters": {"RoleArn": "arn:aws:iam::111122223333:role/x", "RoleSessionName": "xx",
                       "WebIdentityToken": "$token.value"},
        "expected": "InvalidIdentityToken", "story": "A token that is none is taken.",
    }])  # fmt: skip
    assert grade(made, None, cloud).messages == ()


# Probes of all kinds, put to the engine

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BY_ACCOUNT = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]}  # fmt: skip


def test_a_probe_may_bring_a_grant():
    grant = {"GrantId": "g", "GranteePrincipal": "arn:aws:iam::444455556666:user/erin", "Operations": ["Decrypt"],
             "KeyId": KEY}  # fmt: skip
    probe = {"principal": "arn:aws:iam::444455556666:user/erin", "action": "kms:Decrypt", "resource": KEY,
             "account": "111122223333", "expected": "allow", "story": "Erin can't decrypt.",
             "policies": {"identity": [BY_ACCOUNT_IDENTITY], "grants": [grant]}}  # fmt: skip
    made = exercise(kind="key_policy", solution=BY_ACCOUNT, probes=[probe])
    assert grade(made, BY_ACCOUNT).passed
    without = {**probe, "policies": {"identity": [BY_ACCOUNT_IDENTITY]}}
    assert not grade(exercise(kind="key_policy", solution=BY_ACCOUNT, probes=[without]), BY_ACCOUNT).passed


BY_ACCOUNT_IDENTITY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}],
}


def test_a_probe_may_be_a_token_s():
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
         "Action": "sts:AssumeRoleWithWebIdentity",
         "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:pool"}}}]}  # fmt: skip

    def token(pool, expected):
        return {"principal": "web-identity:cognito-identity.amazonaws.com",
                "action": "sts:AssumeRoleWithWebIdentity", "resource": "arn:aws:iam::111122223333:role/member",
                "account": "111122223333", "context": {"cognito-identity.amazonaws.com:aud": pool},
                "expected": expected, "story": f"{pool} {expected}"}  # fmt: skip

    probes = [token("us-east-1:pool", "allow"), token("us-east-1:other", "refuse")]
    made = exercise(kind="trust_policy", solution=trust, probes=probes)
    assert grade(made, trust).passed
    loose = {**trust, "Statement": [{**trust["Statement"][0], "Condition": {
        "StringLike": {"cognito-identity.amazonaws.com:aud": "us-east-1:p*"}}}]}  # fmt: skip
    (message,) = grade(made, loose).messages
    assert message.startswith("Whoever holds a token of cognito-identity.amazonaws.com can do")
