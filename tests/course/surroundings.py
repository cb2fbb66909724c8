"""Mutants of work in the cloud that change what is around it: something that exists is removed, or something is added.
The work itself is right. Each mutant is created on top of the previous one, in the same cloud, and must be detected by
the comparison with the cloud at the beginning of the exercise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from labs_helpers.cloud import ADMIN, Cloud, Thing, inventory, organization_of
from labs_helpers.course.content.schema import Step
from labs_helpers.course.grading.grade import grade
from labs_helpers.course.grading.kinds.live import Live
from labs_helpers.course.grading.kinds.repair import Repair, judge_by_limits
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.situations.memory import Memory
from labs_helpers.course.situations.undo import undo

HOME = "111122223333"
_NOBODY = {"Effect": "Deny", "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}, "Action": "sts:AssumeRole"}
_READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::around-*/*"}
_MAY_READ = {**_READS, "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}}


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def furnish(cloud: Cloud) -> None:
    """Create people and things that no exercise mentions."""
    home = cloud.account(HOME)
    iam, s3, kms = home.client("iam"), home.client("s3"), home.client("kms", region_name="us-east-1")
    for name in ("around-reader", "around-writer"):
        iam.create_user(UserName=name, Tags=[{"Key": "Team", "Value": "around"}])
        iam.put_user_policy(UserName=name, PolicyName="Job", PolicyDocument=_document(_READS))
    iam.create_access_key(UserName="around-reader")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="around-role", AssumeRolePolicyDocument=_document(trust))
    iam.put_role_policy(RoleName="around-role", PolicyName="Job", PolicyDocument=_document(_READS))
    s3.create_bucket(Bucket="around-bucket")
    s3.put_bucket_tagging(Bucket="around-bucket", Tagging={"TagSet": [{"Key": "Team", "Value": "around"}]})
    own = {**_MAY_READ, "Resource": "arn:aws:s3:::around-bucket/*"}
    s3.put_bucket_policy(Bucket="around-bucket", Policy=_document(own))
    key = kms.create_key(Tags=[{"TagKey": "Team", "TagValue": "around"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/around", TargetKeyId=key)
    kms.create_grant(
        KeyId=key, GranteePrincipal=f"arn:aws:iam::{HOME}:user/around-reader", Operations=["Decrypt"]
    )
    s3.create_bucket(Bucket="around-logs")
    source = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    s3.put_bucket_policy(
        Bucket="around-logs",
        Policy=_document(
            {**source, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::around-logs"},
            {**source, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::around-logs/*"},
        ),
    )
    trails = home.client("cloudtrail", region_name="us-east-1")
    trails.create_trail(Name="around-trail", S3BucketName="around-logs", IsMultiRegionTrail=True)
    trails.start_logging(Name="around-trail")
    home.client("secretsmanager", region_name="us-east-1").create_secret(Name="around", SecretString="word")


def mutants(exercise: Live | Repair, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    """Yield the results of checking the right work after each removal and each addition around it.

    A result has only the new messages, so a mutant that isn't reported passes.
    """
    cloud.reset()
    furnish(cloud)
    exercise.enact(exercise.solution, cloud)
    result = grade(exercise, None, cloud)
    assert result.passed, (exercise.id, result.messages)
    yield from _without_policies(exercise, cloud)
    known: set[str] = set()
    for name, make in (*_additions(cloud), *_losses(exercise, cloud)):
        with suppress(ClientError, LookupError):
            make()
        with cloud.record.aside(), cloud.clock.aside():
            found = judge_by_limits(exercise, exercise.ceiling, cloud, changes=exercise.changes)
        told = [message for message in found.messages if message not in known]
        known.update(told)
        witnesses = found.witnesses if name.startswith("also") else ()
        yield name, CheckResult(not told, exercise.id, tuple(told), witnesses=witnesses)


def _additions(cloud: Cloud) -> Iterator[tuple[str, Callable[[], Any]]]:
    home = cloud.account(HOME)
    iam, kms = home.client("iam"), home.client("kms", region_name="us-east-1")
    trails = home.client("cloudtrail", region_name="us-east-1")
    boss = "arn:aws:iam::aws:policy/AdministratorAccess"
    trust = _document({**_NOBODY, "Effect": "Allow"})
    yield "also a user", lambda: iam.create_user(UserName="extra")
    yield "also an administrator", lambda: iam.attach_user_policy(UserName="extra", PolicyArn=boss)
    yield "also a role", lambda: iam.create_role(RoleName="extra", AssumeRolePolicyDocument=trust)
    yield "also an access key", lambda: iam.create_access_key(UserName="around-writer")
    yield (
        "also a password",
        lambda: iam.create_login_profile(UserName="around-writer", Password="Sweet-Peas-2026!"),
    )
    yield "also a KMS key", kms.create_key
    yield (
        "also a grant",
        lambda: kms.create_grant(
            KeyId=kms.describe_key(KeyId="alias/around")["KeyMetadata"]["KeyId"],
            GranteePrincipal=f"arn:aws:iam::{HOME}:user/around-writer",
            Operations=["Decrypt"],
        ),
    )
    yield "also a bucket", lambda: home.client("s3").create_bucket(Bucket="extra-bucket")
    yield "also a trail", lambda: trails.create_trail(Name="extra", S3BucketName="around-logs")
    yield from _additions_to_the_organization(cloud)
    yield from _additions_to_directories(cloud)


def _additions_to_the_organization(cloud: Cloud) -> Iterator[tuple[str, Callable[[], Any]]]:
    organization = organization_of(cloud)
    if organization is None:
        return
    org = cloud.account(HOME).client("organizations")
    content = _document({"Effect": "Deny", "Action": "*", "Resource": "*"})

    def attach() -> None:
        """Attach an SCP to the sandbox."""
        made = org.create_policy(
            Name="Extra", Description="-", Type="SERVICE_CONTROL_POLICY", Content=content
        )
        unit = next(each.id for each in organization.units.values() if each.name == "Sandbox")
        org.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=unit)

    yield "also an account", lambda: org.create_account(AccountName="extra", Email="extra@example.com")
    yield "also a guardrail", attach
    yield (
        "also a trusted service",
        lambda: org.enable_aws_service_access(ServicePrincipal="config.amazonaws.com"),
    )


def _additions_to_directories(cloud: Cloud) -> Iterator[tuple[str, Callable[[], Any]]]:
    kept = cloud.part(Memory).kept
    home = cloud.account(HOME)
    people, pool = kept.get("people"), kept.get("newsroom")
    if people is not None:
        store, admin = home.client("identitystore"), home.client("sso-admin")
        where = {"IdentityStoreId": people["IdentityStoreId"]}
        names = {"UserName": "extra", "DisplayName": "x", "Name": {"GivenName": "x", "FamilyName": "x"}}
        instance = {"InstanceArn": people["InstanceArn"]}
        yield "also an Identity Center user", lambda: store.create_user(**where, **names)
        yield (
            "also a membership",
            lambda: store.create_group_membership(
                **where, GroupId=people["billing"], MemberId={"UserId": store.create_user(
                    **where, **{**names, "UserName": "more"})["UserId"]},
            ),
        )  # fmt: skip
        yield "also a permission set", lambda: admin.create_permission_set(Name="Extra", **instance)
        yield (
            "also an assignment",
            lambda: admin.create_account_assignment(
                **instance, PermissionSetArn=people["BillingReaders"], PrincipalType="GROUP",
                PrincipalId=people["data"], TargetType="AWS_ACCOUNT", TargetId=kept["landing"]["prod"],
            ),
        )  # fmt: skip
    if pool is not None:
        idp = home.client("cognito-idp")
        which = {"UserPoolId": pool["UserPool"]["Id"]}
        yield "also a group", lambda: idp.create_group(**which, GroupName="extra")
        yield "also an app client", lambda: idp.create_user_pool_client(**which, ClientName="extra")


def _losses(exercise: Live | Repair, cloud: Cloud) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the removal or change of each thing that existed before the work, unless the task allows it."""
    before = cloud.part(Memory).before[exercise.id].things
    stay = sorted(before & inventory(cloud), key=lambda thing: (_ORDER.index(thing.kind), thing))
    allowed = (*exercise.changes.gone, *exercise.changes.changed)
    numbers: dict[str, int] = {}
    for thing in stay:
        skipped = thing.name.endswith(f"/{ADMIN}") or ":role/OrganizationAccountAccessRole" in thing.name
        if skipped or any(fnmatchcase(f"{thing.kind} {thing.name}", each) for each in allowed):
            continue
        take = _taken(thing, cloud)
        if take is not None:
            numbers[thing.kind] = numbers.get(thing.kind, 0) + 1
            yield f"without {thing.kind} {numbers[thing.kind]}", take


def _without_policies(exercise: Live | Repair, cloud: Cloud) -> Iterator[tuple[str, CheckResult]]:
    """Yield the result after removing each person's inline policies, which are restored after the check."""
    for arn in cloud.part(Memory).before[exercise.id].people:
        account, resource = arn.split(":")[4], arn.split(":")[5]
        kind, name = resource.split("/", 1)[0], resource.rpartition("/")[2]
        if "/aws-reserved/" in arn:
            continue
        iam, who = cloud.account(account).client("iam"), {f"{kind.title()}Name": name}
        texts = {
            policy: getattr(iam, f"get_{kind}_policy")(**who, PolicyName=policy)["PolicyDocument"]
            for policy in getattr(iam, f"list_{kind}_policies")(**who)["PolicyNames"]
        }
        for policy in texts:
            getattr(iam, f"delete_{kind}_policy")(**who, PolicyName=policy)
        if texts:
            yield f"without the policies of {name}", grade(exercise, None, cloud)
        for policy, text in texts.items():
            getattr(iam, f"put_{kind}_policy")(**who, PolicyName=policy, PolicyDocument=json.dumps(text))


_ORDER = (
    "policy of", "grant", "alias", "trail", "permission set", "assignment", "membership", "Identity Center user",
    "Identity Center group", "user pool group", "user pool user", "app client", "identity pool", "user pool",
    "KMS key", "rotation of", "secret", "bucket", "default encryption of", "user", "group", "role", "tag rule",
    "organization policy", "guardrail", "policy type", "OU", "account", "access key", "object", "snapshot", "image",
    "share with",
)  # fmt: skip


def _taken(thing: Thing, cloud: Cloud) -> Callable[[], Any] | None:
    """Return a function that removes or changes a thing, or None if that isn't possible without another loss."""
    kind, name, _ = thing
    arn = name.split(":") if name.startswith("arn:") else []
    account = arn[4] if arn and arn[4] else HOME
    session = cloud.account(account)

    def undone(service: str, call: str, **parameters: Any) -> Callable[[], None]:
        """Return a function that undoes a call."""
        step = Step.model_validate(
            {"service": service, "call": call, "account": account, "parameters": parameters}
        )
        return lambda: undo(cloud, [step])

    last = name.rpartition("/")[2]
    org = cloud.account(HOME).client("organizations")
    kms = session.client("kms", region_name=arn[3] or "us-east-1") if kind in _OF_KMS and arn else None
    if kind == "policy of":
        return _policy_taken(name, session)
    makers: dict[str, Callable[[], Callable[[], Any]]] = {
        "user": lambda: undone("iam", "create_user", UserName=last),
        "group": lambda: undone("iam", "create_group", GroupName=last),
        "role": lambda: undone("iam", "create_role", RoleName=last),
        "bucket": lambda: undone("s3", "create_bucket", Bucket=name.rpartition(":")[2]),
        "secret": lambda: (
            lambda: session.client("secretsmanager", region_name=arn[3]).delete_secret(
                SecretId=name, ForceDeleteWithoutRecovery=True
            )
        ),
        "KMS key": lambda: lambda: kms.disable_key(KeyId=name),
        "alias": lambda: lambda: kms.delete_alias(AliasName=f"alias/{last}"),
        "trail": lambda: lambda: session.client("cloudtrail", region_name=arn[3]).stop_logging(Name=name),
        "account": lambda: lambda: org.tag_resource(ResourceId=name, Tags=[{"Key": "x", "Value": "y"}]),
        "OU": lambda: (
            lambda: org.update_organizational_unit(OrganizationalUnitId=name, Name=f"Other {last[-4:]}")
        ),
        "policy type": lambda: (
            lambda: org.disable_policy_type(RootId=org.list_roots()["Roots"][0]["Id"], PolicyType=name)
        ),
    }
    made = makers.get(kind)
    return made() if made is not None else _taken_from_directories(thing, cloud)


_OF_KMS = ("KMS key", "alias")


def _policy_taken(name: str, session: Any) -> Callable[[], Any] | None:
    last = name.rpartition("/")[2]
    if ":role/" in name:
        return lambda: session.client("iam").update_assume_role_policy(
            RoleName=last, PolicyDocument=_document(_NOBODY)
        )
    if ":s3:::" in name:
        return lambda: session.client("s3").delete_bucket_policy(Bucket=name.rpartition(":")[2])
    if ":kms:" in name:
        account, region = name.split(":")[4], name.split(":")[3]
        whole = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*",
                 "Resource": "*"}  # fmt: skip
        deny = {**whole, "Effect": "Deny", "Action": "kms:GenerateMac"}
        return lambda: session.client("kms", region_name=region).put_key_policy(
            KeyId=name, Policy=_document(whole, deny)
        )
    return None


def _taken_from_directories(thing: Thing, cloud: Cloud) -> Callable[[], Any] | None:
    kept, home = cloud.part(Memory).kept, cloud.account(HOME)
    people = kept.get("people")
    own, _, pool = thing.name.partition(" in ")
    idp = home.client("cognito-idp")
    if thing.kind == "user pool group":
        return lambda: idp.delete_group(UserPoolId=pool, GroupName=own)
    if thing.kind == "user pool user":
        return lambda: idp.admin_disable_user(UserPoolId=pool, Username=own)
    if thing.kind == "user pool":
        return lambda: idp.update_user_pool(UserPoolId=thing.name, UserPoolTags={"x": "y"})
    if people is None:
        return None
    store, admin = home.client("identitystore"), home.client("sso-admin")
    where, instance = {"IdentityStoreId": people["IdentityStoreId"]}, {"InstanceArn": people["InstanceArn"]}
    if thing.kind == "permission set":
        return lambda: admin.update_permission_set(
            **instance, PermissionSetArn=people[thing.name], SessionDuration="PT8H"
        )
    if thing.kind == "assignment":
        which, _, rest = thing.name.partition(" in ")
        account, _, who = rest.partition(" for ")
        return lambda: admin.delete_account_assignment(
            **instance, PermissionSetArn=people[which], TargetType="AWS_ACCOUNT", TargetId=account,
            PrincipalType="GROUP", PrincipalId=people[who],
        )  # fmt: skip
    if thing.kind == "Identity Center group":
        return lambda: store.delete_group(**where, GroupId=people[thing.name])
    if thing.kind == "Identity Center user" and thing.name in people:
        return lambda: store.delete_user(**where, UserId=people[thing.name])
    return None
