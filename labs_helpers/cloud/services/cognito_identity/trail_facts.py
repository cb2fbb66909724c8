"""Details of CloudTrail events for calls to identity pools."""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, TrailFacts

TRAIL = TrailFacts(
    data_type="AWS::Cognito::IdentityPool",
    data_events=frozenset((
        "GetCredentialsForIdentity", "GetId", "GetOpenIdToken", "GetOpenIdTokenForDeveloperIdentity",
        "UnlinkIdentity",
    )),
    answered_reads=frozenset(("GetCredentialsForIdentity", "GetId")),
    anonymous={"type": "Unknown"},
    hides=HIDDEN,
    members=dict.fromkeys(("DeveloperUserIdentifier", "Token"), HIDDEN),
    types={"identitypool": "AWS::Cognito::IdentityPool"},
    resources_in_record=True,
)  # fmt: skip
