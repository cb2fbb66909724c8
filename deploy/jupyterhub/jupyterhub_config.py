"""A class on one machine: for each learner a server, a folder, and notebooks of his or her own (docs/classroom.md).

LABS_HUB           the folder that keeps the learners' homes and the hub's own files; ./class, if it is not set
LABS_HUB_PASSWORD  the class's password, of 8 characters or more

It listens on 127.0.0.1 and starts plain processes of one system user: who can run a cell can read what the others
wrote. That does for a rehearsal, or for a class that trusts one another. The page says what to set for any other.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821  # JupyterHub brings it
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
# A class comes all at once: starting a server takes 3 s of a processor, and they share it.
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
# Limits of each process of a learner, which the system keeps: bytes of memory, seconds of processor. A day needs about
# 245 MB and 13 s; the rest is address space that Python's libraries claim and never touch.
c.Spawner.environment = {"SEAT_MEMORY": str(2_000_000_000), "SEAT_SECONDS": "1800"}
# JupyterLab asks nobody for news and updates: a seat needs no network.
c.Spawner.environment["JUPYTER_CONFIG_PATH"] = str(here.parent.parent / "data" / "jupyter")

# A server that nobody used for an hour is ended; notebooks and progress are files, and stay.
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
