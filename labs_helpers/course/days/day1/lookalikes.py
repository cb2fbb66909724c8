"""Resources that look dangerous but are safe.

A checker shouldn't report them, because false positives make people ignore a checker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.course.days.day1.actors import (
    NEIGHBOUR,
    PARTNER,
    ShopAccount,
    allow,
    policy,
    trusting,
    unless_gone,
)

Creator = Callable[[ShopAccount], Any]
LOOKALIKES: dict[str, tuple[str, Creator]] = {}
"""Lookalike ID → the reason why the lookalike is harmless, and the function that creates it."""


def lookalike(id: str, why: str) -> Callable[[Creator], Creator]:
    """Register the decorated function, which creates a lookalike. `why` is the reason why it is harmless."""

    def register(create: Creator) -> Creator:
        """Register the function that creates a lookalike."""
        LOOKALIKES[id] = (why, create)
        return create

    return register


def create_all(account: ShopAccount) -> None:
    """Create all lookalikes."""
    for _, each in LOOKALIKES.values():
        each(account)


@lookalike(
    "cdn-bucket",
    "The bucket policy of larkspur-assets lets in only the CloudFront service, for one distribution (aws:SourceArn).",
)
def _create_cdn_bucket(account: ShopAccount) -> None:
    """Do nothing: the setting keys-in-repository creates the bucket."""


@lookalike(
    "star-with-account",
    "The bucket policy of larkspur-drop names the principal *, but a condition limits it to the partner's account.",
)
def _create_star_with_account(account: ShopAccount) -> None:
    bucket = "larkspur-drop"
    account.ensure_bucket(bucket, {"readme.txt": "Put statements here.\n"})
    account.admin("s3").put_bucket_policy(
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
    "The bucket policy of larkspur-vault names the principal * in a Deny: it denies every request without TLS.",
)
def _create_deny_star(account: ShopAccount) -> None:
    bucket = "larkspur-vault"
    account.ensure_bucket(bucket, {"deed.txt": "The house in Mill Lane.\n"})
    account.admin("s3").put_bucket_policy(
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
    "The role ledger-export trusts another account, but a known one, and only with the external ID that was agreed on.",
)
def _create_partner_role(account: ShopAccount) -> None:
    account.ensure_role(
        "ledger-export",
        trusting(
            {"AWS": f"arn:aws:iam::{PARTNER}:root"},
            Condition={"StringEquals": {"sts:ExternalId": "larkspur-export"}},
        ),
        policy(allow("s3:PutObject", "arn:aws:s3:::larkspur-drop/*")),
    )


@lookalike(
    "deploy-from-github",
    "The role site-from-github trusts an external identity provider, but only for the main branch of one repository.",
)
def _create_deploy_from_github(account: ShopAccount) -> None:
    issuer = "token.actions.githubusercontent.com"
    with unless_gone():
        account.admin("iam").create_open_id_connect_provider(
            Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"]
        )
    account.ensure_role(
        "site-from-github",
        policy(
            {
                "Effect": "Allow",
                "Principal": {"Federated": account.arn(f"oidc-provider/{issuer}")},
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
    "The security group larkspur-web is open to the internet on port 443: a shop needs visitors.",
)
def _create_web_port(account: ShopAccount) -> None:
    """Do nothing: the setting imds-v1 creates the security group."""


@lookalike(
    "key-for-one-service",
    "The policy of alias/larkspur-queue names the principal *, but conditions limit it to this account, via SQS.",
)
def _create_key_for_one_service(account: ShopAccount) -> None:
    account.ensure_key(
        "alias/larkspur-queue",
        policy(
            allow("kms:*", "*", Principal={"AWS": account.arn("root")}),
            allow(
                ["kms:Decrypt", "kms:GenerateDataKey"],
                "*",
                Principal={"AWS": "*"},
                Condition={
                    "StringEquals": {
                        "kms:CallerAccount": account.home,
                        "kms:ViaService": "sqs.us-east-1.amazonaws.com",
                    }
                },
            ),
        ),
    )


@lookalike(
    "queue-for-a-bucket",
    "The queue larkspur-events names *, but accepts only messages from one bucket of this account (aws:SourceArn).",
)
def _create_queue_for_a_bucket(account: ShopAccount) -> None:
    name = "larkspur-events"
    account.ensure_queue(
        name,
        policy(
            allow(
                "sqs:SendMessage",
                f"arn:aws:sqs:us-east-1:{account.home}:{name}",
                Principal="*",
                Condition={
                    "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::larkspur-uploads"},
                    "StringEquals": {"aws:SourceAccount": account.home},
                },
            )
        ),
    )


@lookalike(
    "snapshot-for-our-own",
    f"The snapshot larkspur-offsite is shared with one account, {NEIGHBOUR}, which is the shop's own, for backups.",
)
def _create_snapshot_for_our_own(account: ShopAccount) -> None:
    account.ensure_snapshot("larkspur-offsite", UserIds=[NEIGHBOUR])


@lookalike(
    "robot-without-mfa",
    "The user ci-reader doesn't need an MFA device: it has no password, a new key, and read access to one bucket.",
)
def _create_robot_without_mfa(account: ShopAccount) -> None:
    account.ensure_user(
        "ci-reader", policy(allow("s3:GetObject", "arn:aws:s3:::larkspur-assets/*")), keys="ci-reader"
    )
    account.profile("ci-reader", "s3").get_object(Bucket="larkspur-assets", Key="seeds.css")


@lookalike(
    "boundary-star",
    "The managed policy larkspur-guardrail covers * on *, but as a Deny for old sessions: it doesn't allow anything.",
)
def _create_boundary_star(account: ShopAccount) -> None:
    with unless_gone():
        account.admin("iam").create_policy(
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
