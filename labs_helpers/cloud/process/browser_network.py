"""A browser's Python reaches the network by the browser's functions: while a cloud runs, they reach this site only.

Sockets raise audit events there as anywhere (network.py). `fetch`, XMLHttpRequest, WebSocket and EventSource raise
none: they are replaced in the worker in which Python runs, and `pyodide.http` (pyfetch, open_url, pyxhr) and urllib3 go
through them. What JavaScript can do besides (`import(url)`, a worker of its own) is not stopped: it takes JavaScript.
https://developer.mozilla.org/en-US/docs/Web/API/Fetch_API
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

_GUARD = """
(why) => {
    const undo = [], own = globalThis.location?.origin, base = globalThis.location?.href ?? "file:///";
    const look = (target) => {
        const url = new URL(target?.url ?? String(target), base);
        const there = url.protocol.replace("ws", "http") + "//" + url.host;
        if (!["data:", "blob:"].includes(url.protocol) && there !== own)
            throw Object.assign(new Error(`${url.host || url.href} ${why}`), { name: "NetworkRefused" });
    };
    const replace = (where, name, make) => {
        const before = where?.[name];
        if (before === undefined) return;
        where[name] = make(before);
        undo.push(() => { where[name] = before; });
    };
    replace(globalThis, "fetch", (before) => (target, ...more) => { look(target); return before(target, ...more); });
    replace(globalThis.XMLHttpRequest?.prototype, "open", (before) => function (method, url, ...more) {
        look(url);
        return before.call(this, method, url, ...more);
    });
    for (const name of ["WebSocket", "EventSource"])
        replace(globalThis, name, (before) => new Proxy(before, {
            construct(kind, given) { look(given[0]); return new kind(...given); },
        }));
    return () => { while (undo.length) undo.pop()(); };
}
"""


def close(why: str) -> Callable[[], None]:
    """Have them refuse every host but the one that this page is from: `why` follows its name. Gives what undoes it."""
    browser, pyfetch = import_module("js"), import_module("pyodide.http._pyfetch")
    fetch = browser.fetch
    undo = import_module("pyodide.code").run_js(_GUARD)(why)
    _set(pyfetch, browser.fetch)

    def open_again() -> None:
        undo()
        _set(pyfetch, fetch)

    return open_again


def _set(pyfetch: Any, fetch: Any) -> None:
    """pyfetch has kept the function that it found when it was imported."""
    pyfetch._jsfetch = fetch
