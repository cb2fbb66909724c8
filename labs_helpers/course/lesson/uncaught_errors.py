"""An uncaught AWS error in a notebook: a few lines instead of botocore's traceback, and a card for a denial.

Mistakes that boto3 or the cloud finds before AWS is asked (labs_helpers.course.lesson.common_mistakes) say what to do.

The cell fails as before: `raises-exception`, nbclient and nbval still see the exception. Outside notebooks, and for
errors that code catches, nothing changes.
https://ipython.readthedocs.io/en/stable/api/generated/IPython.core.interactiveshell.html (set_custom_exc)
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from labs_helpers.course.shown.display import clean, in_notebook
from labs_helpers.course.shown.traceback_lines import line_of_cell

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from labs_helpers.cloud import Cloud, Entry, Judgement

_LONGEST = 2_000
_RECENT = 50
"""Among how many of the last calls a refusal is looked for that the error does not name by its request id."""
_CODES_OF_HEAD = ("403", "Forbidden")  # what HEAD has instead of a code, for it has no body


def install(cloud: Cloud) -> None:
    """Show the cloud's refusals as cards in this notebook. Does nothing elsewhere, or where a handler of somebody
    else's is at work; a second call puts the new cloud in the first one's place."""
    shell = _shell()
    if shell is None or not (_is_ours(shell) or shell.custom_exceptions == ()):
        return
    from labs_helpers.course.lesson.common_mistakes import KINDS

    def handler(
        shell: Any, kind: type, error: BaseException, trace: TracebackType, tb_offset: int | None = None
    ) -> None:
        _show(shell, cloud, kind, error, trace)

    shell.set_custom_exc(KINDS, handler)
    shell.labs_helpers_handles = shell.custom_exceptions


def uninstall() -> None:
    """Errors look as IPython shows them again."""
    shell = _shell()
    if shell is not None and _is_ours(shell):
        shell.set_custom_exc((), None)
        del shell.labs_helpers_handles


def _shell() -> Any:
    """The shell of the notebook's kernel, None outside notebooks."""
    return sys.modules["IPython"].get_ipython() if in_notebook() else None


def _is_ours(shell: Any) -> bool:
    return getattr(shell, "labs_helpers_handles", None) is shell.custom_exceptions


def _show(shell: Any, cloud: Cloud, kind: type, error: BaseException, trace: TracebackType) -> None:
    from botocore.exceptions import ClientError

    from labs_helpers.course.lesson.common_mistakes import advice

    where, advised = line_of_cell(trace, shell.user_global_ns), advice(error, cloud)
    lines = (
        short_form(error, where) if advised is None else [where, *(clean(each, _LONGEST) for each in advised)]
    )
    # The hook by which an exception says how IPython shows it: the reply to the front end stays an error.
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace))
    refusal = find_refusal(cloud, error) if isinstance(error, ClientError) else None
    if refusal is not None:
        from labs_helpers.course.shown.denial_card import denial_card

        assert isinstance(error, ClientError)
        denial_card(refusal, str(error.response.get("Error", {}).get("Message", ""))).show()


def short_form(error: BaseException, where: str = "") -> list[str]:
    """Where in the cell an error was raised, and what it says."""
    lines = [where] if where else []
    return [*lines, clean(f"{type(error).__name__}: {error}", _LONGEST)]


def find_refusal(cloud: Cloud, error: ClientError) -> Judgement | None:
    """The judgement behind an error, from the cloud's record; None for errors that are no denials."""
    response = error.response
    request_id = response.get("ResponseMetadata", {}).get("RequestId")
    recent: list[Entry] = []
    for entry in reversed(cloud.record):
        if request_id and entry.request_id == request_id:
            # A service that was refused a call it made for the caller passes the refusal on.
            return entry.refusals[-1] if entry.refusals else _passed_on(cloud, entry)
        if len(recent) < _RECENT:
            recent.append(entry)
    if request_id:
        return None
    told = response.get("Error", {})
    for entry in recent:
        if entry.operation == error.operation_name:
            if entry.error_code is None or told.get("Code") not in (entry.error_code, *_CODES_OF_HEAD):
                return None
            return entry.refusals[-1] if entry.refusals else _passed_on(cloud, entry)
    return None


def _passed_on(cloud: Cloud, outer: Entry) -> Judgement | None:
    """The refusal of a call that a service made within another, which failed with the same message."""
    if outer.error_message is None:
        return None
    for place, entry in enumerate(reversed(cloud.record)):
        if place > _RECENT:
            break
        if entry.via_service and entry.refusals and entry.error_message == outer.error_message:
            return entry.refusals[-1]
    return None
