"""SQS and KMS: a queue that accepts messages from anyone, and a key that decrypts for anyone."""

from __future__ import annotations

from botocore.exceptions import ClientError

from labs_helpers.course.days.day1.actors import STRANGER, Hands, allow, policy, trusting
from labs_helpers.course.days.day1.setting import attack, half, setting, task
from labs_helpers.course.days.day1.settings.identities import ORDERS

BACKUPS = "alias/larkspur-backups"


@setting("open-queue", "Anybody may write orders into the queue", f"SQS queue {ORDERS}, access policy")
def _(hands: Hands) -> None:
    arn = f"arn:aws:sqs:us-east-1:{hands.home}:{ORDERS}"
    hands.made_queue(
        ORDERS, policy(allow("sqs:SendMessage", arn, Sid="WebhooksFromSomewhere", Principal="*"))
    )
    hands.made_role(
        "packing",
        trusting({"AWS": hands.arn("root")}),
        policy(allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], arn)),
    )


@attack("open-queue", "somebody with an AWS account of their own", "orders a thousand seed boxes, unpaid")
def _(hands: Hands) -> None:
    hands.of(STRANGER, "sqs").send_message(
        QueueUrl=hands.kept.ids[ORDERS], MessageBody='{"order": 666, "item": "seed box", "paid": true}'
    )


@task("open-queue", "the packing room takes an order from the queue")
def _(hands: Hands) -> None:
    hands.role("shop-web", "sqs").send_message(QueueUrl=hands.kept.ids[ORDERS], MessageBody='{"order": 18}')
    sqs = hands.role("packing", "sqs")
    for each in sqs.receive_message(QueueUrl=hands.kept.ids[ORDERS]).get("Messages", ()):
        sqs.delete_message(QueueUrl=hands.kept.ids[ORDERS], ReceiptHandle=each["ReceiptHandle"])


@setting("open-key", "A key's policy lets everybody use it", f"KMS key {BACKUPS}, key policy")
def _(hands: Hands) -> None:
    root = allow("kms:*", "*", Sid="Account", Principal={"AWS": hands.arn("root")})
    everybody = allow(
        ["kms:Decrypt", "kms:DescribeKey"], "*", Sid="RestoreFromAnywhere", Principal={"AWS": "*"}
    )
    arn = hands.made_key(BACKUPS, policy(root, everybody))
    hands.made_role(
        "backup",
        trusting({"AWS": hands.arn("root")}),
        policy(allow(["kms:Encrypt", "kms:Decrypt"], arn)),
    )
    sealed = hands.admin("kms").encrypt(KeyId=arn, Plaintext=b"customers of 2025")
    hands.kept.blobs["backup"] = sealed["CiphertextBlob"]


@attack("open-key", "somebody who got hold of a backup tape", "has the shop's own key decrypt it")
def _(hands: Hands) -> None:
    hands.of(STRANGER, "kms").decrypt(
        CiphertextBlob=hands.kept.blobs["backup"], KeyId=hands.kept.ids[BACKUPS]
    )


@task("open-key", "the backup job decrypts last year's backup")
def _(hands: Hands) -> None:
    hands.role("backup", "kms").decrypt(
        CiphertextBlob=hands.kept.blobs["backup"], KeyId=hands.kept.ids[BACKUPS]
    )


@half("open-key")
def _(hands: Hands) -> str | None:
    try:
        state = hands.admin("kms").describe_key(KeyId=hands.kept.ids[BACKUPS])["KeyMetadata"]["KeyState"]
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
