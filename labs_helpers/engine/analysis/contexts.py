"""Condition keys of a request that come together: what AWS could send if one of them is given another value.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.conditions.dates import instant
from labs_helpers.engine.policy.variables import ContextValue

_START = datetime(1970, 1, 1, tzinfo=UTC)
# Tags of the resource have two names in these services, and the same value under both.
TAGGED = ("ec2", "iam", "secretsmanager", "ssm", "rds")


def settled(
    context: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None], resource: str = ""
) -> dict[str, ContextValue]:
    """`context` (keys in lower case) with the `chosen` keys, made into something that AWS could send.

    None takes a key away. What belongs together goes together: the two clocks, MFA and its age, a resource's tag
    under its two names, a tag of the request and its place among aws:TagKeys, an address or a VPC endpoint, an
    organization and a place in it.
    """
    made = dict(context)
    for key, value in chosen.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = value
    _clocks(made, chosen)
    _mfa(made, chosen)
    _tags(made, chosen, resource)
    _via(made, chosen)
    _organizations(made, chosen)
    if chosen.get("aws:sourcevpce") is not None or chosen.get("aws:sourcevpc") is not None:
        made.pop("aws:sourceip", None)
    named = Arn.read(resource)
    if named is not None and named.region:
        made["aws:requestedregion"] = named.region
    return made


def _clocks(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None]) -> None:
    now, epoch = chosen.get("aws:currenttime"), chosen.get("aws:epochtime")
    if isinstance(now, str):
        made["aws:epochtime"] = _epoch(now)
    elif isinstance(epoch, str):
        moment = instant(epoch)
        if moment is not None:
            made["aws:currenttime"] = iso(int(moment))


def _mfa(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None]) -> None:
    """MFA's age is there with MFA and never without."""
    if made.get("aws:multifactorauthpresent") == "true":
        made.setdefault("aws:multifactorauthage", "60")
    elif chosen.get("aws:multifactorauthage") is not None and "aws:multifactorauthpresent" not in chosen:
        made["aws:multifactorauthpresent"] = "true"
    else:
        made.pop("aws:multifactorauthage", None)


def _tags(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None], resource: str) -> None:
    service = named.service if (named := Arn.read(resource)) is not None else ""
    for key, value in chosen.items():
        prefix, _, rest = key.partition(":")
        if not rest.startswith("resourcetag/"):
            continue
        for twin in TAGGED if prefix == "aws" else ("aws",):
            other = f"{twin}:{rest}"
            if prefix != "aws" or twin == service or other in made:
                if value is None:
                    made.pop(other, None)
                else:
                    made[other] = value
    if "aws:tagkeys" in made or any(
        key.startswith(("aws:requesttag/", "aws:tagkeys")) for key in (*made, *chosen)
    ):
        _request_tags(made, chosen)


def _request_tags(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None]) -> None:
    """aws:TagKeys are the keys of the tags that the request brings: what is chosen of the two decides."""
    listed = made.get("aws:tagkeys", ())
    keys = (listed,) if isinstance(listed, str) else tuple(listed)
    for key in [key for key in made if key.startswith("aws:requesttag/")]:
        name = key.partition("/")[2]
        if name in {each.lower() for each in keys}:
            continue
        if "aws:tagkeys" in chosen and key not in chosen:
            del made[key]
        else:
            keys = (*keys, name)
    gone = {key.partition("/")[2] for key, value in chosen.items() if value is None}
    keys = tuple(name for name in keys if name.lower() not in gone)
    for name in keys:
        made.setdefault(f"aws:requesttag/{name.lower()}", "example")
    if keys:
        made["aws:tagkeys"] = keys
    else:
        made.pop("aws:tagkeys", None)


def _via(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None]) -> None:
    """A call that a service makes with its caller's rights says so, names the service, and has no address."""
    services = chosen.get("aws:calledvia")
    if services:
        chain = (services,) if isinstance(services, str) else services
        made["aws:viaawsservice"] = "true"
        made["aws:calledviafirst"], made["aws:calledvialast"] = chain[0], chain[-1]
    if made.get("aws:viaawsservice") == "true" and "aws:sourceip" not in chosen:
        made.pop("aws:sourceip", None)


def _organizations(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None]) -> None:
    """Who or what is in an organization has a place in it: the root, if nothing else is said."""
    for whose in ("principal", "resource", "source"):
        id, paths = f"aws:{whose}orgid", f"aws:{whose}orgpaths"
        if id in chosen and paths not in chosen:
            made.pop(paths, None)
            if isinstance(chosen[id], str):
                made[paths] = (f"{chosen[id]}/r-1a2b/",)


def _epoch(text: str) -> str:
    moment = instant(text)
    return text if moment is None else str(int(moment))


@lru_cache(maxsize=256)
def iso(seconds: int) -> str:
    """Seconds since 1970 as AWS writes a time; the nearest that can be written for what no calendar has."""
    try:
        return (_START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return "9999-12-31T23:59:59Z" if seconds > 0 else "0001-01-01T00:00:00Z"
