"""Print a Binder badge and a link to each day, for a repository that Binder can reach.

    python deploy/binder_link.py https://github.com/OWNER/NAME

It prints Markdown for a README. The repository can be on GitHub, GitLab, or any other public Git server.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from urllib.parse import quote, urlsplit

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
HUB = "https://mybinder.org"


def link(repository: str, notebook: str, branch: str = "main", hub: str = HUB) -> str:
    """Return the URL that builds the repository and opens a file in notebooks/."""
    opened = quote(f"lab/tree/notebooks/{notebook}", safe="")
    return (
        f"{hub.rstrip('/')}/v2/{_provided(repository.rstrip('/'))}/{quote(branch, safe='')}?urlpath={opened}"
    )


def _provided(repository: str) -> str:
    """Return Binder's name for the repository: the provider, followed by the repository's name at this provider."""
    address = urlsplit(repository)
    path = address.path.strip("/").removesuffix(".git")
    if address.hostname == "github.com":
        return f"gh/{path}"
    if address.hostname == "gitlab.com":
        return f"gl/{quote(path, safe='')}"
    return f"git/{quote(repository, safe='')}"


def markdown(repository: str, branch: str = "main", hub: str = HUB) -> str:
    """Return the badge, which opens the index, and one line per day."""
    badge = f"[![Binder]({hub.rstrip('/')}/badge_logo.svg)]({link(repository, 'index.ipynb', branch, hub)})"
    days = sorted(each.name for each in NOTEBOOKS.glob("day*_*.ipynb"))
    lines = [f"- [Day {_number(name)}]({link(repository, name, branch, hub)})" for name in days]
    return "\n".join([badge, "", *lines])


def _number(notebook: str) -> str:
    return re.sub(r"^day(\d+)_.*", r"\1", notebook)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository")
    parser.add_argument("--branch", default="main")
    parser.add_argument("--hub", default=HUB, help=f"a BinderHub ({HUB})")
    asked = parser.parse_args()
    print(markdown(asked.repository, asked.branch, asked.hub))


if __name__ == "__main__":
    main()
