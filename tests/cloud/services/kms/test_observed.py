"""Observed answers of KMS on AWS, 2020 to 2025: absent members, error codes, and details that errors conceal."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import recorded_events
from tests.clouds import allow, error_of, make_user

HOME, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
WRONG_KEY = (
    "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."
)  # fmt: skip
CONCEALED = (
    "on the resource associated with this ciphertext because the resource does not exist in this Region, no "
    "resource-based policies allow access, or a resource-based policy explicitly denies access"
)


@pytest.fixture
def kms(cloud):
    return boto3.client("kms", region_name=REGION)


def new(kms, **given) -> str:
    return kms.create_key(**given)["KeyMetadata"]["KeyId"]


def test_an_error_without_words_has_no_member_for_them(kms):
    """OBSERVED in 2024 and 2025. The SDK shows an empty text then, and no `message` beside it."""
    signs = new(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    agrees = new(kms, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    codes = {
        "InvalidCiphertextException": lambda: kms.decrypt(CiphertextBlob=b"nonsense"),
        "KMSInvalidSignatureException": lambda: kms.verify(
            KeyId=signs, Message=b"m", Signature=b"s", SigningAlgorithm="ECDSA_SHA_256"
        ),
        "UnsupportedOperationException": lambda: kms.rotate_key_on_demand(KeyId=signs),
        "ValidationException": lambda: kms.derive_shared_secret(
            KeyId=agrees, KeyAgreementAlgorithm="ECDH", PublicKey=b"no key"
        ),
    }
    for code, call in codes.items():
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"] == {"Code": code, "Message": ""}
        assert not {"message", "Message"} & caught.value.response.keys()


@pytest.mark.parametrize(
    "other",
    [
        {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
        {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}, {},
    ],
)  # fmt: skip
def test_a_symmetric_ciphertext_fits_no_other_key_of_whatever_kind(kms, other):
    """OBSERVED in 2024 and 2025, with an HMAC key."""
    key, wrong = new(kms), new(kms, **other)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert error_of(kms.decrypt, CiphertextBlob=sealed, KeyId=wrong) == WRONG_KEY
    given = {"CiphertextBlob": sealed, "SourceKeyId": wrong, "DestinationKeyId": key}
    assert error_of(kms.re_encrypt, **given) == WRONG_KEY


def test_the_words_of_some_refusals(kms):
    """OBSERVED in 2025."""
    assert error_of(kms.generate_random) == ("ValidationException", "NumberOfBytes is required.")
    key, imported = new(kms), new(kms, Origin="EXTERNAL")
    code, message = error_of(kms.replicate_key, KeyId=key, ReplicaRegion="eu-west-1")
    assert (code, message[-35:]) == ("UnsupportedOperationException", " is not a multi-region primary key.")
    code, message = error_of(kms.rotate_key_on_demand, KeyId=imported)
    assert code == "KMSInvalidStateException"
    reserved = [{"TagKey": "aws:a", "TagValue": ""}]
    assert error_of(kms.tag_resource, KeyId=key, Tags=reserved) == (
        "TagException",
        "Tags beginning with aws: are reserved",
    )


@pytest.fixture
def stranger(cloud):
    """A user of another account who may decrypt, as far as that account is concerned."""
    return make_user(cloud, "stranger", allow("kms:*"), OTHER).client("kms", region_name=REGION)


def test_a_refusal_does_not_tell_which_key_of_another_account_a_ciphertext_names(kms, stranger, cloud):
    """OBSERVED in 2024: https://github.com/onnela-lab/beiwe-backend/issues/363"""
    key, gone = new(kms), new(kms)
    sealed, lost = (kms.encrypt(KeyId=each, Plaintext=b"x")["CiphertextBlob"] for each in (key, gone))
    kms.schedule_key_deletion(KeyId=gone, PendingWindowInDays=7)
    cloud.clock.advance(days=8)
    refusals = [error_of(stranger.decrypt, CiphertextBlob=blob) for blob in (sealed, lost)]
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == "AccessDeniedException"
    assert refusals[0][1].endswith(f"is not authorized to perform: kms:Decrypt {CONCEALED}")
    own = stranger.create_key()["KeyMetadata"]["KeyId"]
    _, message = error_of(stranger.re_encrypt, CiphertextBlob=sealed, DestinationKeyId=own)
    assert message.endswith(f"perform: kms:ReEncryptFrom {CONCEALED}")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] not in message
    events = [each for each in recorded_events(cloud) if each["eventName"] == "Decrypt"]
    shown = [{name: event.get(name) for name in ("requestParameters", "resources")} for event in events]
    assert shown == [{"requestParameters": None, "resources": None}] * 2


def test_a_refusal_names_the_key_that_a_request_names(kms, stranger):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    assert f"on resource: {arn} because" in error_of(stranger.decrypt, CiphertextBlob=sealed, KeyId=arn)[1]


def test_a_refusal_names_the_key_of_the_callers_own_account(kms, cloud):
    """OBSERVED in 2025, through S3: https://github.com/ministryofjustice/modernisation-platform/pull/11726"""
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    user = make_user(cloud, "nobody").client("kms", region_name=REGION)
    _, message = error_of(user.decrypt, CiphertextBlob=sealed)
    assert message.endswith(
        f"on resource: {arn} because no identity-based policy allows the kms:Decrypt action"
    )


def test_what_kms_does_because_of_a_call_is_recorded_after_it(kms, cloud):
    key = new(kms)
    kms.rotate_key_on_demand(KeyId=key)
    names = [each["eventName"] for each in recorded_events(cloud)]
    assert names[-2:] == ["RotateKeyOnDemand", "RotateKey"]
