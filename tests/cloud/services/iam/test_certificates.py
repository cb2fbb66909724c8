"""Certificates, SSH keys and service-specific credentials: accepted input, answers and errors."""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from labs_helpers.cloud.core.clock import Clock
from tests.clouds import allow, error_of, make_user

HOME = "111122223333"
_KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(key=_KEY, name: str = "example.com", days: int = 90) -> str:
    """A self-signed certificate in PEM that ends in so many days."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = Clock().real()
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.PEM).decode()


def pem_of(key) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def server_certificate(iam, name: str, **more):
    return iam.upload_server_certificate(
        ServerCertificateName=name, CertificateBody=certificate(), PrivateKey=pem_of(_KEY), **more
    )


def test_a_server_certificate_is_kept_shown_renamed_and_deleted(iam):
    made = server_certificate(iam, "web", Path="/cloudfront/", Tags=[{"Key": "a", "Value": "b"}])
    metadata = made["ServerCertificateMetadata"]
    assert metadata["Arn"] == f"arn:aws:iam::{HOME}:server-certificate/cloudfront/web"
    assert metadata["ServerCertificateId"].startswith("ASCA")
    assert round((metadata["Expiration"] - metadata["UploadDate"]) / timedelta(days=1)) == 90
    assert made["Tags"] == [{"Key": "a", "Value": "b"}]
    assert iam.list_server_certificates(PathPrefix="/other/")["ServerCertificateMetadataList"] == []
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == [metadata]
    assert error_of(server_certificate, iam, "Web")[0] == "EntityAlreadyExists"
    iam.update_server_certificate(ServerCertificateName="web", NewServerCertificateName="site", NewPath="/")
    shown = iam.get_server_certificate(ServerCertificateName="site")["ServerCertificate"]
    assert shown["ServerCertificateMetadata"]["Arn"] == f"arn:aws:iam::{HOME}:server-certificate/site"
    assert "PrivateKey" not in shown
    iam.delete_server_certificate(ServerCertificateName="site")
    for call in (iam.get_server_certificate, iam.delete_server_certificate):
        assert error_of(call, ServerCertificateName="site") == (
            "NoSuchEntity", "The Server Certificate with name site cannot be found."
        )  # fmt: skip


def test_what_is_refused_of_server_certificates(iam):
    upload, other = iam.upload_server_certificate, ec.generate_private_key(ec.SECP256R1())
    good = {"ServerCertificateName": "web", "CertificateBody": certificate(), "PrivateKey": pem_of(_KEY)}
    assert error_of(upload, **good | {"CertificateBody": "no certificate"})[0] == "MalformedCertificate"
    assert error_of(upload, **good | {"PrivateKey": "no key"})[0] == "MalformedCertificate"
    assert error_of(upload, **good | {"PrivateKey": pem_of(other)})[0] == "KeyPairMismatch"
    for number in range(20):
        upload(**good | {"ServerCertificateName": f"web{number}"})
    assert error_of(upload, **good)[0] == "LimitExceeded"


def test_signing_certificates_of_a_user(cloud, iam):
    alice = make_user(cloud, "alice", allow("iam:*"))
    upload = iam.upload_signing_certificate
    body = certificate()
    found = upload(UserName="alice", CertificateBody=body)["Certificate"]
    assert (found["UserName"], found["Status"], found["CertificateBody"]) == ("alice", "Active", body)
    assert error_of(upload, UserName="alice", CertificateBody=body)[0] == "DuplicateCertificate"
    assert error_of(upload, UserName="alice", CertificateBody="none")[0] == "MalformedCertificate"
    old = certificate(days=-3)
    assert error_of(upload, UserName="alice", CertificateBody=old)[0] == "InvalidCertificate"
    alice.client("iam").upload_signing_certificate(CertificateBody=certificate())
    assert error_of(upload, UserName="alice", CertificateBody=certificate())[0] == "LimitExceeded"
    named = {"UserName": "alice", "CertificateId": found["CertificateId"]}
    iam.update_signing_certificate(**named, Status="Inactive")
    listed = alice.client("iam").list_signing_certificates()["Certificates"]
    assert [each["Status"] for each in listed] == ["Inactive", "Active"]
    assert error_of(iam.delete_user, UserName="alice")[0] == "DeleteConflict"
    iam.delete_signing_certificate(**named)
    assert error_of(iam.delete_signing_certificate, **named)[0] == "NoSuchEntity"


def public_text(key, form: str) -> str:
    public = key.public_key()
    if form == "PEM":
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return public.public_bytes(serialization.Encoding.PEM, kind).decode()
    return public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def test_ssh_keys_of_a_user(iam):
    iam.create_user(UserName="alice")
    upload, key = iam.upload_ssh_public_key, rsa.generate_private_key(public_exponent=65537, key_size=2048)
    made = upload(UserName="alice", SSHPublicKeyBody=public_text(key, "SSH"))["SSHPublicKey"]
    assert made["SSHPublicKeyId"].startswith("APKA")
    assert len(made["Fingerprint"].split(":")) == 16
    assert made["Status"] == "Active"
    named = {"UserName": "alice", "SSHPublicKeyId": made["SSHPublicKeyId"]}
    pem = iam.get_ssh_public_key(**named, Encoding="PEM")["SSHPublicKey"]["SSHPublicKeyBody"]
    assert pem == public_text(key, "PEM")
    assert error_of(upload, UserName="alice", SSHPublicKeyBody=pem)[0] == "DuplicateSSHPublicKey"
    assert error_of(upload, UserName="alice", SSHPublicKeyBody="hello")[0] == "UnrecognizedPublicKeyEncoding"
    assert error_of(upload, UserName="alice", SSHPublicKeyBody="ssh-rsa AAAA")[0] == "InvalidPublicKey"
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert (
        error_of(upload, UserName="alice", SSHPublicKeyBody=public_text(small, "SSH"))[0]
        == "InvalidPublicKey"
    )
    iam.update_ssh_public_key(**named, Status="Inactive")
    (listed,) = iam.list_ssh_public_keys(UserName="alice")["SSHPublicKeys"]
    assert (listed["Status"], "SSHPublicKeyBody" in listed) == ("Inactive", False)
    iam.delete_ssh_public_key(**named)
    assert error_of(iam.get_ssh_public_key, **named, Encoding="SSH")[0] == "NoSuchEntity"


def test_service_specific_credentials(cloud, iam):
    make_user(cloud, "alice")
    create = iam.create_service_specific_credential
    code = {"UserName": "alice", "ServiceName": "codecommit.amazonaws.com"}
    made = create(**code)["ServiceSpecificCredential"]
    assert (made["ServiceUserName"], made["Status"]) == (f"alice-at-{HOME}", "Active")
    assert made["ServiceSpecificCredentialId"].startswith("ACCA")
    assert create(**code)["ServiceSpecificCredential"]["ServiceUserName"] == f"alice+1-at-{HOME}"
    assert error_of(create, **code)[0] == "LimitExceeded"
    none = ("NoSuchEntity", "No such service s3.amazonaws.com is supported for Service Specific Credentials")
    assert error_of(create, UserName="alice", ServiceName="s3.amazonaws.com") == none
    assert error_of(iam.list_service_specific_credentials, ServiceName="s3.amazonaws.com") == none
    named = {"UserName": "alice", "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    fresh = iam.reset_service_specific_credential(**named)["ServiceSpecificCredential"]
    assert fresh["ServicePassword"] != made["ServicePassword"]
    iam.update_service_specific_credential(**named, Status="Inactive")
    listed = iam.list_service_specific_credentials(UserName="alice")["ServiceSpecificCredentials"]
    assert [each["Status"] for each in listed] == ["Inactive", "Active"]
    assert all("ServicePassword" not in each for each in listed)
    iam.delete_service_specific_credential(**named)
    assert error_of(iam.delete_service_specific_credential, **named)[0] == "NoSuchEntity"
    days = create(UserName="alice", ServiceName="bedrock.amazonaws.com", CredentialAgeDays=30)
    assert "ServiceCredentialSecret" in days["ServiceSpecificCredential"]
    assert "ExpirationDate" in days["ServiceSpecificCredential"]


@pytest.mark.parametrize(
    "operation", ["update_access_key", "update_ssh_public_key", "update_signing_certificate"]
)
def test_nobody_sets_the_status_expired(iam, operation):
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    body = public_text(rsa.generate_private_key(public_exponent=65537, key_size=2048), "SSH")
    ssh = iam.upload_ssh_public_key(UserName="alice", SSHPublicKeyBody=body)["SSHPublicKey"]["SSHPublicKeyId"]
    signing = iam.upload_signing_certificate(UserName="alice", CertificateBody=certificate())["Certificate"]
    ids = {
        "update_access_key": {"AccessKeyId": key}, "update_ssh_public_key": {"SSHPublicKeyId": ssh},
        "update_signing_certificate": {"CertificateId": signing["CertificateId"]},
    }  # fmt: skip
    call = getattr(boto3.client("iam"), operation)
    assert error_of(call, UserName="alice", Status="Expired", **ids[operation])[0] == "InvalidInput"
