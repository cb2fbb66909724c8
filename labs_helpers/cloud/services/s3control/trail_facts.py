"""Details of CloudTrail events for calls to S3 Control, which are account-level events of S3."""

from labs_helpers.cloud.services.shared.trail_facts import TrailFacts

TRAIL = TrailFacts(
    source="s3",
    names={
        "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
        "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
        "DeletePublicAccessBlock": "DeleteAccountPublicAccessBlock",
    },
)
