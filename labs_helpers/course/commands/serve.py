"""Serve an empty cloud, or the cloud of a day, to other programs on this machine (docs/endpoint.md)."""

from __future__ import annotations

import argparse
import errno
import signal
import sys
import threading

from labs_helpers.cloud import Cloud

_PATIENCE = 0.5
"""Seconds between two checks for a signal: on Windows, Ctrl-C reaches a program only after its current wait."""


def run(arguments: list[str]) -> int:
    """Serve a cloud until interrupted. Returns 0, or 1 if the endpoint can't be opened, or 2 for invalid arguments."""
    parser = argparse.ArgumentParser("python -m labs_helpers serve", description=__doc__)
    parser.add_argument("--day", type=int, help="serve the cloud of this day (default: an empty cloud)")
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: any free port)")
    parsed = parser.parse_args(arguments)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    try:
        cloud = Cloud().start() if parsed.day is None else _stage(parsed.day)
    except ValueError as error:
        parser.error(str(error))
    try:
        print(cloud.endpoint(parsed.port), flush=True)
        while not stopped.wait(_PATIENCE):
            pass
    except (ModuleNotFoundError, OSError, OverflowError) as error:
        print(f"The endpoint can't be opened: {_reason(error, parsed.port)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    finally:
        cloud.stop()
    return 0


def _reason(error: Exception, port: int) -> str:
    """Return the reason why the endpoint can't be opened, and how to fix it."""
    known = {
        errno.EADDRINUSE: f"another program uses port {port} on 127.0.0.1",
        errno.EACCES: f"you don't have permission to open port {port} on 127.0.0.1",
    }
    what = known.get(getattr(error, "errno", None) or 0)
    return str(error) if what is None else f"{what}. Choose another --port, or omit it to use any free port."


def _stage(number: int) -> Cloud:
    from labs_helpers.course import open_day

    cloud: Cloud = open_day(number).cloud
    return cloud
