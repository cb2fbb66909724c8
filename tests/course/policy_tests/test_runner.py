"""Tables of requests for an organization's policies: the documented examples run, and bad files are explained."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest

from labs_helpers.__main__ import main
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day4 import landing_zone
from labs_helpers.course.policy_tests import runner
from labs_helpers.course.policy_tests.organization_table import described
from labs_helpers.course.policy_tests.policy_test_table import TableError
from labs_helpers.course.policy_tests.report import lines
from labs_helpers.course.policy_tests.runner import reports, run

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "policy-as-code.md"
SHOWN = re.findall(r"\$ python -m labs_helpers (.+)\n((?:.+\n)*?)```", PAGE.read_text(encoding="utf-8"))
PROD = "222233334444"
DENY = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_every_command_of_the_page_prints_what_the_page_says(command, output, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    arguments = [str(tmp_path / each) if each == "report.xml" else each for each in shlex.split(command)]
    code = main(arguments)
    assert capsys.readouterr().out == output
    assert code == (1 if "FAIL" in output else 0)


def test_page_shows_commands():
    assert len(SHOWN) == 4


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture
def table(tmp_path):
    def written(**parts):
        whole = {
            "documents": {"keep": policy(DENY)},
            "tree": {"units": {"Prod": {"scp": ["FullAWSAccess", "keep"], "accounts": {"prod": PROD}}}},
            "tests": [{"name": "t", "account": "prod", "action": "s3:DeleteBucket", "expect": "deny"}],
        }
        path = tmp_path / "t.yaml"
        path.write_text(json.dumps(whole | parts), encoding="utf-8")
        return path

    return written


def outcomes(path):
    return [(each.decision, each.passed) for each in run(path).outcomes]


def test_scp_binds_members_and_their_root_users_and_not_the_management_account(table):
    tests = [
        {"name": "m", "account": "prod", "principal": ["role/x", "root", "user/u"], "action": "s3:DeleteBucket",
         "expect": "deny"},
        {"name": "b", "account": "management", "action": "s3:DeleteBucket", "expect": "allow"},
    ]  # fmt: skip
    assert outcomes(table(tests=tests)) == [("deny", True)] * 3 + [("allow", True)]


def test_allow_list_in_place_of_full_access_restricts_and_beside_it_does_not(table):
    only = {"documents": {"only": policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})}}
    test = [{"name": "t", "account": "prod", "action": "ec2:DescribeInstances", "expect": "deny"}]
    replaced = {"units": {"U": {"scp": ["only"], "accounts": {"prod": PROD}}}}
    beside = {"units": {"U": {"scp": ["FullAWSAccess", "only"], "accounts": {"prod": PROD}}}}
    assert outcomes(table(**only, tree=replaced, tests=test)) == [("deny", True)]
    assert outcomes(table(**only, tree=beside, tests=test)) == [("allow", False)]


def test_rcp_binds_a_stranger_who_asks_for_a_member_s_resource(table):
    wall = policy({**DENY, "Principal": "*", "Action": "s3:*",
                   "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}}})  # fmt: skip
    tree = {"rcp": ["RCPFullAWSAccess", "wall"], "accounts": {"prod": PROD}}
    who = ["anonymous", "arn:aws:iam::999988887777:user/m"]
    get = {"action": "s3:GetObject", "resource": "arn:aws:s3:::d/k", "owner": "prod"}
    tests = [
        {"name": "out", "principal": who, **get, "expect": "deny", "because": "resource control policy"},
        {"name": "in", "account": "prod", **get, "expect": "allow"},
        {"name": "theirs", "principal": who[1], **get, "owner": "999988887777", "expect": "allow"},
    ]
    assert [each for _, each in outcomes(table(documents={"wall": wall}, tree=tree, tests=tests))] == [
        True
    ] * 4


def test_a_service_and_an_anonymous_caller_ask_for_a_resource_of_the_account(table):
    """They have no account, so the test's account owns the resource, and its RCPs apply."""
    outside = policy({**DENY, "Principal": "*", "Action": "s3:*", "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }})  # fmt: skip
    deputy = policy({**DENY, "Principal": "*", "Action": "s3:*", "Condition": {
        "StringNotEqualsIfExists": {"aws:SourceOrgID": "o-exampleorgid"}, "Null": {"aws:SourceAccount": "false"},
        "Bool": {"aws:PrincipalIsAWSService": "true"},
    }})  # fmt: skip
    tree = {"rcp": ["RCPFullAWSAccess", "outside", "deputy"], "accounts": {"prod": PROD}}
    put = {"account": "prod", "action": "s3:PutObject", "resource": "arn:aws:s3:::d/k"}
    trail = {**put, "principal": "service:cloudtrail.amazonaws.com"}
    stranger = {"aws:SourceAccount": "999988887777", "aws:SourceOrgID": "o-strangers00"}
    tests = [
        {
            "name": "anyone",
            **put,
            "principal": "anonymous",
            "expect": "deny",
            "because": "resource control policy",
        },
        {"name": "service", **trail, "expect": "allow"},
        {
            "name": "deputy",
            **trail,
            "context": stranger,
            "expect": "deny",
            "because": "resource control policy",
        },
    ]
    found = outcomes(table(documents={"outside": outside, "deputy": deputy}, tree=tree, tests=tests))
    assert [passed for _, passed in found] == [True] * 3


def test_permission_set_is_what_its_people_have(table):
    read = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    ask = {"account": "prod", "permission_set": "R", "resource": "arn:aws:s3:::d/k"}
    tests = [
        {"name": "r", **ask, "action": "s3:GetObject", "expect": "allow"},
        {"name": "w", **ask, "action": "s3:PutObject", "expect": "deny", "because": "identity-based policy"},
    ]
    found = outcomes(table(documents={"read": read}, permission_sets={"R": ["read"]},
                           tree={"accounts": {"prod": PROD}}, tests=tests))  # fmt: skip
    assert found == [("allow", True), ("deny", True)]


def test_a_reason_that_is_another_than_expected_fails(table):
    test = {
        "name": "t",
        "account": "prod",
        "action": "s3:DeleteBucket",
        "expect": "deny",
        "because": "boundary",
    }
    assert outcomes(table(tests=[test])) == [("deny", False)]


DEEP: dict = {}
for _ in range(6):
    DEEP = {"units": {"u": DEEP}}
BAD = [
    ({"tests": []}, "tests"),
    ({"tests": [{"name": "t", "action": "s3:DeleteBucket", "expect": "maybe"}]}, "expect"),
    ({"tests": [{"name": "t", "action": "s3", "account": "prod", "expect": "deny"}]}, "tests.0 (t)"),
    ({"tests": [{"name": "t", "action": "s3:ListBucket", "account": "x", "expect": "deny"}]}, "no account x"),
    ({"tests": [{"name": "t", "action": "s3:ListBucket", "expect": "deny"}]}, 'needs an "account"'),
    (
        {"tests": [{"name": "t", "action": "s3:ListBucket", "principal": "anonymous", "expect": "deny"}]},
        'needs an "owner"',
    ),
    (
        {"tests": [{"name": "t", "account": "prod", "action": "s3:ListBucket", "principal": "service:cloudtrial",
                    "expect": "deny"}]},
        "There is no service principal cloudtrial. Did you mean cloudtrail.amazonaws.com?",
    ),
    ({"tree": {"scp": []}}, "needs 1 to 10 policies, but has 0"),
    ({"tree": {"scp": ["FullAWSAccess", "gone"]}}, "no policy gone"),
    ({"tree": {"scp": ["keep"] * 11}}, "needs 1 to 10 policies, but has 11"),
    ({"tree": {"rcp": ["RCPFullAWSAccess", "keep"]}}, "keep"),
    ({"tree": {"unit": {}}}, "tree.unit"),
    ({"tree": {"accounts": {"a": PROD, "b": PROD}}}, "twice"),
    ({"tree": {"accounts": {"a": "12"}}}, "tree.accounts"),
    ({"documents": {"keep": {"Statement": [DENY]}}}, "Version"),
    ({"documents": {"keep": policy({**DENY, "Sid": "x" * 10_240})}}, "keep"),
    ({"policies": "nowhere"}, "the directory nowhere doesn't exist"),
    ({"tests": [{"name": "t", "account": ["prod"] * 400, "action": ["s3:GetObject"] * 400, "expect": "deny"}]},
     "more than 100,000"),
    ({"tree": DEEP}, "5 levels deep"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "said"), BAD)
def test_what_can_t_be_run_is_explained_and_ends_with_2(table, parts, said, capsys):
    path = table(**parts)
    assert main(["test-policies", str(path)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {path}")
    assert said in told


@pytest.mark.parametrize(
    "text", ["", "3", "[1]", "a: &x [1]\nb: *x\n", "\t", "{", "!!python/object:os.system {}"]
)
def test_what_is_no_table_is_explained(tmp_path, text):
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=re.escape(str(path))):
        run(path)


def test_junit_has_a_case_a_request_and_escapes_what_it_is_told(table, tmp_path):
    test = {
        "name": "<a & b>\x07",
        "account": "prod",
        "action": ["s3:DeleteBucket", "s3:GetObject"],
        "expect": "deny",
    }
    report = tmp_path / "out.xml"
    assert main(["test-policies", "--junit", str(report), str(table(tests=[test]))]) == 1
    suite = ElementTree.fromstring(report.read_text(encoding="utf-8"))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("classname") for case in suite] == ["<a & b>\ufffd"] * 2
    assert [len(case) for case in suite] == [0, 1]


def test_a_directory_stands_for_its_tables(table, tmp_path):
    path = table()
    (tmp_path / "u.yml").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    assert [Path(each.path).name for each in runner.reports([str(tmp_path)])] == ["t.yaml", "u.yml"]
    (tmp_path / "none").mkdir()
    with pytest.raises(TableError, match=r"no \.yaml file"):
        runner.reports([str(tmp_path / "none")])


def test_a_later_table_is_proved_no_wider_or_shown_with_a_request(table, tmp_path, capsys):
    with_policy = table()
    without = tmp_path / "without.yaml"
    whole = json.loads(with_policy.read_text(encoding="utf-8"))
    whole["tree"]["units"]["Prod"]["scp"] = ["FullAWSAccess"]
    whole["tests"][0]["expect"] = "allow"
    without.write_text(json.dumps(whole), encoding="utf-8")
    assert main(["test-policies", "--against", str(without), str(with_policy)]) == 0
    said = capsys.readouterr().out
    assert f"{with_policy}: prod: PROVED no wider" in said
    assert "Narrower, by this request" in said
    assert main(["test-policies", "--against", str(with_policy), str(without)]) == 1
    assert f"{without}: prod: Wider, by this request" in capsys.readouterr().out


def test_an_account_in_only_one_of_two_tables_is_named_and_fails(table, tmp_path, capsys):
    one = table()
    other = tmp_path / "other.yaml"
    other.write_text(one.read_text(encoding="utf-8").replace(PROD, "444455556666"), encoding="utf-8")
    assert main(["test-policies", "--against", str(one), str(other)]) == 1
    assert capsys.readouterr().out.count("only in one of the tables") == 2


def test_against_needs_one_file(table, tmp_path, capsys):
    assert main(["test-policies", "--against", str(table()), str(tmp_path)]) == 2
    assert "one FILE" in capsys.readouterr().err


def test_organization_that_there_is_becomes_a_table_by_the_page_s_own_code(one_cloud, tmp_path, monkeypatch):
    one_cloud.reset()
    landing = landing_zone.prepare(one_cloud)["landing"]
    organizations = one_cloud.account(one_cloud.home).client("organizations")
    stay = policy({**DENY, "Action": "organizations:LeaveOrganization"})
    only = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    for name, document, target in (("stay", stay, "workloads"), ("only", only, "sandbox")):
        made = organizations.create_policy(
            Name=name, Description=name, Type="SERVICE_CONTROL_POLICY", Content=json.dumps(document)
        )
        organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=landing[target])
    organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=landing["sandbox"])

    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(code, {})
    assert outcomes(tmp_path / "organization.yaml") == [("deny", True)]
    found = described(organizations)
    assert found["tree"]["units"]["Sandbox"]["scp"] == ["only"]
    assert found["tree"]["units"]["Workloads"]["scp"] == ["FullAWSAccess", "stay"]
    assert "scp" not in found["tree"]["units"]["Security"]
    assert found["documents"] == {"stay": stay, "only": only}
    ec2 = {"name": "e", "account": "play", "action": "ec2:DescribeInstances", "expect": "deny"}
    path = tmp_path / "more.yaml"
    path.write_text(json.dumps(found | {"tests": [ec2]}), encoding="utf-8")
    assert outcomes(path) == [("deny", True)]


MISTYPED = [
    ({"tests": [{"name": "t", "action": "ec2:RunInstance", "account": "prod", "expect": "deny"}]},
     "line 10: tests.0 (t): The action ec2:RunInstance doesn't exist. Did you mean ec2:RunInstances?"),
    ({"tests": [{"name": "t", "action": "ec2:RunInstances", "account": "prod", "expect": "deny",
                 "context": {"aws:RequestedRegon": "us-east-1"}}]},
     "The condition key aws:RequestedRegon doesn't exist. Did you mean aws:RequestedRegion?"),
    ({"documents": {"p": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:GetObjects", "Resource": "*"}]}}},
     "p: The action s3:GetObjects does not exist. Did you mean s3:GetObject?"),
    ({"documents": {"p": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringEqual": {"aws:username": "x"}}}]}}},
     "Did you mean StringEquals?"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "says"), MISTYPED)
def test_a_name_that_does_not_exist_is_an_error_with_its_line(tmp_path, capsys, parts, says):
    """Whatever doesn't exist is denied, so a test that expects "deny" would pass."""
    whole = {"tree": {"accounts": {"prod": PROD}},
             "tests": [{"name": "t", "action": "s3:ListBucket", "account": "prod", "expect": "allow"}],
             **parts}  # fmt: skip
    path = tmp_path / "t.yaml"
    path.write_text(json.dumps(whole, indent=1), encoding="utf-8")
    assert main(["test-policies", str(path)]) == 2
    assert says in capsys.readouterr().err


def test_a_file_of_the_course_has_its_path_in_the_repository():
    (failed, _) = lines(reports([str(data_path("day4", "policy_as_code"))]))
    assert failed.startswith("data/day4/policy_as_code/broken.yaml: FAIL ")
