"""Actions that the Service Authorization Reference doesn't list yet, although AWS documents the operations."""

from __future__ import annotations

NEWER: dict[str, str] = {
    "iam:GetRequestAuthorizationDetails": (
        "https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html"
    ),
    "iam:GetRequestAuthorizationPolicy": "https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_Operations.html",
    **{
        f"secretsmanager:{name}": "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html"
        for name in (
            "AssociateCrossAccountReplica", "DisassociateCrossAccountReplica", "ListResourcePolicies",
            "AcceptCrossAccountReplication",
        )
    },
    **{
        f"cognito-idp:{name}": (
            "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html"
        )
        for name in (
            "AdminListUserSessions", "AdminRevokeUserSession", "StartPointInTimeRecovery", "CancelPointInTimeRecovery",
            "InitiatePointInTimeRecovery", "DescribePointInTimeRecovery", "ListPointInTimeRecoveries",
            "CreateCIMDPolicy", "UpdateCIMDPolicy", "DeleteCIMDPolicy", "DescribeCIMDPolicy", "ListCIMDPolicies",
            "ListClientMetadataURLs",
            "UpdateClientMetadataURLState", "GetUserPoolSessionConfiguration", "SetUserPoolSessionConfiguration",
            "GetUserPoolClientSessionConfiguration", "SetUserPoolClientSessionConfiguration", "DescribeTermsByClient",
            "GetDerivedToken",
        )
    },
}  # fmt: skip
"""Action → the page that documents it."""
