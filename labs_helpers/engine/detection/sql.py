"""SQL over a trail: a read-only SQLite query, limited in steps, rows, and the length of values.

The table `trail` has one row per record. Its columns have the names of the record's top-level fields; a field that
holds an object or a list is JSON text, for `json_extract`. https://www.sqlite.org/json1.html
"""

from __future__ import annotations

import ipaddress
import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from labs_helpers.engine.detection.regular_expressions import SlowExpression, expression
from labs_helpers.engine.detection.rule import Record, Rule, RuleError

COLUMNS = (
    "eventID", "eventTime", "eventName", "eventSource", "eventType", "eventCategory", "awsRegion", "sourceIPAddress",
    "userAgent", "errorCode", "errorMessage", "readOnly", "recipientAccountId", "userIdentity", "requestParameters",
    "responseElements", "additionalEventData", "resources", "sharedEventID", "vpcEndpointId",
)  # fmt: skip
STEPS = 20_000_000
"""The maximum number of instructions of SQLite's virtual machine that a query can run."""
MEGABYTES = 1_000
"""The maximum amount of memory that SQLite uses, including for sorting, which would otherwise fill the disk."""
_ROWS = 10_000
_EVERY = 10_000
_READING = {
    sqlite3.SQLITE_SELECT: "SELECT",
    sqlite3.SQLITE_READ: "READ",
    sqlite3.SQLITE_FUNCTION: "FUNCTION",
}
_WITHOUT = frozenset(("load_extension", "randomblob", "zeroblob"))
_REGEXP = re.compile(r"\bregexp\s*\(?\s*'((?:[^']|'')*+)'(?!\s*\|\|)", re.IGNORECASE)
"""A regular expression that is written in a query: `value REGEXP 'a+'`, or `regexp('a+', value)`."""


def sql_rule(text: str) -> Rule:
    """Return the rule for a query with a column `eventID`, which names the events that raise an alarm.

    A comment in the first line is the rule's title. Raises `RuleError` for a query that SQLite rejects, for anything
    other than a single SELECT, and for unknown columns.
    """
    _check_expressions(text)
    columns: list[str] = []
    with closing(_database((), columns)) as database:
        described = _run(database, text, lambda cursor: cursor.description)
    if described is None or "eventID" not in (names := [each[0] for each in described]):
        shown = ", ".join(names) if described else "none"
        raise RuleError(
            f"the query must return a column eventID, which names the events. It returns: {shown}"
        )
    place = names.index("eventID")

    def find(records: Sequence[Record]) -> list[int]:
        """Return the positions of the records whose eventID the query returns."""
        ids = [_cell(record.get("eventID")) for record in records]
        known = set(ids)
        with closing(_database(records, [])) as trail:
            # Rows are read one at a time, because all rows with long values don't fit into memory.
            named = _run(
                trail,
                text,
                lambda cursor: {row[place] for row in islice(cursor, _ROWS) if row[place] in known},
            )
        return [position for position, id in enumerate(ids) if id in named]

    comment = re.match(r"\s*--[ \t]*(.+)", text)
    return Rule("SQL", text, _asks(text, columns), find, {"title": comment[1].strip(" .")} if comment else {})


def _check_expressions(text: str) -> None:
    """Raise `RuleError`, with the place, for a regular expression in a query that can't be used."""
    for found in _REGEXP.finditer(text):
        try:
            expression(found[1].replace("''", "'"))
        except (re.error, SlowExpression) as why:
            raise RuleError(f"REGEXP: {why}", *_line_and_column(text, found.start(1))) from None


def _asks(text: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the fields that a query reads: its columns, each with a path if the query names one."""
    inner = [
        f"{column}.{path}"
        for column, path in re.findall(r"""(\w+)\s*,\s*'\$\.([\w.\[\]]+)'""", text)
        if column in COLUMNS
    ] + [f"{column}.{path}" for column, path in re.findall(r"""(\w+)\s*->>?\s*'(?:\$\.)?([\w.]+)'""", text)]
    outer = [each for each in columns if not any(path.startswith(f"{each}.") for path in inner)]
    return tuple(dict.fromkeys([*outer, *inner]))


def _database(records: Sequence[Record], columns: list[str]) -> sqlite3.Connection:
    """Return a database with the table `trail`, which only answers queries and records the columns that are read."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute(f"PRAGMA hard_heap_limit = {MEGABYTES * 1_000_000}")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 5_000_000)
    database.create_function("in_cidr", 2, _in_cidr, deterministic=True)
    database.create_function("regexp", 2, _regexp, deterministic=True)
    database.execute(f"CREATE TABLE trail ({', '.join(COLUMNS)})")
    # SQLite 3.39, which the browser edition has, writes its schema when one of these tables is first used. Queries
    # aren't allowed to write it, so the tables are used here before any query.
    database.execute("SELECT 1 FROM json_each('{}'), json_tree('{}')")
    marks = ", ".join("?" * len(COLUMNS))
    database.executemany(
        f"INSERT INTO trail VALUES ({marks})",
        ([_cell(record.get(name)) for name in COLUMNS] for record in records),
    )
    left = [STEPS // _EVERY]

    def out_of_steps() -> int:
        left[0] -= 1
        return left[0] < 0

    def allowed(deed: int, first: str | None, second: str | None, *_: object) -> int:
        if deed == sqlite3.SQLITE_READ and first == "trail" and second and second not in columns:
            columns.append(second)
        harmless = deed in _READING and (deed != sqlite3.SQLITE_FUNCTION or second not in _WITHOUT)
        return sqlite3.SQLITE_OK if harmless else sqlite3.SQLITE_DENY

    database.set_authorizer(allowed)
    database.set_progress_handler(out_of_steps, _EVERY)
    return database


def _run(database: sqlite3.Connection, text: str, result: Callable[[sqlite3.Cursor], Any]) -> Any:
    try:
        return result(database.execute(text))
    except sqlite3.Error as why:
        said = str(why)
        if "interrupted" in said:
            said = f"the query needs more than {STEPS:,} steps. Join on equal columns, or filter first"
        elif "not authorized" in said or "prohibited" in said:
            said = "a rule is one SELECT on the table trail, without RECURSIVE, and changes nothing"
        elif "user-defined function" in said:
            said = (
                "in_cidr needs a network such as '203.0.113.0/24', and REGEXP a regular expression without a "
                "nested repetition"
            )
        elif said.startswith("no such column"):
            said += f". Columns: {', '.join(COLUMNS)}"
        raise RuleError(f"SQLite: {said}", *_place(said, text)) from None
    except MemoryError:
        raise RuleError(f"SQLite: the query needs more than {MEGABYTES:,} MB of memory") from None
    except (sqlite3.Warning, ValueError) as why:
        raise RuleError(f"SQLite: {why}") from None


def _place(said: str, text: str) -> tuple[int, int] | tuple[()]:
    """Return the line and column of the name that SQLite's message quotes, if the text contains it."""
    named = re.search(r'near "([^"]+)"|no such (?:column|table|function): ([\w.]+)', said)
    at = text.find(named[1] or named[2]) if named else -1
    return _line_and_column(text, at) if at >= 0 else ()


def _line_and_column(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list) else value


def _in_cidr(address: object, network: object) -> bool | None:
    """Return True for an address in a network, and None for a value that isn't an address, such as a service's name."""
    wanted = ipaddress.ip_network(str(network), strict=False)
    try:
        return ipaddress.ip_address(str(address)) in wanted
    except ValueError:
        return None


def _regexp(pattern: object, value: object) -> bool | None:
    """Return True if a pattern occurs in a value: `value REGEXP pattern`."""
    return None if value is None else expression(str(pattern)).search(str(value)) is not None
