"""`python -m labs_helpers compare`: what it prints, and its exit codes."""

from __future__ import annotations

import json

import pytest

from labs_helpers.__main__ import main

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
OUTSIDE = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}}


@pytest.fixture
def file(tmp_path):
    def written(name, *statements):
        path = tmp_path / name
        path.write_text(
            json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), encoding="utf-8"
        )
        return str(path)

    return written


def test_a_narrower_policy_is_proved_no_wider(file, capsys):
    before, after = file("a.json", {**READ, "Action": "s3:Get*"}), file("b.json", READ)
    assert main(["compare", before, after]) == 0
    said = capsys.readouterr().out
    assert "PROVED no wider" in said
    assert "Narrower, by this request: " in said


def test_a_wider_policy_is_shown_with_a_request(file, capsys):
    before, after = file("a.json", READ), file("b.json", READ, {**READ, "Action": "s3:PutObject"})
    assert main(["compare", before, after]) == 1
    assert "Wider, by this request: " in capsys.readouterr().out
    assert main(["compare", before, before]) == 0
    assert "PROVED equal" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (READ, "identity"),
        ({**READ, "Principal": "*"}, "resource"),
        ({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}, "trust"),
    ],
)
def test_the_type_is_read_from_the_elements(file, capsys, statement, kind):
    assert main(["compare", "--json", file("a.json", statement), file("b.json", statement)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "type": kind,
        "relation": "equal",
        "more": {"verdict": "PROVED"},
        "less": {"verdict": "PROVED"},
    }


@pytest.mark.parametrize("kind", ["scp", "rcp", "key"])
def test_other_types_are_given(file, capsys, kind):
    deny = {**READ, "Effect": "Deny"} if kind == "scp" else {**READ, "Effect": "Deny", "Principal": "*"}
    before, after = file("a.json", deny), file("b.json", {**deny, "Condition": OUTSIDE})
    assert main(["compare", "--type", kind, "--json", before, after]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["type"], found["relation"]) == (kind, "wider")
    assert found["more"]["request"]["context"] == {"aws:PrincipalOrgID": "o-exampleorgid"}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"Version": "2012-10-17", "Statement": 7}', "\xff"])
def test_what_cannot_be_compared_is_explained(tmp_path, file, capsys, text):
    broken = tmp_path / "broken.json"
    broken.write_bytes(text.encode("latin-1"))
    assert main(["compare", file("a.json", READ), str(broken)]) == 2
    assert "broken.json" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "none.json"), str(broken)]) == 2
    assert main(["compare"]) == 2
