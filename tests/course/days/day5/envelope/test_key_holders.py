"""The keyrings of AWS's material providers work with this KMS, and they and our code can read each other's messages.

They are installed in the environment of KMS's other judges (.judges/kms, which `make test` creates), or in the one that
LABS_KMS_JUDGES names.
https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/choose-keyring.html
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day5.envelope import KmsKey, decrypt, encrypt

PYTHON = Path(
    os.environ.get(
        "LABS_KMS_JUDGES", Path(__file__).resolve().parents[5] / ".judges" / "kms" / "bin" / "python"
    )
)
pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="needs the material providers in .judges/kms (make test)"
)
HOME, AWAY = "us-east-1", "eu-west-1"
BEGIN = """
import sys, boto3
from pathlib import Path
import aws_encryption_sdk as sdk
from aws_encryption_sdk.identifiers import Algorithm
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import *
providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
peer = sdk.EncryptionSDKClient()
folder, *given = Path(sys.argv[1]), *sys.argv[2:]
"""


@pytest.fixture
def run(cloud: Cloud, tmp_path: Path):
    """Run code in the judges' environment, with a folder for exchanging files, and return what it prints."""
    env = cloud.endpoint().env() | {"AWS_DEFAULT_REGION": HOME}

    def made(code: str, *arguments: str) -> str:
        command = [str(PYTHON), "-W", "ignore", "-c", BEGIN + code, str(tmp_path), *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr[-2_000:]
        return done.stdout.strip()

    return made


def test_kms_keyring_exchanges_messages_with_us(run, tmp_path):
    kms = boto3.client("kms", region_name=HOME)
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    (tmp_path / "ours").write_bytes(encrypt(b"ours", [KmsKey(kms, arn)], {"a": "b"}))
    code = """
keyring = providers.create_aws_kms_keyring(
    input=CreateAwsKmsKeyringInput(kms_key_id=given[0], kms_client=boto3.client("kms"))
)
message, _ = peer.encrypt(source=b"theirs", keyring=keyring, encryption_context={"a": "b"})
(folder / "theirs").write_bytes(message)
print(peer.decrypt(source=(folder / "ours").read_bytes(), keyring=keyring)[0].decode())
"""
    assert run(code, arn) == "ours"
    assert decrypt((tmp_path / "theirs").read_bytes(), [KmsKey(kms, arn)], {"a": "b"}).plaintext == b"theirs"


def test_what_one_region_s_keyring_writes_the_other_region_s_reads(run, tmp_path):
    kms = boto3.client("kms", region_name=HOME)
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    code = """
here, there = (
    providers.create_aws_kms_mrk_keyring(
        input=CreateAwsKmsMrkKeyringInput(kms_key_id=arn, kms_client=boto3.client("kms", region_name=region))
    )
    for arn, region in ((given[0], "us-east-1"), (given[1], "eu-west-1"))
)
message, _ = peer.encrypt(source=b"from Virginia", keyring=here)
print(peer.decrypt(source=message, keyring=there)[0].decode())
"""
    assert run(code, primary, primary.replace(HOME, AWAY)) == "from Virginia"


def test_rsa_keyring_needs_kms_to_read_only(run):
    kms = boto3.client("kms", region_name=HOME)
    key = kms.create_key(KeySpec="RSA_3072", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    code = """
from cryptography.hazmat.primitives import serialization
kms = boto3.client("kms")
public = serialization.load_der_public_key(kms.get_public_key(KeyId=given[0])["PublicKey"])
pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
keyring = providers.create_aws_kms_rsa_keyring(
    input=CreateAwsKmsRsaKeyringInput(
        kms_key_id=given[0], encryption_algorithm="RSAES_OAEP_SHA_256", kms_client=kms, public_key=pem
    )
)
message, _ = peer.encrypt(
    source=b"for RSA", keyring=keyring, algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
)
print(peer.decrypt(source=message, keyring=keyring)[0].decode())
"""
    assert run(code, key) == "for RSA"


def test_ecdh_keyrings_of_both_sides_agree_on_one_key(run):
    kms = boto3.client("kms", region_name=HOME)
    sender, recipient = (
        kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["Arn"]
        for _ in range(2)
    )
    code = """
kms = boto3.client("kms")
public = [kms.get_public_key(KeyId=arn)["PublicKey"] for arn in given]

def keyring(mine, its):
    scheme = KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey(
        KmsPrivateKeyToStaticPublicKeyInput(
            recipient_public_key=public[its], sender_kms_identifier=given[mine], sender_public_key=public[mine]
        )
    )
    return providers.create_aws_kms_ecdh_keyring(
        input=CreateAwsKmsEcdhKeyringInput(
            kms_client=kms, curve_spec="ECC_NIST_P256", key_agreement_scheme=scheme
        )
    )

message, _ = peer.encrypt(source=b"between the two", keyring=keyring(0, 1))
print(peer.decrypt(source=message, keyring=keyring(0, 1))[0].decode())
discovery = KmsEcdhStaticConfigurationsKmsPublicKeyDiscovery(
    KmsPublicKeyDiscoveryInput(recipient_kms_identifier=given[1])
)
reader = providers.create_aws_kms_ecdh_keyring(
    input=CreateAwsKmsEcdhKeyringInput(
        kms_client=kms, curve_spec="ECC_NIST_P256", key_agreement_scheme=discovery
    )
)
print(peer.decrypt(source=message, keyring=reader)[0].decode())
"""
    assert run(code, sender, recipient).splitlines() == ["between the two"] * 2
