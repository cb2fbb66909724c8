"""The AWS CLI in one process, for shell scripts, because starting it again for each command takes half a second.

python aws_server.py SOCKET     answers (environment, arguments) with (exit code, stdout, stderr), a line of JSON each
"""

import contextlib
import io
import json
import os
import socketserver
import sys
from pathlib import Path

from awscli.clidriver import create_clidriver

_OWN = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
"""The folder with the CLI's own texts, which the CLI sets in the environment when it is imported."""


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        asked = json.loads(self.rfile.readline())
        os.environ.clear()
        os.environ.update(asked["environment"] | _OWN)
        os.chdir(asked["folder"])
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = create_clidriver().main(asked["arguments"])
        answer = json.dumps([code, out.getvalue(), err.getvalue()])
        self.wfile.write(answer.encode() + b"\n")


if __name__ == "__main__":
    with socketserver.UnixStreamServer(sys.argv[1], Handler) as server:
        Path(sys.argv[1] + ".ready").touch()
        server.serve_forever()
