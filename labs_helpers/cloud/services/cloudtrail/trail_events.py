"""The conversion of recorded calls into CloudTrail events.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services import trail_facts, trail_facts_of_prefix
from labs_helpers.cloud.services.cloudtrail import redaction
from labs_helpers.cloud.services.iam import console_sign_in
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.engine.policy import PrincipalKind
from labs_helpers.engine.policy.arn import Arn

EVENT_VERSION = "1.11"
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_LONGEST = 1_024
"""The maximum length of userAgent and errorMessage. Longer values are truncated.

Here, the length is counted in characters.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

_UNAUTHENTICATED = frozenset(
    "InvalidClientTokenId InvalidAccessKeyId UnrecognizedClientException AuthFailure InvalidToken "
    "SignatureDoesNotMatch InvalidSignatureException ExpiredToken ExpiredTokenException "
    "RequestExpired MissingAuthenticationToken MissingAuthenticationTokenException "
    "IncompleteSignature IncompleteSignatureException RequestTimeTooSkewed "
    "AuthorizationHeaderMalformed AuthorizationQueryParametersError".split()
)


# --- the kind of event, and the accounts that receive it ------------------------------------------------------


def logged(entry: Entry) -> bool:
    """Return True if CloudTrail logs the call. CloudTrail doesn't log calls that failed authentication.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html#cloudtrail-integration_apis
    """
    if entry.principal_arn is None and entry.error_code in _UNAUTHENTICATED:
        return False
    return entry.operation not in trail_facts(entry.service).unlogged


def is_data_event(entry: Entry) -> bool:
    """Return True if the call is a data event. All other calls are management events."""
    return entry.operation in trail_facts(entry.service).data_events


def is_read_only(entry: Entry) -> bool:
    """Return the event's readOnly field."""
    facts = trail_facts(entry.service)
    if entry.operation in facts.writes:
        return False
    return entry.read_only or entry.operation in facts.read_only


def hides_request(entry: Entry) -> bool:
    """Return True if the event for a denied call omits the request's parameters and resources."""
    facts = trail_facts(entry.service)
    if entry.error_code in facts.unshown_errors:
        return True
    return not facts.shows_denied and (entry.refused or error_code(entry) == "AccessDenied")


def recipients(entry: Entry) -> tuple[str, ...]:
    """Return the accounts that receive an event for the call: the caller's and, if different, the resource owner's.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html#cloudtrail-integration_apis
    """
    caller = entry.caller_account
    if caller is None or caller == entry.account:
        return (entry.account,)
    keeps = trail_facts(entry.service).keeps_refusal
    if keeps is not None and entry.error_code and keeps(entry.error_code):
        return (caller,)
    return (caller, entry.account)


def is_service_event(entry: Entry) -> bool:
    """Return True for an action that a service performed on its own, without a request.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/non-api-aws-service-events.html
    """
    return entry.shown.get("eventType") == "AwsServiceEvent"


def event_id(entry: Entry, account: str) -> str:
    """Return the ID of the event that an account receives. For each call, each account receives a separate event."""
    owns_copy = entry.caller_account not in (None, account)
    return _derived_id(entry.event_id, account) if owns_copy else entry.event_id


def _derived_id(event: str, word: str) -> str:
    return str(uuid.UUID(bytes=hashlib.sha256(f"{event}/{word}".encode()).digest()[:16], version=4))


def event_source(service: str) -> str:
    """Return a service's eventSource, such as `iam.amazonaws.com`."""
    return f"{trail_facts(service).source or service}.amazonaws.com"


def event_name(entry: Entry) -> str:
    """Return the operation's name in CloudTrail, such as `GetFunction20150331v2` or `ListObjects`."""
    return trail_facts(entry.service).names.get(entry.operation, entry.operation)


def user_name(entry: Entry, account: str) -> str | None:
    """Return the Username for LookupEvents: the name of the user or session, or `root`, or None if there is no name."""
    if entry.caller_account not in (None, account) or entry.principal_arn is None:
        return None
    if not entry.principal_arn.startswith("arn:"):
        return None
    name = entry.principal_arn.rpartition("/")[2]
    return "root" if entry.principal_arn.endswith(":root") else name


def access_key_id(entry: Entry, account: str) -> str | None:
    """Return the ID of the access key that signed the call, or None if the event isn't for the caller's own account."""
    return entry.access_key_id if entry.caller_account in (None, account) else None


# --- the event ------------------------------------------------------------------------------------------------


def event(entry: Entry, *, account: str | None = None) -> dict[str, Any]:
    """Return the event that `account` receives for a recorded call.

    Without `account`, return the event for the caller's account, or for the owner's account if the caller has no
    account.
    """
    recipient = account or recipients(entry)[0]
    request, hidden = redaction.request_parameters(entry)
    response, hidden_too = redaction.response_elements(entry)
    data = is_data_event(entry)
    shown: dict[str, Any] = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": user_identity(entry, recipient),
        "eventTime": entry.time.strftime(_STAMP),
        "eventSource": event_source(entry.service),
        "eventName": event_name(entry),
        "awsRegion": entry.region,
        "sourceIPAddress": entry.via_service or entry.source_ip,
        "userAgent": (entry.via_service or entry.user_agent)[:_LONGEST],
    }
    if entry.error_code:
        shown["errorCode"] = error_code(entry)
    if entry.error_message:
        message = redaction.without_secrets(entry.error_message, hidden | hidden_too)
        shown["errorMessage"] = message[:_LONGEST]
    shown["requestParameters"] = None if hides_request(entry) else request
    shown["responseElements"] = entry.shown.get("responseElements", response)
    additional = _additional_data(entry)
    if additional:
        shown["additionalEventData"] = additional
    shown |= {
        "requestID": entry.request_id,
        "eventID": event_id(entry, recipient),
        "readOnly": is_read_only(entry),
    }
    resources = list(_resources(entry))
    if resources or ("resources" in entry.shown and not hides_request(entry)):
        shown["resources"] = resources
    shown |= {
        "eventType": entry.shown.get("eventType", "AwsApiCall"),
        "managementEvent": not data,
        "recipientAccountId": recipient,
    }
    if "serviceEventDetails" in entry.shown:
        shown["serviceEventDetails"] = dict(entry.shown["serviceEventDetails"])
    if len(recipients(entry)) > 1:
        shown["sharedEventID"] = _derived_id(entry.event_id, "shared")
    shown["eventCategory"] = "Data" if data else "Management"
    signing_in = shown["eventType"] == "AwsConsoleSignIn"
    if signing_in or (is_service_event(entry) and not entry.shown.get("requested")):
        del shown["requestID"]
    if not is_service_event(entry) and not (entry.via_service or _calling_service(entry)):
        shown["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": entry.shown.get("clientProvidedHostHeader") or _host(entry),
        }
    if entry.credentials is not None and entry.credentials.via == console_sign_in.VIA:
        shown["sessionCredentialFromConsole"] = "true"
    return shown


def error_code(entry: Entry) -> str | None:
    """Return CloudTrail's errorCode, which is the name of the error's shape.

    The errorCode is AccessDenied for denials by any service, and begins with `Client.` for EC2's errors.
    """
    code = entry.error_code
    if not code:
        return None
    prefix = trail_facts(entry.service).error_prefix
    if prefix:
        return prefix + code
    if code in ("AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"):
        return "AccessDenied"
    return _shape_names(entry.service, entry.operation).get(code, code)


@cache
def _shape_names(service: str, operation: str) -> Mapping[str, str]:
    model = protocols.model(service)
    assert model is not None
    shapes = model.operation_model(operation).error_shapes
    return {shape.metadata.get("error", {}).get("code", shape.name): shape.name for shape in shapes}


def _calling_service(entry: Entry) -> str | None:
    """Return the service that made a call, as itself or with a role passed to it, or None for other callers."""
    names = (name for name in (entry.principal_arn, entry.source_ip) if name and not name.startswith("arn:"))
    return next((name for name in names if name.endswith(".amazonaws.com")), None)


def user_identity(entry: Entry, account: str) -> dict[str, Any]:
    """Return userIdentity as it appears to `account`.

    A caller from another account has the type AWSAccount and only IDs.
    """
    credentials = entry.credentials
    if is_service_event(entry):
        return dict(
            entry.shown.get("userIdentity") or {"accountId": entry.account, "invokedBy": entry.source_ip}
        )
    if credentials is None:
        return dict(entry.shown.get("userIdentity") or _identity_without_keys(entry))
    if entry.caller_account != account:
        shown: dict[str, Any] = {
            "type": "AWSAccount", "principalId": credentials.user_id, "accountId": entry.caller_account,
        }  # fmt: skip
    else:
        shown = _identity_of_keys(credentials)
    service = entry.via_service or _calling_service(entry)
    if service:
        shown["invokedBy"] = service
    return shown


def _identity_without_keys(entry: Entry) -> dict[str, Any]:
    principal = entry.principal_arn
    if service := _calling_service(entry):
        return {"type": "AWSService", "invokedBy": service}
    if principal is None:
        return dict(trail_facts(entry.service).anonymous)
    provider = principal.partition("oidc-provider/")[2] or principal
    kind = "SAMLUser" if "saml-provider/" in principal else "WebIdentityUser"
    return {"type": kind, "principalId": provider, "identityProvider": provider}


def _identity_of_keys(credentials: Credentials) -> dict[str, Any]:
    principal = credentials.principal
    shown: dict[str, Any] = {
        "type": {
            PrincipalKind.ROOT: "Root", PrincipalKind.USER: "IAMUser", PrincipalKind.ROLE_SESSION: "AssumedRole",
            PrincipalKind.FEDERATED_USER: "FederatedUser",
        }[principal.kind],
        "principalId": credentials.user_id,
        "arn": principal.arn,
        "accountId": principal.account,
    }  # fmt: skip
    if credentials.access_key_id:
        shown["accessKeyId"] = credentials.access_key_id
    if principal.kind is PrincipalKind.USER and credentials.user_name:
        shown["userName"] = credentials.user_name
    if credentials.temporary:
        shown["sessionContext"] = _session_context(credentials)
    return shown


def _session_context(credentials: Credentials) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    issuer = credentials.principal.issuer
    if issuer:
        shown["sessionIssuer"] = _session_issuer(credentials, issuer)
    provider = credentials.context.get("aws:FederatedProvider") or credentials.context.get(
        "aws:federatedprovider"
    )
    if provider and credentials.via == "AssumeRoleWithWebIdentity":
        shown["webIdFederationData"] = {
            "federatedProvider": provider,
            "attributes": {
                name: value for name, value in credentials.context.items() if not name.startswith("aws:")
            },
        }
    shown["attributes"] = {
        "creationDate": _timestamp(credentials.issued),
        "mfaAuthenticated": "true" if credentials.mfa_time else "false",
    }
    delivery = credentials.context.get("ec2:RoleDelivery")
    if delivery:
        # OBSERVED in 2023: the version of the metadata service that the credentials came from.
        shown["ec2RoleDelivery"] = delivery
    if credentials.via == "AssumeRoot":
        shown["assumedRoot"] = "true"
    if credentials.source_identity:
        shown["sourceIdentity"] = credentials.source_identity
    return shown


def _session_issuer(credentials: Credentials, issuer: str) -> dict[str, Any]:
    account = Arn.parse(issuer).account
    if issuer.endswith(":root"):
        return {"type": "Root", "principalId": account, "arn": issuer, "accountId": account}
    name = issuer.rpartition("/")[2]
    shown = {"type": "IAMUser", "principalId": "", "arn": issuer, "accountId": account, "userName": name}
    if credentials.principal.kind is PrincipalKind.ROLE_SESSION:
        shown |= {"type": "Role", "principalId": credentials.user_id.partition(":")[0]}
    else:
        user = moto_iam.user(account, name)
        shown["principalId"] = user.id if user is not None else ""
    return shown


def _timestamp(time: datetime | None) -> str | None:
    return time.strftime(_STAMP) if time else None


def _additional_data(entry: Entry) -> dict[str, Any] | None:
    form = trail_facts(entry.service).form
    if form is not None:
        return form.additional(entry)
    return dict(entry.shown.get("additionalEventData") or {}) or None


def _host(entry: Entry) -> str:
    form = trail_facts(entry.service).form
    if form is not None:
        return form.host(entry)
    model = protocols.model(entry.service)
    assert model is not None
    if model.metadata.get("endpointPrefix") in ("iam", "organizations") and entry.region == "us-east-1":
        return f"{model.endpoint_prefix}.amazonaws.com"
    return f"{model.endpoint_prefix}.{entry.region}.amazonaws.com"


# --- the resources --------------------------------------------------------------------------------------------

_KIND = re.compile(r"[:/]")


def data_resource(entry: Entry) -> tuple[str, str] | None:
    """Return the type and ARN of a data event's resource, or None if the call doesn't identify a resource.

    For a request that lists objects in S3, the ARN is the prefix that the ARNs of the objects share.
    """
    facts = trail_facts(entry.service)
    if entry.operation not in facts.data_events:
        return None
    if facts.form is not None:
        arn = facts.form.data_resource(entry)
        return (facts.data_type, arn) if arn else None
    return next(
        ((kind, arn) for kind, arn in _typed_arns(entry) if kind == facts.data_type), (facts.data_type, "")
    )


def _resources(entry: Entry) -> Iterator[dict[str, Any]]:
    facts = trail_facts(entry.service)
    if facts.form is not None:
        yield from facts.form.resources(entry, is_data_event(entry))
    elif hides_request(entry):
        return
    elif facts.resources_in_record or (facts.resources_in_data_events and is_data_event(entry)):
        for kind, arn in _typed_arns(entry):
            named = Arn.read(arn)  # None for an identity store, because its ID replaces the ARN
            owner = named.account if named is not None else None
            yield {"accountId": owner or entry.account, "type": kind, "ARN": arn}


def _judged_resources(entry: Entry) -> Iterator[str]:
    for _, resource in entry.allowed:
        yield resource
    for judgement in entry.refusals:
        yield judgement.request.resource


def _typed_arns(entry: Entry) -> list[tuple[str, str]]:
    """Return the (type, ARN) pairs of the resources that the engine evaluated or that the service recorded."""
    if "resources" in entry.shown:
        return list(entry.shown["resources"])
    kinds = {}
    for arn in _judged_resources(entry):
        named = Arn.read(arn)
        if named is not None and "*" not in arn:
            kind = _type_of(named)
            if kind is not None:
                kinds[arn] = kind
    return [(kind, arn) for arn, kind in kinds.items()]


def _type_of(arn: Arn) -> str | None:
    types = trail_facts_of_prefix(arn.service).types
    return types.get(arn.kind) or types.get("")


def lookup_resources(entry: Entry) -> list[dict[str, str]]:
    """Return the Resources for LookupEvents: names, or ARNs for the types that LookupEvents identifies by ARN."""
    if hides_request(entry):
        return []
    form = trail_facts(entry.service).form
    resources = dict.fromkeys(form.looked_up(entry)) if form is not None else {}
    for kind, arn in _typed_arns(entry):
        name = _KIND.split(arn)[-1]
        if kind == "AWS::IAM::Policy":
            name = arn
        if not kind.startswith("AWS::IAM::") or kind == "AWS::IAM::Role":
            resources[kind, arn] = None
        resources[kind, name] = None
    key = entry.parameters.get("AccessKeyId")
    if isinstance(key, str):
        resources["AWS::IAM::AccessKey", key] = None
    return [{"ResourceType": kind, "ResourceName": name} for kind, name in resources]


def may_name(entry: Entry, text: str) -> bool:
    """Return False if `lookup_resources` can't contain a resource with this name. True means that it might."""
    if text in (entry.parameters.get("Bucket"), entry.parameters.get("AccessKeyId")):
        return True
    return any(arn.endswith(text) for _, arn in entry.shown.get("resources", ())) or any(
        arn.endswith(text) for arn in _judged_resources(entry)
    )
