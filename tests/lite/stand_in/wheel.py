"""The stand-in as a wheel, which takes the place of `cryptography` in a site that a test builds."""

from __future__ import annotations

import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
_INFO = "cryptography-0+stand.in.dist-info"


def build(folder: Path) -> Path:
    """Write the wheel into a folder, and give its path."""
    wheel = folder / "cryptography-0+stand.in-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(HERE / "cryptography.py", "cryptography.py")
        archive.writestr(
            f"{_INFO}/METADATA", "Metadata-Version: 2.1\nName: cryptography\nVersion: 0+stand.in\n"
        )
        archive.writestr(f"{_INFO}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{_INFO}/RECORD", "")
    return wheel
