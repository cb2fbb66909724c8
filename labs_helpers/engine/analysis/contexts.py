"""Related condition keys, and how to adjust them after one key changes, so that AWS could still send the context.

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
# In these services a resource's tags have two keys, `aws:ResourceTag/…` and `ec2:ResourceTag/…`, with the same value.
TAGGED = ("ec2", "iam", "secretsmanager", "ssm", "rds")


def settled(
    context: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None], resource: str = ""
) -> dict[str, ContextValue]:
    """Return `context` (with lowercase keys) with the `chosen` values, and with related keys adjusted to match.

    The result is a context that AWS could send. A chosen value of None removes the key. These keys change together: the
    two time keys; MFA and its age; a resource tag's two names; a request tag and aws:TagKeys; the source address and
    the VPC endpoint; an organization and a path in it; an encryption context and its keys.
    """
    made = dict(context)
    for key, value in chosen.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = value
    _clocks(made, chosen)
    _mfa(made, chosen)
    named = Arn.read(resource)
    _resource_tags(made, chosen, named.service if named is not None else "")
    # One search in the joined keys takes a tenth of the time that testing each key would take.
    keys = "\n".join((*made, *chosen))
    if "aws:requesttag/" in keys or "aws:tagkeys" in keys:
        _request_tags(made, chosen)
    _via(made, chosen)
    _organizations(made, chosen)
    if "kms:encryptioncontext:" in keys:
        _encryption_context(made, chosen)
    if chosen.get("aws:sourcevpce") is not None or chosen.get("aws:sourcevpc") is not None:
        made.pop("aws:sourceip", None)
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
    """Keep MFA's age and MFA together."""
    if made.get("aws:multifactorauthpresent") == "true":
        made.setdefault("aws:multifactorauthage", "60")
    elif chosen.get("aws:multifactorauthage") is not None and "aws:multifactorauthpresent" not in chosen:
        made["aws:multifactorauthpresent"] = "true"
    else:
        made.pop("aws:multifactorauthage", None)


def _resource_tags(
    made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None], service: str
) -> None:
    """Give AWS's and the service's own condition key the same value, for each chosen resource tag."""
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


def _request_tags(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None]) -> None:
    """Keep aws:TagKeys and the keys of the request's tags equal; the one that was chosen takes precedence."""
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
    """Adjust a request that a service makes for its caller: name the service, and remove the source address."""
    services = chosen.get("aws:calledvia")
    if services:
        chain = (services,) if isinstance(services, str) else services
        made["aws:viaawsservice"] = "true"
        made["aws:calledviafirst"], made["aws:calledvialast"] = chain[0], chain[-1]
    if made.get("aws:viaawsservice") == "true" and "aws:sourceip" not in chosen:
        made.pop("aws:sourceip", None)


_ORGANIZATION_KEYS = tuple(
    (f"aws:{whose}orgid", f"aws:{whose}orgpaths") for whose in ("principal", "resource", "source")
)


def _organizations(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None]) -> None:
    """Keep an organization's ID and the paths in it together; if both were chosen, the paths take precedence.

    A new ID gets the path of the root.
    """
    for id, paths in _ORGANIZATION_KEYS:
        path = chosen.get(paths)
        if path:
            made[id] = (path if isinstance(path, str) else path[0]).partition("/")[0]
        elif id in chosen:
            made.pop(paths, None)
            if isinstance(chosen[id], str):
                made[paths] = (f"{chosen[id]}/r-1a2b/",)
        elif paths in chosen:
            made.pop(id, None)


def _encryption_context(made: dict[str, ContextValue], chosen: Mapping[str, ContextValue | None]) -> None:
    """Keep kms:EncryptionContextKeys and the pairs of the context equal, unless both were chosen."""
    listed = "kms:encryptioncontextkeys"
    pairs = [key for key in (*made, *chosen) if key.startswith("kms:encryptioncontext:")]
    if listed in chosen or not pairs:
        return
    names = tuple(dict.fromkeys(key.rpartition(":")[2] for key in pairs if key in made))
    if names:
        made[listed] = names
    else:
        made.pop(listed, None)


def _epoch(text: str) -> str:
    moment = instant(text)
    return text if moment is None else str(int(moment))


@lru_cache(maxsize=256)
def iso(seconds: int) -> str:
    """Return a time (seconds since 1970) in AWS's format.

    A time that is out of range becomes the nearest valid time.
    """
    try:
        return (_START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return "9999-12-31T23:59:59Z" if seconds > 0 else "0001-01-01T00:00:00Z"
