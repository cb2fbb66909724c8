"""The journal: what an interrupted run has left is found, and taken back."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.parity import __main__ as command
from tests.parity import targets
from tests.parity.journal import Journal
from tests.parity.left import left
from tests.parity.runner import Run, clean
from tests.parity.shapes import Call, Group, Scenario
from tests.parity.undo import undo


def test_undo_takes_names_from_the_call_and_from_its_answer() -> None:
    assert undo("iam.create_user", {"UserName": "a"}, {}) == [("iam.delete_user", {"UserName": "a"})]
    assert undo("kms.create_key", {}, {"KeyMetadata": {"KeyId": "k"}}) == [
        ("kms.schedule_key_deletion", {"KeyId": "k", "PendingWindowInDays": 7})
    ]
    assert undo("events.put_targets", {"Rule": "r", "Targets": [{"Id": "1"}]}, {}) == [
        ("events.remove_targets", {"Rule": "r", "Ids": ["1"]})
    ]
    assert undo("sns.subscribe", {}, {"SubscriptionArn": "pending confirmation"}) == []
    assert undo("iam.get_user", {}, {}) == []
    with pytest.raises(LookupError):
        undo("kms.create_key", {}, None)


def test_a_journal_goes_on_where_an_interrupt_cut_it_off(tmp_path) -> None:
    path = tmp_path / "run.journal"
    journal = Journal(path)
    journal.start(run="0a1b2c3d", account="1", where="cloud")
    first = journal.intend("iam.create_user", {"UserName": "a"})
    journal.made(first, "iam.create_user", {"UserName": "a"}, {})
    second = journal.intend("s3.create_bucket", {"Bucket": "b"})
    journal.intend("kms.create_key", {"Description": "d", "Policy": b"x"})
    refused = journal.intend("iam.create_group", {"GroupName": "g"})
    journal.done(refused)
    path.write_text(path.read_text(encoding="utf-8") + '{"made": 3, "un', encoding="utf-8", newline="\n")

    again = Journal(path)
    assert again.started["run"] == "0a1b2c3d"
    assert [number for number, _ in again.to_undo] == [second, first]
    assert again.to_undo[0][1] == [
        ("parity.empty_bucket", {"Bucket": "b"}),
        ("s3.delete_bucket", {"Bucket": "b"}),
    ]
    assert len(again.unknown) == 1
    assert again.unknown[0].startswith("kms.create_key")
    assert again.intend("iam.get_user", {}) is None


class Interrupted(KeyboardInterrupt):
    """An interrupt in the middle of a run."""


def _group(*calls: Call) -> Group:
    scenario = Scenario("iam-x", "X.", "iam", (), calls, "d")
    return Group(
        "iam", {"ann": {"boundary": {"Version": "2012-10-17", "Statement": []}}}, {}, (), (scenario,)
    )


def _interrupted_run(
    target: targets.Target, journal: Journal, monkeypatch: pytest.MonkeyPatch, *, cleaned: bool
) -> None:
    from tests.parity import runner

    plain = runner._made

    def made(callers, call, sent):
        if call.method == "sns.list_topics":
            raise Interrupted
        return plain(callers, call, sent)

    with monkeypatch.context() as patched:
        patched.setattr(runner, "_made", made)
        if not cleaned:
            patched.setattr(runner, "clean", lambda *_: [])
        deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
        group = _group(
            Call("s3.create_bucket", {"Bucket": "${prefix}-b"}),
            Call("s3.put_object", {"Bucket": "${prefix}-b", "Key": "k"}),
            Call("sns.list_topics", {}),
        )
        group.people["ann"]["boundary"] = deny
        with pytest.raises(Interrupted):
            list(Run(target, "0a1b2c3d", journal).all([group], told=lambda _: None))


def test_an_interrupted_run_cleans_up(cloud, tmp_path, monkeypatch) -> None:
    target = targets.Target("cloud", boto3.Session(region_name="us-east-1"))
    journal = Journal(tmp_path / "run.journal")
    _interrupted_run(target, journal, monkeypatch, cleaned=True)
    assert journal.to_undo == []
    assert list(left(target, "labs-parity-0a1b2c3d")) == []


def test_what_an_interrupted_clean_up_has_left_is_named_and_taken_back_later(
    cloud, tmp_path, monkeypatch
) -> None:
    target = targets.Target("cloud", boto3.Session(region_name="us-east-1"))
    _interrupted_run(target, Journal(tmp_path / "run.journal"), monkeypatch, cleaned=False)
    assert list(left(target, "labs-parity-0a1b2c3d")) == [
        "iam: labs-parity-0a1b2c3d-ann-boundary", "iam: labs-parity-0a1b2c3d-ann", "s3: labs-parity-0a1b2c3d-b",
    ]  # fmt: skip
    assert clean(Journal(tmp_path / "run.journal"), target) == []
    assert list(left(target, "labs-parity-0a1b2c3d")) == []
    assert clean(Journal(tmp_path / "run.journal"), target) == []


def test_the_command_says_what_an_interrupted_run_has_left(cloud, tmp_path, monkeypatch, capsys) -> None:
    def interrupted(*_: object, **__: object) -> None:
        boto3.client("iam").create_user(UserName=f"labs-parity-{'ab' * 4}-a")
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    target = targets.Target("cloud", boto3.Session(region_name="us-east-1"))
    monkeypatch.setattr(command, "_target", lambda _: target)
    monkeypatch.setattr(command.secrets, "token_hex", lambda _: "ab" * 4)
    monkeypatch.setattr(command.Run, "all", interrupted)
    assert command.main(["record", "--yes", "--only", "iam"]) == 1
    told = capsys.readouterr().out
    assert "interrupted\n" in told
    assert told.endswith("left of labs-parity-abababab:\niam: labs-parity-abababab-a\n")
    boto3.client("iam").delete_user(UserName="labs-parity-abababab-a")
    assert command.main(["clean"]) == 0
    assert "nothing is left of labs-parity-abababab" in capsys.readouterr().out


def test_what_cannot_be_taken_back_is_said(cloud, tmp_path, capsys) -> None:
    target = targets.Target("cloud", boto3.Session(region_name="us-east-1"))
    journal = Journal(tmp_path / "run.journal")
    journal.start(run="0a1b2c3d", account="1", where="cloud")
    boto3.client("iam").create_user(UserName="labs-parity-0a1b2c3d-a")
    boto3.client("iam").create_access_key(UserName="labs-parity-0a1b2c3d-a")
    journal.made(1, "iam.create_user", {"UserName": "labs-parity-0a1b2c3d-a"}, {})
    assert "DeleteConflict" in clean(journal, target)[0]
    assert command._say_what_is_left(target, journal, "labs-parity-0a1b2c3d") == 1
    assert "iam: labs-parity-0a1b2c3d-a" in capsys.readouterr().out
    assert json.loads(journal.path.read_text(encoding="utf-8").splitlines()[-1])["made"] == 1
