"""Names in the files' own policies that don't exist on AWS: actions, condition keys, operators, and account IDs.

AWS stores a policy with a mistyped action, and the statement then never applies. AWS's own policies aren't checked.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html
"""

from __future__ import annotations

from collections.abc import Iterator

from labs_helpers.cloud.account_files.cli_output import Answers
from labs_helpers.cloud.account_files.json_files import AccountFileError, Place
from labs_helpers.engine.analysis.unknown_names import unknown_names
from labs_helpers.engine.policy import PolicyKind

_INLINE = {"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}
_OF_AWS = ("arn:aws:iam::aws:", ":role/aws-service-role/", ":role/aws-reserved/")


def mistyped_names(answers: Answers) -> Iterator[AccountFileError]:
    """Yield an error, with its file and line, for each name that doesn't exist, but only once per policy."""
    for kinds in answers.identities.values():
        for kind, by_arn in kinds.items():
            for arn, place in by_arn.items():
                if not any(each in arn for each in _OF_AWS):
                    yield from _of_identity(kind, place)
    for identifier, (place, policy_type) in answers.documents.items():
        if not (identifier in answers.policies and answers.policies[identifier].value.get("AwsManaged")):
            yield from _of_document(place, policy_type)


def _of_identity(kind: str, place: Place) -> Iterator[AccountFileError]:
    if kind == "policy":
        default = place.optional("DefaultVersionId")
        for version in place.items("PolicyVersionList"):
            if version.optional("VersionId") == default:
                yield from _of_document(version.member("Document"), PolicyKind.IDENTITY)
        return
    if kind == "role":
        yield from _of_document(place.member("AssumeRolePolicyDocument"), PolicyKind.TRUST)
    for policy in place.items(_INLINE[kind]):
        yield from _of_document(policy.member("PolicyDocument"), PolicyKind.IDENTITY)


def _of_document(place: Place, kind: PolicyKind) -> Iterator[AccountFileError]:
    text = Place(place.file, place.path[:-1], {place.path[-1]: place.value}).document(str(place.path[-1]))
    for name in unknown_names(text, kind):
        line = place.file.line((*place.path, *name.path))
        yield AccountFileError(place.file.path, line, name.sentence)
