"""`python -m labs_helpers serve` shows what to do if it can't open its port."""

from __future__ import annotations

import errno
import signal
import socket

import pytest

from labs_helpers.course.commands import serve


@pytest.fixture(autouse=True)
def _signals():
    """The command handles SIGTERM, so restore the handler that was there before."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_port_that_is_taken_is_named_with_what_to_do(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert serve.run(["--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"The endpoint can't be opened: another program uses port {port} on 127.0.0.1.")
    assert "Choose another --port, or omit it" in said


def test_a_port_that_this_user_may_not_open_is_named(capsys, monkeypatch):
    def refused(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(serve.Cloud, "endpoint", refused)
    assert serve.run(["--port", "80"]) == 1
    assert "permission to open port 80" in capsys.readouterr().err
