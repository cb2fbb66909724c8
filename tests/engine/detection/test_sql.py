"""SQL over a trail: what a query finds, and that it can only read, for a limited time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from labs_helpers.engine.detection import RuleError, read_rule, sql_rule

RECORDS = [
    {
        "eventID": str(number),
        "eventName": "GetSecretValue",
        "eventTime": f"2026-11-28T02:{number:02}:00Z",
        "sourceIPAddress": address,
        "userIdentity": {"arn": arn},
        "requestParameters": {"secretId": secret},
        "readOnly": True,
    }
    for number, (address, arn, secret) in enumerate(
        [
            ("203.0.113.10", "arn:alice", "a"),
            ("198.51.100.66", "arn:mallory", "a"),
            ("198.51.100.66", "arn:mallory", "b"),
            ("ec2.amazonaws.com", "arn:service", "a"),
        ]
    )
]


def hits(text: str) -> list[str]:
    return [record["eventID"] for record in read_rule(text).hits(RECORDS)]


def test_a_query_counts_distinct_values_per_principal():
    text = """
        SELECT max(eventTime), eventID FROM trail
        GROUP BY json_extract(userIdentity, '$.arn')
        HAVING count(DISTINCT json_extract(requestParameters, '$.secretId')) > 1"""
    assert hits(text) == ["2"]


def test_a_comment_can_come_first_and_truth_values_are_text():
    assert hits("-- all reads\nSELECT eventID FROM trail WHERE readOnly = 'true'") == ["0", "1", "2", "3"]


def test_a_service_is_in_no_network():
    assert hits("SELECT eventID FROM trail WHERE in_cidr(sourceIPAddress, '0.0.0.0/0')") == ["0", "1", "2"]
    assert hits("SELECT eventID FROM trail WHERE NOT in_cidr(sourceIPAddress, '203.0.113.0/24')") == [
        "1",
        "2",
    ]


def test_regexp_finds_a_pattern():
    assert hits("SELECT eventID FROM trail WHERE json_extract(userIdentity, '$.arn') REGEXP 'mal+'") == [
        "1",
        "2",
    ]


def test_a_query_names_the_fields_that_it_reads():
    text = "SELECT eventID FROM trail WHERE json_extract(userIdentity, '$.arn') = 'x' AND eventName = 'y'"
    assert set(sql_rule(text).asks) == {"eventID", "eventName", "userIdentity.arn"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT eventName FROM trail", "must return a column eventID"),
        ("SELECT eventID FROM trail WHERE arn = 1", "no such column: arn. Columns: eventID"),
        ("SELECT eventID FROM events", "no such table: events"),
        ("SELECT eventID FROM trail; DROP TABLE trail", "one statement"),
        ("WITH x AS (SELECT 1) DELETE FROM trail", "changes nothing"),
        ("SELECT load_extension('x') AS eventID", "changes nothing"),
        ("SELECT name AS eventID FROM pragma_database_list", "changes nothing"),
        (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS eventID FROM n",
            "without RECURSIVE",
        ),
    ],
)
def test_a_query_that_does_more_than_read_the_trail_is_rejected(text, problem):
    with pytest.raises(RuleError) as caught:
        read_rule(text)
    assert problem in caught.value.problem


def test_a_query_stops_after_its_steps(monkeypatch):
    monkeypatch.setattr("labs_helpers.engine.detection.sql.STEPS", 20_000)
    rule = sql_rule(
        "SELECT a.eventID FROM trail a, trail b, trail c, trail d, trail e, trail f, trail g, trail h"
    )
    with pytest.raises(RuleError, match="more than 20,000 steps"):
        rule.hits(RECORDS)


def test_rows_are_not_all_kept_in_memory(monkeypatch):
    monkeypatch.setattr("labs_helpers.engine.detection.sql.STEPS", 200_000)
    rule = sql_rule("SELECT a.eventID, printf('%4900000d', 1) FROM trail a, trail b, trail c, trail d")
    assert len(rule.hits(RECORDS)) == len(RECORDS)


def test_an_event_id_that_is_not_text_fits_none(monkeypatch):
    strange = {**RECORDS[0], "eventID": ["0"]}
    assert sql_rule("SELECT '0' AS eventID").hits([strange, RECORDS[0]]) == [RECORDS[0]]


def test_a_query_that_needs_too_much_memory_is_stopped():
    joined = "trail a, trail b, trail c, trail d, trail e"
    inner = f"SELECT a.eventID, printf('%4900000d', random()) x FROM {joined} ORDER BY x"
    code = (
        "from labs_helpers.engine.detection import RuleError, sql, sql_rule\n"
        "sql.MEGABYTES = 30\n"
        "try:\n"
        f"    sql_rule({f'SELECT eventID FROM ({inner})'!r}).hits([{{'eventID': str(n)}} for n in range(4)])\n"
        "except RuleError as error:\n"
        "    print(error)\n"
    )
    # SQLite's limit applies to the whole process, and can't be raised again.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "SQLite: the query needs more than 30 MB of memory\n"


def test_a_network_that_is_not_one_is_named():
    rule = sql_rule("SELECT eventID FROM trail WHERE in_cidr(sourceIPAddress, 'office')")
    with pytest.raises(RuleError, match="in_cidr needs a network"):
        rule.hits(RECORDS)


def test_an_error_has_the_place_of_the_name_in_the_text():
    with pytest.raises(RuleError) as caught:
        sql_rule("SELECT eventID\nFROM trial")
    assert (caught.value.line, caught.value.column) == (2, 6)
