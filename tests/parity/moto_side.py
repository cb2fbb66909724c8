"""moto's own server as the other side: a process that prints its port. Differences are planted by its arguments.

Each argument is `operation|what|instead`: in the answer's body to that operation (a part of the request's body or of
its `X-Amz-Target`), or `operation|status|403`.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

_PLANTED = [tuple(each.split("|")) for each in sys.argv[1:]]


def planting(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers as moto does, except for the planted differences."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        sent = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(sent)
        asked = f"{environ.get('HTTP_X_AMZ_TARGET', '')} {sent.decode('utf-8', 'replace')}"
        told: list[Any] = []
        body = b"".join(application(environ, lambda status, headers, *_: told.extend((status, headers))))
        status, headers = told
        for operation, what, instead in _PLANTED:
            if operation in asked and what == "status":
                status = f"{instead} Planted"
            elif operation in asked:
                body = body.replace(what.encode(), instead.encode())
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    return answer


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = planting(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
