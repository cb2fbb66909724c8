"""Print the link that gives a learner on a JupyterHub the repository's newest notebooks, and opens one.

    python deploy/nbgitpuller_link.py https://hub.example.org https://git.example.org/class/aws-security-week --day 2

The hub's servers need nbgitpuller. It fetches new content and keeps a learner's changes:
https://nbgitpuller.readthedocs.io/en/latest/topic/automatic-merging.html
"""

from __future__ import annotations

import argparse
from pathlib import Path
from urllib.parse import urlencode

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def link(hub: str, repository: str, notebook: str, branch: str = "main") -> str:
    """Return the URL. `notebook` is a file in notebooks/."""
    folder = repository.rstrip("/").rpartition("/")[2]
    asked = {
        "repo": repository.rstrip("/"),
        "branch": branch,
        "targetpath": folder.removesuffix(".git"),
        "urlpath": f"lab/tree/{folder.removesuffix('.git')}/notebooks/{notebook}",
    }
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(asked)}"


def notebook_of(day: int | None) -> str:
    """Return a day's notebook, or the index if no day is given. Raises `StopIteration` if there is no such day."""
    return "index.ipynb" if day is None else next(NOTEBOOKS.glob(f"day{day}_*.ipynb")).name


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("hub")
    parser.add_argument("repository")
    parser.add_argument("--branch", default="main")
    parser.add_argument("--day", type=int, choices=range(1, 7))
    asked = parser.parse_args()
    print(link(asked.hub, asked.repository, notebook_of(asked.day), asked.branch))


if __name__ == "__main__":
    main()
