"""The catalog of escalation paths at https://pathfinding.cloud, compared with Day 6's company and its boundary.

The engine decides all 65 paths: a principal with exactly the permissions that a path needs is allowed all of its calls,
and none of them within the boundary for apps. The 22 paths through IAM and STS are also made as real calls. The others
run code as a role that is passed to a service, or in something that already runs as a role. This cloud doesn't have
these services, so the paths are only decided.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.audit.escalation import escalations
from labs_helpers.cloud.audit.escalation_paths import services as services_of_ways
from labs_helpers.course.days.day2.attacker.attack_paths import PATHS
from labs_helpers.course.days.day2.attacker.attacked_account import AttackedAccount
from labs_helpers.course.days.day2.attacker.attacked_account import trusting as trust
from labs_helpers.course.days.day6 import blueprint, design_grading

FOLDER = Path(os.environ.get("LABS_VECTORS", "")) / "pathfinding" / "paths"
pytestmark = pytest.mark.skipif(
    not os.environ.get("LABS_VECTORS") or not FOLDER.is_dir(),
    reason="LABS_VECTORS names no folder with pathfinding (github.com/DataDog/pathfinding.cloud)",
)


def needed(file):
    """Return the actions that a path needs."""
    path = yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [one["permission"] for one in path["permissions"]["required"]]


NEEDED = {file.stem: needed(file) for file in sorted(FOLDER.glob("*/*.yaml"))}
BOUNDARY = next(
    policy["policy"] for policy in blueprint.as_data()["policies"] if policy["name"] == "app-boundary"
)


def exactly(actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OF_A_ROLE = ("iam-005", "iam-009")
"""The paths that begin with a role's own policies; users try the others."""


@dataclass
class Decided:
    """Each principal's decisions, by name, and those that can become administrators, always or if something runs."""

    may: dict[str, list[bool]]
    ways: set[str]
    if_running: set[str]


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """Decide for two principals per path: one has exactly what the path needs, the other has the boundary as well.

    The company's account prod, as it is on Monday and as the AWS CLI prints it, is loaded, because a loaded account can
    answer questions about the actions of all services.
    """
    folder = tmp_path_factory.mktemp("files")
    with Cloud(seed=6) as cloud:
        company = design_grading.build_company(cloud, blueprint.after(0))
        _prod_with_climbers(company.client("iam", "prod"), folder / company.account("prod"))
    prod = Cloud.from_account(folder)
    try:
        arns = {arn.rpartition("/")[2]: arn for arn in prod.identities()}
        may = {
            name: [prod.judge(arns[name], action, "*").allowed for action in actions]
            for id, actions in NEEDED.items()
            for name in (id, f"{id}-bounded")
        }
        found = escalations(prod)
        return Decided(
            may, *({arn.rpartition("/")[2] for arn in each} for each in (found.ways, found.if_running))
        )
    finally:
        prod.stop()


def _prod_with_climbers(iam, folder):
    _administrators(iam)
    boundary = iam.create_policy(PolicyName="app-boundary", PolicyDocument=json.dumps(BOUNDARY))["Policy"][
        "Arn"
    ]
    for id, actions in NEEDED.items():
        text = json.dumps(exactly(actions))
        for name, more in ((id, {}), (f"{id}-bounded", {"PermissionsBoundary": boundary})):
            policy = iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
            if id in OF_A_ROLE:
                iam.create_role(
                    RoleName=name, AssumeRolePolicyDocument=trust({"AWS": "111122223333"}), **more
                )
                iam.attach_role_policy(RoleName=name, PolicyArn=policy)
            else:
                iam.create_user(UserName=name, **more)
                iam.create_group(GroupName=f"{name}s")
                iam.add_user_to_group(GroupName=f"{name}s", UserName=name)
                iam.attach_user_policy(UserName=name, PolicyArn=policy)
    details = iam.get_account_authorization_details(MaxItems=1000)
    assert not details["IsTruncated"]
    folder.mkdir()
    (folder / "iam.json").write_text(json.dumps(details, default=str))


def _administrators(iam):
    """Create two administrators: a user in a group, and a role that the services of all paths can assume."""
    iam.create_role(RoleName="chief", AssumeRolePolicyDocument=trust({"Service": services_of_ways()}))
    iam.attach_role_policy(RoleName="chief", PolicyArn=ADMINISTRATOR)
    iam.create_group(GroupName="chiefs")
    iam.attach_group_policy(GroupName="chiefs", PolicyArn=ADMINISTRATOR)
    iam.create_user(UserName="carla")
    iam.add_user_to_group(GroupName="chiefs", UserName="carla")


def test_the_catalogue_is_whole():
    assert len(NEEDED) == 65
    assert len([id for id in NEEDED if id.startswith(("iam-", "sts-"))]) == 22


@pytest.mark.parametrize("id", NEEDED)
def test_a_way_is_open_with_exactly_what_it_needs_and_shut_within_the_boundary_of_apps(decided, id):
    assert all(decided.may[id])
    assert not any(decided.may[f"{id}-bounded"])


@pytest.mark.parametrize("id", NEEDED)
def test_the_search_finds_a_way_up_and_none_within_the_boundary(decided, id):
    """Paths that need something that already runs are reported as such, because no file shows whether it runs."""
    running = not any(action.startswith(("iam:", "sts:")) for action in NEEDED[id])
    assert (id in decided.ways, id in decided.if_running) == (not running, running)
    assert f"{id}-bounded" not in decided.ways | decided.if_running


@pytest.fixture
def cloud():
    with Cloud(seed=6) as cloud:
        yield cloud


REAL = {path.id: path for path in PATHS.values() if path.id}


def gets_through(attacked, path):
    """Return whether a path's calls succeed and end with something that only administrators have, or are denied."""
    try:
        gained = path.steps(attacked)
        if gained is not None:
            gained.client("s3").get_object(Bucket=attacked.jewels, Key="list.txt")
    except ClientError:
        assert attacked.cloud.record[-1].refused
        return False
    return True


@pytest.mark.parametrize("id", [id for id in NEEDED if id in REAL])
def test_a_way_of_iam_or_sts_is_gone_as_real_calls_and_ends_at_the_boundary(cloud, id):
    attacked = AttackedAccount(cloud, exactly(NEEDED[id]), BOUNDARY)
    assert gets_through(attacked, REAL[id])
    attacked = AttackedAccount(cloud, exactly(NEEDED[id]), BOUNDARY)
    if id in OF_A_ROLE:  # who works through a role has the boundary there
        attacked.desk()
        attacked.iam.put_role_permissions_boundary(RoleName="desk", PermissionsBoundary=attacked.boundary)
    attacked.iam.put_user_permissions_boundary(UserName="dana", PermissionsBoundary=attacked.boundary)
    assert not gets_through(attacked, REAL[id])
