"""RDS: a database with a public address, and a snapshot of it that any account can restore."""

from __future__ import annotations

from typing import Any

from labs_helpers.course.days.day1.actors import STRANGER, Hands, unless_gone
from labs_helpers.course.days.day1.setting import Stopped, attack, half, setting, task
from labs_helpers.course.days.day1.settings.machines import database_group

DATABASE, SNAPSHOT = "larkspur-shop", "larkspur-shop-2026-05"


@setting("public-database", "The database has a public address", f"RDS DB instance {DATABASE}")
def _(hands: Hands) -> None:
    rds, group = hands.admin("rds"), database_group(hands)
    with unless_gone():
        rds.create_db_instance(
            DBInstanceIdentifier=DATABASE, DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
            MasterUsername="shop", MasterUserPassword="hyacinth-and-rue-7", StorageEncrypted=True,
            VpcSecurityGroupIds=[group], DeletionProtection=True,
        )  # fmt: skip
    rds.modify_db_instance(
        DBInstanceIdentifier=DATABASE,
        PubliclyAccessible=True,
        VpcSecurityGroupIds=[group],
        ApplyImmediately=True,
    )


@attack("public-database", "a port scanner", "finds the database's name leading to a public address")
def _(hands: Hands) -> bool:
    """Read the database's settings, because the lab has no name servers.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    """
    return bool(_instance(hands)["PubliclyAccessible"])


def _instance(hands: Hands) -> dict[str, Any]:
    found = hands.admin("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)
    return found["DBInstances"][0]


@task("public-database", "the database runs, for the web server")
def _(hands: Hands) -> None:
    found = _instance(hands)
    groups = [each["VpcSecurityGroupId"] for each in found["VpcSecurityGroups"]]
    if hands.kept.ids["larkspur-db-group"] not in groups:
        raise Stopped("The database is not in the security group larkspur-db any more.")


@setting("shared-db-snapshot", "Anybody may restore a snapshot of a database", f"RDS snapshot {SNAPSHOT}")
def _(hands: Hands) -> None:
    rds = hands.admin("rds")
    old = "larkspur-old"
    with unless_gone():
        rds.describe_db_snapshots(DBSnapshotIdentifier=SNAPSHOT)
        rds.modify_db_snapshot_attribute(
            DBSnapshotIdentifier=SNAPSHOT, AttributeName="restore", ValuesToAdd=["all"]
        )
        return
    # The snapshot was taken before the database was encrypted, because an encrypted snapshot cannot be public.
    rds.create_db_instance(
        DBInstanceIdentifier=old, DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="shop", MasterUserPassword="hyacinth-and-rue-7", PubliclyAccessible=False,
    )  # fmt: skip
    rds.create_db_snapshot(DBSnapshotIdentifier=SNAPSHOT, DBInstanceIdentifier=old)
    rds.delete_db_instance(DBInstanceIdentifier=old, SkipFinalSnapshot=True)
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier=SNAPSHOT, AttributeName="restore", ValuesToAdd=["all"]
    )


@attack("shared-db-snapshot", "somebody with an AWS account of their own", "restores the customers' database")
def _(hands: Hands) -> None:
    rds = hands.of(STRANGER, "rds")
    arn = f"arn:aws:rds:us-east-1:{hands.home}:snapshot:{SNAPSHOT}"
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="loot", DBSnapshotIdentifier=arn)
    rds.delete_db_instance(DBInstanceIdentifier="loot", SkipFinalSnapshot=True)


@task("shared-db-snapshot", "the shop can restore its database from the snapshot")
def _(hands: Hands) -> None:
    rds = hands.admin("rds")
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="larkspur-drill", DBSnapshotIdentifier=SNAPSHOT, PubliclyAccessible=False
    )
    rds.delete_db_instance(DBInstanceIdentifier="larkspur-drill", SkipFinalSnapshot=True)


@half("shared-db-snapshot")
def _(hands: Hands) -> str | None:
    found = hands.admin("rds").describe_db_snapshot_attributes(DBSnapshotIdentifier=SNAPSHOT)
    for each in found["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]:
        accounts = [value for value in each["AttributeValues"] if value.isdigit()]
        if accounts:
            return f"`all` is gone, and {', '.join(accounts)}, which nobody here knows, may still restore it."
    return None
