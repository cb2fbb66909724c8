"""IAM: exposed and forgotten keys, a role that trusts everyone, an overprivileged application, a user without MFA."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from labs_helpers.course.days.day1.actors import (
    FAR_AWAY,
    PARTNER,
    STRANGER,
    ShopAccount,
    allow,
    policy,
    trusting,
    unless_gone,
)
from labs_helpers.course.days.day1.repository import Repository
from labs_helpers.course.days.day1.setting_registry import WorkStopped, attack, partial_fix, setting, task
from labs_helpers.course.days.day1.settings.storage import INVOICE, INVOICES, LETTER, PAYROLL, UPLOADS
from labs_helpers.course.grading.ceiling import make_caller, search_for_witnesses
from labs_helpers.course.grading.probes import because
from labs_helpers.course.situations.cloud_snapshots import policies_in_force
from labs_helpers.engine.analysis.ceiling import Seed
from labs_helpers.engine.policy import Attached, Decision, Policies, Principal, parse_policy

ORDERS = "larkspur-orders"
ASSETS = "larkspur-assets"
REPORTS = "larkspur-reports"
EXTERNAL_ID = "larkspur-2024"
_OTHER_IDS = ("larkspur-2025", "ledger-2024", EXTERNAL_ID.upper())
GUEST = "support-2"
"""The user that an intruder creates."""


@setting("root-key", "The root user has an access key", "IAM, root user")
def _neglect_root_key(account: ShopAccount) -> None:
    name = f"root-{account.home}"
    known = account.cloud.keys(name)
    if known is not None:
        with unless_gone():
            account.with_keys(known, "iam").delete_access_key(AccessKeyId=known["AccessKeyId"])
    account.cloud.root()
    keys = account.cloud.keys(name)
    assert keys is not None
    root = account.with_keys(keys, "iam")
    for each in root.list_access_keys()["AccessKeyMetadata"]:
        if each["AccessKeyId"] != keys["AccessKeyId"]:  # a deactivated key could not delete itself above
            root.delete_access_key(AccessKeyId=each["AccessKeyId"])
    account.created.keys["root"] = keys
    account.cloud.profile("root", keys)


@attack("root-key", "the finder of an old script", "lists everything, with the root user's key")
def _attack_root_key(account: ShopAccount) -> None:
    account.with_keys(account.created.keys["root"], "s3").list_buckets()


@partial_fix("root-key")
def _partial_fix_of_root_key(account: ShopAccount) -> str | None:
    """Report a root user key that is new, or deactivated but not deleted.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user_manage_delete-key.html
    """
    left = account.admin("iam").get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"]
    try:
        account.with_keys(account.created.keys["root"], "sts").get_caller_identity()
    except ClientError:
        if left:
            return (
                "The root user still has a key: a new one, or the old one, which anyone who gets in as root can "
                "reactivate. Delete it. Only the root user can do that, and in this lab you need a working key for "
                'it: `begin_anew(day.cloud, "root-key")` leaves one key, which works.'
            )
    return None


@setting("keys-in-repository", "A deployment user's key is in a repository's history", "IAM user deploy")
def _neglect_keys_in_repository(account: ShopAccount) -> None:
    account.ensure_bucket(ASSETS, {"seeds.css": "body { color: green }\n"}, _cdn_only(account))
    may = allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{ASSETS}/*")
    may_read = allow("s3:ListAllMyBuckets", "*")
    account.ensure_user("deploy", policy(may, may_read), keys="deploy")
    account.ensure_role("build", trusting({"Service": "ec2.amazonaws.com"}), policy(may))
    account.ensure_role(
        "release",
        trusting({"AWS": [account.arn("user/deploy"), account.arn("role/build")]}),
        policy(may, allow("s3:ListBucket", f"arn:aws:s3:::{ASSETS}")),
    )
    if account.created.keys.get("in-repository") != account.created.keys["deploy"]:
        Repository(account.cloud).make()
        account.created.keys["in-repository"] = account.created.keys["deploy"]
    group = account.ensure_security_group("build", _https("10.0.0.0/8"))
    account.ensure_instance(
        "larkspur-build",
        "build",
        group,
        HttpTokens="required",
        HttpPutResponseHopLimit=1,
        HttpEndpoint="enabled",
    )


def _cdn_only(account: ShopAccount) -> str:
    """Return a bucket policy for one CloudFront distribution.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    return policy(
        allow(
            "s3:GetObject",
            f"arn:aws:s3:::{ASSETS}/*",
            Principal={"Service": "cloudfront.amazonaws.com"},
            Condition={
                "StringEquals": {
                    "aws:SourceArn": f"arn:aws:cloudfront::{account.home}:distribution/EDFDVBD6EXAMPLE"
                }
            },
        )
    )


def _https(block: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": block}]}


@attack(
    "keys-in-repository",
    "a reader of the repository",
    "replaces the shop's style sheet, with the key of the user deploy",
)
def _attack_keys_in_repository(account: ShopAccount) -> None:
    s3 = account.with_keys(account.created.keys["deploy"], "s3")
    s3.put_object(Bucket=ASSETS, Key="seeds.css", Body=b"/* I was here */\n")


@task("keys-in-repository", "the build server publishes a new release")
def _use_keys_in_repository(account: ShopAccount) -> None:
    with account.running_on("larkspur-build") as client:
        client("s3").put_object(Bucket=ASSETS, Key="seeds.css", Body=b"body { color: green }\n")


@partial_fix("keys-in-repository")
def _partial_fix_of_keys_in_repository(account: ShopAccount) -> str | None:
    status = _status_of(account, "deploy", account.created.keys["deploy"]["AccessKeyId"])
    if status == "Active":
        others = account.admin("iam").list_access_keys(UserName="deploy")["AccessKeyMetadata"]
        if len(others) > 1:
            return "There is a new key, but the old one still works. To finish a rotation, deactivate the old key."
    return None


def _status_of(account: ShopAccount, user: str, key: str) -> str | None:
    with unless_gone():
        for each in account.admin("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]:
            if each["AccessKeyId"] == key:
                return str(each["Status"])
    return None


@setting("trust-everyone", "A role trusts everyone", "IAM role partner-reports, trust policy")
def _neglect_trust_everyone(account: ShopAccount) -> None:
    account.ensure_bucket(REPORTS, {"2026-q3.csv": "month,sales\n2026-07,18220\n"})
    account.ensure_role(
        "partner-reports",
        trusting({"AWS": "*"}),
        policy(
            allow("s3:ListBucket", f"arn:aws:s3:::{REPORTS}"),
            allow("s3:GetObject", f"arn:aws:s3:::{REPORTS}/*"),
        ),
    )


@attack(
    "trust-everyone", "an outsider with their own AWS account", "assumes the role and reads the sales report"
)
def _attack_trust_everyone(account: ShopAccount) -> None:
    sts = account.administrator_of(STRANGER, "sts")
    given = sts.assume_role(RoleArn=account.arn("role/partner-reports"), RoleSessionName="hello")
    account.with_keys(given["Credentials"], "s3").get_object(Bucket=REPORTS, Key="2026-q3.csv")


@attack(
    "trust-everyone", "another customer of Ledger Ltd.", "tricks Ledger into reading Larkspur's sales report"
)
def _confuse_the_deputy(account: ShopAccount) -> None:
    """Confuse the deputy: another customer gives Ledger this role's ARN as their own. An external ID prevents it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    sts = account.administrator_of(PARTNER, "sts")
    sts.assume_role(
        RoleArn=account.arn("role/partner-reports"),
        RoleSessionName="for-a-customer",
        ExternalId="customer-77",
    )


@partial_fix("trust-everyone")
def _partial_fix_of_trust_everyone(account: ShopAccount) -> str | None:
    """Report an external ID that is a pattern, which other customers' IDs match, or that a request can leave out.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
    """
    sts = account.administrator_of(PARTNER, "sts")
    for given, whose in (
        *(({"ExternalId": other}, f"whose external ID is {other}") for other in _OTHER_IDS),
        ({}, "who has no external ID"),
    ):
        with suppress(ClientError):
            sts.assume_role(RoleArn=account.arn("role/partner-reports"), RoleSessionName="another", **given)
            return (
                f"Ledger would also assume the role for another customer, {whose}. "
                "With StringEquals, require the one ID that was agreed on."
            )
    return None


@task("trust-everyone", "Ledger Ltd. (444455556666) assumes the role and reads the report")
def _use_trust_everyone(account: ShopAccount) -> None:
    sts = account.administrator_of(PARTNER, "sts")
    given = sts.assume_role(
        RoleArn=account.arn("role/partner-reports"), RoleSessionName="ledger", ExternalId=EXTERNAL_ID
    )
    account.with_keys(given["Credentials"], "s3").get_object(Bucket=REPORTS, Key="2026-q3.csv")


@setting("admin-app-role", "The shop's web application is allowed to do everything", "IAM role shop-web")
def _neglect_admin_app_role(account: ShopAccount) -> None:
    account.ensure_bucket(PAYROLL, {"2026.csv": "name,salary\nOlivia,61000\nTom,42000\n"})
    account.ensure_role(
        "shop-web",
        trusting({"Service": "ec2.amazonaws.com", "AWS": account.arn("root")}),
        policy(allow("*", "*", Sid="JustMakeItWork")),
    )


@attack("admin-app-role", "an intruder in the web application", "reads the payroll, as the application")
def _attack_admin_app_role(account: ShopAccount) -> None:
    account.on_instance("larkspur-web", "s3").get_object(Bucket=PAYROLL, Key="2026.csv")


@attack("admin-app-role", "an intruder in the web application", "creates a user to come back with")
def _attack_by_new_user(account: ShopAccount) -> None:
    """Create an administrator, as Stratus Red Team does.

    https://stratus-red-team.cloud/attack-techniques/AWS/aws.persistence.iam-create-admin-user/
    """
    iam = account.on_instance("larkspur-web", "iam")
    iam.create_user(UserName=GUEST)
    try:
        iam.attach_user_policy(UserName=GUEST, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        iam.create_access_key(UserName=GUEST)
    finally:
        account.remove_user(GUEST)


@task("admin-app-role", "the shop takes an order")
def _take_an_order(account: ShopAccount) -> None:
    with account.running_on("larkspur-web") as client:
        client("sqs").send_message(
            QueueUrl=account.created.ids[ORDERS], MessageBody='{"order": 17, "item": "peas"}'
        )


@task("admin-app-role", "the shop reads an invoice and a letter")
def _read_invoice_and_letter(account: ShopAccount) -> None:
    with account.running_on("larkspur-web") as client:
        client("s3").get_object(Bucket=INVOICES, Key=INVOICE)
        client("s3").list_objects_v2(Bucket=UPLOADS, Prefix="letters/")


_NOT_ITS_WORK = {
    "iam:CreateUser": "arn:aws:iam::{account}:user/anybody",
    "iam:ListUsers": "*",
    "s3:GetObject": f"arn:aws:s3:::{REPORTS}/2026-q3.csv",
    "s3:PutBucketPolicy": f"arn:aws:s3:::{INVOICES}",
    "s3:DeleteBucket": f"arn:aws:s3:::{UPLOADS}",
    "kms:CreateKey": "*",
    "ec2:RunInstances": "arn:aws:ec2:us-east-1:{account}:instance/*",
    "rds:ModifyDBSnapshotAttribute": "arn:aws:rds:us-east-1:{account}:snapshot:any",
    "cloudtrail:StopLogging": "arn:aws:cloudtrail:us-east-1:{account}:trail/larkspur-trail",
    "secretsmanager:GetSecretValue": "arn:aws:secretsmanager:us-east-1:{account}:secret:any",
    "sqs:DeleteQueue": "arn:aws:sqs:us-east-1:{account}:larkspur-orders",
}
"""Actions that an intruder would use but the shop never does: action → resource."""


@partial_fix("admin-app-role")
def _partial_fix_of_admin_app_role(account: ShopAccount) -> str | None:
    role = account.arn("role/shop-web")
    for action, resource in _NOT_ITS_WORK.items():
        on = resource.format(account=account.home)
        decision = account.cloud.would(role, action, on)
        if decision.allowed:
            return _beyond(action, on, decision)
    return _beyond_its_work(account, role)


def _beyond_its_work(account: ShopAccount, role: str) -> str | None:
    """Return a sentence about a request that the role is allowed from elsewhere and the shop never makes, or None."""
    resources = {INVOICES: INVOICE, UPLOADS: LETTER}
    seeds = [
        Seed("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", account.home, {})
        for bucket, key in resources.items()
    ]
    most = parse_policy(json.loads(policy(*_its_work(account))))
    caller = make_caller(
        Principal.from_arn(role),
        policies_in_force(account.cloud, role),
        (Policies((Attached("the shop's work", most),)),),
        tuple(seeds),
    )
    elsewhere = replace(
        caller, context={**caller.context, "aws:sourceip": FAR_AWAY}, only={"aws:sourceip": (FAR_AWAY,)}
    )
    for each in search_for_witnesses([elsewhere]).witnesses[:1]:
        return _beyond(each.request.action, each.request.resource, each.decision)
    return None


def _beyond(action: str, resource: str, decision: Decision) -> str:
    deed = f"`{action}`" if resource == "*" else f"`{action}` on `{resource}`"
    return f"The role is still allowed more than the shop needs: {deed}, for example, {because(decision)}."


def _its_work(account: ShopAccount) -> tuple[dict[str, Any], ...]:
    """Return what the shop's application does, and harmless calls that its code might make as well."""
    buckets = [f"arn:aws:s3:::{each}" for each in (INVOICES, UPLOADS)]
    return (
        allow(["s3:GetObject", "s3:PutObject"], [f"{each}/*" for each in buckets]),
        allow(["s3:ListBucket", "s3:GetBucketLocation"], buckets),
        allow(
            ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
            f"arn:aws:sqs:us-east-1:{account.home}:{ORDERS}",
        ),
    )


@setting("no-mfa", "An administrator signs in to the console without MFA", "IAM user olivia")
def _neglect_no_mfa(account: ShopAccount) -> None:
    iam = account.admin("iam")
    account.ensure_user("olivia", policy(allow(["s3:*", "sqs:*", "ec2:Describe*"], "*")))
    with unless_gone():
        iam.create_login_profile(UserName="olivia", Password="Sweet-Peas-2026!")
    serial = account.arn("mfa/olivia")
    for device in iam.list_mfa_devices(UserName="olivia")["MFADevices"]:
        iam.deactivate_mfa_device(UserName="olivia", SerialNumber=device["SerialNumber"])
    with unless_gone():
        iam.delete_virtual_mfa_device(SerialNumber=serial)
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="olivia")["VirtualMFADevice"]
    account.created.blobs["phone"] = made["Base32StringSeed"]


@attack("no-mfa", "a phisher with Olivia's password", "signs in to the console (checked in her settings)")
def _attack_no_mfa(account: ShopAccount) -> bool:
    """Read the user's settings, because the lab has no console: a password without an MFA device is enough.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/console_sign-in-mfa.html
    """
    iam = account.admin("iam")
    iam.get_login_profile(UserName="olivia")
    return not iam.list_mfa_devices(UserName="olivia")["MFADevices"]


@task("no-mfa", "Olivia can sign in and read the orders")
def _use_no_mfa(account: ShopAccount) -> None:
    iam = account.admin("iam")
    iam.get_login_profile(UserName="olivia")
    asked = (
        {"aws:MultiFactorAuthPresent": "true"}
        if iam.list_mfa_devices(UserName="olivia")["MFADevices"]
        else {}
    )
    queue = f"arn:aws:sqs:us-east-1:{account.home}:{ORDERS}"
    if not account.cloud.would(account.arn("user/olivia"), "sqs:ReceiveMessage", queue, asked).allowed:
        raise WorkStopped("Olivia isn't allowed to read the orders anymore.")


@setting("stale-user", "A contractor who left half a year ago still has a key", "IAM user contractor")
def _neglect_stale_user(account: ShopAccount) -> None:
    may = allow(["s3:ListBucket", "s3:GetObject"], ["arn:aws:s3:::larkspur-*", "arn:aws:s3:::larkspur-*/*"])
    account.ensure_user("contractor", policy(may), keys="contractor")
    account.admin("iam").tag_user(
        UserName="contractor", Tags=[{"Key": "contract-ends", "Value": "2026-05-31"}]
    )


@attack("stale-user", "a contractor who left half a year ago", "reads the payroll, with the old key")
def _attack_stale_user(account: ShopAccount) -> None:
    account.with_keys(account.created.keys["contractor"], "s3").get_object(Bucket=PAYROLL, Key="2026.csv")


@setting("old-key", "A key has never been rotated", "IAM user metrics")
def _neglect_old_key(account: ShopAccount) -> None:
    may = allow("s3:ListBucket", [f"arn:aws:s3:::{INVOICES}", f"arn:aws:s3:::{UPLOADS}"])
    account.ensure_user("metrics", policy(may), keys="metrics")
    account.created.keys["metrics-backup"] = account.created.keys["metrics"]


@attack("old-key", "the finder of an old backup tape", "lists the invoices, with an old key")
def _attack_old_key(account: ShopAccount) -> None:
    account.with_keys(account.created.keys["metrics-backup"], "s3").list_objects_v2(Bucket=INVOICES)


@task("old-key", "the metrics job counts the invoices, with the key in its profile")
def _use_old_key(account: ShopAccount) -> None:
    account.profile("metrics", "s3").list_objects_v2(Bucket=INVOICES)


@partial_fix("old-key")
def _partial_fix_of_old_key(account: ShopAccount) -> str | None:
    iam, old = account.admin("iam"), account.created.keys["metrics-backup"]["AccessKeyId"]
    with unless_gone():
        there = iam.list_access_keys(UserName="metrics")["AccessKeyMetadata"]
        in_use = (account.cloud.keys("metrics") or {}).get("AccessKeyId")
        if len(there) > 1 and any(
            each["AccessKeyId"] == old and each["Status"] == "Active" for each in there
        ):
            if in_use == old:
                return (
                    "There is a new key, but the job doesn't have it yet. Give it to the job with "
                    '`day.cloud.profile("metrics", key)`, then delete the old one.'
                )
            return "The job uses its new key, but the old one still works. Deactivate it, and delete it."
        if in_use == old and not any(
            each["AccessKeyId"] == old and each["Status"] == "Active" for each in there
        ):
            return (
                "The old key is off, but the job still uses it. Create a new one, give it to the job with "
                '`day.cloud.profile("metrics", key)`, and only then deactivate the old one.'
            )
    return None
