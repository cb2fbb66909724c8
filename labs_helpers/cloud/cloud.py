"""The in-memory AWS that learners, tests, and external code start and stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

import boto3

from labs_helpers.cloud.core import resource_policies, used_requests
from labs_helpers.cloud.core.call import Judgement
from labs_helpers.cloud.core.clock import Clock
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.lambda_functions import Functions, Handler
from labs_helpers.cloud.core.mailbox import Letter, Mailboxes
from labs_helpers.cloud.core.record import Entry, Record
from labs_helpers.cloud.core.state import Part, State
from labs_helpers.cloud.gate.gate import Gate
from labs_helpers.cloud.gate.hosts import Network
from labs_helpers.cloud.moto import backends, hooks, lazy_loading
from labs_helpers.cloud.process import http_clients, network
from labs_helpers.cloud.process.profiles import Profiles
from labs_helpers.cloud.services.iam import administrators as accounts
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.engine.analysis.generation import reusable_policy
from labs_helpers.engine.policy import Decision, Principal
from labs_helpers.engine.policy.arn import Arn

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

    from labs_helpers.cloud.actors.console import Console
    from labs_helpers.cloud.actors.identity_center import IdentityCenter
    from labs_helpers.cloud.actors.metadata import Memory, OnInstance
    from labs_helpers.cloud.core.web_identity import Issuer

HOME = "111122223333"
"""The ID of the account that the default profile administers."""
ADMIN = "admin"
"""The name of the IAM user with which the cloud administers an account.

It is created with an access key on first use.
"""
_SERVE = "labs_helpers.cloud.endpoint"
"""The endpoint's package. It is imported by name, because it is a layer above the cloud and needs an optional extra."""
_ACCOUNT_FILES = "labs_helpers.cloud.account_files"
"""The package for loaded accounts, imported by name because its cloud is a subclass of `Cloud`."""
_running: Cloud | None = None


class Watcher(Protocol):
    """An object that is notified of changes in a cloud, such as a display of the cloud's state."""

    def cloud_changed(self) -> None:
        """Take note of a change. This method runs during the call that made the change, so it must be fast."""


class Cloud:
    """An in-process AWS: `with Cloud() as cloud:` or `.start()` … `.stop()`.

    While it runs, ordinary boto3 code uses it, and the default profile is an IAM administrator of the account `home`.
    Only one cloud can run at a time. With a `seed`, IDs and keys are the same in every run.
    """

    def __init__(self, *, seed: int | None = None, home: str = HOME):
        """Prepare a cloud that isn't running yet. Raises `ValueError` if `home` isn't an account ID."""
        self.home = _account_id(home)
        self._seed = seed
        self._network = Network()
        self._profiles = Profiles()
        self._clock = Clock()
        self.resets = 0
        """The number of times that the cloud was reset, so that displays can tell if their data is gone."""
        self._watchers: WeakSet[Watcher] = WeakSet()
        self._state = self._new_state()
        self._gate: Gate | None = None
        self._process: http_clients.Process
        self._metadata: Memory | None = None
        self._sessions: dict[str, boto3.Session] = {}
        self._endpoint: Any = None
        self._children: Any = None
        self._undo = ExitStack()

    def _new_state(self) -> State:
        """Return the state of a new cloud.

        The clock object stays the same, because callers might hold a reference to it.
        """
        self._clock.reset()
        state = State(Ids(self._seed), self._clock)
        state.record.listeners.append(self._tell_of)
        return state

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher.cloud_changed()` after each successful call that changes something, and after each reset.

        The cloud doesn't keep the watcher alive.
        """
        self._watchers.add(watcher)

    def _tell_of(self, entry: Entry) -> None:
        if not entry.read_only and entry.error_code is None:
            self._tell_watchers()

    def _tell_watchers(self) -> None:
        for watcher in tuple(self._watchers):
            watcher.cloud_changed()

    def start(self) -> Cloud:
        """Start answering requests. Raises `RuntimeError` if another cloud is running.

        If starting fails, the SDK, the environment, and moto are restored to their previous state.
        """
        global _running
        if _running is not None:
            raise RuntimeError("a cloud is already running: stop it first, or use it (Cloud.running())")
        hooks.refuse_company()
        with ExitStack() as undo:
            undo.callback(setattr, boto3, "DEFAULT_SESSION", boto3.DEFAULT_SESSION)
            boto3.DEFAULT_SESSION = None
            undo.callback(self._profiles.close)
            self._profiles.open()
            undo.callback(network.open_again)
            network.close()
            undo.callback(lazy_loading.share_loaders())
            self._gate = Gate(self._state, self._network, self.home)
            undo.callback(self._close_gate)
            undo.callback(hooks.reset, None)
            undo.callback(hooks.uninstall)
            self._process = self._gate.process
            hooks.install(lambda prepared: self._process(prepared))
            undo.enter_context(
                http_clients.answered(lambda prepared: self._process(prepared), self._network.serves)
            )
            undo.callback(self._close_endpoint)
            self._children = import_module(f"{_SERVE}.children").Children(self, self._profiles)
            self._children.watch()
            self._begin()
            self._undo = undo.pop_all()
        _running = self
        return self

    def stop(self) -> None:
        """Stop the cloud, discard all its resources, and restore the SDK."""
        global _running
        if _running is not self:
            return
        _running = None
        self._undo.close()
        self._renew()

    def forked(self, process: http_clients.Process) -> None:
        """Adapt the cloud to a forked child process, which has a copy of the cloud.

        `process` sends the child's requests to the parent's cloud.
        """
        self._process = process

    def _running_gate(self) -> Gate:
        assert self._gate is not None, "the cloud is not running"
        return self._gate

    def _close_gate(self) -> None:
        if self._gate is not None:
            self._gate.close()
        self._gate = None

    def _close_endpoint(self) -> None:
        if self._children is not None:
            self._children.leave()
        if self._endpoint is not None:
            self._endpoint.stop()
        self._children = self._endpoint = None

    def reset(self) -> None:
        """Reset to a new cloud that has no resources, only the default profile, and a clock that shows real time."""
        with self._gate.lock if self._gate is not None else nullcontext():
            self._reset()

    def _reset(self) -> None:
        self.resets += 1
        self._renew()
        if self._gate is not None:
            self._gate.begin(self._state)
            self._profiles.clear()
            boto3.DEFAULT_SESSION = None
            self._begin()
        self._tell_watchers()

    def _renew(self) -> None:
        """Discard everything that the cloud stores."""
        self._state = self._new_state()
        self._network.source_ip = Network().source_ip
        self._network.hosts.clear()
        self._metadata = None
        self._sessions.clear()

    def _begin(self) -> None:
        hooks.reset(self._seed)
        self._profiles.add_keys("default", self.administrator(self.home))

    def administrator(self, account: str) -> dict[str, str]:
        """Return a new access key for an account's IAM administrator, without writing a profile.

        The key has the format that `create_access_key` returns.
        """
        key = accounts.create_administrator(account, ADMIN, self._state.ids, self.clock)
        self._state.touch_policies()
        return key

    def __enter__(self) -> Cloud:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @staticmethod
    def running() -> Cloud | None:
        """Return the cloud that is running in this process, or None if no cloud is running."""
        return _running

    @staticmethod
    def attach(url: str) -> Any:
        """Connect to the cloud of another process on this machine.

        `url` is that cloud's `endpoint().attach_url`. If the URL contains the token, the cloud's profiles, clock,
        mailboxes, and `reset` are available. Otherwise, provide your own keys (`.profile(name, keys)`). Raises
        `RuntimeError` if a cloud is already running in this process, or `ConnectionError` if no cloud answers at the
        URL.
        """
        return import_module(f"{_SERVE}.attach").AttachedCloud(url).start()

    @staticmethod
    def from_account(*files: str | os.PathLike[str]) -> Any:
        """Start a cloud with the contents of a real account, for use with `would` and the widgets, and return it.

        The files (or folders) contain AWS CLI output (docs/your-account.md). The cloud's `gaps` lists what the files
        don't cover. Raises `AccountFileError`, with the file and line, if the content of a file can't be read.
        """
        return import_module(f"{_ACCOUNT_FILES}.loaded_cloud").load(*files)

    @property
    def clock(self) -> Clock:
        """The cloud's clock, which can be moved forward: `cloud.clock.advance(hours=1)`."""
        return self._state.clock

    @property
    def record(self) -> Record:
        """The record of every call to the cloud, successful or not, oldest first."""
        return self._state.record

    def part(self, kind: type[Part]) -> Part:
        """Return the single instance of `kind` in this cloud's state.

        It is created on first use and discarded by `reset`.
        """
        return self._state.part(kind)

    def profile(self, name: str, access_key: Mapping[str, Any]) -> boto3.Session:
        """Write an AWS profile for access keys that an API call returned, and return a session that uses it.

        `access_key` is `create_access_key(…)["AccessKey"]`, or the `["Credentials"]` of an STS call.
        """
        self._profiles.add_keys(name, access_key)
        return boto3.Session(profile_name=name)

    def role_profile(self, name: str, role_arn: str, source_profile: str, **options: Any) -> boto3.Session:
        """Write an AWS profile that assumes a role with another profile's keys, and return a session that uses it."""
        self._profiles.add_role(name, role_arn, source_profile, **options)
        return boto3.Session(profile_name=name)

    def profiles(self) -> list[str]:
        """Return the names of the cloud's AWS profiles."""
        return self._profiles.names()

    def endpoint(self, port: int = 0) -> Any:
        """Open this cloud to other programs on this machine: the AWS CLI, other SDKs, other processes.

        If `port` is 0, a free port is chosen. If the endpoint is already open, the existing endpoint is returned.
        Raises `ValueError` if it is open on another port, `OSError` if the port is in use, or `Unreachable` in a
        browser or without the extra `labs_helpers[endpoint]`.
        """
        gate = self._running_gate()
        if self._endpoint is None or not self._endpoint.running:
            serve = import_module(_SERVE)
            if (reason := serve.why_not()) is not None:
                raise serve.Unreachable(reason)
            opened = import_module(f"{_SERVE}.endpoint")
            self._endpoint = opened.Endpoint(self, gate, self._profiles, port)
        assert self._endpoint is not None
        if port not in (0, self._endpoint.port):
            raise ValueError(f"the endpoint is already open, on port {self._endpoint.port}")
        return self._endpoint

    def keys(self, profile: str) -> dict[str, str] | None:
        """Return a profile's keys in the API's format, or None for a role's profile or an unknown profile."""
        return self._profiles.keys(profile)

    def forget(self, account_id: str) -> None:
        """Delete an account and everything in it, such as an account that a check created for itself."""
        backends.forget(account_id)
        self._sessions.pop(account_id, None)
        self._state.touch_policies()

    def account(self, account_id: str) -> boto3.Session:
        """Return a session for an account's IAM administrator. The account is created on first use."""
        if account_id == self.home:
            return boto3.Session(profile_name="default")
        _account_id(account_id)
        if account_id not in self._sessions:
            self._sessions[account_id] = self.profile(f"{ADMIN}-{account_id}", self.administrator(account_id))
        return self._sessions[account_id]

    def root(self, account_id: str | None = None) -> boto3.Session:
        """Return a session for an account's root user, with an access key.

        In a real account, the root user should never have an access key.
        """
        account = account_id or self.home
        if account != self.home:
            self.account(account)
        return self.profile(f"root-{account}", self.root_key(account))

    def root_key(self, account: str) -> dict[str, str]:
        """Return a new access key for an account's root user, without writing a profile.

        The key has the format that `create_access_key` returns.
        """
        ids = self._state.ids
        principal = Principal.from_arn(f"arn:aws:iam::{account}:root")
        key = self._state.sessions.add(
            Credentials(ids.unique_id("AKIA"), ids.secret_key(), principal, account, issued=self.clock.now())
        )
        return {"AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret}

    def root_mfa(self) -> None:
        """Register a security key for the home account's root user, which on AWS is possible only in the console.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-fido-mfa-for-root.html
        """
        from labs_helpers.cloud.services.iam.root_user import RootUsers  # imported here: few clouds need it

        self._state.part(RootUsers).mfa[self.home] = self.clock.now()

    @contextmanager
    def calling_from(self, source_ip: str) -> Iterator[None]:
        """Send all requests within the block from this IP address, which is also the value of `aws:SourceIp`."""
        before, self._network.source_ip = self._network.source_ip, source_ip
        try:
            yield
        finally:
            self._network.source_ip = before

    def trust_issuer(
        self,
        url: str,
        jwks: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
        *,
        rejects: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Issuer:
        """Register a web identity issuer and its keys. `jwks` is a key set, or a function that returns one.

        Whether an account accepts the issuer's tokens depends on its OIDC providers and trust policies. `rejects`
        returns True for the claims of a token that the issuer itself no longer accepts. Raises `ValueError` if the URL
        isn't https.
        """
        return self._state.issuers.register(url, jwks, rejects=rejects)

    def site(self, host: str, app: Any) -> None:
        """Serve a WSGI application at a host within the cloud, until the cloud is reset or stopped.

        `requests` and the lab's browser reach it at https://HOST/; a real browser reaches it through the endpoint.
        Raises `ValueError` if the host belongs to AWS or is already in use.
        """
        from labs_helpers.cloud.services import web

        if self._network.serves(host):
            raise ValueError(f"{host!r} is already a host of the cloud")

        def answer(prepared: AWSPreparedRequest) -> tuple[int, Mapping[str, Any], str | bytes]:
            """Return the status, headers, and body of the application's answer."""
            answered = web.answer(app, prepared, {})
            return answered.status, answered.headers, answered.body

        self._network.hosts[host] = answer

    def mailbox(self, destination: str) -> list[Letter]:
        """Return the messages that the cloud sent to an email address, phone number, or web address, oldest first.

        Each message is a string with the attributes `subject`, `medium`, and `sent` (a time).
        """
        return self._state.part(Mailboxes).of(destination)

    def lambda_function(self, arn: str, handler: Handler) -> None:
        """Register `handler` as the code of a Lambda function.

        `handler(event, context)` is called whenever a caller or a service, such as a user pool's trigger, invokes the
        function. moto itself runs Lambda functions only in Docker. Raises `ValueError` if `arn` isn't a function's ARN.
        """
        self._state.part(Functions).register(arn, handler)

    def identity_center(self, region: str = "us-east-1") -> IdentityCenter:
        """Return IAM Identity Center in a Region, and enable it if necessary, as the console does.

        The instance belongs to the organization of the account `home`, or to the account itself if it isn't in an
        organization. Raises `ValueError` if IAM Identity Center is already enabled in another Region.
        """
        from labs_helpers.cloud.actors import identity_center

        return identity_center.enabled(self._state, self.home, region)

    def console(self, account_id: str | None = None, region: str = "us-east-1") -> Console:
        """Return an account's console sign-in page in a Region, for its users and its root user."""
        from labs_helpers.cloud.actors.console import Console  # imported here: few clouds need it

        account = account_id or self.home
        if account != self.home:
            self.account(account)
        return Console(self._state, lambda: self._network.source_ip, account, region)

    def instance(self, instance_id: str) -> OnInstance:
        """Return an object for the code on an EC2 instance: its metadata, and sessions with its role's credentials.

        Raises `LookupError` if the instance doesn't exist or isn't running.
        """
        from labs_helpers.cloud.actors.metadata import (  # imports EC2, which few sessions use
            Memory,
            OnInstance,
        )

        self._running_gate()
        if self._metadata is None:
            self._metadata = Memory()
        return OnInstance(self._state, self._metadata, instance_id)

    @contextmanager
    def on_instance(self, instance_id: str, *, hops: int = 1) -> Iterator[OnInstance]:
        """Run the block as code on an EC2 instance.

        `requests` to http://169.254.169.254 reach the instance's metadata service, and all requests come from its
        public IP address if it has one. `hops` is the number of network hops to the metadata service: 2 from a
        container.
        """
        from labs_helpers.cloud.actors.metadata import HOSTS

        instance = self.instance(instance_id)
        hosts, source_ip = self._network.hosts, self._network.source_ip
        before = {name: hosts.get(name) for name in HOSTS}
        hosts |= {name: instance.host(hops) for name in HOSTS}
        self._network.source_ip = instance.public_ip or source_ip
        try:
            yield instance
        finally:
            self._network.source_ip = source_ip
            for name, host in before.items():
                hosts.pop(name, None)
                if host is not None:
                    hosts[name] = host

    def would(
        self, principal: str, action: str, resource: str, context: Mapping[str, Any] | None = None
    ) -> Decision:
        """Return the decision that the gate would make, without performing or recording anything.

        `principal` is the ARN of a user, a role (meaning a session of the role), or a root user. `context` contains
        additional condition keys.
        """
        gate = self._running_gate()
        with gate.lock:
            return gate.questions.would(principal, action, resource, context or {})

    def judge(
        self, principal: str, action: str, resource: str, context: Mapping[str, Any] | None = None
    ) -> Judgement:
        """Return the same decision as `would`, together with the policies in force and the request's condition keys.

        Nothing is recorded, so the judgment has no authorization ID to look up. If `principal` is "*", the caller is
        anonymous.
        """
        gate = self._running_gate()
        with gate.lock:
            return gate.questions.judge(principal, action, resource, context or {})

    def asker(
        self,
        principal: str,
        resource: str,
        context: Mapping[str, Any] | None = None,
        *,
        any_service: bool = False,
    ) -> Callable[[str], Judgement]:
        """Return a function that calls `judge` for an action, to check many actions on one resource efficiently.

        With `any_service`, the principal's policies decide actions of services that the cloud doesn't model.

        Data that the calls share is collected once: the principal's tags, the time, and the IP address are as of the
        first call, whereas the policies are as of each call.
        """
        questions = self._running_gate().questions
        return questions.asker(principal, resource, context or {}, any_service=any_service)

    def identities(self) -> list[str]:
        """Return the ARNs of the users and roles in every account that is in use, sorted by account."""
        return moto_iam.identities()

    def resources_with_policies(self) -> list[str]:
        """Return the ARNs of all resources that have a policy, in every account.

        Roles are included, because they have trust policies.
        """
        roles = [arn for arn in self.identities() if ":role/" in arn]
        return [*roles, *sorted(self.resource_policies())]

    def resource_policies(self) -> dict[str, tuple[str, ...]]:
        """Return the policies of all resources that have any, except roles, as JSON strings by ARN."""
        return resource_policies.every(self._state)

    def principal_arn(self, principal: str) -> str:
        """Return the ARN of a user or role, given by ARN or profile name.

        For a session, its role's ARN is returned. Raises `LookupError` for an unknown profile or principal.
        """
        if principal.startswith("arn:"):
            arn = principal
        elif principal in self.profiles():
            arn = boto3.Session(profile_name=principal).client("sts").get_caller_identity()["Arn"]
        else:
            raise LookupError(
                f"there is no profile {principal!r}; the profiles are {', '.join(self.profiles())}"
            )
        if ":assumed-role/" in arn:
            account, name = Arn.parse(arn).account, arn.split("/")[1]
            roles = (each for each in self.identities() if each.startswith(f"arn:aws:iam::{account}:role/"))
            arn = next((each for each in roles if each.rpartition("/")[2] == name), arn)
        if arn not in self.identities():
            raise LookupError(f"{arn} isn't a user or role of this cloud")
        return arn

    def used_policy(self, *principals: str, since: int = 0) -> dict[str, Any]:
        """Return the identity-based policy that the recorded calls needed, as a policy document.

        Parts of an ARN that AWS generates, such as a key's ID, are replaced by wildcards. For the parameters
        and errors, see `needed_requests`.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
        """
        return reusable_policy(self.needed_requests(*principals, since=since))

    def needed_requests(self, *principals: str, since: int = 0) -> list[tuple[str, str]]:
        """Return the (action, resource) pairs that identity-based policies had to allow in the recorded calls.

        `principals` are users and roles, given by ARN or profile name; by default, all users and roles that made calls.
        By default, the cloud's administrators are included only if no other caller made any calls. `since` leaves out
        earlier calls: it is the value of `len(cloud.record)` at the time to start from.
        Denied calls, and calls that a resource-based policy allows, need nothing. Raises `LookupError` for an unknown
        profile or principal.
        """
        calls = list(self.record)[since:]
        who = {self.principal_arn(each) for each in principals}
        if not who:
            found = used_requests.callers(calls)
            who = {arn for arn in found if not arn.endswith((f":user/{ADMIN}", ":root"))} or found
        return used_requests.needed(calls, who)

    def restricts_public_access(self, bucket: str) -> bool:
        """Return whether S3 Block Public Access limits a bucket (an ARN) with a public policy to its own account.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
        """
        from labs_helpers.cloud.services.organizations.state import Organizations
        from labs_helpers.cloud.services.s3 import access_block

        return access_block.of_bucket(
            self.part(Organizations), bucket.rpartition(":")[2]
        ).restrict_public_buckets


def _account_id(given: str) -> str:
    """Return the account ID. Raises `ValueError` if it isn't one."""
    if not (isinstance(given, str) and given.isascii() and given.isdigit() and len(given) == 12):
        raise ValueError(f"an account ID has twelve digits; got {given!r}")
    return given
