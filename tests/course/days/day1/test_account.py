"""The neglected account: attacks through each setting, the work that continues, and how settings are restored."""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.course.days.day1 import account, begin_anew, outsiders, scan, work
from labs_helpers.course.days.day1.lookalikes import LOOKALIKES
from labs_helpers.course.days.day1.setting_registry import SETTINGS
from labs_helpers.course.lesson.day import open_day
from tests.course.days.day1.mending import mend


def test_there_are_fourteen_settings_or_more_and_an_outsider_gets_in_by_each(neglected):
    assert len(account.IDS) >= 14
    assert set(outsiders(neglected).open_settings) == set(account.IDS)


def test_every_attempt_names_the_setting_by_which_it_got_in(neglected):
    for attempt in outsiders(neglected).attempts:
        assert attempt.because == attempt.setting


def test_an_outsider_restores_the_database_also_after_the_learner_did_as_mallory(shop):
    mallory = shop.account("999988887777").client("rds")
    snapshot = "arn:aws:rds:us-east-1:111122223333:snapshot:larkspur-shop-2026-05"
    mallory.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="loot", DBSnapshotIdentifier=snapshot)
    assert outsiders(shop, ["shared-db-snapshot"]).open_settings == ("shared-db-snapshot",)


def test_the_shop_s_own_work_goes_on_while_the_doors_are_open(neglected):
    assert work(neglected).stopped == ()


def test_all_but_the_root_key_have_work_that_must_go_on_or_belong_to_nobody_any_more():
    without = {id for id, setting in SETTINGS.items() if not setting.tasks}
    assert without == {"root-key", "stale-user"}


def test_the_account_is_two_hundred_days_old_and_the_lab_clock_shows_today(neglected):
    keys = boto3.client("iam").list_access_keys(UserName="deploy")["AccessKeyMetadata"]
    age = neglected.clock.now() - keys[0]["CreateDate"]
    assert age.days == account.OLD_DAYS
    assert abs((neglected.clock.now() - neglected.clock.real()).total_seconds()) < 5


def test_in_the_repaired_account_nobody_gets_in_work_goes_on_and_the_checker_finds_nothing(shop):
    mend(shop)
    assert outsiders(shop).got_in == ()
    assert work(shop).stopped == ()
    assert scan(shop).findings == ()


@pytest.mark.parametrize("id", account.IDS)
def test_a_mended_setting_begins_anew_alone(neglected, id):
    mend(neglected, id)
    assert outsiders(neglected, [id]).got_in == ()
    assert work(neglected, [id]).stopped == ()
    begin_anew(neglected, id)
    assert outsiders(neglected, [id]).open_settings == (id,)
    assert work(neglected, [id]).stopped == ()


def test_an_unknown_setting_is_named_with_those_that_there_are(neglected):
    with pytest.raises(LookupError, match="no setting 'public-bucke'; the settings are"):
        begin_anew(neglected, "public-bucke")


def test_ten_look_alikes_and_more_are_in_the_account_and_the_checker_reports_none(neglected):
    assert len(LOOKALIKES) >= 10
    reported = " ".join(each.resource for each in scan(neglected).findings)
    for name in (
        "larkspur-assets", "larkspur-drop", "larkspur-vault", "role/ledger-export", "role/site-from-github",
        "larkspur-events", "user/ci-reader", "larkspur-guardrail",
    ):  # fmt: skip
        assert name not in reported
    keys = {each.resource for each in scan(neglected).of("open-key")}
    assert len(keys) == 1, "the key for one service is none of them"
    groups = {each.resource for each in scan(neglected).of("open-database-port")}
    assert len(groups) == 1, "nor the port that visitors come to"
    assert len(scan(neglected).of("shared-volume")) == 1, "nor the snapshot for the shop's own account"


def test_nobody_gets_in_by_a_look_alike(neglected):
    stranger = neglected.account("999988887777")
    for bucket in ("larkspur-assets", "larkspur-drop", "larkspur-vault"):
        with pytest.raises(stranger.client("s3").exceptions.ClientError, match="AccessDenied"):
            stranger.client("s3").put_object(Bucket=bucket, Key="x", Body=b"x")
    for role in ("ledger-export", "site-from-github"):
        arn = f"arn:aws:iam::111122223333:role/{role}"
        with pytest.raises(stranger.client("sts").exceptions.ClientError, match="AccessDenied"):
            stranger.client("sts").assume_role(RoleArn=arn, RoleSessionName="stranger")


def test_day_1_opens_with_the_account_and_resets_to_it(cloud, tmp_path, capsys):
    day = open_day(1, cloud=cloud, progress=tmp_path / "progress.json")
    mend(cloud, "public-bucket")
    day.reset()
    assert outsiders(cloud, ["public-bucket"]).open_settings == ("public-bucket",)
    assert "Day 1" in capsys.readouterr().out


def test_rds_serves_instances_and_snapshots_and_refuses_the_rest_by_name(neglected):
    with pytest.raises(NotModelled, match="rds:DescribeDBClusters"):
        boto3.client("rds").describe_db_clusters()
