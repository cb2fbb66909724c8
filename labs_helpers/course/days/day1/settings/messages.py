"""SQS and KMS: a queue that accepts messages from anyone, and a key that decrypts for anyone."""

from __future__ import annotations

from botocore.exceptions import ClientError

from labs_helpers.course.days.day1.actors import STRANGER, ShopAccount, allow, policy, trusting
from labs_helpers.course.days.day1.setting_registry import attack, partial_fix, setting, task
from labs_helpers.course.days.day1.settings.identities import ORDERS

BACKUPS = "alias/larkspur-backups"


@setting("open-queue", "Anyone can send orders to the queue", f"SQS queue {ORDERS}, access policy")
def _neglect_open_queue(account: ShopAccount) -> None:
    arn = f"arn:aws:sqs:us-east-1:{account.home}:{ORDERS}"
    account.ensure_queue(
        ORDERS, policy(allow("sqs:SendMessage", arn, Sid="WebhooksFromSomewhere", Principal="*"))
    )
    account.ensure_role(
        "packing",
        trusting({"AWS": account.arn("root")}),
        policy(allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], arn)),
    )


@attack("open-queue", "an outsider with their own AWS account", "orders a thousand seed boxes without paying")
def _attack_open_queue(account: ShopAccount) -> None:
    account.administrator_of(STRANGER, "sqs").send_message(
        QueueUrl=account.created.ids[ORDERS], MessageBody='{"order": 666, "item": "seed box", "paid": true}'
    )


@task("open-queue", "the packing room receives an order from the queue")
def _use_open_queue(account: ShopAccount) -> None:
    account.role("shop-web", "sqs").send_message(
        QueueUrl=account.created.ids[ORDERS], MessageBody='{"order": 18}'
    )
    sqs = account.role("packing", "sqs")
    for each in sqs.receive_message(QueueUrl=account.created.ids[ORDERS]).get("Messages", ()):
        sqs.delete_message(QueueUrl=account.created.ids[ORDERS], ReceiptHandle=each["ReceiptHandle"])


@setting("open-key", "A key policy lets everyone use the key", f"KMS key {BACKUPS}, key policy")
def _neglect_open_key(account: ShopAccount) -> None:
    root = allow("kms:*", "*", Sid="Account", Principal={"AWS": account.arn("root")})
    everybody = allow(
        ["kms:Decrypt", "kms:DescribeKey"], "*", Sid="RestoreFromAnywhere", Principal={"AWS": "*"}
    )
    arn = account.ensure_key(BACKUPS, policy(root, everybody))
    account.ensure_role(
        "backup",
        trusting({"AWS": account.arn("root")}),
        policy(allow(["kms:Encrypt", "kms:Decrypt"], arn)),
    )
    sealed = account.admin("kms").encrypt(KeyId=arn, Plaintext=b"customers of 2025")
    account.created.blobs["backup"] = sealed["CiphertextBlob"]


@attack("open-key", "an outsider with a stolen backup tape", "decrypts it with the shop's own key")
def _attack_open_key(account: ShopAccount) -> None:
    account.administrator_of(STRANGER, "kms").decrypt(
        CiphertextBlob=account.created.blobs["backup"], KeyId=account.created.ids[BACKUPS]
    )


@task("open-key", "the backup job decrypts last year's backup")
def _use_open_key(account: ShopAccount) -> None:
    account.role("backup", "kms").decrypt(
        CiphertextBlob=account.created.blobs["backup"], KeyId=account.created.ids[BACKUPS]
    )


@partial_fix("open-key")
def _partial_fix_of_open_key(account: ShopAccount) -> str | None:
    try:
        state = account.admin("kms").describe_key(KeyId=account.created.ids[BACKUPS])["KeyMetadata"][
            "KeyState"
        ]
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith("AccessDenied"):
            raise
        return (
            "The key policy locks out the administrator, so no one can manage the key or fix its policy. In AWS, only "
            "AWS Support can help then. Here, start the day over with `day.reset()`."
        )
    if state in ("Disabled", "PendingDeletion"):
        return (
            f"The key is {state}, so no one can read the backups now, not even the shop. Fix its policy, and restore "
            "the key with CancelKeyDeletion or EnableKey."
        )
    return None
