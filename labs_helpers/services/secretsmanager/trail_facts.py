"""What CloudTrail shows of Secrets Manager: its events name no resources.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
"""

from labs_helpers.services.trail import OMIT, TrailFacts

TRAIL = TrailFacts(
    members=dict.fromkeys(("RandomPassword", "RotationToken"), OMIT),
    types={"secret": "AWS::SecretsManager::Secret"},
)
