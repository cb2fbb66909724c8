"""Runs AWS CLI commands in one process, as its own `main` does: a JSON list of arguments a line, [exit code, stdout,
stderr] as the answer. Starting the CLI anew for each takes half a second.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = create_clidriver().main(json.loads(line))
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
