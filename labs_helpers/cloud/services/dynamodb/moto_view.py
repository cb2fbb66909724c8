"""Access to DynamoDB data in moto: key schemas, tags, and resource policies.

For nonexistent resources, functions return None or empty values.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends, hooks
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.cloud.services.dynamodb.attribute_values import as_sent
from labs_helpers.engine.policy.arn import Arn


def _table(arn: str) -> Any:
    """Return the table that an ARN of a table, index, or stream belongs to, or None if there isn't one."""
    parts = Arn.read(arn)
    if parts is None or "/" not in parts.resource:
        return None
    backend = existing("dynamodb", parts.account, parts.region)
    return backend.tables.get(parts.resource.split("/")[1]) if backend is not None else None


def hash_key(table_arn: str, index: str | None = None) -> str | None:
    """Return the name of the partition key of a table or index, or None if the table or index doesn't exist."""
    table = _table(table_arn)
    if table is None:
        return None
    if index is None:
        return table.hash_key_attr or None
    for each in (*table.indexes, *table.global_indexes):
        if each.name == index:
            return next((key["AttributeName"] for key in each.schema if key["KeyType"] == "HASH"), None)
    return None


def tags(arn: str) -> Mapping[str, str]:
    """Return the tags of a table. For an index, return its table's tags."""
    table = _table(arn)
    return {tag["Key"]: tag["Value"] for tag in table.tags} if table is not None else {}


def resource_policy(arn: str) -> str | None:
    """Return the policy of a table, index (its table's policy), or stream as JSON text, or None if there isn't one."""
    parts = Arn.read(arn)
    backend = existing("dynamodb", parts.account, parts.region) if parts is not None else None
    policy = backend.resource_policies.get(arn.partition("/index/")[0]) if backend is not None else None
    return policy.policy_doc if policy is not None else None


def forget_policies(arn: str) -> None:
    """Remove the policies of a table and of its streams."""
    parts = Arn.parse(arn)
    policies = existing("dynamodb", parts.account, parts.region).resource_policies
    for resource in [each for each in policies if each == arn or each.startswith(f"{arn}/")]:
        del policies[resource]


def set_policy(account: str, region: str, table: str, document: str) -> None:
    """Attach a policy, given as JSON text, to an existing table."""
    arn = f"arn:aws:dynamodb:{region}:{account}:table/{table}"
    existing("dynamodb", account, region).put_resource_policy(arn, document, None)


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the policies of all tables and streams, as `Kept` objects."""
    for backend in backends.everywhere("dynamodb"):
        for arn, each in backend.resource_policies.items():
            yield Kept(arn, each.policy_doc, partial(setattr, each, "policy_doc"))


# Encryption with KMS keys: moto's own attribute contains the key's ARN; `labs_sealed` contains the table key.


def encrypt(arn: str, key_arn: str | None) -> None:
    """Set the KMS key in a table's description. None means the AWS owned key."""
    table = _table(arn)
    if table is not None:
        table.sse_specification = {"Enabled": True, "KMSMasterKeyId": key_arn} if key_arn else None


def described(arn: str) -> Any:
    """Return a table as DescribeTable does, under the key `TableDescription`."""
    return _table(arn).describe()


def seal(arn: str, sealed: Any | None) -> None:
    """Store a table's encrypted table key with the table. None means that the table has no KMS key."""
    table = _table(arn)
    if table is not None:
        table.__dict__["labs_sealed"] = sealed


def sealed(arn: str) -> Any | None:
    """Return the encrypted table key that `seal` stored, or None if there isn't one."""
    table = _table(arn)
    return table.__dict__.get("labs_sealed") if table is not None else None


def sealed_in_backup(arn: str) -> Any | None:
    """Return the encrypted table key of the table in a backup, or None if there isn't one."""
    parts = Arn.read(arn)
    backend = existing("dynamodb", parts.account, parts.region) if parts is not None else None
    backup = backend.backups.get(arn) if backend is not None else None
    return backup.table.__dict__.get("labs_sealed") if backup is not None else None


def table_id(arn: str, ids: Ids) -> str:
    """Return a table's permanent ID, or a new ID for a table that doesn't exist."""
    table = _table(arn)
    kept = table.__dict__ if table is not None else {}
    if "labs_id" not in kept:
        kept["labs_id"] = ids.uuid()
    return str(kept["labs_id"])


def on_demand_since(arn: str, now: datetime | None) -> datetime | None:
    """Return the time at which a table was first seen in on-demand mode, or None if it was never seen in this mode.

    If the table is seen in this mode for the first time, record `now`.
    """
    return _kept_moment(arn, "labs_on_demand", now)


def inaccessible_since(arn: str, now: datetime | None) -> datetime | None:
    """Return the time at which a table's key was first found to be inaccessible, or None while it is accessible.

    If the key is inaccessible for the first time, record `now`.
    """
    table = _table(arn)
    if table is not None and now is None:
        table.__dict__.pop("labs_inaccessible", None)
    return _kept_moment(arn, "labs_inaccessible", now)


def _kept_moment(arn: str, name: str, now: datetime | None) -> datetime | None:
    table = _table(arn)
    if table is None:
        return now
    if now is not None:
        table.__dict__.setdefault(name, now)
    moment: datetime | None = table.__dict__.get(name)
    return moment


def earliest_restorable(arn: str) -> float:
    """Return the first time to which an existing table with point-in-time recovery can be restored."""
    described = _table(arn).continuous_backups["PointInTimeRecoveryDescription"]
    return float(described["EarliestRestorableDateTime"])


def has_stream(arn: str) -> bool:
    """Return True if an existing table has an enabled stream."""
    return bool((_table(arn).stream_specification or {}).get("StreamEnabled"))


def recovers_to_point_in_time(arn: str) -> bool:
    """Return True if an existing table has point-in-time recovery."""
    described = _table(arn).continuous_backups["PointInTimeRecoveryDescription"]
    return bool(described["PointInTimeRecoveryStatus"] == "ENABLED")


def time_to_live(arn: str) -> str | None:
    """Return the attribute with the time at which an existing table's items expire, or None if items don't expire."""
    setting = _table(arn).ttl
    return setting.get("AttributeName") if setting["TimeToLiveStatus"] == "ENABLED" else None


def time_to_live_changed(arn: str, now: datetime | None = None) -> datetime | None:
    """Return when an existing table's time-to-live last changed, or None. Record `now` as the last change."""
    kept = _table(arn).__dict__
    if now is not None:
        kept["labs_ttl_changed"] = now
    moment: datetime | None = kept.get("labs_ttl_changed")
    return moment


def exists(arn: str) -> bool:
    """Return True if the table exists, given the ARN of the table or one of its indexes or streams."""
    return _table(arn) is not None


def keys_of(arn: str) -> Mapping[str, str]:
    """Return an existing table's key attributes with their types, partition key first."""
    table = _table(arn)
    keys = {table.hash_key_attr: table.hash_key_type}
    return keys | ({table.range_key_attr: table.range_key_type} if table.range_key_attr else {})


def schema_of(arn: str, index: str | None = None) -> dict[str, str] | None:
    """Return the key attributes of a table or index with their types, partition key first.

    Returns None if the table or index doesn't exist.
    """
    table = _table(arn)
    if table is None:
        return None
    types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
    if index is None:
        return dict(keys_of(arn))
    named = next((each for each in table.all_indexes() if each.name == index), None)
    if named is None:
        return None
    by_kind = sorted(named.schema, key=lambda each: each["KeyType"] != "HASH")
    return {each["AttributeName"]: types[each["AttributeName"]] for each in by_kind}


def attributes_of(arn: str) -> list[dict[str, str]]:
    """Return the attribute definitions of an existing table."""
    return list(_table(arn).attr)


def billing_mode(arn: str) -> str:
    """Return the billing mode of an existing table."""
    return _table(arn).billing_mode or "PROVISIONED"


@contextmanager
def keeping_attributes(arn: str) -> Iterator[None]:
    """Keep the attribute definitions that a table's keys need.

    Otherwise, an update in the block would replace them.
    """
    before = attributes_of(arn)
    try:
        yield
    finally:
        table = _table(arn)
        given = {each["AttributeName"]: each for each in (*before, *table.attr)}
        needed = {name for keys in (keys_of(arn), *_schemas(table)) for name in keys}
        table.attr = [each for name, each in given.items() if name in needed]


def _schemas(table: Any) -> list[list[str]]:
    return [[each["AttributeName"] for each in index.schema] for index in table.all_indexes()]


def index_keys(arn: str) -> dict[str, dict[str, str]]:
    """Return the key attributes with their types, by index name, for each index of an existing table."""
    return {each.name: schema_of(arn, each.name) or {} for each in _table(arn).all_indexes()}


def item(arn: str, key: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the item with this key, or None if there isn't one. `key` can also be a whole item."""
    from moto.dynamodb.models.dynamo_type import DynamoType

    table = _table(arn)
    names = (
        [name for name in (table.hash_key_attr, table.range_key_attr) if name] if table is not None else []
    )
    if not names or any(not {"S", "N", "B"}.issuperset(key.get(name) or {"": ""}) for name in names):
        return None
    found = table.get_item(*(DynamoType(as_sent(dict(key[name]))) for name in names))
    return dict(found.to_json()["Attributes"]) if found is not None else None


def fits(attributes: Mapping[str, Any]) -> bool:
    """Return True if an item with these attributes isn't too large for a table."""
    from moto.dynamodb.exceptions import ItemSizeTooLarge
    from moto.dynamodb.models.dynamo_type import DynamoType, Item

    try:
        Item(DynamoType({"S": ""}), None, as_sent(dict(attributes)))
    except ItemSizeTooLarge:
        return False
    return True


def remembered(arn: str, key: Mapping[str, Mapping[str, Any]]) -> Callable[[], None]:
    """Remember the item with this key, and the table's stream, and return a function that restores both."""
    from moto.dynamodb.models.dynamo_type import DynamoType

    table = _table(arn)
    if table is None:
        return lambda: None
    partition_key, *sort_key = (DynamoType(as_sent(dict(key[name]))) for name in keys_of(arn))

    def items() -> dict[Any, Any]:
        """Return the items in the table or, if the table has a sort key, in the partition."""
        return table.items[partition_key] if sort_key else table.items  # type: ignore[no-any-return]

    place = sort_key[0] if sort_key else partition_key
    kept = copy.deepcopy(items().get(place))
    shard = table.stream_shard
    length = len(shard.items) if shard is not None else 0

    def restore() -> None:
        """Restore the item and the stream."""
        if kept is None:
            items().pop(place, None)
        else:
            items()[place] = kept
        if shard is not None:
            del shard.items[length:]

    return restore


def delete_item(arn: str, key: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Delete the item that has the given key and return its attributes, or None if no such item exists."""
    from moto.dynamodb.models.dynamo_type import DynamoType

    old = item(arn, key)
    if old is not None:
        hash_value, *range_value = (DynamoType(as_sent(dict(value))) for value in key.values())
        _table(arn).delete_item(hash_value, range_value[0] if range_value else None)
    return old


def put_item(arn: str, attributes: Mapping[str, Any]) -> None:
    """Put an item into a table."""
    parts = Arn.parse(arn)
    backend = existing("dynamodb", parts.account, parts.region)
    backend.put_item(parts.name, as_sent(dict(attributes)), overwrite=True)


def update_item(
    arn: str, key: Mapping[str, Mapping[str, Any]], sets: Mapping[str, Any], removes: Sequence[str]
) -> None:
    """Set and remove attributes of the item with a key."""
    parts = Arn.parse(arn)
    names = {f"#{number}": name for number, name in enumerate((*sets, *removes))}
    values = {f":{number}": as_sent(value) for number, value in enumerate(sets.values())}
    clauses = []
    if sets:
        clauses.append("SET " + ", ".join(f"#{number} = :{number}" for number in range(len(sets))))
    if removes:
        clauses.append("REMOVE " + ", ".join(f"#{len(sets) + number}" for number in range(len(removes))))
    existing("dynamodb", parts.account, parts.region).update_item(
        parts.name,
        key=as_sent(dict(key)),
        update_expression=" ".join(clauses),
        expression_attribute_names=names,
        expression_attribute_values=values,
    )


def items(arn: str, index: str | None) -> list[dict[str, Any]] | None:
    """Return the items of a table, or of one of its indexes. Returns None if there isn't such an index."""
    table = _table(arn)
    found = [dict(each.to_json()["Attributes"]) for each in table.all_items()]
    if index is None:
        return found
    named = next((each for each in table.all_indexes() if each.name == index), None)
    if named is None:
        return None
    keys = {each["AttributeName"] for each in named.schema}
    return [each for each in found if keys <= each.keys()]


def expect_nothing() -> hooks.Undo:
    """Make moto ignore a write's legacy conditions (Expected). Returns a function that undoes the change."""
    from moto.dynamodb import models
    from moto.dynamodb.models import table

    nothing = table.get_expected
    undo = [hooks.replace(each, get_expected=lambda _: nothing({})) for each in (models, table)]

    def undo_all() -> None:
        """Let moto read Expected again."""
        for each in undo:
            each()

    return undo_all


def forget(arn: str) -> None:
    """Undo the creation of a table: remove the table and its policy."""
    parts = Arn.parse(arn)
    existing("dynamodb", parts.account, parts.region).tables.pop(parts.name, None)
    forget_policies(arn)
