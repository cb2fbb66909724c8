"""Benchmark for sign-ins to user pools with few users and with many users.

Everything is measured in one process. The second figure in each line is the time divided by that of one exponentiation
in SRP's group, which is the minimum work for verifying a password, for Cognito as well as for this cloud.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import boto3

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.services.cognito_idp.sign_in import srp

SIZES = (10, 2_000)
ROUNDS = 30
PASSWORD = "Correct-Horse-1"


def _median_ms(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e3


def _power() -> float:
    exponent = int.from_bytes(os.urandom(32), "big")
    return _median_ms(lambda: pow(srp.G, exponent, srp.N))


def _calls(idp: Any, users: int) -> dict[str, Callable[[], Any]]:
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)[
        "UserPoolClient"
    ]["ClientId"]
    for number in range(users):
        idp.admin_create_user(UserPoolId=pool, Username=f"user-{number}", MessageAction="SUPPRESS")
    last = f"user-{users - 1}"
    idp.admin_set_user_password(UserPoolId=pool, Username=last, Password=PASSWORD, Permanent=True)

    def begin(flow: str, **parameters: str) -> Any:
        return idp.initiate_auth(ClientId=client, AuthFlow=flow, AuthParameters=parameters)

    def by_password() -> Any:
        return begin("USER_PASSWORD_AUTH", USERNAME=last, PASSWORD=PASSWORD)

    public = f"{pow(srp.G, int.from_bytes(os.urandom(128), 'big'), srp.N):x}"
    tokens = by_password()["AuthenticationResult"]
    return {
        "sign-in by password": by_password,
        "first step of SRP": lambda: begin("USER_SRP_AUTH", USERNAME=last, SRP_A=public),
        "refresh": lambda: begin("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"]),
        "get_user": lambda: idp.get_user(AccessToken=tokens["AccessToken"]),
        "list_users by name": lambda: idp.list_users(UserPoolId=pool, Filter=f'username = "{last}"'),
    }


def main() -> None:
    with Cloud(seed=1):
        idp = boto3.client("cognito-idp")
        found = {size: {name: _median_ms(call) for name, call in _calls(idp, size).items()} for size in SIZES}
        power = _power()
    print(f"one power of the group: {power:.2f} ms")
    print(f"{'call':<24}" + "".join(f"{f'{size} users, ms':>18}{'powers':>9}" for size in SIZES))
    for name in found[SIZES[0]]:
        figures = "".join(f"{found[size][name]:>18.2f}{found[size][name] / power:>9.1f}" for size in SIZES)
        print(f"{name:<24}{figures}")


if __name__ == "__main__":
    main()
