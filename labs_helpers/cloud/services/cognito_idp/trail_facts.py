"""Details of CloudTrail events for calls to user pools."""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, SHOW, TrailFacts

TRAIL = TrailFacts(
    hides=HIDDEN,
    members={
        **dict.fromkeys(
            ("ConfirmationCode", "Code", "UserCode", "SecretCode", "ClientMetadata", "ValidationData", "Credential",
             "DeviceSecretVerifierConfig", "ContextData", "UserContextData", "AuthParameters", "ChallengeResponses",
             "ChallengeParameters", "client_secret", "Session", "AccessToken", "RefreshToken", "IdToken", "DeviceKey",
             "NewDeviceMetadata", "PreSignedUrl", "private_key", "CredentialCreationOptions"), HIDDEN,
        ),
        # The model marks the client ID as sensitive, but CloudTrail shows it, because it is public.
        "ClientId": SHOW,
    },
    types={"userpool": "AWS::Cognito::UserPool"},
)  # fmt: skip
