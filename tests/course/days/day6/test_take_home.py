"""The take-home folder builds the same company: with the AWS CLI on an empty cloud, and with templates."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name

from labs_helpers.__main__ import main
from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import capstone_scoreboard
from labs_helpers.course.days.day6.blueprint import Blueprint, designs, filled, load
from labs_helpers.course.days.day6.build import parts
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.days.day6.design_grading import build_company
from labs_helpers.course.days.day6.own_company import compose, step_ids
from labs_helpers.course.days.day6.take_home import real_account as first_steps
from labs_helpers.course.days.day6.take_home.cli_script import commands
from labs_helpers.course.days.day6.take_home.folder import _readme, take_home
from labs_helpers.course.days.day6.take_home.proved_scoreboard import Proof
from labs_helpers.course.days.day6.take_home.report import report_page
from labs_helpers.course.days.day6.take_home.templates import deployment_order, templates, unfilled
from labs_helpers.course.grading.exercise_loading import load as exercises
from labs_helpers.course.learner.answers import Answers
from labs_helpers.course.learner.progress import Progress
from tests.cloud.endpoint.conftest import cli_commands, cli_python

HERE = Path(__file__).parent


@pytest.fixture
def aws(tmp_path) -> Iterator[dict[str, str]]:
    """Provide the environment in which `aws` is the AWS CLI, from a folder on the path."""
    versions = cli_commands()
    if not versions:
        pytest.skip("the AWS CLI is not installed")
    if sys.platform == "win32":
        pytest.skip("the script is for bash; on Windows it runs in WSL")
    # macOS takes no socket's path of more than 103 characters, and its temporary folders nearly have as many.
    short = tempfile.mkdtemp(dir="/tmp")
    socket, folder = Path(short) / "aws.socket", tmp_path / "bin"
    folder.mkdir()
    client = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -S {shlex.quote(str(HERE / "aws_client.py"))} "$@"\n'
    (folder / "aws").write_text(client)
    (folder / "aws").chmod(0o755)
    server = subprocess.Popen([cli_python(max(versions)), str(HERE / "aws_server.py"), str(socket)])
    try:
        while not Path(f"{socket}.ready").exists():
            assert server.poll() is None
            time.sleep(0.05)
        yield {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "AWS_SERVER": str(socket)}
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(short)


def run(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    if sys.platform == "win32":
        pytest.skip("the script is for bash; on Windows it runs in WSL")
    file = folder / "build.sh"
    file.write_text(script, encoding="utf-8")
    return subprocess.run(
        ["bash", str(file)], cwd=folder, env=environment, capture_output=True, text=True, timeout=500,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def company_of(cloud: Cloud, answers: Path, design: Blueprint) -> Company:
    """Return the company that the script built, from the responses of AWS that the script stored."""
    company, kept = Company(cloud), json.loads((answers / "built.json").read_text())
    company.known.update(kept["known"])
    company.ids.update({tuple(place.split(":", 1)): id for place, id in kept["ids"].items()})  # type: ignore[misc]
    for file in answers.glob("access-key-*.json"):
        key = json.loads(file.read_text())["AccessKey"]
        company.keys[key["UserName"]] = key
    company.built.update({place: filled(part, company.known) for place, part in parts(design)})
    company.start_url = cloud.identity_center(company.known["home"]).start_url
    return company


def own_company(*steps: int) -> Blueprint:
    """Return the company of a learner who has passed these steps, with answers that differ from the reference's."""
    given = {}
    for id in (step_ids()[step] for step in steps):
        given[id] = exercises(6)[id].right[0].answer
    given |= {id: exercises(4)[id].right[0].answer for id in ("4.6", "4.12")}
    return Blueprint.model_validate(compose(given).design)


@pytest.mark.slow
def test_the_script_builds_the_learner_s_company_with_the_same_scoreboard(aws, tmp_path):
    """A company with the learner's own answers, one of the reference's, and open steps has red probes, and the company
    that the script builds has the same red probes. Identity Center is enabled first, which only the console can do. The
    AWS CLI does everything else, through the endpoint.
    """
    design = own_company(1, 2, 3, 4, 6, 7)
    with Cloud(seed=6) as cloud:
        red = capstone_scoreboard.run(build_company(cloud, design.model_dump(mode="json"))).red
    assert red
    assert not any(probe.startswith(("1.", "2.", "3.", "4.", "5.", "7.")) for probe in red)
    with Cloud(seed=6) as cloud:
        boto3.client("organizations").create_organization(FeatureSet="ALL")
        cloud.identity_center(design.home)
        environment = {**os.environ, **cloud.endpoint().env(), **aws}
        more = {"YES": "1", "MAIL_DOMAIN": "example.com", "PAUSE": "0", "IMAGE": "ami-03cf127a"}
        done = run(commands(design), tmp_path, {**environment, **more})
        assert done.returncode == 0, done.stderr[-2000:]
        assert capstone_scoreboard.run(company_of(cloud, tmp_path / "answers", design)).red == red
        again = run(commands(design), tmp_path, {**environment, **more})
        assert again.returncode == 1
        assert "answers already exists" in again.stderr


_SET = r"arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_\1_*"


def bare(value: Any) -> Any:
    """Return a part of a design or template without placeholders and references, so that the two can be compared."""
    if isinstance(value, dict):
        if value.keys() == {"Fn::Sub"}:
            return bare(value["Fn::Sub"])
        if value.keys() == {"Ref"} or value.keys() == {"Fn::GetAtt"}:
            return "*"
        return {str(bare(name)): bare(each) for name, each in value.items()}
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, str):
        return value
    text = re.sub(r"<permission-set:(\w+)>", _SET, value.replace("<home>", "eu-central-1"))
    return re.sub(r"<[a-z][\w:-]*>|\$\{(AWS::AccountId|\w+(\.Arn)?)\}", "*", text).replace("${!", "${")


def policies_in(part: Any) -> set[str]:
    """Return the policies in a part of a design or template."""
    if isinstance(part, list):
        return {policy for each in part for policy in policies_in(each)}
    if not isinstance(part, dict):
        return set()
    own = {json.dumps(bare(part), sort_keys=True)} if "Statement" in part else set()
    return own | policies_in(list(part.values()))


@pytest.mark.parametrize("steps", [(), (1, 2, 3, 4, 6, 7), tuple(range(1, 11))])
def test_the_templates_have_every_policy_and_every_part_of_the_learner_s_company(steps):
    design = own_company(*steps)
    made = templates(design)
    assert policies_in(design.model_dump(mode="json")) - policies_in(made) == set()
    text = json.dumps([each["Resources"] for each in made.values()])
    for section in (
        design.units,
        design.scps,
        design.rcps,
        design.roles,
        design.users,
        design.policies,
        design.trails,
    ):
        assert [part.name for part in section if f'"{part.name}"' not in text] == []
    assert [key.alias for key in design.keys if f"alias/{key.alias}" not in text] == []


@pytest.mark.parametrize("name", designs())
def test_a_dry_run_does_nothing_and_needs_no_aws(name, tmp_path):
    """Every command is shown, and `aws` isn't needed."""
    (tmp_path / "aws").write_text("#!/bin/sh\necho called >> called\n")
    (tmp_path / "aws").chmod(0o755)
    done = run(commands(load(name)), tmp_path, {"PATH": f"{tmp_path}:/usr/bin:/bin", "DRY_RUN": "1"})
    assert done.returncode == 0, done.stderr[-2000:]
    assert not (tmp_path / "called").exists()
    assert "aws iam create-role" in done.stderr
    assert done.stderr.endswith("This was a dry run: no command was run.\n")
    assert not (tmp_path / "answers").exists(), "the next run would take it for one that was begun"


def test_rails_come_last():
    """A guardrail that is attached before the roles exist would prevent the rest from being built."""
    script = commands(load())
    assert script.rindex(" iam create-role ") < script.index(" organizations attach-policy ")


def test_it_asks_before_it_begins(aws, tmp_path):
    with Cloud(seed=6) as cloud:
        boto3.client("organizations").create_organization(FeatureSet="ALL")
        cloud.identity_center("eu-central-1")
        environment = {**os.environ, **cloud.endpoint().env(), **aws, "MAIL_DOMAIN": "example.com"}
        assert run(commands(load()), tmp_path, environment).returncode == 1
        assert len(boto3.client("organizations").list_accounts()["Accounts"]) == 1


def test_without_an_address_for_the_accounts_nothing_begins(tmp_path):
    done = run(commands(load()), tmp_path, {"PATH": "/usr/bin:/bin", "YES": "1"})
    assert done.returncode == 1
    assert "MAIL_DOMAIN" in done.stderr
    assert not (tmp_path / "answers").exists()


def test_no_secret_stands_in_the_script():
    assert "SecretAccessKey" not in commands(load()).replace(
        "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]", ""
    )


@pytest.fixture(params=designs())
def written(request, tmp_path) -> Path:
    """The take-home folder of one of the course's designs."""
    take_home(load(request.param), tmp_path / "home")
    return tmp_path / "home"


@pytest.mark.sampled(2)
def test_cfn_lint_finds_nothing_in_the_templates(written):
    """AWS's own linter checks schemas, references, and IAM documents: https://github.com/aws-cloudformation/cfn-lint"""
    api, config = pytest.importorskip("cfnlint.api"), pytest.importorskip("cfnlint.config")
    files = sorted(map(str, (written / "cloudformation").glob("*.json")))
    assert files
    found = api.lint_by_config(config.ManualArgs(templates=files))  # reads its rules once
    assert [f"{each.filename}: {each}" for each in found] == []


def test_no_name_of_the_blueprint_is_left_in_a_template(written):
    for file in (written / "cloudformation").glob("*.json"):
        assert unfilled(json.loads(file.read_text())) == []


def test_policy_variables_are_not_taken_for_parameters():
    """`${aws:PrincipalTag/…}` is an IAM policy variable, which is written `${!…}` within Fn::Sub.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
    """
    text = json.dumps(templates(load()))
    for part in text.split('"Fn::Sub": "')[1:]:
        assert "${aws:" not in part.split('"')[0]


def test_an_account_comes_after_those_whose_keys_it_needs():
    order, given = deployment_order(load()), set()
    made = templates(load())
    for account in order:
        name = "management" if account == "management" else f"member-{account}"
        template = made[f"{name}.template.json"]
        needs = {each for each in template.get("Parameters", {}) if each.startswith("Key")}
        assert needs <= given, account
        given |= template.get("Outputs", {}).keys()


def test_the_guardrails_come_last():
    """They apply to StackSets' role as well, which creates roles without the boundary, and users."""
    made = templates(load())
    rails = {name for name, each in made.items() if "AWS::Organizations::Policy" in json.dumps(each)}
    assert rails == {"guardrails.template.json"}
    given = made["organization.template.json"]["Outputs"]
    assert set(made["guardrails.template.json"]["Parameters"]) <= {*given, "Root", "Organization"} | {
        name for each in made.values() for name in each.get("Outputs", ())
    }
    readme = _readme(load(), None)
    assert readme.index("stackset-prod") < readme.index("guardrails.template.json")


def test_member_templates_come_by_stack_sets():
    made = templates(load())
    members = [name for name in made if name.startswith("member-")]
    assert members
    for name in members:
        (resource,) = made[name.replace("member-", "stackset-")]["Resources"].values()
        assert resource["Type"] == "AWS::CloudFormation::StackSet"
        assert resource["Properties"]["TemplateURL"]["Fn::Sub"].endswith(name)


def test_a_folder_that_holds_anything_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["take-home", str(tmp_path)]) == 1
    assert os.listdir(tmp_path) == ["mine.txt"]
    assert "already exists" in capsys.readouterr().err
    assert main(["take-home", str(tmp_path / "new"), "--design", "start"]) == 0
    assert (tmp_path / "new" / "report.html").exists()


def test_a_design_that_there_is_not_is_told(tmp_path, capsys):
    assert main(["take-home", str(tmp_path / "new"), "--design", "none.json"]) == 1
    assert "none.json" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"name": "x"', "Expecting"),
        ('{"name": "x"}', "This isn't a blueprint: title: required, but missing"),
        ('{"version": 99}', "newer version"),
    ],
)
def test_a_file_that_holds_no_design_is_told_by_name(text, told, tmp_path, capsys):
    file = tmp_path / "mine.json"
    file.write_text(text)
    assert main(["take-home", str(tmp_path / "new"), "--design", str(file)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{file}: ")
    assert told in said
    assert not (tmp_path / "new").exists()


def test_the_report_fetches_nothing_and_takes_no_text_for_markup():
    page = report_page(load(), decisions=[("<script>alert(1)</script>", "why not")])
    assert "<script" not in page
    for word in ("http://", "https://", "src=", "@import", "url("):
        assert word not in page.split("</style>")[0]
    assert "<img" not in page
    assert "<link" not in page
    for part in ("Map", "Scoreboard", "What the trail recorded", "Decisions, and why"):
        assert f"<h2>{part}</h2>" in page


def test_the_readme_warns_and_names_costs(written):
    text = (written / "README.md").read_text()
    assert "costs" in text
    assert "DRY_RUN=1" in text


def test_accounts_are_made_one_after_the_other():
    """If several are created at the same time, Organizations rejects some of them, and the stack fails.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-organizations-account.html"""
    resources = templates(load())["organization.template.json"]["Resources"]
    accounts = [name for name, each in resources.items() if each["Type"] == "AWS::Organizations::Account"]
    waits = [resources[name].get("DependsOn") for name in accounts]
    assert waits == [None, *accounts[:-1]]


def test_the_report_and_the_readme_say_what_was_proved_when_and_what_is_not(tmp_path):
    design = own_company(1)
    with Cloud(seed=6) as cloud:
        report = capstone_scoreboard.run(build_company(cloud, design.model_dump(mode="json")))
    proof = Proof(report, "2026-11-29 10:00 UTC", "1 of 9 steps are yours.")
    take_home(design, tmp_path / "home", proof)
    take_home(design, tmp_path / "without")
    page = (tmp_path / "home" / "report.html").read_text()
    said = f"On 2026-11-29 10:00 UTC, {report.green} of 96 probes had the right result."
    for text in (page, (tmp_path / "home" / "README.md").read_text()):
        assert said in text
        assert "against an AWS in memory" in text
        assert "Larkspur Tickets, under construction" in text
        assert "on Friday" not in text
    assert "1 of 9 steps are yours." in page
    assert "Nothing: the scoreboard" in (tmp_path / "without" / "report.html").read_text()


@pytest.mark.parametrize("step", first_steps.load(), ids=lambda step: step.title[:20])
def test_each_thing_to_do_in_a_real_account_is_a_command_of_the_cli_with_its_cost(step):
    _, service, operation, *options = shlex.split(step.command.strip("`"))
    client = boto3.client(service, "eu-central-1")
    name = client.meta.method_to_api_mapping[operation.replace("-", "_")]
    shape = client.meta.service_model.operation_model(name).input_shape
    known = {xform_name(member, "-") for member in shape.members} if shape is not None else set()
    given = {each.removeprefix("--").removeprefix("no-") for each in options if each.startswith("--")}
    assert given - known - {"query"} == set()
    assert step.cost.startswith("none")


def test_the_command_takes_home_the_learner_s_company(tmp_path, monkeypatch):
    monkeypatch.setenv("LABS_PROGRESS", str(tmp_path / "progress.json"))
    answers = Answers(Progress())
    answers.keep("6.1", exercises(6)["6.1"].solution)
    assert main(["take-home", str(tmp_path / "home")]) == 0
    written = json.loads((tmp_path / "home" / "blueprint.json").read_text())
    assert written["title"] == "Larkspur Tickets, under construction"
    assert written["about"].startswith("The ticket shop")
    assert "1 of 9 steps are yours." in written["about"]
