"""A class on one machine: a server, a folder, and copies of the notebooks for each learner (docs/classroom.md).

LABS_HUB           the folder for the learners' home folders and the hub's own files; ./class, if it isn't set
LABS_HUB_PASSWORD  the class's password, with at least 8 characters

The hub listens on 127.0.0.1 and starts plain processes of one system user, so a learner who can run a cell can read
other learners' files. That is good enough for a rehearsal, or for a class whose members trust each other. For any other
class, see docs/classroom.md.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821  # JupyterHub defines it
here = Path(__file__).resolve().parent
folder = Path(os.environ.get("LABS_HUB", "class")).resolve()
folder.mkdir(mode=0o700, parents=True, exist_ok=True)

c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.db_url = f"sqlite:///{folder}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(folder / "cookie-secret")
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.ConfigurableHTTPProxy.command = ["configurable-http-proxy"]

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["LABS_HUB_PASSWORD"]
c.Authenticator.allow_all = True
# A learner's name is the name of a folder.
c.Authenticator.username_pattern = "[a-z][a-z0-9_-]{0,30}"

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes" / "{username}")
c.Spawner.cmd = ["sh", str(here / "seat.sh"), sys.executable]
c.Spawner.default_url = "/lab/tree/notebooks/index.ipynb"
# A class arrives all at once. Starting a server takes 3 s of processor time, and all learners share the processors.
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
# Limits for each process of a learner, enforced by the operating system: bytes of memory, seconds of processor time. A
# day needs about 245 MB and 13 s. The rest is address space that Python's libraries reserve and never use.
c.Spawner.environment = {"SEAT_MEMORY": str(2_000_000_000), "SEAT_SECONDS": "1800"}
# JupyterLab doesn't look for news and updates, so a learner's server needs no network.
c.Spawner.environment["JUPYTER_CONFIG_PATH"] = str(here.parent.parent / "data" / "jupyter")

# A server that hasn't been used for an hour is stopped. Notebooks and progress are files, so they are kept.
c.JupyterHub.load_roles = [
    {
        "name": "culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["culler"],
    }
]
c.JupyterHub.services = [
    {"name": "culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600"]}
]
