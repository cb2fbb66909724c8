"""AWS's quotas for the length of a policy, by kind of policy, and the characters or bytes that each quota counts."""

from __future__ import annotations

from dataclasses import dataclass

from labs_helpers.cloud import organization_quotas, policy_quota
from labs_helpers.engine.policy import PolicyKind

_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_STS = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html"
_KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"
_VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota.

    `unit` is "characters" or "bytes"; `space` is True if white space counts toward the quota; `source` is the AWS page.
    """

    limit: int
    unit: str
    space: bool
    what: str
    source: str

    def size(self, text: str) -> int:
        """Return the part of the quota that a policy's text uses, in the quota's unit."""
        counted = text if self.space else "".join(text.split())
        return len(counted.encode("utf-8", "surrogatepass")) if self.unit == "bytes" else len(counted)


def _iam(limit: int, what: str) -> Quota:
    return Quota(limit, "characters", False, what, _IAM)


def _organizations(policy_type: str, what: str) -> Quota:
    return Quota(
        policy_quota(policy_type).characters, "characters", True, what, organization_quotas()["page"]
    )


_MANAGED = _iam(6_144, "a managed policy")

QUOTAS: dict[PolicyKind, tuple[Quota, ...]] = {
    PolicyKind.IDENTITY: (
        _MANAGED,
        _iam(2_048, "all inline policies of a user together"),
        _iam(5_120, "all inline policies of a group together"),
        _iam(10_240, "all inline policies of a role together"),
    ),
    PolicyKind.BOUNDARY: (_MANAGED,),
    PolicyKind.TRUST: (_iam(2_048, "a role trust policy"),),
    PolicyKind.SESSION: (Quota(2_048, "characters", True, "an inline session policy", _STS),),
    PolicyKind.RESOURCE: (
        Quota(20_480, "bytes", True, "a bucket policy; other services have other quotas", _S3),
    ),
    PolicyKind.KEY: (Quota(32_768, "bytes", True, "a key policy", _KMS),),
    # The console removes white space before it saves; the API keeps and counts it.
    PolicyKind.SCP: (_organizations("SERVICE_CONTROL_POLICY", "a service control policy"),),
    PolicyKind.RCP: (_organizations("RESOURCE_CONTROL_POLICY", "a resource control policy"),),
    PolicyKind.VPC_ENDPOINT: (Quota(20_480, "characters", True, "a VPC endpoint policy", _VPC),),
}
"""The quotas for each kind of policy, with the most important quota first."""
