"""The limits and the environment of processes that work on learners' submissions."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

from labs_helpers.course.grading.class_seed import VARIABLE, class_seed

PROGRESS = "progress.json"
"""The name of the progress file in the working folder of such a process."""


def limit_resources(megabytes: int) -> None:
    """Limit this process's memory, and the size of the files that it writes."""
    try:
        import resource
    except ImportError:  # Windows: time is limited, memory is not
        return
    # macOS rejects any memory limit: https://github.com/python/cpython/issues/78783
    if sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50 << 20, 50 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_processor_time(seconds: float) -> None:
    """Let the system end this process with SIGXCPU after this many seconds of processor time."""
    try:
        import resource
    except ImportError:  # Windows: only elapsed time is limited
        return
    most = math.ceil(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a process.

    It takes the paths to Python and the course, and the class's seed (labs_helpers.course.grading.class_seed), from the
    grader's own environment.
    """
    package = Path(__file__).parents[3]
    system = (
        {"SYSTEMROOT": os.environ["SYSTEMROOT"]} if "SYSTEMROOT" in os.environ else {}
    )  # Windows needs it
    return {
        **system, "PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join([str(package), *sys.path[1:]]),
        "HOME": str(folder), "TMPDIR": str(folder), "LABS_PROGRESS": str(folder / PROGRESS),
        "PYTHONDONTWRITEBYTECODE": "1", "IPYTHONDIR": str(folder), VARIABLE: class_seed(),
    }  # fmt: skip
