"""Benchmark for envelope encryption: MB/s compared with the AWS Encryption SDK and with a plain AESGCM loop.

All three are measured in one run, so that the ratios are valid on any machine. Goals for 1 MiB in 4 KiB frames: 2.5
times the SDK's speed, and 0.8 times the loop's speed.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import aws_encryption_sdk as sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labs_helpers.course.days.day5.envelope import RawAesKey, decrypt, encrypt

KEY = bytes(range(32))
OURS = RawAesKey("bench", "k1", KEY)
ROUNDS = 15


class TheirKey(RawMasterKeyProvider):
    provider_id = "bench"

    def _get_raw_key(self, key_id: Any) -> WrappingKey:
        return WrappingKey(
            WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING, KEY, EncryptionKeyType.SYMMETRIC
        )


def loop(data: bytes, frame: int) -> None:
    """Encrypt the data frame by frame and do nothing else, which gives the lower bound for the duration."""
    cipher, aad = AESGCM(KEY), bytes(70)
    b"".join(
        cipher.encrypt(at.to_bytes(12, "big"), data[at : at + frame], aad)
        for at in range(0, len(data), frame)
    )


def rates(size: int, works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return each function's median speed in MB/s. The functions take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - started)
    return {name: size / statistics.median(taken) / 1e6 for name, taken in seconds.items()}


def main() -> None:
    theirs = TheirKey()
    theirs.add_master_key("k1")
    peer = sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    suite = sdk.Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    for size, frame in ((1 << 20, 4096), (1 << 20, 1 << 16), (1 << 24, 1 << 16)):
        data = os.urandom(size)
        message = encrypt(data, [OURS], frame_length=frame)
        found = rates(
            size,
            {
                "loop": lambda data=data, frame=frame: loop(data, frame),
                "encrypt": lambda data=data, frame=frame: encrypt(data, [OURS], frame_length=frame),
                "decrypt": lambda message=message: decrypt(message, [OURS]),
                "their encrypt": lambda data=data, frame=frame: peer.encrypt(
                    source=data, key_provider=theirs, algorithm=suite, frame_length=frame
                ),
                "their decrypt": lambda message=message: peer.decrypt(source=message, key_provider=theirs),
            },
        )
        shown = " · ".join(f"{name} {rate:,.0f} MB/s" for name, rate in found.items())
        print(f"{size >> 10:,} KiB in frames of {frame:,}: {shown}")
        for name in ("encrypt", "decrypt"):
            print(
                f"  {name}: {found[name] / found[f'their {name}']:.2f} of the SDK,"
                f" {found[name] / found['loop']:.2f} of the loop"
            )


if __name__ == "__main__":
    main()
