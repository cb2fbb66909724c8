"""Uncaught AWS errors in a notebook: a few lines instead of botocore's traceback, and a card for a denial.

Advice about common mistakes is added (labs_helpers.course.lesson.common_mistakes).

The cell still fails: `raises-exception`, nbclient, and nbval see the exception. Nothing changes outside notebooks, or
for errors that are caught.
https://ipython.readthedocs.io/en/stable/api/generated/IPython.core.interactiveshell.html (set_custom_exc)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice, pairwise
from types import TracebackType
from typing import TYPE_CHECKING, Any

from labs_helpers.course.shown.display import in_notebook
from labs_helpers.course.shown.printable import clean
from labs_helpers.course.shown.traceback_lines import line_of_cell

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from labs_helpers.cloud import Cloud, Entry, Judgement

_LONGEST = 2_000
_RECENT = 50
"""The number of recent calls to search for a denial if the error has no request ID."""
_DENIED = ("AccessDenied", "AccessDeniedException")
_CODES_OF_HEAD = ("403", "Forbidden")  # the answer to HEAD has no body, so botocore has no code to report


def install(cloud: Cloud, is_folded: Callable[[], bool] = bool) -> None:
    """Show the cloud's denials as cards in this notebook from now on. A second call replaces the cloud.

    `is_folded`: returns True while the cards collapse the changes that would allow a request.

    Does nothing outside a notebook, or if another error handler is already installed.
    """
    shell = _shell()
    if shell is None or not (_is_ours(shell) or shell.custom_exceptions == ()):
        return
    from labs_helpers.course.lesson.common_mistakes import KINDS

    def handler(
        shell: Any, kind: type, error: BaseException, trace: TracebackType, tb_offset: int | None = None
    ) -> None:
        """Show an error in IPython's place."""
        _show(shell, cloud, is_folded, kind, error, trace)

    shell.set_custom_exc(KINDS, handler)
    shell.labs_helpers_handles = shell.custom_exceptions


def uninstall() -> None:
    """Restore IPython's own way of showing errors."""
    shell = _shell()
    if shell is not None and _is_ours(shell):
        shell.set_custom_exc((), None)
        del shell.labs_helpers_handles


def _shell() -> Any:
    """Return the shell of the notebook's kernel, or None outside notebooks."""
    return sys.modules["IPython"].get_ipython() if in_notebook() else None


def _is_ours(shell: Any) -> bool:
    return getattr(shell, "labs_helpers_handles", None) is shell.custom_exceptions


def _show(
    shell: Any,
    cloud: Cloud,
    is_folded: Callable[[], bool],
    kind: type,
    error: BaseException,
    trace: TracebackType,
) -> None:
    from botocore.exceptions import ClientError

    from labs_helpers.course.lesson.common_mistakes import advice

    where, advised = line_of_cell(trace, shell.user_global_ns), advice(error, cloud)
    lines = (
        short_form(error, where) if advised is None else [where, *(clean(each, _LONGEST) for each in advised)]
    )
    # IPython gets the traceback from this hook of the exception; for the front end, the cell's reply is still an error.
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace))
    refusal = find_refusal(cloud, error) if isinstance(error, ClientError) else None
    if refusal is not None:
        from labs_helpers.course.shown.denial_card import denial_card

        assert isinstance(error, ClientError)
        message = str(error.response.get("Error", {}).get("Message", ""))
        denial_card(refusal, message, folded=is_folded()).show()


def short_form(error: BaseException, where: str = "") -> list[str]:
    """Return the line of the cell that raised the error, and the error's message."""
    lines = [where] if where else []
    return [*lines, clean(f"{type(error).__name__}: {error}", _LONGEST)]


def find_refusal(cloud: Cloud, error: ClientError) -> Judgement | None:
    """Return the recorded judgment that led to an error, or None if the error isn't a denial."""
    response = error.response
    request_id = response.get("ResponseMetadata", {}).get("RequestId")
    recent: list[Entry] = []
    for entry in reversed(cloud.record):
        if request_id and entry.request_id == request_id:
            # A service whose own call for the caller was denied passes the denial on.
            return entry.refusals[-1] if entry.refusals else _inner_refusal(cloud, entry)
        if len(recent) < _RECENT:
            recent.append(entry)
    if request_id:
        return None
    code = response.get("Error", {}).get("Code")
    for entry in recent:
        if entry.operation == error.operation_name:
            if entry.error_code is None or code not in (entry.error_code, *_CODES_OF_HEAD):
                return None
            return entry.refusals[-1] if entry.refusals else _inner_refusal(cloud, entry)
    return None


def _inner_refusal(cloud: Cloud, outer: Entry) -> Judgement | None:
    """Return the denial of a call that a service made within `outer`, which failed because of it.

    The service passes the message on, or, like Secrets Manager, denies access in its own words.
    """
    if outer.error_message is None:
        return None
    own = f"{outer.service}.amazonaws.com"
    recent = list(islice(reversed(tuple(cloud.record)), _RECENT + 1))
    for later, entry in pairwise([None, *recent]):
        if entry is None or not entry.via_service or not entry.refusals:
            continue
        is_reworded = later is outer and outer.error_code in _DENIED and entry.via_service == own
        if is_reworded or entry.error_message == outer.error_message:
            return entry.refusals[-1]
    return None
