"""Public clients of KMS work against the cloud: S3's encryption client, credstash, jwt-kms, Secrets Manager's cache.

They are installed in their own environment (.judges/kms, created by `make test`) or in that of LABS_KMS_JUDGES, and
reach the cloud through its endpoint.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.cloud.services.kms.test_trail import events
from tests.clouds import allow, make_user

PYTHON = Path(
    os.environ.get(
        "LABS_KMS_JUDGES", Path(__file__).resolve().parents[4] / ".judges" / "kms" / "bin" / "python"
    )
)
pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="needs the clients of KMS in .judges/kms (make test)"
)


@pytest.fixture
def env(cloud: Cloud, tmp_path: Path) -> dict[str, str]:
    return cloud.endpoint().env() | {"HOME": str(tmp_path), "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture
def key(cloud: Cloud) -> str:
    return boto3.client("kms", region_name="us-east-1").create_key()["KeyMetadata"]["Arn"]


def run(env: dict[str, str], code: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(PYTHON), "-c", code, *arguments],
        env=env,
        cwd=env["HOME"],  # credstash writes its log where it stands
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


S3_CLIENT = """
import sys, boto3
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
keyring = KmsKeyring(boto3.client("kms"), sys.argv[1])
client = S3EncryptionClient(boto3.client("s3"), S3EncryptionClientConfig(keyring))
context = {"patient": "4711"}
content = bytes(range(256)) * 500
client.put_object(Bucket="shelf", Key="k", Body=content, EncryptionContext=context)
assert client.get_object(Bucket="shelf", Key="k", EncryptionContext=context)["Body"].read() == content
assert boto3.client("s3").get_object(Bucket="shelf", Key="k")["Body"].read() != content
try:
    client.get_object(Bucket="shelf", Key="k", EncryptionContext={"patient": "4712"})["Body"].read()
except Exception as error:
    print(type(error).__name__)
"""


def test_s3_encryption_client_reads_what_it_wrote_and_no_other_context(env, key):
    boto3.client("s3").create_bucket(Bucket="shelf")
    assert run(env, S3_CLIENT, key).endswith("Error")
    contexts = [event["requestParameters"]["encryptionContext"] for event in events("Decrypt")]
    assert any(context.get("patient") == "4711" for context in contexts)


CREDSTASH = "import sys; from credstash import main; sys.argv[0] = 'credstash'; sys.exit(main())"


def test_credstash_keeps_versions_of_a_secret_under_the_key(env, key):
    boto3.client("kms", region_name="us-east-1").create_alias(AliasName="alias/credstash", TargetKeyId=key)
    run(env, CREDSTASH, "setup")
    run(env, CREDSTASH, "put", "db.password", "one", "app=web")
    run(env, CREDSTASH, "put", "-a", "db.password", "two", "app=web")
    assert run(env, CREDSTASH, "get", "db.password", "app=web") == "two"
    assert run(env, CREDSTASH, "get", "-v", "1", "db.password", "app=web") == "one"
    assert json.loads(run(env, CREDSTASH, "getall", "app=web")) == {"db.password": "two"}


def test_credstash_refuses_another_context(env, key):
    boto3.client("kms", region_name="us-east-1").create_alias(AliasName="alias/credstash", TargetKeyId=key)
    run(env, CREDSTASH, "setup")
    run(env, CREDSTASH, "put", "db.password", "one", "app=web")
    refused = subprocess.run(
        [str(PYTHON), "-c", CREDSTASH, "get", "db.password", "app=other"],
        env=env, cwd=env["HOME"], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "one" not in refused.stdout
    assert "encryption context" in (refused.stdout + refused.stderr).lower()


JWT = """
import sys, boto3
from jwt_kms import jwk, jws
key = jwk.Key(boto3.client("kms"), sys.argv[1])
print(jws.JWS({"sub": "alice"}).add_signature(key, sys.argv[2]).serialize(compact=True))
"""


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [("RSA_2048", "RS256"), ("RSA_3072", "PS384"), ("ECC_NIST_P256", "ES256"), ("ECC_NIST_P384", "ES384")],
)
def test_tokens_that_jwt_kms_signs_in_kms_are_verified_by_joserfc(env, spec, algorithm):
    from cryptography.hazmat.primitives import serialization
    from joserfc import jws
    from joserfc.jwk import import_key

    kms = boto3.client("kms", region_name="us-east-1")
    key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    token = run(env, JWT, key, algorithm)
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    known = import_key(pem, "RSA" if spec.startswith("RSA") else "EC")
    verified = jws.deserialize_compact(token, known, algorithms=[algorithm])
    assert json.loads(verified.payload) == {"sub": "alice"}
    head, body, _ = token.split(".")
    with pytest.raises(Exception, match="signature"):
        jws.deserialize_compact(f"{head}.{body}.{'A' * 86}", known, algorithms=[algorithm])


CACHE = """
import botocore.session
from aws_secretsmanager_caching import SecretCache
cache = SecretCache(client=botocore.session.Session(profile=None).create_client("secretsmanager"))
for _ in range(5):
    print(cache.get_secret_string("db"))
"""


def test_the_secrets_cache_asks_once_for_many_reads(env, key):
    boto3.client("secretsmanager", region_name="us-east-1").create_secret(
        Name="db", SecretString="swordfish", KmsKeyId=key
    )
    before = len(events("Decrypt"))
    assert run(env, CACHE).split() == ["swordfish"] * 5
    assert len(events("Decrypt")) - before == 1


def test_the_secrets_cache_of_one_without_the_key_gets_nothing(cloud, env, key):
    boto3.client("secretsmanager", region_name="us-east-1").create_secret(
        Name="db", SecretString="swordfish", KmsKeyId=key
    )
    make_user(cloud, "bob", allow(["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]))
    done = subprocess.run(
        [str(PYTHON), "-c", CACHE], env=env | {"AWS_PROFILE": "bob"}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "swordfish" not in done.stdout
    assert "Access to KMS is not allowed" in done.stderr
