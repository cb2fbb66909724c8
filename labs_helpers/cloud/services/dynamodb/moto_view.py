"""Views on moto's DynamoDB: key schemas, tags and resource policies. Nothing is found for what does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto import backends, hooks
from labs_helpers.cloud.moto.backends import existing
from labs_helpers.engine.policy.arn import Arn


def _table(arn: str) -> Any:
    """The table that an ARN of a table, index or stream belongs to."""
    named = Arn.read(arn)
    if named is None or "/" not in named.resource:
        return None
    found = existing("dynamodb", named.account, named.region)
    return found.tables.get(named.resource.split("/")[1]) if found is not None else None


def hash_key(table_arn: str, index: str | None = None) -> str | None:
    """The name of the partition key of a table or of one of its indexes."""
    table = _table(table_arn)
    if table is None:
        return None
    if index is None:
        return table.hash_key_attr or None
    for found in (*table.indexes, *table.global_indexes):
        if found.name == index:
            return next((key["AttributeName"] for key in found.schema if key["KeyType"] == "HASH"), None)
    return None


def tags(arn: str) -> Mapping[str, str]:
    """The tags of a table; an index has its table's."""
    table = _table(arn)
    return {tag["Key"]: tag["Value"] for tag in table.tags} if table is not None else {}


def resource_policy(arn: str) -> str | None:
    """The resource policy of a table (an index has its table's) or of a stream, as JSON text."""
    named = Arn.read(arn)
    found = existing("dynamodb", named.account, named.region) if named is not None else None
    policy = found.resource_policies.get(arn.partition("/index/")[0]) if found is not None else None
    return policy.policy_doc if policy is not None else None


def set_policy(account: str, region: str, table: str, document: str) -> None:
    """Attach a policy to a table that exists."""
    arn = f"arn:aws:dynamodb:{region}:{account}:table/{table}"
    existing("dynamodb", account, region).put_resource_policy(arn, document, None)


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """The policies of all tables and streams."""
    for backend in backends.everywhere("dynamodb"):
        for arn, each in backend.resource_policies.items():
            yield Kept(arn, each.policy_doc, partial(setattr, each, "policy_doc"))


# Encryption with KMS keys: what moto keeps of it, and what the service remembers beside it


def encrypt(arn: str, key_arn: str | None) -> None:
    """Have a table say that a KMS key encrypts it, None for a key of DynamoDB's own."""
    found = _table(arn)
    if found is not None:
        found.sse_specification = {"Enabled": True, "KMSMasterKeyId": key_arn} if key_arn else None


def described(arn: str) -> Any:
    """A table as DescribeTable shows it, under `TableDescription`."""
    return _table(arn).describe()


def seal(arn: str, sealed: Any | None) -> None:
    """Remember with a table how it is encrypted; None for a table that no KMS key encrypts."""
    found = _table(arn)
    if found is not None:
        found.__dict__["labs_sealed"] = sealed


def sealed(arn: str) -> Any | None:
    """What `seal` kept."""
    found = _table(arn)
    return found.__dict__.get("labs_sealed") if found is not None else None


def forget(arn: str) -> None:
    """Undo the creation of a table."""
    named = Arn.parse(arn)
    found = existing("dynamodb", named.account, named.region)
    found.tables.pop(named.name, None)
    found.resource_policies.pop(arn, None)


def respelled(spelling: Callable[[str], str]) -> hooks.Undo:
    """Let moto read PartiQL statements in this spelling: it stumbles over `uid='alice'`. Returns what undoes it."""
    from moto.dynamodb.parsing import partiql

    query, metadata = partiql.query, partiql.get_query_metadata
    return hooks.replace(
        partiql,
        query=lambda statement, *more: query(spelling(statement), *more),
        get_query_metadata=lambda statement: metadata(spelling(statement)),
    )
