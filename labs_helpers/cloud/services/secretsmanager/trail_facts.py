"""Calls to Secrets Manager in CloudTrail: the events don't list resources, and the ARN's member is named `arn`.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
"""

from labs_helpers.cloud.services.shared.trail_facts import OMIT, TrailFacts

TRAIL = TrailFacts(
    members=dict.fromkeys(("RandomPassword", "RotationToken"), OMIT),
    spelled={"ARN": "arn"},
    types={"secret": "AWS::SecretsManager::Secret"},
)
