"""SQS and KMS: a queue that accepts messages from anyone, and a key that decrypts for anyone."""

from __future__ import annotations

from botocore.exceptions import ClientError

from labs_helpers.course.days.day1.actors import STRANGER, ShopAccount, allow, policy, trusting
from labs_helpers.course.days.day1.setting_registry import attack, partial_fix, setting, task
from labs_helpers.course.days.day1.settings.identities import ORDERS

BACKUPS = "alias/larkspur-backups"


@setting("open-queue", "Anybody may write orders into the queue", f"SQS queue {ORDERS}, access policy")
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


@attack("open-queue", "somebody with an AWS account of their own", "orders a thousand seed boxes, unpaid")
def _attack_open_queue(account: ShopAccount) -> None:
    account.administrator_of(STRANGER, "sqs").send_message(
        QueueUrl=account.created.ids[ORDERS], MessageBody='{"order": 666, "item": "seed box", "paid": true}'
    )


@task("open-queue", "the packing room takes an order from the queue")
def _use_open_queue(account: ShopAccount) -> None:
    account.role("shop-web", "sqs").send_message(
        QueueUrl=account.created.ids[ORDERS], MessageBody='{"order": 18}'
    )
    sqs = account.role("packing", "sqs")
    for each in sqs.receive_message(QueueUrl=account.created.ids[ORDERS]).get("Messages", ()):
        sqs.delete_message(QueueUrl=account.created.ids[ORDERS], ReceiptHandle=each["ReceiptHandle"])


@setting("open-key", "A key's policy lets everybody use it", f"KMS key {BACKUPS}, key policy")
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


@attack("open-key", "somebody who got hold of a backup tape", "has the shop's own key decrypt it")
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
            "The key's policy locks its administrator out: nobody can look after the key, or mend its policy. In AWS "
            "nobody but AWS Support can help then. Here `day.reset()` opens the day afresh."
        )
    if state in ("Disabled", "PendingDeletion"):
        return (
            f"The key is {state}: nobody reads the backups now, the shop neither. Mend its policy, and have it back "
            "with CancelKeyDeletion or EnableKey."
        )
    return None
