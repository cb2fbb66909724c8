"""A guard for a browser's network functions: while a cloud runs, they can reach only the host of this page.

In a browser, sockets raise audit events as on other platforms (network.py). `fetch`, XMLHttpRequest, WebSocket, and
EventSource don't, so they are replaced in the worker that runs Python; `pyodide.http` (pyfetch, open_url, pyxhr) and
urllib3 use them. Other JavaScript mechanisms (`import(url)`, a separate worker) aren't blocked, because using them
requires JavaScript code.
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
    """Make the browser's network functions reject every host except the host of this page.

    Returns a function that undoes the change.

    `why` follows the hostname in the error message.
    """
    browser, pyfetch = import_module("js"), import_module("pyodide.http._pyfetch")
    fetch = browser.fetch
    undo = import_module("pyodide.code").run_js(_GUARD)(why)
    _set(pyfetch, browser.fetch)

    def open_again() -> None:
        """Restore the browser's functions."""
        undo()
        _set(pyfetch, fetch)

    return open_again


def _set(pyfetch: Any, fetch: Any) -> None:
    """Replace the function that pyfetch stored when it was imported."""
    pyfetch._jsfetch = fetch
