"""The gate: identify → authorize → perform → record, for every request that reaches the cloud.

It takes the place of moto's `process_request` (see `labs_helpers.moto.hooks`), so that boto3 and the
`requests` library, signed and presigned requests, all pass it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers import services
from labs_helpers.cloud import refusals, request_context, signature
from labs_helpers.cloud import unambiguous as reading
from labs_helpers.cloud.authorize import Authorizer, modelled
from labs_helpers.cloud.identify import Identifier
from labs_helpers.core import registry
from labs_helpers.core.call import Answer, Call, Judgement
from labs_helpers.core.credentials import Credentials
from labs_helpers.core.errors import NotModelled, ServiceError
from labs_helpers.core.record import ANSWERED_READS, Entry, kept
from labs_helpers.core.state import State
from labs_helpers.moto import perform, protocols
from labs_helpers.policy import Decision, Principal, PrincipalKind
from labs_helpers.reference.arns import type_of
from labs_helpers.services.deliveries import asked as deliveries
from labs_helpers.services.iam import moto_view as moto_iam
from labs_helpers.services.organizations import tag_policies
from labs_helpers.services.organizations.state import Organizations
from labs_helpers.services.sts.operations import before_policies
from labs_helpers.services.table import Ask, Table

_SUFFIX = ".amazonaws.com"
_S3_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?")
_NOT_IN_HOST = re.compile(r"localhost|localstack|host\.docker\.internal|s3$|(?:\d+\.){3}\d")
"""Names that moto takes for its own host, so that it looks for the bucket in the path."""
_ENDPOINTS = {
    "sso": "sso-admin",
    "portal.sso": "sso",
    "oidc": "sso-oidc",
    "access-analyzer": "accessanalyzer",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "email": "ses",
    "elasticloadbalancing": "elbv2",
    "issuer-cognito-idp": "cognito-idp",
}
"""Endpoint name → boto3's service name, where they differ."""
_ACCOUNT_ENDPOINT = re.compile(r"\d{12}\.ddb")
"""https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html"""
_HOLD_POLICIES = ("iam", "organizations", "sso-admin")
"""Services whose changes may change identities or the policies in force for them."""
_READS = re.compile("Get|List|Describe|Head|Lookup|BatchGet|Decode|Simulate|Search|Scan$|Query$")


protocols.know_error_codes(refusals.CODES)

Host = Callable[[AWSPreparedRequest], tuple[int, Mapping[str, Any], "str | bytes"]]


@dataclass(slots=True)
class Network:
    """Where requests seem to come from (`aws:SourceIp`), and hosts within the cloud that are no AWS endpoints.

    A host (an instance's metadata address, a sign-in page) is answered by what stands for it in `hosts`:
    request → (status, headers, body).
    """

    source_ip: str = request_context.ADDRESS
    hosts: dict[str, Host] = field(default_factory=dict)

    def host(self, url: str) -> Host | None:
        """What answers for the host of a URL, None if it is no host of the cloud's."""
        return self.hosts.get(urlsplit(url).hostname or "") if self.hosts else None


class Gate:
    """The way of a request. One gate stands while a cloud runs; `process` is its door."""

    def __init__(self, state: State, network: Network, home: str):
        self.network = network
        self.home = home
        self.lock = threading.RLock()
        """Held while a request is answered, or the cloud is reset: one at a time, whichever thread it comes from."""
        self._disconnect: Callable[[], None] | None = None
        self.begin(state)

    def begin(self, state: State) -> None:
        """Answer from this state from now on, and know nothing of the one before."""
        self.state = state
        self.identifier = Identifier(state)
        self.authorizer = Authorizer(state)
        state.caller = self

    def process(
        self, prepared: AWSPreparedRequest, sent: signature.Request | None = None
    ) -> tuple[int, Mapping[str, Any], str | bytes]:
        """Answer one HTTP request: (status, headers, body). Raises `NotModelled` for what the cloud does not know.

        `sent` is the request that was signed, where it was addressed to another name of the cloud's than AWS's.
        """
        with self.lock:
            return self._process(prepared, sent)

    def _process(
        self, prepared: AWSPreparedRequest, sent: signature.Request | None
    ) -> tuple[int, Mapping[str, Any], str | bytes]:
        host = self.network.host(prepared.url)
        if host is not None:
            return host(prepared)
        service, region = address(prepared.url)
        if protocols.model(service) is None:
            raise NotModelled(
                f"{prepared.url.split('?')[0]}: no AWS service is known by the name {service!r}"
            )
        page = self._page(service, region, prepared)
        if page is not None:
            return page.status, page.headers, page.body
        prepared.body = _read(prepared.body)
        # The signature is over the request as it was sent.
        signed = sent or _signed(prepared)
        reading.clean(prepared, service)
        request = protocols.normalized(prepared, service)
        operation, uri_parameters = protocols.route(service, request)
        modelled(service, operation.name)
        protocol = protocols.protocol_of(service, request)
        request_id = self.state.ids.uuid()
        call: Call | None = None
        error: ServiceError | None = None
        try:
            reading.refuse_ambiguous(service, operation, protocol, request)
            credentials = self.identifier.identify(signed, service, protocol, region)
            if credentials is None and service != "s3" and operation.auth_type != "none":
                raise refusals.unsigned(service, protocol)
            parameters = protocols.parse(service, operation, uri_parameters, request)
            reading.refuse_repeated_tags(service, protocol, parameters)
            call = self._call(service, operation.name, region, parameters, credentials, signed, request_id)
            answer = self._answer(call, operation, protocol, request, uri_parameters)
        except ServiceError as refusal:
            error = refusal
            answer = protocols.serialize_error(
                service, operation, protocol, refusal, request_id, prepared.method
            )
        if call is None:
            call = self._unread(service, operation.name, region, signed, request_id)
        self._record(call, answer, error)
        return answer.status, answer.headers, answer.body

    def _page(self, service: str, region: str, prepared: AWSPreparedRequest) -> Answer | None:
        """A document at a service's endpoint that no operation stands for, such as a user pool's key set."""
        if prepared.method != "GET":
            return None
        self._load(service)
        answered = registry.find_page(service)
        return answered(self.state, region, prepared) if answered is not None else None

    def would(self, principal_arn: str, action: str, resource: str, context: Mapping[str, Any]) -> Decision:
        """What the engine answers for a request that is not made: policies in force, global keys and `context`."""
        return self.judge(principal_arn, action, resource, context).decision

    def judge(self, principal_arn: str, action: str, resource: str, context: Mapping[str, Any]) -> Judgement:
        """The question that `would` asks, with the policies and condition keys that it is asked about."""
        return self.asker(principal_arn, resource, context)(action)

    def asker(
        self, principal_arn: str, resource: str, context: Mapping[str, Any]
    ) -> Callable[[str], Judgement]:
        """`judge` for many actions of one principal on one resource: what they share is collected once."""
        anonymous = principal_arn == "*"
        principal = Principal.anonymous() if anonymous else Principal.from_arn(principal_arn)
        shared: dict[str, tuple[Table, Call, Mapping[str, Any]]] = {}

        def ask(action: str) -> Judgement:
            prefix, _, name = action.partition(":")
            if prefix not in shared:
                table = services.table_of_prefix(prefix)
                if table is None:
                    known = ", ".join(services.modelled_services())
                    raise NotModelled(f"{action}: this cloud knows the actions of {known}")
                call = self._supposed(principal, table, resource)
                shared[prefix] = table, call, self.authorizer.context(call)
            table, call, common = shared[prefix]
            call.operation = name
            question = Ask(action, resource, type_of(prefix, resource, name), context)
            return self.authorizer.answer(call, table, question, common)

        return ask

    def _supposed(self, principal: Principal, table: Table, resource: str) -> Call:
        """A call that is not made, of a principal as it usually calls."""
        now = self.state.clock.now()
        return Call(
            service=table.service,
            operation="",
            parameters={},
            region=request_context.REGION,
            principal=principal,
            credentials=_usual(principal, now),
            account=table.owner_of_arn(resource) or principal.account or self.home,
            time=now,
            state=self.state,
            source_ip=self.network.source_ip,
        )

    def _call(
        self,
        service: str,
        operation: str,
        region: str,
        parameters: Mapping[str, Any],
        credentials: Credentials | None,
        signed: signature.Request,
        request_id: str,
    ) -> Call:
        call = self._unread(service, operation, region, signed, request_id)
        call.parameters = parameters
        if credentials is not None:
            call.credentials, call.principal = credentials, credentials.principal
            call.account = credentials.account
        self._find_owner(call)
        return call

    def _unread(
        self, service: str, operation: str, region: str, signed: signature.Request, request_id: str
    ) -> Call:
        """What is known of a call before its signature was checked: an anonymous one without parameters."""
        parts = urlsplit(signed.url)
        return Call(
            service=service,
            operation=operation,
            parameters={},
            region=region,
            principal=Principal.anonymous(),
            credentials=None,
            account=self.home,
            time=self.state.clock.now(),
            state=self.state,
            headers=signed.headers,
            source_ip=self.network.source_ip,
            secure=parts.scheme == "https",
            request_id=request_id,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else {},
        )

    @staticmethod
    def _find_owner(call: Call) -> None:
        table = services.table(call.service)
        if table is not None and table.owner is not None:
            call.account = table.owner(call) or call.account

    def _answer(
        self, call: Call, operation: Any, protocol: str, request: Any, uri_parameters: Any = None
    ) -> Answer:
        """authorize and perform. Raises `ServiceError` for whatever is refused."""
        key = call.credentials.access_key_id if call.credentials else ""
        call.perform_with_moto = lambda: perform.perform(
            call.service, call.account, request, operation, uri_parameters, region=call.region, access_key=key
        )
        before_policies(call)
        if call.account != call.principal.account and self.state.part(Organizations).is_closed(call.account):
            raise refusals.closed_account(call.service, protocol)
        self.authorizer.authorize(call, protocol)
        tag_policies.enforce(call)
        for hook in self.state.before_call:
            hook(call)
        self._load(call.service)
        try:
            deed: Callable[[], Answer] = partial(self._performed, call, operation, protocol)
            for step in registry.steps(call.service, call.operation):
                deed = partial(step, call, deed)
            return deed()
        finally:
            # Also after an error: what it stopped half-way may have changed something.
            if call.service in _HOLD_POLICIES and not reads(call.operation):
                self.state.touch_policies()

    @staticmethod
    def _performed(call: Call, operation: Any, protocol: str) -> Answer:
        ours = registry.find(call.service, call.operation)
        if ours is None:
            return call.moto()
        result = ours(call)
        if isinstance(result, Answer):
            return result
        return protocols.serialize(call.service, operation, protocol, result, call.request_id)

    def _load(self, service: str) -> None:
        services.load(service)
        if service in ("sns", "events") and self._disconnect is None:
            self._disconnect = deliveries.connect(lambda: self.state, self._may_deliver)

    def close(self) -> None:
        """Undo what the gate changed beyond itself."""
        if self._disconnect is not None:
            self._disconnect()
            self._disconnect = None

    def _may_deliver(self, sender: str, action: str, target_arn: str, source_arn: str) -> bool:
        """Whether a delivery between services passes the target's policy, asked as the sending service or a role."""
        by_role = sender.startswith("arn:")
        principal = Principal.from_arn(sender) if by_role else Principal.service(sender)
        region, account = target_arn.split(":")[3], source_arn.split(":")[4]
        call = self._service_call(principal, region or request_context.REGION, account, source_arn)
        return self._may(call, action, target_arn)

    def may_as_service(
        self,
        service_principal: str,
        action: str,
        resource: str,
        *,
        account: str,
        region: str,
        source_arn: str,
        context: Mapping[str, Any] | None = None,
    ) -> bool:
        call = self._service_call(Principal.service(service_principal), region, account, source_arn)
        return self._may(call, action, resource, context)

    def _may(self, call: Call, action: str, resource: str, context: Mapping[str, Any] | None = None) -> bool:
        prefix, _, name = action.partition(":")
        table = services.table_of_prefix(prefix)
        assert table is not None, f"{action}: no table knows the target of this call"
        call.service, call.operation = table.service, name
        call.account = table.owner_of_arn(resource) or call.account
        ask = Ask(action, resource, type_of(prefix, resource, name), context or {})
        return self.authorizer.answer(call, table, ask).allowed

    def _service_call(self, principal: Principal, region: str, account: str, source_arn: str) -> Call:
        """A call for the resource `source_arn` of nothing yet, by a service or with the role that it was given."""
        return Call(
            service="",
            operation="",
            parameters={},
            region=region,
            principal=principal,
            credentials=None,
            account=account,
            time=self.state.clock.now(),
            state=self.state,
            source_ip=principal.arn,
            headers={"user-agent": principal.arn},
            caller_context=request_context.of_service_call(source_arn, account),
        )

    def _record(self, call: Call, answer: Answer, error: ServiceError | None) -> None:
        read_only, asked = reads(call.operation), (call.service, call.operation)
        code, message = (error.code, error.message) if error else (None, None)
        if error is None and answer.status >= 400:
            code, message = error_of(answer)
        credentials, principal = call.credentials, call.principal
        self.state.record.add(
            Entry(
                event_id=self.state.ids.uuid(),
                request_id=call.request_id,
                time=call.time,
                service=call.service,
                operation=call.operation,
                region=call.region,
                account=call.account,
                principal_arn=None if principal.kind is PrincipalKind.ANONYMOUS else principal.arn,
                caller_account=principal.account,
                access_key_id=credentials.access_key_id if credentials else None,
                source_ip=call.source_ip,
                user_agent=call.headers.get("user-agent", ""),
                parameters=kept(call.parameters),
                error_code=code,
                error_message=message,
                read_only=read_only,
                via_service=call.via_service,
                presigned="X-Amz-Signature" in call.query or "Signature" in call.query,
                allowed=tuple(
                    (each.request.action, each.request.resource) for each in call.judgements if each.allowed
                ),
                refusals=tuple(each for each in call.judgements if not each.allowed),
                credentials=credentials,
                shown=call.shown,
                answer=answer if code is None and (not read_only or asked in ANSWERED_READS) else None,
            )
        )

    # Calls that a service makes within the cloud (labs_helpers.core.caller.Caller)

    def as_principal(
        self,
        call: Call,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        context: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        inner = replace(
            call,
            service=service,
            operation=operation,
            parameters=parameters,
            account=call.caller_account,
            via_service=f"{call.service}.amazonaws.com",
            caller_context={**request_context.of_forwarded_call(call), **(context or {})},
            query={},
            refused={},
            judgements=[],
            shown={},
            request_id=self.state.ids.uuid(),
        )
        return self._within(inner)

    def as_service(
        self,
        service_principal: str,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        account: str,
        region: str,
        source_arn: str,
    ) -> Mapping[str, Any]:
        inner = self._service_call(Principal.service(service_principal), region, account, source_arn)
        inner.service, inner.operation, inner.parameters = service, operation, parameters
        inner.request_id = self.state.ids.uuid()
        return self._within(inner)

    def _within(self, call: Call) -> Mapping[str, Any]:
        modelled(call.service, call.operation)
        model = protocols.model(call.service)
        assert model is not None
        operation = model.operation_model(call.operation)
        request = protocols.request_for(call.service, operation, call.parameters, call.region)
        protocol = protocols.protocol_of(call.service, request)
        call.query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
        try:
            self._find_owner(call)
            answer = self._answer(call, operation, protocol, request)
        except ServiceError as refusal:
            failed = protocols.serialize_error(
                call.service, operation, protocol, refusal, call.request_id, "POST"
            )
            self._record(call, failed, refusal)
            raise
        self._record(call, answer, None)
        if answer.status >= 400:
            code, message = error_of(answer)
            raise ServiceError(code, message, answer.status)
        return protocols.read(operation, answer)


def address(url: str) -> tuple[str, str]:
    """The service (boto3's name) and region that a URL is for.

    Raises `NotModelled` for any host that is not one of AWS's standard endpoints: dual-stack and custom ones, the
    instance metadata address, the rest of the internet. Nothing is passed on.
    """
    host = urlsplit(url).hostname or ""
    if not host.endswith(_SUFFIX):
        raise NotModelled(
            f"{host or url!r} is not an AWS endpoint that this cloud serves; no request leaves the machine"
        )
    name = host.removesuffix(_SUFFIX)
    found = _S3_HOST.fullmatch(name)
    if found and found["bucket"] and _NOT_IN_HOST.match(found["bucket"]):
        raise NotModelled(f"{host}: moto does not read a bucket's name there; name it in the path")
    if found:
        endpoint, region = "s3", found["region"] or request_context.REGION
    else:
        endpoint, dot, region = name.rpartition(".")
        if not dot:
            endpoint, region = name, request_context.REGION
    if _ACCOUNT_ENDPOINT.fullmatch(endpoint):
        return "dynamodb", region
    if region not in protocols.regions():
        raise NotModelled(f"{host} is not an AWS endpoint that this cloud serves: {region!r} is no Region")
    return _ENDPOINTS.get(endpoint, endpoint), region


def reads(operation: str) -> bool:
    """Whether an operation, by its name, changes nothing: CloudTrail's `readOnly`."""
    return _READS.match(operation) is not None


def error_of(answer: Answer) -> tuple[str, str]:
    """Code and message of an error answer that moto wrote, whatever its protocol."""
    body = answer.body.decode("utf-8", "replace") if isinstance(answer.body, bytes) else answer.body or ""
    code = re.search(r'<Code>([^<]*)|"__type"\s*:\s*"(?:[^"#]*#)?([^"]*)', body)
    message = re.search(r'<Message>([^<]*)|"[mM]essage"\s*:\s*"((?:[^"\\]|\\.)*)', body)
    header = str(answer.headers.get("x-amzn-errortype", "")).split(":")[0]
    return (
        next(filter(None, code.groups()), "") if code else header or str(answer.status),
        next(filter(None, message.groups()), "") if message else "",
    )


def _usual(principal: Principal, now: datetime) -> Credentials | None:
    """What a caller's credentials would say of it if it called now: a user with an access key, a role in a session
    without MFA. None for callers that are not there, and for those of which no more is known than the ARN."""
    account, name = principal.account or "", (principal.issuer or principal.arn).rpartition("/")[2]
    if principal.kind is PrincipalKind.USER and (user := moto_iam.user(account, name)):
        return Credentials("", "", principal, user.id, user_name=user.name)
    if principal.kind is PrincipalKind.ROLE_SESSION and (role := moto_iam.role(account, name)):
        session = principal.arn.rpartition("/")[2] if ":assumed-role/" in principal.arn else "session"
        return request_context.supposed_session(principal, now, f"{role.id}:{session}")
    return None


def _read(body: Any) -> bytes:
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    # Anything else is a stream of pieces; bytes(10**10) would be a number of zeros.
    return bytes(body) if isinstance(body, bytes | bytearray | memoryview) else b"".join(body)


def _signed(prepared: AWSPreparedRequest) -> signature.Request:
    headers: dict[str, str] = {}
    for name, value in prepared.headers.items():
        headers[name.lower()] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return signature.Request(prepared.method, prepared.url, headers, prepared.body)
