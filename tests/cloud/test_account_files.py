"""Truncated, mixed, or invalid files, and files from another partition, are reported by file and line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.account_files.json_files import AccountFileError, NotInFiles
from tests import printed


@pytest.fixture
def account() -> dict[str, Any]:
    return printed.synthetic(1, 3, 4)


def _fault(tmp_path, **texts: str) -> str:
    """Return the error message for files with these texts."""
    for name, text in texts.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    with pytest.raises((AccountFileError, NotInFiles)) as caught:
        Cloud.from_account(tmp_path).stop()
    assert Cloud.running() is None
    return str(caught.value).replace(str(tmp_path) + "/", "")


def test_a_file_that_was_cut_is_told_by_its_last_line(tmp_path, account):
    text = json.dumps(account, indent=4)
    cut = text[: len(text) // 2]
    line = cut.count("\n") + 1
    said = _fault(tmp_path, iam=cut)
    assert said.startswith((f"iam.json: line {line}:", f"iam.json: line {line - 1}:"))
    assert "not valid JSON" in said


def test_one_page_of_an_answer_is_told(tmp_path, account):
    said = _fault(tmp_path, iam=json.dumps({**account, "NextToken": "abc"}, indent=4))
    assert "only one page of the output" in said


def test_an_answer_that_mixes_two_accounts_is_told_by_line(tmp_path, account):
    account["RoleDetailList"][1]["Arn"] = "arn:aws:iam::999999999999:role/role-1"
    text = json.dumps(account, indent=4)
    line = text[: text.index("999999999999")].count("\n") + 1
    said = _fault(tmp_path, iam=text)
    assert said.startswith(
        f"iam.json: line {line}: arn:aws:iam::999999999999:role/role-1 isn't in the account of the resources before it"
    )


def test_an_answer_in_the_folder_of_another_account_is_told(tmp_path, account):
    folder = tmp_path / "999999999999"
    folder.mkdir()
    said = _fault(folder, iam=json.dumps(account))
    assert "isn't in the account of its folder, 999999999999" in said


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_another_partition_is_told_by_line(tmp_path, account, partition):
    account["RoleDetailList"][2]["Arn"] = f"arn:{partition}:iam::123456789012:role/role-2"
    text = json.dumps(account, indent=4)
    line = text[: text.index(partition)].count("\n") + 1
    said = _fault(tmp_path, iam=text)
    assert said.startswith(f"iam.json: line {line}:")
    assert f"partition {partition}" in said


def test_two_roles_of_one_name_are_told(tmp_path, account):
    """Names are unique regardless of case, so such a file was edited by hand."""
    account["RoleDetailList"][1]["Arn"] = "arn:aws:iam::123456789012:role/other/ROLE-0"
    assert "have the same name" in _fault(tmp_path, iam=json.dumps(account))


def test_two_moments_of_one_account_are_told(tmp_path, account):
    first = json.dumps(account)
    account["RoleDetailList"][0]["Tags"] = []
    said = _fault(tmp_path, one=first, two=json.dumps(account))
    assert "the files are from different times" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("[1, 2]", "doesn't contain a JSON object"),
        ('{"Instances": []}', "isn't output of the AWS CLI commands used here"),
        ("An error occurred (AccessDenied) when calling the ListRoots operation: denied", "AccessDenied for ListRoots"),
        ("[" * 100_000, "nested too deeply"),
        ('{"UserDetailList": {}}', "UserDetailList isn't a list"),
        ('{"UserDetailList": [1]}', "an item of UserDetailList isn't an object"),
        ('{"UserDetailList": [{"Arn": "alice"}]}', "alice isn't an ARN"),
        ('{"UserDetailList": []}', "contains no user, group, role, or policy"),
        ('{"Targets": []}', "put its ID in the file's name"),
        ('{"Policy": "{}"}', "whose policy this is"),
        ('{"Buckets": []}', "aws iam get-account-authorization-details"),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_the_cli_is_told(tmp_path, text, says):
    assert says in _fault(tmp_path, odd=text)


def test_binary_files_are_told_by_line(tmp_path):
    (tmp_path / "iam.json").write_bytes(b'{"a":\n"\xff"}')
    with pytest.raises(AccountFileError, match="line 2: isn't UTF-8"):
        Cloud.from_account(tmp_path)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(AccountFileError, match="No such file"):
        Cloud.from_account(tmp_path / "none.json")


def test_a_policy_that_cannot_be_read_concerns_its_holders_only(tmp_path, account):
    account["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Effect"] = "Permit"
    text = json.dumps(account, indent=4)
    (tmp_path / "iam.json").write_text(text, encoding="utf-8")
    line = text[: text.index('"Permit"')].count("\n") + 1
    with Cloud.from_account(tmp_path) as cloud:
        with pytest.raises(NotInFiles, match=rf"iam.json: line {line}: this policy can't be read"):
            cloud.would("arn:aws:iam::123456789012:role/role-0", "iam:CreateUser", "*")
        assert not cloud.would("arn:aws:iam::123456789012:role/role-1", "iam:CreateUser", "*").allowed
        assert len(cloud.unreadable) == 1


def test_an_attached_policy_that_is_in_no_file_leaves_its_holders_open(tmp_path, account):
    """This also applies to AWS managed policies: their content changes, and no file shows the earlier content."""
    aws = {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    account["RoleDetailList"][1]["AttachedManagedPolicies"].append(aws)
    (tmp_path / "iam.json").write_text(json.dumps(account), encoding="utf-8")
    with (
        Cloud.from_account(tmp_path) as cloud,
        pytest.raises(NotInFiles, match=r"ReadOnlyAccess of .*role-1 isn't in any file"),
    ):
        cloud.would("arn:aws:iam::123456789012:role/role-1", "iam:CreateUser", "*")


def _organization(account: str) -> dict[str, str]:
    """An organization with one member, without the files that show where SCPs are attached."""
    arn = "arn:aws:organizations::111111111111"
    described = {
        "Id": "o-abcdefghij",
        "Arn": f"{arn}:organization/o-abcdefghij",
        "MasterAccountId": "111111111111",
    }
    root = {
        "Id": "r-ab12", "Arn": f"{arn}:root/o-abcdefghij/r-ab12", "Name": "Root",
        "PolicyTypes": [{"Type": printed.SCP, "Status": "ENABLED"}],
    }  # fmt: skip
    member = {
        "Id": account, "Arn": f"{arn}:account/o-abcdefghij/{account}", "Name": "dev", "Email": "dev@example.com",
        "Paths": ["o-abcdefghij/r-ab12/"],
    }  # fmt: skip
    return {
        "organization": json.dumps({"Organization": described}), "roots": json.dumps({"Roots": [root]}),
        "accounts": json.dumps({"Accounts": [member]}),
    }  # fmt: skip


def _write(tmp_path, account: dict[str, Any], texts: dict[str, str]) -> None:
    for name, text in {**texts, "iam": json.dumps(account)}.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")


def test_scps_that_hang_somewhere_unknown_leave_the_account_open(tmp_path, account):
    _write(tmp_path, account, _organization("123456789012"))
    with (
        Cloud.from_account(tmp_path) as cloud,
        pytest.raises(NotInFiles, match="the SCPs attached to r-ab12"),
    ):
        cloud.would("arn:aws:iam::123456789012:role/role-1", "iam:CreateUser", "*")


def test_an_account_that_is_not_the_organisations_is_told(tmp_path, account):
    texts = {**_organization("222222222222"), "iam": json.dumps(account)}
    assert "account 123456789012 isn't in the organization o-abcdefghij" in _fault(tmp_path, **texts)


def test_two_organisations_are_told(tmp_path, account):
    texts = _organization("123456789012")
    other = texts["organization"].replace("o-abcdefghij", "o-zzzzzzzzzz")
    said = _fault(tmp_path, **texts, second=other, iam=json.dumps(account))
    assert "load one at a time" in said


def test_loading_makes_two_thousand_roles_askable(tmp_path):
    """2,000 roles and 1,500 policies; how long it takes is measured by `make bench`."""
    file = printed.write(tmp_path / "iam.json", printed.synthetic(7, 2_000, 1_500))
    with Cloud.from_account(file) as cloud:
        assert len(cloud.identities()) == 2_000
        assert cloud.unreadable == ()
