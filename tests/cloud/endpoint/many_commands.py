"""Runs AWS CLI commands in one process, as its own `main` does. Each input line is a JSON list of arguments, and each
answer is [exit code, stdout, stderr]. Starting the CLI again for each command would take half a second.
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
