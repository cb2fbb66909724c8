"""Details of CloudTrail events for calls to STS. Denied calls aren't logged in the role's account.

https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html#cloudtrail-integration_apis
"""

from labs_helpers.cloud.services.shared.trail_facts import OMIT, TrailFacts

TRAIL = TrailFacts(
    read_only=frozenset((
        "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "DecodeAuthorizationMessage",
    )),
    writes=frozenset(("GetSessionToken", "GetFederationToken")),  # OBSERVED in 2024: readOnly is false
    keeps_refusal=lambda error: True,
    members=dict.fromkeys(("TokenCode", "SAMLAssertion", "WebIdentityToken", "EncodedMessage", "DecodedMessage"), OMIT),
    resources_in_record=True,
)  # fmt: skip
