"""Details of CloudTrail events for calls to IAM: read-only events, omitted members, and resource types."""

from labs_helpers.cloud.services.shared.trail_facts import OMIT, TrailFacts

TRAIL = TrailFacts(
    read_only=frozenset(("GenerateCredentialReport", "GenerateServiceLastAccessedDetails")),
    members=dict.fromkeys(
        ("AuthenticationCode1", "AuthenticationCode2", "SAMLMetadataDocument", "ServicePassword", "Base32StringSeed",
         "QRCodePNG", "CertificateBody", "CertificateChain"), OMIT,
    ),
    types={
        "role": "AWS::IAM::Role", "user": "AWS::IAM::User", "group": "AWS::IAM::Group", "policy": "AWS::IAM::Policy",
        "instance-profile": "AWS::IAM::InstanceProfile", "mfa": "AWS::IAM::VirtualMFADevice",
        "oidc-provider": "AWS::IAM::OIDCProvider", "saml-provider": "AWS::IAM::SAMLProvider",
        "server-certificate": "AWS::IAM::ServerCertificate",
    },
)  # fmt: skip
