"""A notebook's subprocesses call the notebook's cloud, configured only by environment variables."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import requests

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.endpoint import NEEDED, children
from tests.cloud.endpoint.conftest import cli, cli_commands
from tests.clouds import make_user

SHOW = [sys.executable, "-c", "import os; print(os.environ.get('AWS_ENDPOINT_URL'))"]
ASK = "import boto3; print(boto3.Session(profile_name='alice').client('sts').get_caller_identity()['Arn'])"
posix = pytest.mark.skipif(sys.platform == "win32", reason="ways of starting a process that Windows lacks")


def _by_asyncio() -> str:
    async def run() -> bytes:
        child = await asyncio.create_subprocess_exec(*SHOW, stdout=subprocess.PIPE)
        return (await child.communicate())[0]

    return asyncio.run(run()).decode()


def _to_file(start, path: Path) -> str:
    start(
        [sys.executable, "-c", f"import os; open({str(path)!r}, 'w').write(os.environ['AWS_ENDPOINT_URL'])"]
    )
    return path.read_text()


def _by_posix_spawn(path: Path) -> str:
    def start(command: list[str]) -> None:
        os.waitpid(os.posix_spawn(command[0], command, os.environ), 0)

    return _to_file(start, path)


def _by_pexpect() -> str:
    import pexpect

    return pexpect.run(subprocess.list2cmdline(SHOW)).decode()


def _report(pipe) -> None:
    pipe.send(os.environ.get("AWS_ENDPOINT_URL"))


def _by_multiprocessing() -> str:
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_report, args=(theirs,))
    child.start()
    child.join()
    return ours.recv()


@posix
def test_every_way_of_starting_a_process_leads_it_to_the_endpoint(cloud: Cloud, tmp_path: Path):
    ways = {
        "run": lambda: subprocess.run(SHOW, capture_output=True, text=True).stdout,
        "run with an environment": lambda: (
            subprocess.run(SHOW, capture_output=True, text=True, env={"A": "b"}).stdout
        ),
        "popen": lambda: os.popen(subprocess.list2cmdline(SHOW)).read(),
        "asyncio": _by_asyncio,
        "system": lambda: _to_file(
            lambda command: os.system(subprocess.list2cmdline(command)), tmp_path / "a"
        ),
        "spawnv": lambda: _to_file(lambda command: os.spawnv(os.P_WAIT, command[0], command), tmp_path / "b"),
        "posix_spawn": lambda: _by_posix_spawn(tmp_path / "c"),
        "pexpect": _by_pexpect,
        "multiprocessing": _by_multiprocessing,
    }
    told = {way: start().strip() for way, start in ways.items()}
    assert told == dict.fromkeys(ways, cloud.endpoint().url)


def _write(name: str) -> None:
    boto3.client("s3").create_bucket(Bucket=name)


@posix
@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_what_workers_do_is_done_in_the_one_cloud(cloud: Cloud, how: str):
    context = multiprocessing.get_context(how)
    boto3.client("s3").list_buckets()
    workers = [context.Process(target=_write, args=(f"shelf-{number}",)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert {each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]} == {
        f"shelf-{number}" for number in range(3)
    }


def test_os_system_gives_the_status_that_it_always_gives(cloud: Cloud):
    assert os.system("exit 3") == (3 if sys.platform == "win32" else 3 << 8)


def test_a_child_that_was_given_another_machine_as_endpoint_is_led_here_all_the_same(cloud: Cloud):
    env = {
        "AWS_ENDPOINT_URL": "https://sts.amazonaws.com",
        "AWS_ENDPOINT_URL_S3": "https://objects.example.com",
    }
    shown = subprocess.run(
        [sys.executable, "-c", "import os, json; print(json.dumps(dict(os.environ)))"],
        env=env, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert json.loads(shown)["AWS_ENDPOINT_URL"] == cloud.endpoint().url
    assert "AWS_ENDPOINT_URL_S3" not in json.loads(shown)


def test_a_second_process_is_the_principal_of_its_profile(cloud: Cloud):
    make_user(cloud, "alice")
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True)
    assert told.stdout.strip() == f"arn:aws:iam::{cloud.home}:user/alice", told.stderr


@posix
def test_a_shell_reads_one_file_and_its_commands_reach_the_cloud(cloud: Cloud):
    make_user(cloud, "alice")
    line = cloud.endpoint().lines()[0]
    env = {"PATH": os.environ["PATH"], "AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "AKIAREAL"}
    cloud._children.leave()  # the terminal is no child of this process
    told = subprocess.run(
        ["sh", "-c", f'{line}; "{sys.executable}" -c "{ASK}"'], env=env, capture_output=True, text=True
    )
    cloud._children.watch()
    assert told.stdout.strip() == f"arn:aws:iam::{cloud.home}:user/alice", told.stderr


@pytest.mark.parametrize("version", sorted(cli_commands()))
def test_nothing_leaves_by_hosts_that_a_client_insists_on(cloud: Cloud, env, version: str):
    # AWS CLI v1 calls queue.amazonaws.com, whatever AWS_ENDPOINT_URL says.
    told = cli(cli_commands()[version], env, "sqs", "create-queue", "--queue-name", "line")
    assert told.answer == {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{cloud.home}/line"}
    code = "import urllib.request as u; print(u.urlopen('https://example.com/', timeout=5))"
    refused = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert "nothing leaves this machine" in refused.stderr


@pytest.mark.parametrize("version", sorted(cli_commands()))
def test_without_the_extra_a_child_is_told_at_once_what_is_missing(
    cloud: Cloud, monkeypatch, tmp_path, version
):
    make_user(cloud, "alice")
    monkeypatch.setattr(children, "why_not", lambda: NEEDED)
    for profile in ("default", "alice"):
        told = subprocess.run(
            [*cli_commands()[version], "s3", "ls", "--profile", profile],
            env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert told.returncode != 0
        assert "pip install tornado trustme" in told.stderr


def test_a_url_that_a_child_has_presigned_opens_in_this_process(cloud: Cloud, env):
    boto3.client("s3").create_bucket(Bucket="shelf")
    boto3.client("s3").put_object(Bucket="shelf", Key="k", Body=b"text")
    code = (
        "import boto3; print(boto3.client('s3').generate_presigned_url("
        "'get_object', Params={'Bucket': 'shelf', 'Key': 'k'}))"
    )
    url = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True).stdout.strip()
    assert url.startswith(cloud.endpoint().url)
    assert requests.get(url, timeout=5).content == b"text"


def test_a_child_on_an_instance_reaches_its_metadata(cloud: Cloud):
    address = "169.254.169.254"
    cloud._network.hosts[address] = lambda request: (200, {}, f"{request.method} {request.url}".encode())
    code = f"import urllib.request as u; print(u.urlopen('http://{address}/latest/meta-data/', timeout=5).read())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.stdout.strip() == f"b'GET http://{address}/latest/meta-data/'", told.stderr


def test_without_the_extra_the_endpoint_says_so(cloud: Cloud, monkeypatch):
    monkeypatch.setattr("labs_helpers.cloud.endpoint.why_not", lambda: NEEDED)
    monkeypatch.setattr(cloud, "_endpoint", None)
    with pytest.raises(ModuleNotFoundError, match="pip install tornado trustme"):
        cloud.endpoint()


@posix
def test_cells_of_a_notebook_call_the_cloud_of_their_kernel(tmp_path: Path):
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient").NotebookClient
    aws = f"{sys.executable} -m awscli sts get-caller-identity --query Arn --output text"
    cells = [
        "import sys; from labs_helpers.cloud import Cloud; cloud = Cloud().start()",
        f"!{aws}",
        f"%%bash\n{aws}",
        f"told = !{aws}\nprint(told)",
        "cloud.stop()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    client(notebook, timeout=60, resources={"metadata": {"path": str(Path(__file__).parents[3])}}).execute()
    printed = ["".join(each.get("text", "") for each in cell.outputs) for cell in notebook.cells]
    assert [text.strip(" \n\r[]'") for text in printed[1:4]] == ["arn:aws:iam::111122223333:user/admin"] * 3


_CONNECTS = "import socket; socket.create_connection(('198.51.100.7', 80), 0.2)"


def test_a_python_childs_own_socket_does_not_leave_the_machine(cloud):
    done = subprocess.run([sys.executable, "-c", _CONNECTS], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "'198.51.100.7' is not on this machine" in done.stderr


def test_a_python_childs_own_name_lookup_does_not_leave_the_machine(cloud):
    code = "import socket; socket.getaddrinfo('example.com', 80)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "'example.com' is not on this machine" in done.stderr


def test_a_python_childs_sockets_reach_this_machine(cloud):
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_a_sitecustomize_that_was_there_before_is_still_imported(cloud, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('mine')")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _CONNECTS], env=env, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "mine\n"
    assert "is not on this machine" in done.stderr
