"""RDS: a database with a public address, and a snapshot of that database that any account can restore."""

from __future__ import annotations

from typing import Any

from labs_helpers.course.days.day1.actors import STRANGER, ShopAccount, unless_gone
from labs_helpers.course.days.day1.setting_registry import WorkStopped, attack, partial_fix, setting, task
from labs_helpers.course.days.day1.settings.machines import database_group

DATABASE, SNAPSHOT = "larkspur-shop", "larkspur-shop-2026-05"


@setting("public-database", "The database has a public address", f"RDS DB instance {DATABASE}")
def _neglect_public_database(account: ShopAccount) -> None:
    rds, group = account.admin("rds"), database_group(account)
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


@attack("public-database", "a port scanner", "finds that the database's name resolves to a public address")
def _attack_public_database(account: ShopAccount) -> bool:
    """Read the database's settings, because the lab has no name servers.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    """
    return bool(_instance(account)["PubliclyAccessible"])


def _instance(account: ShopAccount) -> dict[str, Any]:
    found = account.admin("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)
    return dict(found["DBInstances"][0])


@task("public-database", "the database runs and accepts connections from the web server")
def _use_public_database(account: ShopAccount) -> None:
    found = _instance(account)
    groups = [each["VpcSecurityGroupId"] for each in found["VpcSecurityGroups"]]
    if account.created.ids["larkspur-db-group"] not in groups:
        raise WorkStopped("The database isn't in the security group larkspur-db anymore.")


@setting("shared-db-snapshot", "Anyone can restore a snapshot of the database", f"RDS snapshot {SNAPSHOT}")
def _neglect_shared_db_snapshot(account: ShopAccount) -> None:
    rds = account.admin("rds")
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


@attack("shared-db-snapshot", "an outsider with their own AWS account", "restores the customer database")
def _attack_shared_db_snapshot(account: ShopAccount) -> None:
    rds = account.administrator_of(STRANGER, "rds")
    arn = f"arn:aws:rds:us-east-1:{account.home}:snapshot:{SNAPSHOT}"
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="outsiders-copy", DBSnapshotIdentifier=arn)
    rds.delete_db_instance(DBInstanceIdentifier="outsiders-copy", SkipFinalSnapshot=True)


@task("shared-db-snapshot", "the shop can restore its database from the snapshot")
def _use_shared_db_snapshot(account: ShopAccount) -> None:
    rds = account.admin("rds")
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="larkspur-drill", DBSnapshotIdentifier=SNAPSHOT, PubliclyAccessible=False
    )
    rds.delete_db_instance(DBInstanceIdentifier="larkspur-drill", SkipFinalSnapshot=True)


@partial_fix("shared-db-snapshot")
def _partial_fix_of_shared_db_snapshot(account: ShopAccount) -> str | None:
    found = account.admin("rds").describe_db_snapshot_attributes(DBSnapshotIdentifier=SNAPSHOT)
    for each in found["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]:
        accounts = [value for value in each["AttributeValues"] if value.isdigit()]
        if accounts:
            return f"`all` is gone, but {', '.join(accounts)}, an account unknown to the shop, can still restore it."
    return None
