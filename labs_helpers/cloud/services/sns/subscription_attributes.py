"""Subscription attributes.

https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.services.shared.refusals import Refusal
from labs_helpers.cloud.services.sns import filter_policies
from labs_helpers.cloud.services.sns.delivery_policies import out_of_range
from labs_helpers.cloud.services.sns.errors import invalid

_SETTABLE = frozenset(
    ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "ReplayPolicy",
     "SubscriptionRoleArn")
)  # fmt: skip


_RAW = ("sqs", "http", "https", "firehose")
"""The protocols with raw message delivery."""


def _at_subscribing(reason: str) -> ServiceError:
    return invalid(f"Attributes Reason: {reason}")


def checked(given: Mapping[str, str], topic: Any, protocol: str) -> dict[str, str]:
    """Return a new subscription's attributes. Raises InvalidParameter for invalid attributes."""
    _check_raw(given, protocol, _at_subscribing)
    scope = given.get("FilterPolicyScope") or filter_policies.ATTRIBUTES
    for name, value in given.items():
        if name not in _SETTABLE:
            raise _at_subscribing(f"Unknown attribute: {name}")
        _check(name, value, scope, _at_subscribing)
    if "ReplayPolicy" in given and not topic.fifo_topic:
        raise _at_subscribing("ReplayPolicy: only supported for FIFO topics")
    return _kept(given)


def _check_raw(given: Mapping[str, str], protocol: str, refused: Refusal) -> None:
    """Reject raw message delivery to an endpoint that doesn't support it.

    https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
    """
    if given.get("RawMessageDelivery", "").lower() == "true" and protocol not in _RAW:
        raise refused(f"Delivery protocol [{protocol}] does not support raw message delivery.")


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    """Return attributes as they are stored: booleans in lowercase, and without empty values."""
    kept = {name: value for name, value in given.items() if value}
    if "RawMessageDelivery" in kept:
        kept["RawMessageDelivery"] = kept["RawMessageDelivery"].lower()
    return kept


def refuse_others(known: Any, given: Mapping[str, str]) -> None:
    """Raise InvalidParameter if an existing subscription's attributes differ from those in the request.

    OBSERVED in 2025.
    """
    for name, value in given.items():
        default = filter_policies.ATTRIBUTES if name == "FilterPolicyScope" else None
        if known.attributes.get(name, default) != value:
            raise _at_subscribing("Subscription already exists with different attributes")


def _check(name: str, value: str, scope: str, refused: Refusal) -> None:
    checks: Mapping[str, Callable[..., None]] = {
        "RawMessageDelivery": _check_boolean, "FilterPolicyScope": _check_scope,
        "RedrivePolicy": _check_redrive_policy, "DeliveryPolicy": _check_delivery_policy,
        "FilterPolicy": partial(_check_filter, scope=scope),
    }  # fmt: skip
    check = checks.get(name)
    if check is not None:
        check(value, refused=refused)


def _check_filter(value: str, *, scope: str, refused: Refusal) -> None:
    if value:
        filter_policies.check(value, scope, refused)


def _check_boolean(value: str, *, refused: Refusal) -> None:
    if value.lower() not in ("true", "false"):
        raise refused(f"RawMessageDelivery: Invalid value [{value}]. Must be true or false.")


def _check_scope(value: str, *, refused: Refusal) -> None:
    if value not in filter_policies.SCOPES:
        raise refused(
            f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
        )


def _check_delivery_policy(value: str, *, refused: Refusal) -> None:
    if not value:
        return
    policy = _json(value)
    if not isinstance(policy, dict):
        raise refused("DeliveryPolicy: failed to parse JSON.")
    if (wrong := out_of_range(policy)) is not None:
        raise refused(f"DeliveryPolicy: {wrong}")


def _check_redrive_policy(value: str, *, refused: Refusal) -> None:
    if not value:
        return
    policy = _json(value)
    if not isinstance(policy, dict):
        raise refused("RedrivePolicy: failed to parse JSON.")
    target = policy.get("deadLetterTargetArn")
    if (
        not isinstance(target, str)
        or not target.startswith("arn:")
        or ":sqs:" not in target
        or target.count(":") != 5
    ):
        raise refused("RedrivePolicy: deadLetterTargetArn is an invalid arn")


def _json(text: str) -> Any:
    try:
        return parsed(text)
    except ValueError:
        return None


def set_one(known: Any, name: str, value: str) -> None:
    """Set one of a subscription's attributes, or remove it with an empty value.

    Raises InvalidParameter if it isn't valid.
    """
    if name not in _SETTABLE:
        raise invalid("AttributeName")
    scope = known.attributes.get("FilterPolicyScope") or filter_policies.ATTRIBUTES
    _check(name, value, scope, invalid)
    _check_raw({name: value}, known.protocol, invalid)
    if name == "FilterPolicyScope" and known.attributes.get("FilterPolicy"):
        filter_policies.check(known.attributes["FilterPolicy"], value, invalid)
    if value:
        known.attributes |= _kept({name: value})
    else:
        known.attributes.pop(name, None)


def shown(known: Any) -> dict[str, str]:
    """Return a subscription's attributes. The filter policy's scope is included only if there is a filter policy."""
    attributes = {name: _text(value) for name, value in known.attributes.items()}
    if "FilterPolicy" in attributes:
        attributes.setdefault("FilterPolicyScope", filter_policies.ATTRIBUTES)
    else:
        attributes.pop("FilterPolicyScope", None)
    if known.protocol in ("http", "https"):
        attributes["EffectiveDeliveryPolicy"] = json.dumps(_effective(attributes), separators=(",", ":"))
    return attributes


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _effective(attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return the delivery policy of an HTTP subscription, with the service's defaults for missing settings."""
    own = _json(attributes.get("DeliveryPolicy", "{}")) or {}
    defaults = {
        "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
        "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
    }  # fmt: skip
    return {
        "healthyRetryPolicy": {**defaults, **(own.get("healthyRetryPolicy") or {})},
        "sicklyRetryPolicy": own.get("sicklyRetryPolicy"),
        "throttlePolicy": own.get("throttlePolicy"),
        "requestPolicy": {
            "headerContentType": "text/plain; charset=UTF-8",
            **(own.get("requestPolicy") or {}),
        },
        "guaranteed": False,
    }
