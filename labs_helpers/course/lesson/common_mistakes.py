"""Advice about common mistakes, in two lines instead of a traceback: what went wrong, and how to fix it.

Most of these errors occur before any request is sent. boto3 and the cloud report them in a traceback of 50 to 115
lines. Errors for which this module has no advice are shown as they were raised.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    ProfileNotFound,
    UnknownServiceError,
)

from labs_helpers.cloud import NoKeys, NotModelled
from labs_helpers.course.lesson.demos import DemoError
from labs_helpers.course.lesson.refused_policies import service_meant
from labs_helpers.course.shown.mistakes import Mistake, choose

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

KINDS = (
    ClientError, NoCredentialsError, ParamValidationError, ProfileNotFound, UnknownServiceError, NotModelled, Mistake,
    NoKeys, DemoError,
)  # fmt: skip
_UNKNOWN_KEY = ("InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException", "AuthFailure")
_WRONG_TYPE = re.compile(
    r"Invalid type for parameter (\S+), value: .*?, type: <class '(\w+)'>, valid types: (.*)", re.S
)
_UNKNOWN = re.compile(r'Unknown parameter in (\S+): "([^"]*)", must be one of: (.*)')
_MISSING = re.compile(r'Missing required parameter in (\S+): "([^"]*)"')
_NOT_SERVED = re.compile(r"([\w-]+):(\w+) isn't modeled")
_NO_ENDPOINT = re.compile(r"no AWS service is known by the name '([^']*)'")


class Advice(NamedTuple):
    """Two lines about an error: what went wrong, and how to fix it."""

    what: str
    do: str


def advice(error: BaseException, cloud: Cloud) -> Advice | None:
    """Return the two lines for an error, or None if it isn't a common mistake."""
    match error:
        case ParamValidationError():
            return _parameter_advice(str(error.kwargs.get("report", "")))
        case ProfileNotFound():
            name = str(error.kwargs.get("profile", ""))
            return Advice(f'There is no profile "{name}".', choose(name, cloud.profiles(), "Profiles"))
        case UnknownServiceError():
            return _unknown_service_advice(str(error.kwargs.get("service_name", "")))
        case NotModelled():
            return _not_modelled_advice(str(error))
        case Mistake():
            return Advice(error.what, error.do)
        case NoCredentialsError():
            return _unknown_keys_advice(cloud)
        case ClientError():
            if error.response.get("Error", {}).get("Code") in _UNKNOWN_KEY:
                return _unknown_keys_advice(cloud)
            meant = service_meant(error, cloud)
            return Advice(str(error), meant) if meant is not None else None
    return None


def _parameter_advice(report: str) -> Advice | None:
    """Return advice on botocore's report of invalid parameters, or None for an unknown kind of report."""
    unknown = _UNKNOWN.search(report)
    if unknown:
        _, name, known = unknown.groups()
        return Advice(f'This call has no parameter "{name}".', choose(name, known.split(", "), "Parameters"))
    wrong = _WRONG_TYPE.search(report)
    if wrong:
        name, given, valid = wrong.groups()
        wants_text = "'str'" in valid.splitlines()[0]
        if given in ("dict", "list") and wants_text:
            return Advice(
                f"{name} must be JSON text, not a {given}.",
                f"Pass {name}=json.dumps(…), after import json.",
            )
        kinds = " or ".join(re.findall(r"'(\w+)'", valid.splitlines()[0]))
        return Advice(f"{name} has the wrong type: {given}.", f"Pass a value of type {kinds}.")
    missing = _MISSING.search(report)
    if missing:
        return Advice(f'The parameter "{missing[2]}" is missing.', f"Add {missing[2]}=….")
    return None


def _unknown_service_advice(service: str) -> Advice:
    from labs_helpers.cloud import modelled_services

    return Advice(
        f"This cloud has no service {service}.", choose(service, list(modelled_services()), "Services")
    )


def _not_modelled_advice(message: str) -> Advice | None:
    """Return advice on a service or operation that the cloud lacks; the error's own text is for maintainers."""
    from labs_helpers.cloud import modelled_services

    endpoint, found = _NO_ENDPOINT.search(message), _NOT_SERVED.match(message)
    if endpoint:
        return _unknown_service_advice(endpoint[1])
    if found is None:
        return None
    service, operation = found.groups()
    if service not in modelled_services():
        return _unknown_service_advice(service)
    return Advice(
        f"This cloud doesn't support {service}:{operation}.",
        "Nothing was changed. Use another operation, or try it in a real AWS account.",
    )


def _unknown_keys_advice(cloud: Cloud) -> Advice:
    """Return advice on keys that the cloud doesn't know: most often those of a session from before `reset()`."""
    return Advice(
        "No one in this cloud has these keys: the session is from before a reset, or the key is inactive or deleted.",
        f'Create a new session, for example boto3.Session(profile_name="…"). Profiles: {", ".join(cloud.profiles())}.',
    )
