"""A JupyterHub on this machine, as deploy/jupyterhub configures it, and learners who use it through its API."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy" / "jupyterhub"
INSTALLED = Path(os.environ.get("LABS_HUB_INSTALLED", ROOT / ".judges" / "hub"))
"""A virtual environment with JupyterHub and the labs, and node_modules with its proxy."""
_STARTS = 300.0
_CONFIG = """
import os
load_subconfig({base!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_port = {ports[1]}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.JupyterHub.services.append({{"name": "teacher", "api_token": {token!r}}})
c.JupyterHub.load_roles.append(
    {{"name": "teacher", "services": ["teacher"], "scopes": ["admin:users", "admin:servers", "access:servers"]}}
)
if os.geteuid() == 0:  # as in a container that runs the tests; a hub for learners never runs as root
    c.Spawner.args = ["--allow-root"]
"""


@dataclass(frozen=True, slots=True)
class Hub:
    """A running hub. `token` is the teacher's, and `homes` has a folder for each learner who has signed in."""

    url: str
    token: str
    password: str
    folder: Path

    @property
    def homes(self) -> Path:
        return self.folder / "homes"

    async def ask(self, method: str, path: str, body: Any = None, **options: Any) -> HTTPResponse:
        """Return the answer to a teacher's request, whatever its status."""
        request = HTTPRequest(
            self.url + path,
            method=method,
            headers={"Authorization": f"token {self.token}"},
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
            connect_timeout=_STARTS,
            request_timeout=_STARTS,
            **options,
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def seat(self, name: str) -> Learner:
        """Start a learner's server, and wait until it answers."""
        await self.ask("POST", f"/hub/api/users/{name}")
        begun = await self.ask("POST", f"/hub/api/users/{name}/server")
        assert begun.code in (201, 202), begun.body
        end = time.monotonic() + _STARTS
        while (await self.ask("GET", f"/user/{name}/api/status", follow_redirects=False)).code != 200:
            assert time.monotonic() < end, f"{name}'s server does not answer"
            await asyncio.sleep(0.3)
        return Learner(self, name)

    async def seated(self) -> set[str]:
        """Return the learners whose servers are running."""
        users = json.loads((await self.ask("GET", "/hub/api/users")).body)
        return {user["name"] for user in users if user["servers"]}


@dataclass(slots=True)
class Told:
    """The text that a cell printed or showed, and the error that it raised, if any."""

    text: str = ""
    error: str = ""


@dataclass(slots=True)
class Learner:
    """A learner at the hub."""

    hub: Hub
    name: str

    @property
    def home(self) -> Path:
        return self.hub.homes / self.name

    async def api(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer of the learner's own server."""
        answer = await self.hub.ask(method, f"/user/{self.name}/api/{path}", body)
        assert answer.code < 300, (method, path, answer.code, answer.body)
        return json.loads(answer.body) if answer.body else None

    async def open_kernel(self, notebook: str) -> Kernel:
        """Start a kernel for a notebook, in the notebook's folder; it ends with the server."""
        asked = {"path": notebook, "type": "notebook", "name": notebook, "kernel": {"name": "python3"}}
        session = await self.api("POST", "sessions", asked)
        address = f"/user/{self.name}/api/kernels/{session['kernel']['id']}/channels"
        request = HTTPRequest(
            self.hub.url.replace("http", "ws") + address,
            headers={"Authorization": f"token {self.hub.token}"},
            connect_timeout=_STARTS,
            request_timeout=_STARTS,
        )
        return Kernel(self, session["kernel"]["id"], await websocket_connect(request))

    @contextlib.asynccontextmanager
    async def kernel(self, notebook: str) -> AsyncIterator[Kernel]:
        """The same for a block."""
        kernel = await self.open_kernel(notebook)
        try:
            yield kernel
        finally:
            kernel.socket.close()
            await self.api("DELETE", f"kernels/{kernel.id}")

    async def run_notebook(self, notebook: str, cells: int | None = None) -> Run:
        """Run all code cells, or this many, from top to bottom, as they are on the learner's server."""
        content = (await self.api("GET", f"contents/{notebook}"))["content"]
        sources = [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"][:cells]
        began = time.monotonic()
        async with self.kernel(notebook) as kernel:
            told = [await kernel.run(source) for source in sources]
            seconds = time.monotonic() - began
            memory = (await kernel.run(_MEMORY)).text.split()
        return Run(seconds, int(memory[0]), int(memory[1]), [each.error for each in told if each.error])


_MEMORY = """
import os
for process in ("self", os.getppid()):
    with open(f"/proc/{process}/status") as status:
        print(next(int(line.split()[1]) // 1000 for line in status if line.startswith("VmRSS")))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """The seconds that a notebook took, the megabytes of its kernel at the end and of the server, and its cells'
    errors.
    """

    seconds: float
    kernel: int
    server: int
    errors: list[str]


@dataclass(slots=True)
class Kernel:
    """A learner's kernel, which is reached through the hub's proxy."""

    learner: Learner
    id: str
    socket: WebSocketClientConnection

    async def run(self, source: str) -> Told:
        """Run a cell, and return its result when it has finished."""
        message = uuid.uuid4().hex
        header = {
            "msg_id": message,
            "msg_type": "execute_request",
            "username": "",
            "session": "",
            "version": "5.3",
        }
        content = {"code": source, "silent": False, "allow_stdin": False, "stop_on_error": False}
        request = {"channel": "shell", "header": header, "content": content}
        await self.socket.write_message(
            json.dumps(request | {"parent_header": {}, "metadata": {}, "buffers": []})
        )
        told, idle, replied = Told(), False, False
        while not (idle and replied):
            raw = await asyncio.wait_for(self.socket.read_message(), _STARTS)
            assert isinstance(raw, str), f"{self.learner.name}'s kernel is gone"
            each = json.loads(raw)
            if each["parent_header"].get("msg_id") != message:
                continue
            kind, content = each["header"]["msg_type"], each["content"]
            told.text += content["text"] if kind == "stream" else ""
            told.error = f"{content['ename']}: {content['evalue']}" if kind == "error" else told.error
            idle |= kind == "status" and content["execution_state"] == "idle"
            replied |= kind == "execute_reply"
        return told


@contextlib.contextmanager
def running_hub(folder: Path) -> Iterator[Hub]:
    """Start a hub with its files in `folder`; at the end, stop it and all servers that it has started."""
    ports, token, password = _free_ports(3), secrets.token_hex(16), secrets.token_urlsafe(12)
    config = folder / "config.py"
    base = str(DEPLOY / "jupyterhub_config.py")
    config.write_text(_CONFIG.format(base=base, ports=ports, token=token), encoding="utf-8")
    hub = Hub(f"http://127.0.0.1:{ports[0]}", token, password, folder / "class")
    with open(folder / "hub.log", "wb") as log:
        process = subprocess.Popen(
            [INSTALLED / "bin" / "python", "-m", "jupyterhub", "-f", config],
            cwd=folder, env=_environment(hub), stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        asyncio.run(_answers(hub, process))
        yield hub
    except BaseException:
        print((folder / "hub.log").read_text(encoding="utf-8")[-6000:], file=sys.stderr)
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _environment(hub: Hub) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "LABS_", "JUPYTER", "PYTEST", "COV"))
    }
    path = f"{INSTALLED / 'node_modules' / '.bin'}{os.pathsep}{kept['PATH']}"
    return kept | {"PATH": path, "LABS_HUB": str(hub.folder), "LABS_HUB_PASSWORD": hub.password}


async def _answers(hub: Hub, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _STARTS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError):  # nobody listens yet
            if (await hub.ask("GET", "/hub/api/", follow_redirects=False)).code == 200:
                return
        await asyncio.sleep(0.2)
    raise AssertionError("the hub does not answer")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        return [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)
        ]
