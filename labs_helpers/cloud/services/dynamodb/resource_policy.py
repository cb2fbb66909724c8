"""Validation of a table's policy when it is set, because moto stores any string.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.dynamodb import moto_view
from labs_helpers.cloud.services.dynamodb.errors import check_tags, invalid
from labs_helpers.cloud.services.shared.policy_lockout import locks_out
from labs_helpers.cloud.services.shared.policy_text import refuse_malformed
from labs_helpers.engine.analysis.public import is_public
from labs_helpers.engine.policy import PolicyKind, parse_policy

_LARGEST = 20 * 1024
"""The maximum size of a policy in bytes, with whitespace."""


@operation("dynamodb", "PutResourcePolicy")
def put_table_policy(call: Call) -> Answer:
    """Set the policy of a table or stream. Rejects malformed and public policies with ValidationException."""
    text = call.parameters.get("Policy") or "{}"
    _refuse_malformed(text)
    _refuse_public(text)
    if not call.parameters.get("ConfirmRemoveSelfResourceAccess"):
        _refuse_lockout(call, text)
    return call.moto()


def _refuse_lockout(call: Call, text: str) -> None:
    """Raise `ServiceError` for a policy that denies the caller permission to change the policy."""
    arn = call.parameters["ResourceArn"]
    if locks_out(
        call, "dynamodb:PutResourcePolicy", arn, call.account, parse_policy(text, PolicyKind.RESOURCE)
    ):
        raise invalid(
            "One or more parameter values were invalid: The policy removes your permissions to change the policy of "
            "this resource. To confirm this, set ConfirmRemoveSelfResourceAccess to true"
        )


@operation("dynamodb", "CreateTable")
def create_table(call: Call) -> Answer:
    """Create a table and attach the request's resource policy, because moto ignores that parameter."""
    text = call.parameters.get("ResourcePolicy")
    check_tags(call)
    _refuse_malformed(text)
    _refuse_public(text)
    answer = call.moto()
    if text and answer.status < 300:
        moto_view.set_policy(call.account, call.region, call.parameters["TableName"], text)
    return answer


_TRUSTED = frozenset(
    key.lower()
    for key in (
        "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceAccount",
        "aws:SourceArn", "aws:SourceVpc", "aws:SourceVpce", "aws:UserId", "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList", "aws:PrincipalIsAWSService", "aws:Ec2InstanceSourceVpc", "aws:SourceOrgID",
        "aws:SourceOrgPaths",
    )
)  # fmt: skip
"""Condition keys that make a grant to everyone nonpublic: rbac-bpa-rbp.html."""


def _refuse_public(text: str | None) -> None:
    """Raise `ServiceError` for a policy that grants public access, which Block Public Access always prevents.

    AWS documents that the policy is rejected, but not the error message.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-bpa-rbp.html
    """
    if text and is_public(text, _TRUSTED):
        raise invalid(
            "One or more parameter values were invalid: Invalid policy document: The policy grants public access, "
            "which Block Public Access prevents"
        )


def _refuse_malformed(text: str | None) -> None:
    if text and len(text.encode(errors="surrogatepass")) > _LARGEST:
        raise invalid(
            "One or more parameter values were invalid: Invalid policy document: The policy is larger than 20 KB"
        )
    refuse_malformed(
        text,
        "ValidationException",
        "Invalid policy document: {why}",
        "One or more parameter values were invalid: Invalid policy document: Policy contains invalid service principal",
        "One or more parameter values were invalid: Invalid principal in policy document",
    )
