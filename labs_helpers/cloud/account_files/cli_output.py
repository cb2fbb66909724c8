"""AWS CLI output for an account and its organization, sorted by subject.

Some responses don't identify the requested resource: GetBucketPolicy's response doesn't contain the bucket, and
ListTargetsForPolicy's doesn't contain the policy. In those cases, the file name must contain it.
https://docs.aws.amazon.com/cli/latest/reference/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs_helpers.cloud.account_files.credential_report import Credential, credentials_in
from labs_helpers.cloud.account_files.json_files import AccountFileError, File, Place
from labs_helpers.cloud.account_files.last_accessed import (
    Accessed,
    entity_in_name,
    holder_in_name,
    of_entity,
    of_holder,
    refuse_unfinished,
)
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.policy.elements import as_list, statements_of

_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_ROOT_OR_UNIT = re.compile(
    r"(?<![0-9A-Za-z])(?:ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})(?![0-9a-z])"
)
_POLICY = re.compile(r"(?<![0-9A-Za-z])p-[0-9A-Za-z_]{8,128}")
_KEY = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BUCKET_ARN = re.compile(r"arn:aws:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/.*)?")
_BUCKET_FILE = re.compile(r"bucket-policy-([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.json")
_BLOCK_FILE = re.compile(r"public-access-block-(?:(\d{12})|([a-z0-9][a-z0-9.-]{1,61}[a-z0-9]))\.json")
_NO_POLICY = {"NoSuchBucketPolicy": "GetBucketPolicy"}
_NO_BLOCK = {"NoSuchPublicAccessBlockConfiguration": "GetPublicAccessBlock"}
_ORGANIZATION_KINDS = {
    "SERVICE_CONTROL_POLICY": PolicyKind.SCP,
    "RESOURCE_CONTROL_POLICY": PolicyKind.RCP,
}
_KINDS = {
    "UserDetailList": "user",
    "GroupDetailList": "group",
    "RoleDetailList": "role",
    "Policies": "policy",
}


@dataclass(slots=True)
class Answers:
    """The combined contents of the files, by ARN or ID. Identical responses are kept only once."""

    identities: dict[str, dict[str, dict[str, Place]]] = field(default_factory=dict)
    """Users, groups, roles, and managed policies, by account, then by kind and ARN."""
    organization: Place | None = None
    root: Place | None = None
    units: dict[str, Place] = field(default_factory=dict)
    members: dict[str, Place] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    """The ID of an account or OU → the ID of its parent."""
    policies: dict[str, Place] = field(default_factory=dict)
    """The organization's policies by ID, as ListPolicies returns them."""
    contents: dict[str, str] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=dict)
    """The IDs of attached policies, by root, OU, or account ID."""
    resource_policies: dict[str, str | None] = field(default_factory=dict)
    """Policies as JSON text, by resource ARN. The value is None if AWS reported that the resource has no policy."""
    documents: dict[str, tuple[Place, PolicyKind]] = field(default_factory=dict)
    """The positions and kinds of resource-based policies (by ARN) and of the organization's policies (by ID)."""
    owners: dict[str, str] = field(default_factory=dict)
    """The account ID of each bucket's owner, by bucket ARN (which doesn't contain an account ID)."""
    keys: dict[str, str] = field(default_factory=dict)
    """The ARNs of KMS keys, by key ID."""
    grants: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    restricting: set[str] = field(default_factory=set)
    """Bucket ARNs and account IDs for which Block Public Access restricts buckets with a public policy."""
    with_public_access_block: set[str] = field(default_factory=set)
    """Bucket ARNs and account IDs whose Block Public Access settings are in the files."""
    accessed: dict[str, Accessed] = field(default_factory=dict)
    """Last-accessed reports, by the ARN of a user or role, or by the ID of a root, OU, or account."""
    credentials: list[Credential] = field(default_factory=list)
    """Active passwords and access keys, from credential reports."""
    records: list[dict[str, Any]] = field(default_factory=list)
    """CloudTrail events, as in a trail's log files."""

    @property
    def accounts(self) -> list[str]:
        """The IDs of the accounts whose users, roles, and policies are known."""
        return list(self.identities)


def collected(files: Iterable[File]) -> Answers:
    """Return the combined contents of the files.

    Raises `AccountFileError` for a file that isn't AWS CLI output, is truncated, contains several accounts, or belongs
    to another partition.
    """
    answers, later = Answers(), []
    for file in files:
        reader = _reader(file)
        if reader in _RUN_LAST:
            later.append((reader, file))
        else:
            reader(answers, file)
    for reader, file in later:
        reader(answers, file)
    return answers


Reader = Callable[[Answers, File], None]


def _reader(file: File) -> Reader:
    if file.refusal is not None:
        code, operation = file.refusal
        if _NO_POLICY.get(code) == operation:
            return _bucket_without_policy
        if _NO_BLOCK.get(code) == operation:
            return _public_access_block
        raise AccountFileError(
            file.path, 1, f"the AWS CLI printed an error instead of output: {code} for {operation}"
        )
    for token in ("NextToken", "Marker", "NextMarker"):
        if "JobStatus" not in file.value and isinstance(file.value.get(token), str):
            raise Place(file, (token,), None).wrong(
                f"{token}: this is only one page of the output. Leave out --max-items and --no-paginate"
            )
    for names, reader in _READERS:
        if any(name in file.value for name in names):
            return reader
    known = ", ".join(sorted(file.value)[:5]) or "nothing"
    raise AccountFileError(
        file.path, 1, f"contains {known:.80}, which isn't output of the AWS CLI commands used here"
    )


# Users, groups, roles, managed policies


def _identities(answers: Answers, file: File) -> None:
    """Read GetAccountAuthorizationDetails.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    """
    account: str | None = None
    listed = [
        (kind, place, place.arn("Arn")) for name, kind in _KINDS.items() for place in file.whole.items(name)
    ]
    for _, place, arn in listed:
        own = arn.split(":")[4]
        if own == "aws":  # an AWS managed policy belongs to every account
            continue
        if not _ACCOUNT.fullmatch(own):
            raise place.member("Arn").wrong(f"{arn[:100]} doesn't contain an account ID")
        if account is not None and own != account:
            raise place.member("Arn").wrong(
                f"{arn[:100]} isn't in the account of the resources before it ({account}): use one file per account"
            )
        folder = file.path.absolute().parent.name
        if account is None and _ACCOUNT.fullmatch(folder) and folder != own:
            raise place.member("Arn").wrong(f"{arn[:100]} isn't in the account of its folder, {folder}")
        account = own
    if account is None:
        raise file.whole.wrong("contains no user, group, role, or policy of an account")
    _refuse_twins(listed)
    kept = answers.identities.setdefault(account, {kind: {} for kind in _KINDS.values()})
    for kind, place, arn in listed:
        before = kept[kind].setdefault(arn, place)
        if before.value != place.value:
            raise place.wrong(
                f"{arn[:100]} differs in {before.file.path.name}: the files are from different times"
            )


def _refuse_twins(listed: list[tuple[str, Place, str]]) -> None:
    """Reject two identities or policies with the same name: names are unique, whatever their case and path.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    seen: dict[tuple[str, str], str] = {}
    for kind, place, arn in listed:
        of_aws = arn.startswith("arn:aws:iam::aws:")
        name = (kind, arn if of_aws else arn.rpartition("/")[2].lower())
        if seen.setdefault(name, arn) != arn:
            raise place.member("Arn").wrong(f"{arn[:100]} and {seen[name][:100]} have the same name")


# The organization


def _organization(answers: Answers, file: File) -> None:
    place = file.whole.member("Organization")
    place.arn("Arn")
    if answers.organization is not None and answers.organization.text("Id") != place.text("Id"):
        raise place.wrong(
            f"the files are from organizations {answers.organization.text('Id')} and {place.text('Id')}: "
            "load one at a time"
        )
    answers.organization = place


def _roots(answers: Answers, file: File) -> None:
    for place in file.whole.items("Roots"):
        place.arn("Arn")
        answers.root = place


def _units(answers: Answers, file: File) -> None:
    above = _id_in_name(file, _ROOT_OR_UNIT)
    for place in [*file.whole.items("OrganizationalUnits"), *_single(file, "OrganizationalUnit")]:
        place.arn("Arn")
        answers.units[place.text("Id")] = place
        _note_parent(answers, place, [place.optional("Path")], above)


def _accounts(answers: Answers, file: File) -> None:
    above = _id_in_name(file, _ROOT_OR_UNIT)
    for place in [*file.whole.items("Accounts"), *_single(file, "Account")]:
        place.arn("Arn")
        answers.members[place.text("Id")] = place
        _note_parent(answers, place, place.value.get("Paths") or [], above)


def _note_parent(answers: Answers, place: Place, paths: list[str], above: str | None) -> None:
    """Record the parent of an account or OU: from the response (`o-…/r-…/ou-…/`), or from the file's name."""
    own = place.text("Id")
    ancestors = [
        step
        for path in paths
        for step in str(path).split("/")
        if _ROOT_OR_UNIT.fullmatch(step) and step != own
    ]
    parent = ancestors[-1] if ancestors else above
    if parent is not None and parent != own:
        answers.parents[own] = parent


def _organization_policies(answers: Answers, file: File) -> None:
    """Read ListPolicies, or ListPoliciesForTarget if the file's name contains the ID of a root, OU, or account."""
    target = _id_in_name(file, _ROOT_OR_UNIT) or _id_in_name(file, _ACCOUNT)
    for place in file.whole.items("Policies"):
        place.arn("Arn")
        answers.policies[place.text("Id")] = place
        if target is not None:
            _attach(answers, place.text("Id"), target)


def _organization_policy(answers: Answers, file: File) -> None:
    """Read DescribePolicy."""
    place = file.whole.member("Policy")
    summary = place.member("PolicySummary")
    summary.arn("Arn")
    answers.policies[summary.text("Id")] = summary
    answers.contents[summary.text("Id")] = place.document("Content")
    kind = _ORGANIZATION_KINDS.get(summary.optional("Type"))
    if kind is not None:
        answers.documents[summary.text("Id")] = place.member("Content"), kind


def _targets(answers: Answers, file: File) -> None:
    policy = _id_in_name(file, _POLICY)
    if policy is None:
        raise file.whole.wrong(
            "the output doesn't show which policy these targets belong to: put its ID in the file's name "
            "(targets-p-….json)"
        )
    for place in file.whole.items("Targets"):
        place.arn("Arn")
        _attach(answers, policy, place.text("TargetId"))


def _attach(answers: Answers, policy: str, target: str) -> None:
    attached = answers.attached.setdefault(target, [])
    if policy not in attached:
        attached.append(policy)


# Resources


def _policy(answers: Answers, file: File) -> None:
    """Read `{"Policy": …}`: the document shows whether it belongs to an organization, bucket, key, or function."""
    if isinstance(file.value["Policy"], dict) and "PolicySummary" in file.value["Policy"]:
        return _organization_policy(answers, file)
    text = file.whole.document("Policy")
    arn = _key_of(answers, file) or _arn_of_revision(file, text) or _bucket_of(file, text)
    if arn is None:
        raise file.whole.member("Policy").wrong(
            "the output doesn't show whose policy this is: name the file bucket-policy-NAME.json "
            "or key-policy-KEYID.json"
        )
    _keep(answers, file, arn, text, file.whole.member("Policy"))
    return None


def _key_of(answers: Answers, file: File) -> str | None:
    key = _id_in_name(file, _KEY)
    if key is None:
        return None
    if key not in answers.keys:
        raise file.whole.wrong(
            f"the Region of the key {key} isn't in any file: add what `aws kms list-keys` or "
            "`aws kms describe-key` prints"
        )
    return answers.keys[key]


def _arn_of_revision(file: File, text: str) -> str | None:
    """Return the only function or table that the statements name, if the response has a RevisionId.

    Only Lambda's GetPolicy and DynamoDB's GetResourcePolicy return one.
    """
    if "RevisionId" not in file.value:
        return None
    functions = {":".join(each.split(":")[:7]) for each in _resources(text) if ":function:" in each}
    tables = {"/".join(each.split("/")[:2]) for each in _resources(text) if ":table/" in each}
    return next(iter(functions | tables), None) if len(functions | tables) == 1 else None


def _without_policy(answers: Answers, file: File) -> None:
    """Read the learner's own list of resources without a policy, for which AWS prints nothing."""
    named = file.whole.member("WithoutPolicy")
    for index, arn in enumerate(as_list(named.value)):
        place = Place(file, (), {"WithoutPolicy": arn})
        _keep(
            answers, file, place.arn("WithoutPolicy") if isinstance(arn, str) else _no_arn(named, index), None
        )


def _no_arn(named: Place, index: int) -> str:
    raise named.wrong(f"WithoutPolicy[{index}] isn't an ARN")


def _bucket_of(file: File, text: str) -> str | None:
    named = _BUCKET_FILE.fullmatch(file.path.name)
    if named is not None:
        return f"arn:aws:s3:::{named[1]}"
    matched = [_BUCKET_ARN.fullmatch(each) for each in _resources(text)]
    buckets = {each[1] for each in matched if each is not None}
    return f"arn:aws:s3:::{buckets.pop()}" if len(buckets) == 1 and all(matched) else None


def _resources(text: str) -> list[str]:
    try:
        statements = statements_of(json.loads(text))
    except (ValueError, AttributeError, RecursionError):
        return []
    named = [each.get("Resource") for each in statements if isinstance(each, dict)]
    return [str(one) for each in named for one in as_list(each)]


def _bucket_without_policy(answers: Answers, file: File) -> None:
    named = _BUCKET_FILE.fullmatch(file.path.name)
    if named is None:
        raise AccountFileError(
            file.path, 1, "which bucket has no policy? Name the file bucket-policy-NAME.json"
        )
    _keep(answers, file, f"arn:aws:s3:::{named[1]}", None)


def _public_access_block(answers: Answers, file: File) -> None:
    """Read GetPublicAccessBlock of a bucket or an account; the AWS CLI prints an error if there are no settings.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
    """
    named = _BLOCK_FILE.fullmatch(file.path.name)
    if named is None:
        raise file.whole.wrong(
            "the output doesn't name a bucket or account: name the file public-access-block-NAME.json"
        )
    place = named[1] or f"arn:aws:s3:::{named[2]}"
    answers.with_public_access_block.add(place)
    settings = file.value.get("PublicAccessBlockConfiguration") or {}
    if settings.get("RestrictPublicBuckets") is True:
        answers.restricting.add(place)


def _attributes(answers: Answers, file: File) -> None:
    """Read GetQueueAttributes and GetTopicAttributes."""
    place = file.whole.member("Attributes")
    name = "QueueArn" if "QueueArn" in place else "TopicArn"
    document = place.member("Policy") if "Policy" in place else None
    _keep(answers, file, place.arn(name), place.document("Policy") if document else None, document)


def _secret_policy(answers: Answers, file: File) -> None:
    """Read GetResourcePolicy of Secrets Manager, which omits ResourcePolicy if the secret has no policy."""
    document = file.whole.member("ResourcePolicy") if "ResourcePolicy" in file.whole else None
    text = file.whole.document("ResourcePolicy") if document else None
    _keep(answers, file, file.whole.arn("ARN"), text, document)


def _keep(answers: Answers, file: File, arn: str, text: str | None, document: Place | None = None) -> None:
    if document is not None:
        kind = PolicyKind.KEY if arn.startswith("arn:aws:kms:") else PolicyKind.RESOURCE
        answers.documents[arn] = document, kind
    if answers.resource_policies.setdefault(arn, text) != text:
        raise file.whole.wrong(
            f"{arn} has a different policy in another file: the files are from different times"
        )
    if arn.startswith("arn:aws:s3:::"):
        answers.owners[arn] = _account_of(answers, file)


def _account_of(answers: Answers, file: File) -> str:
    """Return the account that answered: GetBucketPolicy works only in the bucket owner's account.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
    """
    named: list[str] = _ACCOUNT.findall("/".join(file.path.absolute().parts[-3:]))
    known = [each for each in named if each in answers.identities]
    if known:
        return known[-1]
    if len(answers.identities) == 1:
        return next(iter(answers.identities))
    raise file.whole.wrong(
        "which account is this output from? Put the account ID in the file's name or folder (111122223333/…)"
    )


def _keys(answers: Answers, file: File) -> None:
    for place in file.whole.items("Keys"):
        answers.keys[place.text("KeyId")] = place.arn("KeyArn")


def _key(answers: Answers, file: File) -> None:
    place = file.whole.member("KeyMetadata")
    answers.keys[place.text("KeyId")] = place.arn("Arn")


def _grants(answers: Answers, file: File) -> None:
    named = _id_in_name(file, _KEY)
    if named in answers.keys:
        answers.grants.setdefault(answers.keys[named], [])
    for place in file.whole.items("Grants"):
        answers.grants.setdefault(place.arn("KeyId"), []).append(place.value)


def _records(answers: Answers, file: File) -> None:
    """Read a log file of a trail.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
    """
    answers.records += [place.value for place in file.whole.items("Records")]


def _lookup_events(answers: Answers, file: File) -> None:
    """Read LookupEvents, where each event is JSON text."""
    for place in file.whole.items("Events"):
        try:
            event = json.loads(place.text("CloudTrailEvent"))
        except (ValueError, RecursionError):
            raise place.member("CloudTrailEvent").wrong("CloudTrailEvent isn't JSON") from None
        answers.records.append(event)


def _last_accessed(answers: Answers, file: File) -> None:
    """Read GetServiceLastAccessedDetails.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
    """
    kind, name = holder_in_name(file)
    account = _account_of(answers, file)
    for arn in answers.identities[account][kind]:
        if arn.rpartition("/")[2] == name:
            answers.accessed[arn] = of_holder(file, arn)
            return
    raise file.whole.wrong(f"account {account} has no {kind} {name} in the files")


def _access_report(answers: Answers, file: File) -> None:
    """Read GetOrganizationsAccessReport.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOrganizationsAccessReport.html
    """
    answers.accessed[entity_in_name(file)] = of_entity(file)


def _unfinished_report(answers: Answers, file: File) -> None:
    """Reject a report without services: until a report is complete, or if it failed, AWS sends only its status."""
    refuse_unfinished(file)
    raise file.whole.wrong("the report lists no services")


def _credential_report(answers: Answers, file: File) -> None:
    """Read GetCredentialReport.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html
    """
    answers.credentials += credentials_in(file)


def _ignore(answers: Answers, file: File) -> None:
    """Ignore an answer that adds nothing to the others."""


def _single(file: File, name: str) -> list[Place]:
    return [file.whole.member(name)] if name in file.whole else []


def _id_in_name(file: File, pattern: re.Pattern[str]) -> str | None:
    ids = pattern.findall(Path(file.path).name)
    return ids[-1] if ids else None


def _policies(answers: Answers, file: File) -> None:
    """Read `{"Policies": …}`: GetAccountAuthorizationDetails with a filter, or an organization's policies."""
    listed = file.value["Policies"]
    iam = isinstance(listed, list) and any(
        isinstance(each, dict) and "PolicyVersionList" in each for each in listed
    )
    (_identities if iam else _organization_policies)(answers, file)


_READERS: tuple[tuple[tuple[str, ...], Reader], ...] = (
    (("UserId", "Buckets"), _ignore),
    (("UserDetailList", "GroupDetailList", "RoleDetailList"), _identities),
    (("Policies",), _policies),
    (("Organization",), _organization),
    (("Roots",), _roots),
    (("OrganizationalUnits", "OrganizationalUnit"), _units),
    (("Accounts", "Account"), _accounts),
    (("Targets",), _targets),
    (("WithoutPolicy",), _without_policy),
    (("ResourcePolicy", "ARN"), _secret_policy),
    (("Policy",), _policy),
    (("Attributes",), _attributes),
    (("PublicAccessBlockConfiguration",), _public_access_block),
    (("Keys",), _keys),
    (("KeyMetadata",), _key),
    (("Grants",), _grants),
    (("Records",), _records),
    (("Events",), _lookup_events),
    (("ServicesLastAccessed",), _last_accessed),
    (("AccessDetails",), _access_report),
    (("JobStatus",), _unfinished_report),
    (("Content",), _credential_report),
    (("JobId", "State"), _ignore),
)  # fmt: skip
_RUN_LAST = (
    _policy,
    _without_policy,
    _bucket_without_policy,
    _attributes,
    _secret_policy,
    _grants,
    _last_accessed,
)
"""Readers that run last, because they need the accounts and keys from other files."""
