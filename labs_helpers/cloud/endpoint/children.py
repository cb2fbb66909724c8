"""The environment of a notebook's subprocesses, which makes `!aws s3 ls` in a cell call the notebook's cloud.

Only the child's environment contains the endpoint's URL. This process's environment is unchanged, and its own calls
don't open a socket. The endpoint opens when the first child starts. Python has only a few ways to start children:
subprocess (which asyncio and `%%bash` use), `os.system`, `os.posix_spawn`, `os.exec…` after a fork (IPython's `!`,
through pexpect), and multiprocessing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from labs_helpers.cloud.endpoint import NEEDED, environment, why_not
from labs_helpers.cloud.endpoint.remote_cloud import RemoteCloud

if TYPE_CHECKING:
    from labs_helpers.cloud.endpoint.location import Address
    from labs_helpers.cloud.process.profiles import Profiles

_NOWHERE = "http://127.0.0.1:9"
"""The discard port, where no program listens."""
_POPEN_ENV = 10
"""The position of `env` in `subprocess.Popen`'s arguments."""


Process = Callable[[Any], tuple[int, Mapping[str, Any], Any]]


class Reachable(Protocol):
    """A cloud that runs in this process, or to which this process is attached."""

    def endpoint(self) -> Address:
        """Return the cloud's address for other programs."""

    def forked(self, process: Process) -> None:
        """Use `process` to send a forked child's requests to the cloud, because the child has only a copy."""


class Children:
    """This process's children. A child that starts between `watch` and `leave` calls the process's cloud."""

    def __init__(self, cloud: Reachable, profiles: Profiles):
        self._cloud, self._profiles = cloud, profiles
        self._process = os.getpid()
        self._endpoint: Address | None = None
        self._undo: list[Callable[[], None]] = []

    def watch(self) -> None:
        """Change how this process starts children, until `leave` is called."""
        global _watching
        self._replace(subprocess.Popen, "__init__", _popen(subprocess.Popen.__init__, self.env))
        self._replace(os, "system", self._system)
        for name in ("posix_spawn", "posix_spawnp"):
            if hasattr(os, name):
                self._replace(os, name, _spawn(getattr(os, name), self.env))
        if hasattr(os, "execve"):
            execve = os.execve
            self._replace(os, "execv", lambda path, args: execve(path, args, self.env(None)))
            self._replace(os, "execve", lambda path, args, env: execve(path, args, self.env(env)))
        with suppress(ImportError):  # Windows and browsers don't have the module
            import _posixsubprocess

            fork_exec = _posixsubprocess.fork_exec
            self._replace(_posixsubprocess, "fork_exec", _fork_exec(fork_exec, self.env))
        with suppress(ImportError):  # browsers have none
            self._have_a_forkserver_of_its_own()
        _watching = self

    def leave(self) -> None:
        """Undo the changes that `watch` made."""
        global _watching
        while self._undo:
            self._undo.pop()()
        _watching = None

    def _have_a_forkserver_of_its_own(self) -> None:
        """Give multiprocessing a fork server that was started after the cloud, and stop it when the cloud stops.

        The server (the default from Python 3.14) keeps the environment it was started with. The children of a
        server that was started before the cloud would send their requests to AWS.
        https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
        """
        from multiprocessing import forkserver

        server: Any = forkserver.ForkServer()
        # In a thread, because stopping waits for the last of its children, which might outlive the cloud.
        self._undo.append(threading.Thread(target=server._stop, daemon=True).start)
        for name in (
            "ensure_running",
            "connect_to_new_process",
            "get_inherited_fds",
            "set_forkserver_preload",
        ):
            self._replace(forkserver, name, getattr(server, name))

    def _replace(self, where: Any, name: str, function: Any) -> None:
        before = getattr(where, name)
        self._undo.append(lambda: setattr(where, name, before))
        setattr(where, name, function)

    def env(self, base: Mapping[Any, Any] | None) -> dict[str, str]:
        """Return a child's environment: `base` with the cloud's URL.

        If `base` is None, this process's environment is used.
        """
        given = {os.fsdecode(name): os.fsdecode(value) for name, value in (base or {}).items()}
        given = dict(os.environ) if base is None else given
        endpoint = self._open()
        return self._refusing(given) if endpoint is None else endpoint.env(given)

    def _open(self) -> Address | None:
        """Return the cloud's endpoint (opened if necessary), or None without the extra or a free port."""
        if os.getpid() != self._process:  # in a forked child: the parent has opened it
            return self._endpoint
        try:
            self._endpoint = self._cloud.endpoint() if why_not() is None else None
        except OSError:
            self._endpoint = None
        return self._endpoint

    def before_fork(self) -> None:
        """Open the endpoint before a fork, so that the child, and any program that it executes, can reach it."""
        if os.getpid() == self._process:
            self._open()

    def after_fork(self) -> None:
        """Send a forked child's API calls to the parent's cloud."""
        if self._endpoint is not None:
            self._cloud.forked(RemoteCloud("127.0.0.1", self._endpoint.port).forward)

    def _refusing(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return an environment in which every SDK fails immediately with the reason, and sends nothing."""
        config, credentials = self._refusing_profiles()
        profiles = {**self._profiles.variables(), "AWS_CONFIG_FILE": str(config)}
        profiles["AWS_SHARED_CREDENTIALS_FILE"] = str(credentials)
        base = {name: value for name, value in base.items() if name not in profiles}
        return environment.leading_here(base, profiles, _NOWHERE, _NOWHERE, None)

    def _refusing_profiles(self) -> tuple[Path, Path]:
        """Write a config and a credentials file whose profiles get credentials from a program that prints the reason.

        https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
        """
        # Only double quotes, because on Windows, SDKs split the line as the Windows shell does.
        why = why_not() or NEEDED
        say = f'credential_process = "{sys.executable}" -c "import sys; sys.exit(sys.argv[1])" "{why}"'
        names = (name if name == "default" else f"profile {name}" for name in self._profiles.names())
        text = "".join(f"[{name}]\nregion = us-east-1\n{say}\n" for name in names)
        config, credentials = (
            self._profiles.folder / f"refused-{name}" for name in ("config", "credentials")
        )
        config.write_text(text, encoding="utf-8", newline="\n")
        credentials.write_text("", encoding="utf-8", newline="\n")
        return config, credentials

    def _system(self, command: Any) -> int:
        """Run a command like `os.system`, which itself would give the child this process's environment."""
        code = subprocess.call(command, shell=True)
        if sys.platform == "win32":
            return code
        return -code if code < 0 else code << 8


_watching: Children | None = None


def _before_fork() -> None:
    if _watching is not None:
        _watching.before_fork()


def _after_fork() -> None:
    if _watching is not None:
        _watching.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_child=_after_fork
    )  # this can't be undone, but does nothing without a cloud

Env = Callable[[Any], dict[str, str]]


def _popen(original: Callable[..., None], env: Env) -> Callable[..., None]:
    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        if len(arguments) > _POPEN_ENV:
            arguments = (*arguments[:_POPEN_ENV], env(arguments[_POPEN_ENV]), *arguments[_POPEN_ENV + 1 :])
        else:
            named["env"] = env(named.get("env"))
        original(self, *arguments, **named)

    return __init__


def _spawn(original: Callable[..., int], env: Env) -> Callable[..., int]:
    return lambda path, args, given, **named: original(path, args, env(given), **named)


def _fork_exec(original: Callable[..., int], env: Env) -> Callable[..., int]:
    """Return multiprocessing's function with our environment: its sixth argument, a list of bytes, or None."""

    def fork_exec(*arguments: Any) -> int:
        """Start a child; a missing environment is replaced by ours."""
        if arguments[5] is not None:
            return original(*arguments)
        pairs = [os.fsencode(f"{name}={value}") for name, value in env(None).items()]
        return original(*arguments[:5], pairs, *arguments[6:])

    return fork_exec
