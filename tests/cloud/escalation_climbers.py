"""An account that contains, for each known way to become an administrator, a user or role with exactly the permissions
that the way needs.

`python -m tests.cloud.escalation_climbers` writes the table in docs/escalation-paths.md.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from labs_helpers.cloud import Cloud, escalations
from labs_helpers.cloud.audit import escalation_paths
from labs_helpers.cloud.audit.escalation_paths import BY_ACTIONS, NOT_LOOKED_FOR, PATHS, STOPPED_BY, Kind
from labs_helpers.course.days.day2.attacker.attack_paths import PATHS as ATTACKS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "escalation-paths.md"
ACCOUNT = "111122223333"
_DATE = "2026-03-01T09:00:00+00:00"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_ROLES = ("iam-005", "iam-009", "iam-023", "boundary-role", "denial-role-managed", "denial-role")
"""Ways from a role's own policies; the others are tried by users."""


def arn(rest: str) -> str:
    """An ARN of IAM in the account."""
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def document(*statements: Any) -> dict[str, Any]:
    """A policy of statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def deny(actions: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {**allow(actions, resource, **more), "Effect": "Deny"}


def trust(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    """A trust policy of one statement."""
    return document({"Effect": "Allow", "Principal": principal, "Action": action, **more})


class Details:
    """What `aws iam get-account-authorization-details` prints, while it is made."""

    def __init__(self, account: str = ACCOUNT) -> None:
        self.account = account
        self.printed: dict[str, list[dict[str, Any]]] = {
            "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
        }  # fmt: skip
        self.managed("AdministratorAccess", document(allow("*")), arn=_ADMINISTRATOR)

    def arn(self, rest: str) -> str:
        """An ARN of IAM in this account."""
        return f"arn:aws:iam::{self.account}:{rest}"

    def managed(self, name: str, *versions: dict[str, Any], arn: str = "") -> str:
        """A managed policy; the first version is the default one."""
        arn = arn or self.arn(f"policy/{name}")
        self.printed["Policies"].append({
            "PolicyName": name, "PolicyId": f"ANPA{len(self.printed['Policies']):017d}", "Arn": arn, "Path": "/",
            "DefaultVersionId": "v1", "AttachmentCount": 1, "IsAttachable": True, "CreateDate": _DATE,
            "PolicyVersionList": [
                {"Document": text, "VersionId": f"v{number}", "IsDefaultVersion": number == 1, "CreateDate": _DATE}
                for number, text in enumerate(versions, 1)
            ],
        })  # fmt: skip
        return arn

    def _identity(self, kind: str, name: str, own: Any, attached: Any, path: str = "/") -> dict[str, Any]:
        listed = self.printed[f"{kind}DetailList"]
        prefix = {"User": "AIDA", "Role": "AROA", "Group": "AGPA"}[kind]
        made = {
            "Path": path, f"{kind}Name": name, f"{kind}Id": f"{prefix}{len(listed):017d}",
            "Arn": self.arn(f"{kind.lower()}{path}{name}"), "CreateDate": _DATE,
            "AttachedManagedPolicies": [
                {"PolicyName": each.rpartition("/")[2], "PolicyArn": each} for each in attached
            ],
        }  # fmt: skip
        if own is not None:
            made[f"{kind}PolicyList"] = [{"PolicyName": "own", "PolicyDocument": own}]
        listed.append(made)
        return made

    def group(self, name: str, own: Any = None, attached: Any = ()) -> str:
        """A group; returns its ARN."""
        return str(self._identity("Group", name, own, attached)["Arn"])

    def user(
        self, name: str, own: Any = None, attached: Any = (), groups: Any = (), boundary: str = ""
    ) -> str:
        """A user; returns the ARN."""
        made = self._identity("User", name, own, attached)
        made["GroupList"] = list(groups)
        if boundary:
            made["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": boundary,
            }
        return str(made["Arn"])

    def role(
        self, name: str, trusted: Any, own: Any = None, attached: Any = (), boundary: str = "", path: str = "/",
        tags: Any = (),
    ) -> str:  # fmt: skip
        """A role; returns the ARN."""
        made = self._identity("Role", name, own, attached, path)
        made |= {
            "AssumeRolePolicyDocument": trusted, "InstanceProfileList": [], "RoleLastUsed": {}, "Tags": list(tags),
        }  # fmt: skip
        if boundary:
            made["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": boundary,
            }
        return str(made["Arn"])

    def write(self, folder: Path) -> Path:
        """Write the file into a folder, and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "iam.json"
        path.write_text(json.dumps(self.printed, indent=1), encoding="utf-8")
        return path


def details() -> Details:
    """The account, with a climber for each way, named like the way."""
    made = Details()
    provider = arn("saml-provider/staff")
    roles = {
        "Service": escalation_paths.services(),
        "Federated": ["cognito-identity.amazonaws.com", provider],
    }
    made.role("chief", trust(roles), attached=[_ADMINISTRATOR])
    made.role("deputy", trust({"AWS": arn("user/sts-001")}), attached=[_ADMINISTRATOR])
    made.role("viewer", trust({"AWS": arn("root")}), document(allow("s3:ListAllMyBuckets")),
              [made.managed("viewing", document(allow("ec2:Describe*")))])  # fmt: skip
    made.group("chiefs", attached=[_ADMINISTRATOR])
    made.user("carla", groups=["chiefs"])
    for path in PATHS:
        _climber(made, path)
    return made


def _climber(made: Details, path: escalation_paths.Path) -> None:
    needed = document(allow(list(path.actions)))
    if path.kind is Kind.BOUNDARY:
        old = [document(allow("*"))] if path.id == "boundary-version" else []
        limit = made.managed(f"limit-{path.id}", document(allow(["s3:*", *path.actions])), *old)
        _identity(made, path.id, boundary=limit, attached=[_ADMINISTRATOR])
    elif path.kind is Kind.DENIAL:
        _denied(made, path)
    elif path.id == "own-version":
        own = made.managed("own-version", needed, document(allow("*")))
        made.user(path.id, attached=[own])
    elif path.id in ("iam-010", "iam-011"):
        made.group(path.id, needed)
        made.user(path.id, groups=[path.id])
    elif path.id == "iam-001":
        made.user(path.id, attached=[made.managed(path.id, needed)])
    else:
        _identity(made, path.id, own=needed)


def _identity(made: Details, name: str, **more: Any) -> None:
    if name in _ROLES:
        made.role(name, trust({"Service": "unused.amazonaws.com"}), **more)
    else:
        made.user(name, **more)


def _denied(made: Details, path: escalation_paths.Path) -> None:
    """Add a user who can do everything except what a policy denies, and who can remove that policy."""
    (action,) = path.actions
    denial = document({"Effect": "Deny", "NotAction": ["s3:*", action], "Resource": "*"})
    by_group, is_managed = path.id.startswith("denial-group") or path.id == "denial-leave", "Detach" in action
    attached = [made.managed(f"{path.id}", denial)] if is_managed else []
    own = None if is_managed else denial
    if by_group:
        made.group(path.id, own, attached)
        made.user(path.id, attached=[_ADMINISTRATOR], groups=[path.id])
    else:
        _identity(made, path.id, own=own, attached=[_ADMINISTRATOR, *attached])


def with_real_calls() -> frozenset[str]:
    """Return the ways that tests follow to the end with calls to a running cloud: Day 2's ways, and those in two test
    files. A test of ways has the ways' IDs as its parameter `id`.
    """
    from tests.cloud.audit import test_own_changes, test_service_ways  # They import this module.

    marks = [
        mark
        for test in (*vars(test_own_changes).values(), *vars(test_service_ways).values())
        for mark in getattr(test, "pytestmark", ())
        if mark.name == "parametrize" and mark.args[0] == "id"
    ]
    return frozenset(attack.id for attack in ATTACKS.values() if attack.id).union(
        *(mark.args[1] for mark in marks)
    )


FOUND = {"ways": "for certain", "ways_if": "under conditions", "if_running": "as a possibility"}


def found_in(folder: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return how each climber in the loaded account is found: as what, and with which ways."""
    with Cloud.from_account(details().write(folder)) as cloud:
        result = escalations(cloud)
        assert result.complete
        assert not result.unanswered
        found = {name: {arn: steps if isinstance(steps, tuple) else (steps,)
                        for arn, steps in getattr(result, name).items()} for name in FOUND}  # fmt: skip
    return {
        arn.rpartition("/")[2]: (name, tuple(step.path.id for step in steps))
        for name, by_principal in found.items()
        for arn, steps in by_principal.items()
    }


def page(found: dict[str, tuple[str, tuple[str, ...]]]) -> str:
    """The page's text."""
    real = with_real_calls()
    counted = sum(path.page.startswith("https://pathfinding.cloud/") for path in PATHS)
    lines = [
        "# Known ways to become an administrator",
        "",
        f"`load --escalations` looks for {len(PATHS)} escalation paths, {counted} of which are in Datadog's catalog,",
        "[pathfinding.cloud](https://pathfinding.cloud). A test generates this page from an account that contains",
        "one principal per path with exactly the permissions that the path requires, and the test fails if the",
        "search misses one of the principals. The *found* column shows *for certain* if the files contain everything",
        "that the path requires. It shows *as a possibility* if the path also requires something that the files",
        "don't contain, such as a function that already runs with a role. If a simpler path requires only some of",
        "another path's permissions, the search reports the simpler path. *Real calls* marks the paths that tests",
        "follow to the end in the labs' cloud. This isn't possible for services that the labs don't have, or",
        "for code that AWS would run, such as the code of a Lambda function.",
    ]
    for kind in Kind:
        lines += ["", f"## {kind[0].upper()}{kind[1:]}", "", STOPPED_BY[kind], ""]
        lines += ["| path | what it requires | found | real calls |", "| --- | --- | --- | --- |"]
        lines += [_row(path, found, real) for path in PATHS if path.kind is kind]
    lines += ["", "## What the search doesn't cover", "", "| method | reason |", "| --- | --- |"]
    lines += [f"| {what} | {why} |" for what, why in NOT_LOOKED_FOR.items()]
    return "\n".join(lines) + "\n"


def _row(
    path: escalation_paths.Path, found: dict[str, tuple[str, tuple[str, ...]]], real: frozenset[str]
) -> str:
    how, ids = found[path.id]
    instead = f" (reported as {' and '.join(dict.fromkeys(ids))})" if path.id not in ids else ""
    actions = ", ".join(f"`{action}`" for action in path.actions)
    called = "yes" if path.id in real else ""
    return f"| [{path.id}]({path.page}) | {actions} | {FOUND[how]}{instead} | {called} |"


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(found_in(Path(folder))), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
    assert BY_ACTIONS
