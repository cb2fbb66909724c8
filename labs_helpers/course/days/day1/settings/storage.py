"""S3: a public bucket, and an outdated access control list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.course.days.day1.actors import STRANGER, ShopAccount, allow, policy, unless_gone
from labs_helpers.course.days.day1.setting_registry import attack, partial_fix, setting, task

INVOICES, UPLOADS, PAYROLL = "larkspur-invoices", "larkspur-uploads", "larkspur-payroll"
INVOICE = "2026/0001.txt"
LETTER = "letters/from-customer.txt"


@setting("public-bucket", "A bucket policy lets anyone read the invoices", f"s3://{INVOICES}, bucket policy")
def _neglect_public_bucket(account: ShopAccount) -> None:
    account.ensure_bucket(
        INVOICES, {INVOICE: "Larkspur Seeds, invoice 0001: Cleo Marsh, 3 Mill Lane, 41.20\n"}
    )
    s3 = account.admin("s3")
    s3.put_bucket_ownership_controls(
        Bucket=INVOICES, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    _remove_public_access_block(account, INVOICES)
    s3.put_bucket_policy(
        Bucket=INVOICES,
        Policy=policy(
            allow(
                ["s3:GetObject", "s3:PutObject"],
                f"arn:aws:s3:::{INVOICES}/*",
                Sid="TheShop",
                Principal={"AWS": account.arn("role/shop-web")},
            ),
            allow(
                "s3:GetObject", f"arn:aws:s3:::{INVOICES}/*", Sid="ForTheNewWebsiteRemoveLater", Principal="*"
            ),
        ),
    )


def _remove_public_access_block(account: ShopAccount, bucket: str) -> None:
    """Remove the Block Public Access settings of the bucket and of the account."""
    account.admin("s3").delete_public_access_block(Bucket=bucket)
    account.admin("s3control").delete_public_access_block(AccountId=account.home)


@attack("public-bucket", "an anonymous visitor", "reads a customer's invoice")
def _attack_public_bucket(account: ShopAccount) -> None:
    account.anonymous("s3").get_object(Bucket=INVOICES, Key=INVOICE)


@task("public-bucket", "the shop writes an invoice and reads it again")
def _use_public_bucket(account: ShopAccount) -> None:
    s3 = account.role("shop-web", "s3")
    s3.put_object(Bucket=INVOICES, Key="2026/0002.txt", Body=b"Larkspur Seeds, invoice 0002\n")
    s3.get_object(Bucket=INVOICES, Key=INVOICE)


@partial_fix("public-bucket")
def _partial_fix_of_public_bucket(account: ShopAccount) -> str | None:
    """Report BlockPublicPolicy without RestrictPublicBuckets, which leaves an existing public policy in effect.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    s3 = account.admin("s3")
    with unless_gone():
        block = s3.get_public_access_block(Bucket=INVOICES)["PublicAccessBlockConfiguration"]
        if block["BlockPublicPolicy"] and not block["RestrictPublicBuckets"]:
            return (
                "BlockPublicPolicy rejects new public policies, but the existing one stays in effect. "
                "RestrictPublicBuckets keeps outsiders out, and removing the statement removes the cause."
            )
    return None


@setting("acl-leftover", "An access control list lets every AWS account in", f"s3://{UPLOADS}, ACL")
def _neglect_acl_leftover(account: ShopAccount) -> None:
    account.ensure_bucket(UPLOADS, {})
    s3 = account.admin("s3")
    s3.put_bucket_ownership_controls(
        Bucket=UPLOADS, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    _remove_public_access_block(account, UPLOADS)
    s3.put_object(Bucket=UPLOADS, Key=LETTER, Body=b"My parcel went to my old address, which is ...\n")
    s3.put_bucket_acl(Bucket=UPLOADS, ACL="authenticated-read")
    s3.put_object_acl(Bucket=UPLOADS, Key=LETTER, ACL="authenticated-read")


@attack("acl-leftover", "an outsider with their own AWS account", "lists the customers' letters")
def _attack_acl_leftover(account: ShopAccount) -> None:
    account.administrator_of(STRANGER, "s3").list_objects_v2(Bucket=UPLOADS)


@attack("acl-leftover", "an outsider with their own AWS account", "reads a customer's letter")
def _attack_object_acl(account: ShopAccount) -> None:
    account.administrator_of(STRANGER, "s3").get_object(Bucket=UPLOADS, Key=LETTER)


@task("acl-leftover", "the shop stores a customer's letter and reads it again")
def _use_acl_leftover(account: ShopAccount) -> None:
    s3 = account.role("shop-web", "s3")
    s3.put_object(Bucket=UPLOADS, Key="letters/new.txt", Body=b"Thank you for the sweet peas.\n")
    s3.get_object(Bucket=UPLOADS, Key=LETTER)


@partial_fix("acl-leftover")
def _partial_fix_of_acl_leftover(account: ShopAccount) -> str | None:
    s3 = account.admin("s3")
    with unless_gone():
        bucket = _groups(s3.get_bucket_acl(Bucket=UPLOADS))
        letter = _groups(s3.get_object_acl(Bucket=UPLOADS, Key=LETTER))
        ownership = s3.get_bucket_ownership_controls(Bucket=UPLOADS)["OwnershipControls"]["Rules"][0]
        if letter and not bucket and ownership["ObjectOwnership"] != "BucketOwnerEnforced":
            return (
                "The bucket's ACL is fixed, but the letter has its own ACL. With the object ownership setting "
                "BucketOwnerEnforced, no ACL has any effect, neither the bucket's nor an object's."
            )
    return None


def _groups(acl: Mapping[str, Any]) -> list[str]:
    return [each["Grantee"]["URI"] for each in acl["Grants"] if "URI" in each["Grantee"]]
