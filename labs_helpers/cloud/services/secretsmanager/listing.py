"""The operations that list secrets and versions, and the filters that select secrets.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.secretsmanager.access import find
from labs_helpers.cloud.services.secretsmanager.lifecycle import described
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.secretsmanager.vault import vault
from labs_helpers.cloud.services.shared.paging import Pages

_NEVER = datetime.min.replace(tzinfo=UTC)
_DEFAULT_KEY = "DefaultEncryptionKey"
"""The AWS managed key in KmsKeyIds.

https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/list-secret-version-ids.html
"""
_ORDERS: Mapping[str, Callable[[Secret], Any]] = {
    "created-date": lambda secret: secret.content.created,
    "last-accessed-date": lambda secret: secret.last_accessed or _NEVER,
    "last-changed-date": lambda secret: secret.content.changed,
    "name": lambda secret: secret.content.name,
}


def _wrong_token(_token: str) -> ServiceError:
    return ServiceError("InvalidNextTokenException", "Invalid token", 400)


PAGES = Pages(_wrong_token, most=100)


@operation("secretsmanager", "ListSecrets")
def list_secrets(call: Call) -> Mapping[str, Any]:
    """List the Region's secrets that match the filters. Secrets scheduled for deletion are included only on request.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
    """
    given = call.parameters
    secrets = matching(call, planned=bool(given.get("IncludePlannedDeletion")))
    secrets.sort(key=_ORDERS[given.get("SortBy") or "created-date"], reverse=given.get("SortOrder") == "desc")
    shown, token = PAGES.cut(call, secrets)
    answer = {"SecretList": [described(secret, "SecretVersionsToStages") for secret in shown]}
    return answer | PAGES.following(token)


def matching(call: Call, *, planned: bool = False) -> list[Secret]:
    """Return the account's secrets in the Region that match the request's filters.

    If `planned` is True, secrets that are scheduled for deletion are included.
    """
    filters = call.parameters.get("Filters") or ()
    return [
        secret
        for secret in vault(call.state).secrets(call.account, call.region).values()
        if (planned or secret.content.deletion is None) and all(_passes(secret, each) for each in filters)
    ]


def _passes(secret: Secret, wanted: Mapping[str, Any]) -> bool:
    """Return True if a secret matches one of a filter's values, and none of the values that follow an exclamation mark.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
    """
    fits = _FILTERS[wanted.get("Key") or "all"]
    values = wanted.get("Values") or ()
    wrong = [value[1:] for value in values if value.startswith("!")]
    right = [value for value in values if not value.startswith("!")]
    if any(fits(secret, value) for value in wrong):
        return False
    return not right or any(fits(secret, value) for value in right)


def _has_description(secret: Secret, value: str) -> bool:
    """Return True if each word of the value begins a word of the description, in any case.

    OBSERVED in 2024: "a secret" finds "an secret". The page calls this a prefix match.
    """
    words = secret.content.description.lower().split()
    return all(any(word.startswith(prefix) for word in words) for prefix in value.lower().split())


def _has_words(secret: Secret, value: str) -> bool:
    """Return True if each word of the value is in one of the attributes."""
    content = secret.content
    texts = [content.name, content.description, *content.tags, *content.tags.values(), content.primary_region]
    everything = " ".join(texts).lower()
    return all(word in everything for word in value.lower().split())


_FILTERS: Mapping[str, Callable[[Secret, str], bool]] = {
    "name": lambda secret, value: secret.content.name.startswith(value),
    "description": _has_description,
    "tag-key": lambda secret, value: any(key.startswith(value) for key in secret.content.tags),
    "tag-value": lambda secret, value: any(each.startswith(value) for each in secret.content.tags.values()),
    "primary-region": lambda secret, value: secret.content.primary_region.startswith(value),
    "owning-service": lambda secret, value: (secret.content.owner or "").startswith(value),
    "all": _has_words,
}
"""The filters by key."""


@operation("secretsmanager", "ListSecretVersionIds")
def list_secret_version_ids(call: Call) -> Mapping[str, Any]:
    """List a secret's versions, except those without a value.

    Versions without a label are included only on request.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
    """
    secret, deprecated = find(call), bool(call.parameters.get("IncludeDeprecated"))
    versions = [
        each for each in secret.content.versions.values() if each.has_value and (deprecated or each.stages)
    ]
    shown, token = PAGES.cut(call, versions)
    answer = {
        "Versions": [
            _without_empty(
                {
                    "VersionId": each.id, "VersionStages": list(each.stages), "CreatedDate": each.created,
                    "LastAccessedDate": secret.accessed.get(each.id), "KmsKeyIds": _keys(secret),
                }
            )
            for each in shown
        ],
        "ARN": secret.arn, "Name": secret.content.name,
    }  # fmt: skip
    return answer | PAGES.following(token)


def _keys(secret: Secret) -> Iterable[str]:
    return [secret.key or _DEFAULT_KEY]


def _without_empty(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if value not in (None, [])}
