"""Benchmark for the endpoint: calls compared with calls to moto's server, and sixteen concurrent clients.

Each server runs in its own process, and connections are kept alive. The calls are signed once and sent as bytes, so
that the server is measured and not a client. For one minute, sixteen clients, each with a different user's keys, call
GetCallerIdentity and read the user's object. No client must get an error or another client's response, and the server's
memory must not grow. BENCH_SECONDS sets a shorter duration.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest

CALLS, WARM, CLIENTS = 500, 20, 16
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
_OURS = """
from labs_helpers.cloud import Cloud
cloud = Cloud(seed=1).start()
endpoint = cloud.endpoint()
key = cloud._profiles._credentials["default"]
print(endpoint.port, key["aws_access_key_id"], key["aws_secret_access_key"], flush=True)
input()
"""
_MOTOS = """
import logging
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], "AKIAIOSFODNN7EXAMPLE", "secret", flush=True)
input()
"""


class Server:
    """A server in its own process, and the access keys that it accepts."""

    def __init__(self, process: subprocess.Popen[str], port: int, key: str, secret: str):
        self.process, self.port, self.key, self.secret = process, port, key, secret
        self.session = boto3.Session(key, secret, region_name="us-east-1")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> object:
        return self.session.client(service, endpoint_url=self.url)

    def memory(self) -> float:
        """Return the process's memory in megabytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def running(code: str) -> Iterator[Server]:
    """Provide the server that the code starts, and stop it at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        port, key, secret = process.stdout.readline().split()
        yield Server(process, int(port), key, secret)
    finally:
        process.kill()
        process.wait()


class Line:
    """A persistent connection that sends requests signed in advance."""

    def __init__(self, server: Server):
        self._server = server
        self._http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._keys = server.session.get_credentials().get_frozen_credentials()

    def signed(
        self, service: str, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[str, str, bytes, dict[str, str]]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = AWSRequest(method, self._server.url + path, headers=named, data=body)
        (S3SigV4Auth if service == "s3" else SigV4Auth)(self._keys, service, "us-east-1").add_auth(request)
        return method, path, body, dict(request.headers.items())

    def send(self, request: tuple[str, str, bytes, dict[str, str]]) -> tuple[int, bytes]:
        method, path, body, headers = request
        self._http.request(method, path, body, headers)
        answer = self._http.getresponse()
        return answer.status, answer.read()


def calls(line: Line, key: str) -> dict[str, tuple[str, str, bytes, dict[str, str]]]:
    form, json = "application/x-www-form-urlencoded", "application/x-amz-json-1.1"
    return {
        "sts.get_caller_identity": line.signed(
            "sts", "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", Content_Type=form
        ),
        "iam.list_users": line.signed("iam", "POST", "/", b"Action=ListUsers&Version=2010-05-08", Content_Type=form),
        "s3.get_object": line.signed("s3", "GET", "/shelf/k"),
        "s3.put_object": line.signed("s3", "PUT", "/shelf/new", b"x" * 1000),
        "kms.describe_key": line.signed(
            "kms", "POST", "/", b'{"KeyId": "%s"}' % key.encode(),
            Content_Type=json, X_Amz_Target="TrentService.DescribeKey",
        ),
        "dynamodb.get_item": line.signed(
            "dynamodb", "POST", "/", b'{"TableName": "songs", "Key": {"id": {"S": "1"}}}',
            Content_Type="application/x-amz-json-1.0", X_Amz_Target="DynamoDB_20120810.GetItem",
        ),
    }  # fmt: skip


def prepared(server: Server) -> str:
    """Create the resources that the calls use, and return the KMS key's ID."""
    server.client("s3").create_bucket(Bucket="shelf")
    server.client("s3").put_object(Bucket="shelf", Key="k", Body=b"x" * 1000)
    server.client("iam").create_user(UserName="alice")
    server.client("dynamodb").create_table(
        TableName="songs",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    server.client("dynamodb").put_item(TableName="songs", Item={"id": {"S": "1"}})
    return server.client("kms").create_key()["KeyMetadata"]["KeyId"]


def compare(ours: Server, motos: Server) -> None:
    """Print each call's median time on both servers, which take turns."""
    sides = []
    for server in (ours, motos):
        key = prepared(server)
        line = Line(server)
        sides.append((line, calls(line, key)))
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in sides[0][1]}
    for name, both in times.items():
        for number in range(CALLS + WARM):
            for (line, requests), measured in zip(sides, both, strict=True):
                begin = time.perf_counter()
                status, body = line.send(requests[name])
                if number >= WARM:
                    measured.append(time.perf_counter() - begin)
                assert status == 200, (name, body)
    print(f"{'call':<28}{'moto ms':>10}{'ours ms':>10}{'ratio':>8}")
    for name, both in times.items():
        mine, theirs = (statistics.median(each) * 1e3 for each in both)
        print(f"{name:<28}{theirs:>10.2f}{mine:>10.2f}{mine / theirs:>8.2f}")


def users(server: Server) -> list[tuple[str, Server]]:
    """Return sixteen users, each with a bucket named after the user and an object that contains the user's name."""
    iam, s3 = server.client("iam"), server.client("s3")
    made = []
    for number in range(CLIENTS):
        name = f"user-{number}"
        iam.create_user(UserName=name)
        iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="whose", Body=name.encode())
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made.append((name, Server(server.process, server.port, key["AccessKeyId"], key["SecretAccessKey"])))
    return made


def ask(name: str, server: Server, until: float, count: list[int], wrong: list[object]) -> None:
    line = Line(server)
    who = (b"Action=GetCallerIdentity&Version=2011-06-15", f":user/{name}<".encode())
    while time.monotonic() < until:
        form = "application/x-www-form-urlencoded"
        for request, expected in (
            (line.signed("sts", "POST", "/", who[0], Content_Type=form), who[1]),
            (line.signed("s3", "GET", f"/{name}/whose"), name.encode()),
        ):
            status, body = line.send(request)
            count[0] += 1
            if status != 200 or expected not in body:
                wrong.append((name, status, body[:200]))


def many(server: Server) -> None:
    """Run sixteen concurrent clients."""
    made, counts, wrong = users(server), [[0] for _ in range(CLIENTS)], []
    memory: list[float] = []
    until = time.monotonic() + SECONDS
    threads = [
        threading.Thread(target=ask, args=(name, client, until, count, wrong))
        for (name, client), count in zip(made, counts, strict=True)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        memory.append(server.memory())
        time.sleep(min(1, SECONDS / 10))
    total, third = sum(each[0] for each in counts), len(memory) // 3
    print(
        f"{CLIENTS} clients for {SECONDS:.0f} s: {total} calls, {total / SECONDS:.0f} a second, "
        f"{len(wrong)} errors or wrong identities, memory {memory[third]:.0f} → {memory[-1]:.0f} MB"
    )
    assert not wrong, wrong[:3]


def main() -> None:
    with running(_OURS) as ours, running(_MOTOS) as motos:
        compare(ours, motos)
    with running(_OURS) as ours:
        many(ours)


if __name__ == "__main__":
    main()
