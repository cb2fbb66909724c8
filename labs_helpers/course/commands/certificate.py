"""Write a certificate of the checks passed in a progress file, or verify one (docs/instructors.md)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from labs_helpers.course.learner import certificate as certificates
from labs_helpers.course.learner.progress import FILE_NAME, Progress
from labs_helpers.course.learner.progress_format import BrokenProgress, read_progress
from labs_helpers.course.shown.file_errors import file_problem


def run(arguments: list[str]) -> int:
    """Write or verify a certificate.

    Returns 0 for success, 1 if a file is invalid or the certificate doesn't match the progress file, and 2 for invalid
    arguments.
    """
    parser = argparse.ArgumentParser("python -m labs_helpers certificate", description=__doc__)
    parser.add_argument(
        "progress",
        type=Path,
        nargs="?",
        default=Path(FILE_NAME),
        help=f"the progress file (default: {FILE_NAME})",
    )
    parser.add_argument("--name", default="A learner", help="the learner's name (default: %(default)s)")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("certificate.html"),
        help="the file to write; an existing file is not overwritten",
    )
    parser.add_argument(
        "--verify", type=Path, metavar="CERTIFICATE", help="compare this certificate with the progress file"
    )
    parsed = parser.parse_args(arguments)
    try:
        return _verify(parsed.verify, parsed.progress) if parsed.verify else _write(parsed)
    except BrokenProgress as error:
        print(f"{parsed.progress}: {error}", file=sys.stderr)
    except certificates.NoCertificate as error:
        print(f"{parsed.verify}: {error}", file=sys.stderr)
    except OSError as error:
        print(file_problem(error), file=sys.stderr)
    return 1


def _write(parsed: argparse.Namespace) -> int:
    read_progress(parsed.progress)  # raises an error for a broken file; Progress would rename the file
    made = certificates.certificate(Progress(parsed.progress), parsed.name)
    with open(parsed.out, "x", encoding="utf-8", newline="\n") as out:
        out.write(made.as_html())
    print(f"{parsed.out}: {len(made.passed)} of {made.of} checks.")
    return 0


def _verify(path: Path, progress: Path) -> int:
    made = certificates.read_certificate(path)
    lines = certificates.differences(made, progress)
    print(
        "\n".join(lines)
        or f"{progress.name} matches the certificate: {made.name}, {len(made.passed)} of {made.of} checks."
    )
    return 1 if lines else 0
