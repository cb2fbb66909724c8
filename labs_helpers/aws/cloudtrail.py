"""CloudTrail: event history, trails, and the keys that their digest files are signed with.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html
`cloudtrail_events` a recorded call as an event · `cloudtrail_redaction` what it hides · `cloudtrail_history`
LookupEvents · `cloudtrail_trails` trails · `cloudtrail_selectors` what they take · `cloudtrail_delivery` what they
deliver, and `deliver(state)`, which does it at once.
"""

from __future__ import annotations

from labs_helpers.aws import cloudtrail_history, cloudtrail_trails
from labs_helpers.aws.cloudtrail_delivery import deliver

__all__ = ["cloudtrail_history", "cloudtrail_trails", "deliver"]
