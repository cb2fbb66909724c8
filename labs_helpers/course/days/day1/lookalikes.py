"""Resources that look dangerous but are safe: people soon ignore a checker that reports false positives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.course.days.day1.actors import (
    NEIGHBOUR,
    PARTNER,
    Hands,
    allow,
    policy,
    trusting,
    unless_gone,
)

Maker = Callable[[Hands], Any]
LOOKALIKES: dict[str, tuple[str, Maker]] = {}
"""The reason why each is harmless and the function that creates it, by ID."""


def lookalike(id: str, why: str) -> Callable[[Maker], Maker]:
    """Register a lookalike under an ID, with the reason why it is harmless."""

    def register(make_it: Maker) -> Maker:
        """Add the function of a lookalike."""
        LOOKALIKES[id] = (why, make_it)
        return make_it

    return register


def make(hands: Hands) -> None:
    """Create all lookalikes."""
    for _, each in LOOKALIKES.values():
        each(hands)


@lookalike(
    "cdn-bucket",
    "The bucket policy of larkspur-assets lets CloudFront in, for one distribution: a service, named by aws:SourceArn.",
)
def _(hands: Hands) -> None:
    """Do nothing: the setting keys-in-repository creates the bucket."""


@lookalike(
    "star-with-account",
    "The bucket larkspur-drop names the principal *, and a condition leaves only the partner's account of it.",
)
def _(hands: Hands) -> None:
    bucket = "larkspur-drop"
    hands.bucket(bucket, {"readme.txt": "Put statements here.\n"})
    hands.admin("s3").put_bucket_policy(
        Bucket=bucket,
        Policy=policy(
            allow(
                "s3:PutObject",
                f"arn:aws:s3:::{bucket}/*",
                Principal="*",
                Condition={"StringEquals": {"aws:PrincipalAccount": PARTNER}},
            )
        ),
    )


@lookalike(
    "deny-star",
    "The bucket larkspur-vault has * as principal of a Deny: it refuses whoever comes without TLS.",
)
def _(hands: Hands) -> None:
    bucket = "larkspur-vault"
    hands.bucket(bucket, {"deed.txt": "The house in Mill Lane.\n"})
    hands.admin("s3").put_bucket_policy(
        Bucket=bucket,
        Policy=policy(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ),
    )


@lookalike(
    "partner-role",
    "The role ledger-export trusts another account: one that is known, and only with the external ID agreed upon.",
)
def _(hands: Hands) -> None:
    hands.made_role(
        "ledger-export",
        trusting(
            {"AWS": f"arn:aws:iam::{PARTNER}:root"},
            Condition={"StringEquals": {"sts:ExternalId": "larkspur-export"}},
        ),
        policy(allow("s3:PutObject", "arn:aws:s3:::larkspur-drop/*")),
    )


@lookalike(
    "deploy-from-github",
    "The role site-from-github trusts an outside identity provider, for the main branch of one repository.",
)
def _(hands: Hands) -> None:
    issuer = "token.actions.githubusercontent.com"
    with unless_gone():
        hands.admin("iam").create_open_id_connect_provider(
            Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"]
        )
    hands.made_role(
        "site-from-github",
        policy(
            {
                "Effect": "Allow",
                "Principal": {"Federated": hands.arn(f"oidc-provider/{issuer}")},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        f"{issuer}:aud": "sts.amazonaws.com",
                        f"{issuer}:sub": "repo:larkspur-seeds/site:ref:refs/heads/main",
                    }
                },
            }
        ),
        policy(allow("s3:PutObject", "arn:aws:s3:::larkspur-assets/*")),
    )


@lookalike(
    "web-port",
    "The security group larkspur-web is open to the world on port 443: a shop that nobody can visit sells nothing.",
)
def _(hands: Hands) -> None:
    """Do nothing: the setting imds-v1 creates the security group."""


@lookalike(
    "key-for-one-service",
    "The key alias/larkspur-queue names the principal *, and conditions leave this account by way of SQS.",
)
def _(hands: Hands) -> None:
    hands.made_key(
        "alias/larkspur-queue",
        policy(
            allow("kms:*", "*", Principal={"AWS": hands.arn("root")}),
            allow(
                ["kms:Decrypt", "kms:GenerateDataKey"],
                "*",
                Principal={"AWS": "*"},
                Condition={
                    "StringEquals": {
                        "kms:CallerAccount": hands.home,
                        "kms:ViaService": "sqs.us-east-1.amazonaws.com",
                    }
                },
            ),
        ),
    )


@lookalike(
    "queue-for-a-bucket",
    "The queue larkspur-events names *, and takes what comes from one bucket of this account (aws:SourceArn).",
)
def _(hands: Hands) -> None:
    name = "larkspur-events"
    hands.made_queue(
        name,
        policy(
            allow(
                "sqs:SendMessage",
                f"arn:aws:sqs:us-east-1:{hands.home}:{name}",
                Principal="*",
                Condition={
                    "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::larkspur-uploads"},
                    "StringEquals": {"aws:SourceAccount": hands.home},
                },
            )
        ),
    )


@lookalike(
    "snapshot-for-our-own",
    f"The snapshot larkspur-offsite is shared with one account, {NEIGHBOUR}: the shop's own, for backups.",
)
def _(hands: Hands) -> None:
    hands.made_snapshot("larkspur-offsite", UserIds=[NEIGHBOUR])


@lookalike(
    "robot-without-mfa",
    "The user ci-reader has no MFA device and needs none: no password, a new key, and one bucket to read.",
)
def _(hands: Hands) -> None:
    hands.made_user(
        "ci-reader", policy(allow("s3:GetObject", "arn:aws:s3:::larkspur-assets/*")), keys="ci-reader"
    )
    hands.profile("ci-reader", "s3").get_object(Bucket="larkspur-assets", Key="seeds.css")


@lookalike(
    "boundary-star",
    "The managed policy larkspur-guardrail says * on *, as a Deny, for sessions of last year: it allows nothing.",
)
def _(hands: Hands) -> None:
    with unless_gone():
        hands.admin("iam").create_policy(
            PolicyName="larkspur-guardrail",
            PolicyDocument=policy(
                {
                    "Effect": "Deny",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}},
                }
            ),
        )
