"""The sizes, IOPS, and throughput that EBS volumes can have, by volume type.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.ec2.errors import invalid_value

_SIZES = {
    "gp2": (1, 16_384), "gp3": (1, 65_536), "io1": (4, 16_384), "io2": (4, 65_536), "st1": (125, 16_384),
    "sc1": (125, 16_384), "standard": (1, 1_024),
}  # fmt: skip
"""By volume type: the minimum and maximum size in GiB."""
_IOPS = {"gp3": (3_000, 80_000, 500), "io1": (100, 64_000, 50), "io2": (100, 256_000, 1_000)}
"""By volume type: the minimum IOPS, the maximum IOPS, and the maximum IOPS per GiB."""
_THROUGHPUT = (125, 2_000)
"""The minimum and maximum throughput of a gp3 volume, in MiB/s."""
_IOPS_PER_THROUGHPUT = 4
"""The minimum IOPS per MiB/s of throughput."""


def check_volume_settings(
    kind: str | None,
    size: int | None,
    iops: int | None,
    throughput: int | None,
    *,
    least_iops: int | None = None,
) -> None:
    """Raise an error for a setting that a volume of this type can't have.

    None means that a setting isn't specified. For a changed volume, `least_iops` is its current IOPS, which
    apply if the request doesn't contain `iops`.
    """
    name = kind or "gp2"
    smallest, largest = _SIZES.get(name, _SIZES["gp3"])
    if size is not None and not smallest <= size <= largest:
        raise invalid_value(
            f"Volume of {size}GiB is not between {smallest} and {largest}GiB, the sizes for its volume type"
        )
    if iops is not None:
        _check_iops(name, size, iops)
    if throughput is not None:
        _check_throughput(name, throughput, iops or least_iops or _IOPS["gp3"][0])


def _check_iops(kind: str, size: int | None, iops: int) -> None:
    if kind not in _IOPS:
        raise _not_supported("iops", kind)
    least, most, per_gib = _IOPS[kind]
    if not least <= iops <= most:
        raise invalid_value(
            f"Volume iops of {iops} is not between {least} and {most}, the iops for its volume type"
        )
    if size is not None and iops > max(least, per_gib * size):
        raise invalid_value(
            f"The ratio of iops to volume size, {iops}:{size}, exceeds the maximum of {per_gib}"
        )


def _check_throughput(kind: str, throughput: int, iops: int) -> None:
    if kind != "gp3":
        raise _not_supported("throughput", kind)
    least, most = _THROUGHPUT
    if not least <= throughput <= most:
        raise invalid_value(f"Throughput of {throughput} is not between {least} and {most} MiB/s")
    if throughput * _IOPS_PER_THROUGHPUT > iops:
        raise invalid_value(
            f"The ratio of throughput (MiBps) to iops, {throughput}:{iops}, exceeds the maximum of 0.25"
        )


def _not_supported(name: str, kind: str) -> ServiceError:
    message = f"The parameter {name} is not supported for {kind} volumes."
    return ServiceError("InvalidParameterCombination", message, 400)
