"""PartiQL statements as they are parsed: kind, table, index, partition keys and attributes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

import pytest

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.dynamodb import partiql


@pytest.mark.parametrize(
    ("statement", "kind", "keys", "attributes"),
    [
        ("SELECT * FROM t", "Select", None, ()),
        ("select name, address.city FROM \"t\" WHERE uid = 'alice';", "Select", ["alice"], ("name", "address", "uid")),
        ("SELECT tags[0] FROM t WHERE uid IN ['a', 'b'] ORDER BY n DESC, m", "Select", ["a", "b"],
         ("tags", "uid", "n", "m")),
        ("SELECT * FROM t WHERE 'it''s' = uid AND n BETWEEN 1 AND 2.5", "Select", ["it's"], ("uid", "n")),
        ("SELECT * FROM t WHERE uid = 'a' OR uid = 'b'", "Select", ["a", "b"], ("uid",)),
        ("SELECT * FROM t WHERE uid = 'a' OR n IS NOT MISSING", "Select", None, ("uid", "n")),
        ("SELECT * FROM t WHERE NOT uid = 'a'", "Select", None, ("uid",)),
        ("SELECT * FROM t WHERE (uid = 'a' OR uid = 'b') AND n = 1", "Select", ["a", "b"], ("uid", "n")),
        ("SELECT * FROM t WHERE begins_with(uid, 'a') AND flag = TRUE", "Select", None, ("uid", "flag")),
        ("SELECT * FROM t WHERE uid IN ('a', n)", "Select", None, ("uid", "n")),
        ("INSERT INTO t VALUE {'uid': 'a', 'list': [1, {'x': NULL}], 'set': <<'p', 'q'>>, 'none': [], 'map': {}}",
         "Insert", ["a"], ("uid", "list", "set", "none", "map")),
        ("INSERT INTO t VALUE {'n': 1}", "Insert", None, ("n",)),
        ("UPDATE t SET n = n + 1, l = list_append(l, [2]) REMOVE m[1], o WHERE uid = 'a' RETURNING ALL OLD *", "Update",
         ["a"], ("n", "l", "m", "o", "uid")),
        ("DELETE FROM t WHERE uid = 'a' AND EXISTS(SELECT * FROM t WHERE n = 1) RETURNING ALL OLD *", "Delete", ["a"],
         ("uid", "n")),
    ],
)  # fmt: skip
def test_kind_keys_and_attributes_of_a_statement(statement, kind, keys, attributes):
    parsed = partiql.parse(statement)
    values = parsed.keys("uid")
    assert (parsed.kind, parsed.table, parsed.index) == (kind, "t", None)
    assert (None if values is None else [value for _, value in values]) == keys
    assert parsed.attributes == attributes


def test_parameters_are_numbered_through_the_whole_statement():
    parsed = partiql.parse('SELECT * FROM t."by-mail" WHERE n > ? AND uid = ?')
    assert parsed.index == "by-mail"
    assert parsed.keys("uid") == [("parameter", 1)]


@pytest.mark.parametrize(
    "statement",
    [
        "", "SELECT", "SELECT * FROM", "SELECT * FROM t WHERE", "SELECT * FROM t WHERE uid", "SELECT * FROM t LIMIT 1",
        "SELECT * FROM t WHERE uid IN 'a'", "SELECT * FROM t WHERE uid = 'a' §", "SELECT list[x] FROM t",
        "SELECT * FROM t WHERE size(uid", "SELECT * FROM t WHERE upper(uid) = 'A'", "INSERT INTO t VALUE {uid: 'a'}",
        "INSERT INTO t VALUE {'uid': 'a', 'uid': 'b'}", "INSERT INTO t VALUE 'a'", "UPDATE t WHERE uid = 'a'",
        "UPDATE t SET n = 1", "DELETE FROM t", "SELECT * FROM t WHERE " + "(" * 60 + "n = 1" + ")" * 60,
        "SELECT * FROM t WHERE uid = '" + "a" * 8192 + "'",
    ],
)  # fmt: skip
def test_a_text_outside_the_grammar_is_refused(statement):
    with pytest.raises(ServiceError) as refused:
        partiql.parse(statement)
    assert refused.value.code == "ValidationException"
    assert refused.value.message == "Statement wasn't well formed, can't be processed"
