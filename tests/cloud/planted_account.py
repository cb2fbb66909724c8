"""An account of 400 users and roles in an organization, with planted findings among look-alikes that aren't any.

`python -m tests.cloud.planted_account` prints the table in docs/your-account.md, with what PMapper and Cloudsplaining
find in the same account; they must be installed (`make test`).
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from labs_helpers.cloud import Cloud, escalations, outside_access, who_can
from tests.cloud.escalation_climbers import Details, allow, deny, document, trust
from tests.judges import cloudsplaining, pmapper

MANAGEMENT, ACCOUNT, VENDOR = "111111111111", "222222222222", "999999999999"
ORGANIZATION, ROOT = "o-plantedorg1", "r-pl01"
REGION = "eu-central-1"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_SIZE = 400
_LAMBDA, _EC2 = "lambda.amazonaws.com", "ec2.amazonaws.com"
_PAYROLL = "arn:aws:s3:::payroll-bucket/2026.csv"
_GITHUB = "token.actions.githubusercontent.com"


@dataclass
class Planted:
    """What was planted: the names of those who are to be found, by what they are to be found as."""

    administrators: set[str] = field(default_factory=set)
    ways: set[str] = field(default_factory=set)
    ways_if: set[str] = field(default_factory=set)
    public: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)
    """Who can read the payroll."""
    readers_if: set[str] = field(default_factory=set)
    unused: set[str] = field(default_factory=set)


def write(folder: Path) -> Planted:
    """Write the files of the account and its organization, and return what is planted in them."""
    made, planted = Details(ACCOUNT), Planted()
    home = folder / ACCOUNT
    home.mkdir(parents=True)
    _administrators(made, planted)
    _climbers(made, planted)
    _look_alikes(made)
    _readers(made, planted)
    _outsiders(made, planted)
    _stale(made, planted)
    _crowd(made)
    _used(made, home)
    made.write(home)
    _resources(home, planted)
    _organization(folder / "organization")
    return planted


def _short(arn: str) -> str:
    return arn.rpartition("/")[2].rpartition(":")[2]


def _administrators(made: Details, planted: Planted) -> None:
    made.group("chiefs", attached=[_ADMINISTRATOR])
    made.user("carla", groups=["chiefs"])
    made.role("deploy", trust({"Service": _LAMBDA}), attached=[_ADMINISTRATOR])
    made.role("servers", trust({"Service": _EC2}), attached=[_ADMINISTRATOR])
    made.role("pool", trust({"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity",
              Condition={"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-central-1:1"}}),
              attached=[_ADMINISTRATOR])  # fmt: skip
    made.role("AWSReservedSSO_Admin_0123456789abcdef",
              trust({"Federated": made.arn("saml-provider/AWSSSO_1_DO_NOT_DELETE")}, "sts:AssumeRoleWithSAML"),
              attached=[_ADMINISTRATOR], path="/aws-reserved/sso.amazonaws.com/")  # fmt: skip
    planted.administrators |= {"carla", "deploy", "servers", "pool", "AWSReservedSSO_Admin_0123456789abcdef"}


def _climbers(made: Details, planted: Planted) -> None:
    """Whoever can become an administrator; the SCPs, which limit Regions among others, don't stop any of them."""
    limit = made.managed("limit", document(allow(["s3:*", "iam:DeleteUserPermissionsBoundary"])))
    denial = made.managed(
        "denial", document({"Effect": "Deny", "NotAction": ["iam:DetachUserPolicy"], "Resource": "*"})
    )
    old = made.managed("old", document(allow("iam:SetDefaultPolicyVersion")), document(allow("*")))
    version = made.managed("version", document(allow("iam:CreatePolicyVersion", made.arn("policy/version"))))
    own = "arn:aws:iam::*:user/${aws:username}"
    functions = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*"
    made.user("climber-own", document(allow("iam:PutUserPolicy", own)))
    made.user("climber-version", attached=[version])
    made.user("climber-old", attached=[old])
    made.user("climber-key", document(allow("iam:CreateAccessKey", made.arn("user/carla"))))
    made.user("climber-group", document(allow("iam:AddUserToGroup", made.arn("group/chiefs"))))
    made.user("climber-trust", document(allow("iam:UpdateAssumeRolePolicy", made.arn("role/deploy"))))
    made.user("climber-boundary", attached=[_ADMINISTRATOR], boundary=limit)
    made.user("climber-denial", attached=[_ADMINISTRATOR, denial])
    made.user("climber-function", document(
        allow("iam:PassRole", made.arn("role/deploy")),
        allow(["lambda:CreateFunction", "lambda:InvokeFunction"], functions),
    ))  # fmt: skip
    made.user("climber-server", document(
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": _EC2}}), allow("ec2:RunInstances"),
    ))  # fmt: skip
    made.user("climber-pool", document(
        allow("iam:PassRole", made.arn("role/pool")), allow("cognito-identity:SetIdentityPoolRoles"),
    ))  # fmt: skip
    made.role("viewer", trust({"AWS": made.arn("user/climber-viewer")}), document(allow("ec2:Describe*")))
    made.user("climber-viewer", document(allow("iam:AttachRolePolicy", made.arn("role/viewer"))))
    made.role(
        "relay",
        trust({"AWS": made.arn("root")}),
        document(allow("sts:AssumeRole", made.arn("role/helpdesk"))),
    )
    made.role("helpdesk", trust({"AWS": made.arn("role/relay")}), document(allow("iam:CreateLoginProfile")))
    made.user("climber-chain", document(allow("sts:AssumeRole", made.arn("role/relay"))))
    made.user("climber-mfa", document(
        allow("iam:PutUserPolicy", own, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ))  # fmt: skip
    planted.ways |= {
        "climber-own", "climber-version", "climber-old", "climber-key", "climber-group", "climber-trust",
        "climber-boundary", "climber-denial", "climber-function", "climber-server", "climber-pool", "climber-viewer",
        "helpdesk", "relay", "climber-chain",
    }  # fmt: skip
    planted.ways_if.add("climber-mfa")


def _look_alikes(made: Details) -> None:
    """Whoever looks like a climber, and is stopped by a boundary, a denial, a condition, or an SCP."""
    limit = made.managed("narrow", document(allow(["s3:*", "iam:PutUserPolicy"])))
    kept = made.managed("kept", document(deny("iam:*"), deny("sts:*")))
    made.user("safe-boundary", document(allow("iam:PutUserPolicy")), boundary=limit)
    made.user("safe-denial", attached=[_ADMINISTRATOR, kept])
    made.user("safe-other", document(allow("iam:CreateAccessKey", made.arn("user/person-*"))))
    made.user("safe-service", document(
        allow("iam:PassRole", made.arn("role/deploy"), Condition={"StringEquals": {"iam:PassedToService": _EC2}}),
        allow(["lambda:CreateFunction", "lambda:InvokeFunction"]),
    ))  # fmt: skip
    made.user("safe-role", document(
        allow("iam:PassRole", made.arn("role/worker-*")), allow(["lambda:CreateFunction", "lambda:InvokeFunction"]),
    ))  # fmt: skip
    made.user("safe-scp", document(allow(["iam:UpdateLoginProfile", "iam:UpdateSAMLProvider"])))
    made.user("safe-region", document(
        allow("iam:PassRole", made.arn("role/deploy")),
        allow(["lambda:CreateFunction", "lambda:InvokeFunction"], f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:*"),
    ))  # fmt: skip
    made.user("safe-tag", document(
        allow("iam:PutUserPolicy", Condition={"StringEquals": {"aws:PrincipalTag/team": "security"}}),
    ))  # fmt: skip


def _readers(made: Details, planted: Planted) -> None:
    """Readers of the payroll, in a Region that an SCP requires; its policy denies requests without MFA to some."""
    made.user("reader-plain", document(allow("s3:GetObject", "arn:aws:s3:::payroll-bucket/*")))
    made.user("reader-mfa", document(allow(
        "s3:GetObject", "arn:aws:s3:::payroll-bucket/*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    )))  # fmt: skip
    made.user("reader-not", document(allow("s3:GetObject", "arn:aws:s3:::payroll-bucket/archive/*")))
    planted.readers |= {*planted.administrators, "reader-plain", "climber-boundary", "safe-denial"}
    planted.readers_if.add("reader-mfa")


def _outsiders(made: Details, planted: Planted) -> None:
    """Roles that others can assume; RCPs keep outsiders from sts:AssumeRole, unless they are a known vendor."""
    provider = {"Federated": made.arn(f"oidc-provider/{_GITHUB}")}
    audience = {"StringEquals": {f"{_GITHUB}:aud": "sts.amazonaws.com"}}
    action = "sts:AssumeRoleWithWebIdentity"
    fixed = {**audience, "StringLike": {f"{_GITHUB}:sub": "repo:example-org/shop:*"}}
    made.role("github-anyone", trust(provider, action, Condition=audience))
    made.role("github-own", trust(provider, action, Condition=fixed))
    made.role("vendor", trust({"AWS": VENDOR}))
    made.role("safe-world", trust({"AWS": "*"}))
    made.role(
        "safe-own", trust({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}})
    )
    planted.public.add("github-anyone")
    planted.outside.add("vendor")


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")


def _stale(made: Details, planted: Planted) -> None:
    """Roles, passwords, keys, and permissions that nobody used for 90 days; `_used` says when which was used."""
    for name in ("stale-role", "stale-never", "safe-new"):
        made.role(name, trust({"Service": _LAMBDA}))
    made.role("AWSServiceRoleForSupport", trust({"Service": "support.amazonaws.com"}),
              path="/aws-service-role/support.amazonaws.com/")  # fmt: skip
    for name in ("stale-key", "stale-password", "safe-key", "stale-services"):
        made.user(name, groups=["developers"])
    planted.unused |= {"stale-role", "stale-never", "stale-key", "stale-password", "stale-services"}


def _used(made: Details, home: Path) -> None:
    """Let everybody be used yesterday, except what is stale; write the credential report and a last-accessed report."""
    never, old = {"stale-never", "safe-new", "AWSServiceRoleForSupport"}, {"stale-role"}
    for role in made.printed["RoleDetailList"]:
        name = role["RoleName"]
        role["CreateDate"] = _ago(20 if name == "safe-new" else 500)
        used = {"LastUsedDate": _ago(100 if name in old else 1), "Region": REGION}
        role["RoleLastUsed"] = {} if name in never else used
    keys = [
        f"access_key_{number}_{each}"
        for number in (1, 2)
        for each in ("active", "last_rotated", "last_used_date")
    ]
    lines = [
        ",".join(["user", "arn", "password_enabled", "password_last_used", "password_last_changed", *keys])
    ]
    for user in made.printed["UserDetailList"]:
        name = user["UserName"]
        password = (
            ["true", "no_information", _ago(300)] if name == "stale-password" else ["false", "N/A", "N/A"]
        )
        changed, used = _ago(20 if name == "safe-key" else 400), _ago(120 if name == "stale-key" else 1)
        key = ["true", changed, "N/A" if name == "safe-key" else used, "false", "N/A", "N/A"]
        lines.append(",".join([name, user["Arn"], *password, *key]))
    content = base64.b64encode("\n".join(lines).encode()).decode()
    report = {"Content": content, "ReportFormat": "text/csv", "GeneratedTime": _ago(0)}
    _write(home / "credential-report.json", report)
    done = {"JobStatus": "COMPLETED", "JobCompletionDate": _ago(0), "IsTruncated": False}
    services = [
        {
            "ServiceName": "S3",
            "ServiceNamespace": "s3",
            "LastAuthenticated": _ago(2),
            "TotalAuthenticatedEntities": 1,
        },
        {"ServiceName": "CloudWatch Logs", "ServiceNamespace": "logs", "TotalAuthenticatedEntities": 0},
    ]
    _write(home / "last-accessed-user-stale-services.json", {**done, "ServicesLastAccessed": services})


def _crowd(made: Details) -> None:
    """Ordinary users and roles, until there are 400."""
    made.group("developers", document(
        allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::project-*/*"), allow(["ec2:Describe*", "logs:*"]),
    ))  # fmt: skip
    bound = made.managed("app-boundary", document(allow(["s3:*", "dynamodb:*", "logs:*"])))
    shared = [
        made.managed(f"shared-{number}", document(allow(["dynamodb:GetItem", "dynamodb:Query"],
                     f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders-{number}")))
        for number in range(40)
    ]  # fmt: skip
    number = 0
    while len(made.printed["UserDetailList"]) + len(made.printed["RoleDetailList"]) < _SIZE:
        number += 1
        if number % 3 == 0:
            made.user(f"person-{number:03}", groups=["developers"], attached=[shared[number % 40]])
        else:
            service = _LAMBDA if number % 2 else "ecs-tasks.amazonaws.com"
            made.role(f"worker-{number:03}", trust({"Service": service}), document(
                allow(["s3:GetObject", "s3:ListBucket"],
                      [f"arn:aws:s3:::data-{number}", f"arn:aws:s3:::data-{number}/*"]),
                allow("kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}),
            ), [shared[number % 40]], boundary=bound if number % 5 == 0 else "",
                tags=[{"Key": "team", "Value": f"team-{number % 9}"}])  # fmt: skip


def _resources(home: Path, planted: Planted) -> None:
    def bucket(name: str, *statements: Any) -> None:
        _write(home / f"bucket-policy-{name}.json", {"Policy": json.dumps(document(*statements))})
        _write(home / f"public-access-block-{name}.json", {
            "PublicAccessBlockConfiguration": {"RestrictPublicBuckets": name == "safe-blocked"},
        })  # fmt: skip

    def queue(name: str, principal: Any, **more: Any) -> None:
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        statement = {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "sqs:SendMessage",
            "Resource": arn,
            **more,
        }
        _write(
            home / f"queue-{name}.json",
            {"Attributes": {"QueueArn": arn, "Policy": json.dumps(document(statement))}},
        )

    everyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    bucket("public-site", {**everyone, "Resource": "arn:aws:s3:::public-site/*"})
    bucket("safe-blocked", {**everyone, "Resource": "arn:aws:s3:::safe-blocked/*"})
    bucket("safe-org", {**everyone, "Resource": "arn:aws:s3:::safe-org/*",
                        "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}})  # fmt: skip
    bucket("payroll-bucket", {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::payroll-bucket/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })  # fmt: skip
    bucket("partner-drop", {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{VENDOR}:root"}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::partner-drop/*",
    })  # fmt: skip
    queue("safe-rcp", "*")
    queue("deputy", {"Service": "sns.amazonaws.com"})
    source = {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:orders"}}
    queue("safe-source", {"Service": "sns.amazonaws.com"}, Condition=source)
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"
    publish = {"Effect": "Allow", "Principal": "*", "Action": "sns:Subscribe", "Resource": topic}
    _write(
        home / "topic-news.json", {"Attributes": {"TopicArn": topic, "Policy": json.dumps(document(publish))}}
    )
    planted.public |= {"public-site", "news"}
    planted.outside |= {"partner-drop", "deputy"}


def _organization(folder: Path) -> None:
    folder.mkdir()
    arn = f"arn:aws:organizations::{MANAGEMENT}"
    described = {
        "Id": ORGANIZATION,
        "Arn": f"{arn}:organization/{ORGANIZATION}",
        "MasterAccountId": MANAGEMENT,
    }
    _write(folder / "organization.json", {"Organization": described})
    types = [{"Type": f"{each}_CONTROL_POLICY", "Status": "ENABLED"} for each in ("SERVICE", "RESOURCE")]
    root = {"Id": ROOT, "Arn": f"{arn}:root/{ORGANIZATION}/{ROOT}", "Name": "Root", "PolicyTypes": types}
    _write(folder / "roots.json", {"Roots": [root]})
    _write(folder / "accounts.json", {"Accounts": [
        {"Id": each, "Arn": f"{arn}:account/{ORGANIZATION}/{each}", "Name": name, "Email": f"{name}@example.com",
         "Paths": [f"{ORGANIZATION}/{ROOT}/"]}
        for each, name in ((MANAGEMENT, "management"), (ACCOUNT, "prod"))
    ]})  # fmt: skip
    outside = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": VENDOR},
               "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}  # fmt: skip
    kinds = {
        "regions": ("SERVICE", document({"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*"],
                    "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": REGION}}})),
        "no-passwords": ("SERVICE", document(deny(["iam:UpdateLoginProfile", "iam:UpdateSAMLProvider",
                                                   "cloudtrail:StopLogging", "iam:CreateUser"]))),
        "perimeter": ("RESOURCE", document({"Effect": "Deny", "Principal": "*", "Resource": "*", "Condition": outside,
                      "Action": ["sqs:*", "sts:AssumeRole", "secretsmanager:*"]})),
    }  # fmt: skip
    listed: dict[str, list[Any]] = {"SERVICE": [], "RESOURCE": []}
    everything = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    full = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
    whole = {**kinds, "FullAWSAccess": ("SERVICE", everything), "RCPFullAWSAccess": ("RESOURCE", full)}
    for number, (name, (kind, text)) in enumerate(whole.items()):
        of_aws = name.endswith("FullAWSAccess")
        id = f"p-{name}" if of_aws else f"p-planted{number:03}"
        summary = {"Id": id, "Arn": f"{arn}:policy/{ORGANIZATION}/{id}", "Name": name, "AwsManaged": of_aws,
                   "Type": f"{kind}_CONTROL_POLICY"}  # fmt: skip
        listed[kind].append(summary)
        _write(
            folder / f"policy-{id}.json", {"Policy": {"PolicySummary": summary, "Content": json.dumps(text)}}
        )
        targets = [{"TargetId": ROOT, "Arn": root["Arn"], "Name": "Root", "Type": "ROOT"}]
        if of_aws:
            targets += [
                {
                    "TargetId": each,
                    "Arn": f"{arn}:account/{ORGANIZATION}/{each}",
                    "Name": each,
                    "Type": "ACCOUNT",
                }
                for each in (MANAGEMENT, ACCOUNT)
            ]
        _write(folder / f"targets-{id}.json", {"Targets": targets})
    for kind, policies in listed.items():
        _write(folder / f"policies-{kind}_CONTROL_POLICY.json", {"Policies": policies})


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


@dataclass
class Found:
    """What the search found, in the form of what was planted; and how many principals there are."""

    planted: Planted
    principals: int
    mistakes: int
    unanswered: int
    seconds: float


def search(folder: Path) -> Found:
    """Load the account, and ask all questions."""
    started = time.perf_counter()
    with Cloud.from_account(folder) as cloud:
        climbing, outside = escalations(cloud), outside_access(cloud)
        readers = who_can(cloud, ["s3:GetObject"], _PAYROLL, region=REGION)
        found = Planted(
            {_short(each) for each in climbing.administrators},
            {_short(each) for each in climbing.ways},
            {_short(each) for each in climbing.ways_if},
            {_short(each.resource) for each in outside.public},
            {_short(each.resource) for each in outside.outside},
            {_short(each) for each in readers.who("s3:GetObject")},
            {_short(each) for each in readers.who_if("s3:GetObject")},
            {_short(each.principal) for each in cloud.unused().found},
        )
        missing = len(climbing.unanswered) + len(outside.unanswered) + len(readers.unanswered)
        return Found(
            found, len(cloud.identities()), len(cloud.mistakes), missing, time.perf_counter() - started
        )


def compared(folder: Path) -> dict[str, dict[str, set[str]]]:
    """Return what each program says of the account: the names of principals and resources, by program and row."""
    planted = write(folder)
    ours = search(folder).planted
    with Cloud.from_account(folder) as cloud:
        env = {
            **os.environ,
            **cloud.endpoint().env(),
            "HOME": str(folder),
            "PMAPPER_STORAGE": str(folder / "graphs"),
        }
        pmapper(env, folder, "graph", "create", "--include-regions", "us-east-1")
        climbing = pmapper(env, folder, "query", "preset privesc *")
        reading = pmapper(env, folder, "query", f"who can do s3:GetObject with {_PAYROLL}")
    results = folder / "cloudsplaining"
    results.mkdir()
    cloudsplaining({**os.environ, "HOME": str(folder)}, folder, "scan", "--skip-open-report", "--output", str(results),
                   "--input-file", str(folder / ACCOUNT / "iam.json"))  # fmt: skip
    report = json.loads((results / "iam-results-iam.json").read_text(encoding="utf-8"))
    told = [
        line.split()[0].rpartition("/")[2]
        for line in climbing.splitlines()
        if line.startswith(("user/", "role/"))
    ]
    return {
        "planted": {"climb": planted.ways | planted.ways_if, "read": planted.readers | planted.readers_if,
                    "public": planted.public, "outside": planted.outside, "unused": planted.unused},
        "load": {"climb": ours.ways | ours.ways_if, "read": ours.readers | ours.readers_if,
                 "public": ours.public, "outside": ours.outside, "unused": ours.unused},
        "PMapper": {"climb": set(told) - planted.administrators,
                    # THRU: by becoming an administrator first, which is the row above.
                    "read": {line.split()[0].rpartition("/")[2] for line in reading.splitlines()
                             if line.startswith(("user/", "role/")) and "THRU" not in line}},
        "Cloudsplaining": {"climb": _accused(report) - planted.administrators},
    }  # fmt: skip


def _accused(report: dict[str, Any]) -> set[str]:
    """The users, roles, and members of groups with a policy in which Cloudsplaining finds privilege escalation."""
    holders = [
        policy["AttachedTo"]
        for kind in ("customer_managed_policies", "inline_policies", "aws_managed_policies")
        for policy in report[kind].values()
        if policy.get("PrivilegeEscalation", {}).get("findings")
    ]
    return {name for held in holders for kind in ("users", "roles") for name in held.get(kind, ())}


_ROWS = {
    "climb": "can become an administrator", "read": "can read the payroll", "public": "public",
    "outside": "open to specific outsiders", "unused": "not used for 90 days",
}  # fmt: skip


def table(said: dict[str, dict[str, set[str]]]) -> str:
    """Return the table for docs/your-account.md: how many of the planted are found, and how many others are named."""
    lines = ["| planted | `load` | PMapper 1.1.5 | Cloudsplaining 0.9.1 |", "| --- | --- | --- | --- |"]
    for row, title in _ROWS.items():
        wanted = said["planted"][row]
        cells = [_cell(said[program].get(row), wanted) for program in ("load", "PMapper", "Cloudsplaining")]
        lines.append(f"| {len(wanted)} {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(got: set[str] | None, wanted: set[str]) -> str:
    if got is None:
        return "doesn't look for it"
    wrong = f", plus {len(got - wanted)} wrong" if got - wanted else ""
    return f"{len(got & wanted)}{wrong}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as given:
        print(table(compared(Path(given))))
