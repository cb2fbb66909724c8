"""Benchmark for sign-ins by password and by SRP compared with plain moto, and for SRP's share of the time.

Both sides are measured in one run, taking turns, each in its own process. Only the calls are timed, not the client's
computations between them. The last lines report verified tokens per second, the time of a sign-in with code and PKCE
from the sign-in page to the tokens, and the time from sign-up to reading the object in S3.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROUNDS = 3
SIGN_INS = 40
ROOT = str(Path(__file__).resolve().parents[1])

_SETUP = """
import json, time
import boto3
{start}
import os
from tests.cloud.services.cognito_idp.srp_client import G, N, SrpClient

exponents = [int.from_bytes(os.urandom(32), "big") for _ in range(3)]

def powers():
    # The cloud's own part of SRP: g to the power of b, the verifier to that of u, their product to that of b.
    for base, exponent in zip((G, N // 3, N // 5), exponents):
        timed(pow, base, exponent, N)

PASSWORD = "Correct-Horse-1"
idp = boto3.client("cognito-idp", region_name="us-east-1")
pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
client = idp.create_user_pool_client(
    UserPoolId=pool, ClientName="app",
    ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
)["UserPoolClient"]["ClientId"]
idp.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")
idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password=PASSWORD, Permanent=True)
spent = 0.0

def timed(call, *positional, **given):
    global spent
    begin = time.perf_counter()
    answer = call(*positional, **given)
    spent += time.perf_counter() - begin
    return answer

def by_password():
    given = {{"USERNAME": "alice", "PASSWORD": PASSWORD}}
    return timed(idp.initiate_auth, ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)

def by_srp():
    mine = SrpClient(pool.partition("_")[2], PASSWORD)
    begun = timed(
        idp.initiate_auth, ClientId=client, AuthFlow="USER_SRP_AUTH",
        AuthParameters={{"USERNAME": "alice", "SRP_A": mine.srp_a}},
    )
    asked = begun["ChallengeParameters"]
    try:
        claim = mine.answer(asked, asked["USER_ID_FOR_SRP"])
    except ValueError:  # plain moto's block isn't base64, and it doesn't verify the proof
        claim = {{"PASSWORD_CLAIM_SIGNATURE": "x", "TIMESTAMP": "x"}}
        claim["PASSWORD_CLAIM_SECRET_BLOCK"] = asked["SECRET_BLOCK"]
    return timed(
        idp.respond_to_auth_challenge, ClientId=client, ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses={{"USERNAME": "alice", **claim}},
        **({{"Session": begun["Session"]}} if "Session" in begun else {{}}),
    )

times = {{}}
for name, work in (("password", by_password), ("SRP", by_srp)):
    for _ in range(3):
        assert "AccessToken" in work()["AuthenticationResult"]
    for _ in range({rounds}):
        spent = 0.0
        work()
        times.setdefault(name, []).append(spent)
        spent = 0.0
        powers()
        times.setdefault("powers", []).append(spent)
print(json.dumps(times))
"""
_BARE = "from moto import mock_aws\nmock_aws().start()"
_GATED = "from labs_helpers.cloud import Cloud\nCloud(seed=1).start()"

_REST = """
import base64, json, re, statistics, time
import boto3
from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day3 import apps
from labs_helpers.course.days.day3.tokens import verify_access_token
from labs_helpers.cloud.actors import Browser

def median(work, times):
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begin)
    return statistics.median(spent)

cloud = Cloud(seed=1).start()
idp = boto3.client("cognito-idp")
pool = idp.create_user_pool(PoolName="diary", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
diary = apps.start(cloud, pool)
idp.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")
idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password="Correct-horse-1", Permanent=True)
def round_trip():
    diary.phone.browser.cookies.clear()
    diary.phone.sign_in("alice", "Correct-horse-1")

number = iter(range(1000))
def sign_up_to_s3():
    name, browser = f"user{next(number)}", Browser()
    browser.open(f"{diary.site}/login")
    browser.follow()
    url = browser.page.location.replace("/login?", "/signup?")
    browser.open(url)
    browser.send(**{"username": name, "attr:email": name + "@example.com", "password": "Correct-horse-1"})
    browser.follow()
    browser.send(code=re.search(r"[0-9]{6}", str(cloud.mailbox(name + "@example.com")[-1]))[0])
    browser.follow()
    browser.send(username=name, password="Correct-horse-1")
    browser.follow()
    browser.follow()
    browser.send(text="Dear diary")
    assert "Stored" in browser.page.location

found = {"code + PKCE": median(round_trip, 20)}
found["sign-up to S3"] = median(sign_up_to_s3, 10)
token = diary.phone.tokens["access_token"]
issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
import requests
keys = requests.get(issuer + "/.well-known/jwks.json").json()["keys"]
client, now = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["client_id"], cloud.clock.now()
found["verify"] = median(lambda: verify_access_token(token, issuer=issuer, client_id=client, keys=keys, now=now), 300)
print(json.dumps(found))
"""


def _run(code: str) -> dict[str, object]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    sides: dict[str, dict[str, list[float]]] = {"bare": {}, "gated": {}}
    for _ in range(ROUNDS):
        for side, start in (("bare", _BARE), ("gated", _GATED)):
            for name, values in _run(_SETUP.format(start=start, rounds=SIGN_INS)).items():
                sides[side].setdefault(name, []).extend(values)  # type: ignore[arg-type]
    print(f"{'sign-in by':<16}{'bare ms':>10}{'gated ms':>10}{'ratio':>8}")
    medians = {
        side: {name: statistics.median(v) * 1e3 for name, v in times.items()} for side, times in sides.items()
    }
    for name in ("password", "SRP"):
        bare, gated = medians["bare"][name], medians["gated"][name]
        print(f"{name:<16}{bare:>10.2f}{gated:>10.2f}{gated / bare:>8.2f}")
    rest = {name: float(str(value)) for name, value in _run(_REST).items()}
    of_srp = medians["gated"]["powers"]
    print(f"SRP's three powers: {of_srp:.2f} ms, {of_srp / medians['gated']['SRP']:.0%} of a sign-in by SRP")
    print(f"access tokens verified per second: {1 / rest['verify']:,.0f}")
    for name in ("code + PKCE", "sign-up to S3"):
        print(f"{name}: {rest[name] * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
