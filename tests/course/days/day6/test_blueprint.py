"""A blueprint names only parts that exist, and a design states what it changes."""

from __future__ import annotations

import copy

import pytest
from pydantic import ValidationError

from labs_helpers.course.days.day6 import blueprint


def test_every_design_of_data_is_a_blueprint():
    assert blueprint.designs() == ["delegated", "near", "reference", "start"]
    for name in blueprint.designs():
        assert blueprint.load(name).name == name


def test_the_reference_is_the_start_and_nine_steps():
    assert [stage.step for stage in blueprint.steps()] == list(range(1, 10))
    assert blueprint.after(9)["scps"] == blueprint.as_data()["scps"]
    assert blueprint.after(0)["scps"] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scps": {"Foundations": {"targets": ["Nowhere"]}}}, "no OU or account Nowhere"),
        ({"buckets": {"larkspur-tickets-<prod>": {"key": "other"}}}, "no key other"),
        ({"roles": {"guest": {"account": "test"}}}, "no account test"),
        ({"roles": {"guest": {"boundary": "arn:aws:iam::<tset>:policy/b"}}}, "<tset>"),
        ({"people": {"assignments": [{"group": "a", "permission_set": "B", "accounts": ["dev"]}]}}, "set B"),
        ({"scps": {"Foundations": {"document": {}}}}, "document"),
    ],
)
def test_what_is_named_and_is_not_there_is_refused_by_name(changes, said):
    with pytest.raises(ValidationError, match=said):
        blueprint.Blueprint.model_validate(blueprint.changed(blueprint.as_data(), changes))


def test_none_takes_a_part_away_and_the_design_itself_stays_as_it_was():
    reference = blueprint.as_data()
    before = copy.deepcopy(reference)
    changed = blueprint.changed(reference, {"scps": {"Networks": None}, "people": {"users": {"dora": None}}})
    assert "Networks" not in [rail["name"] for rail in changed["scps"]]
    assert "dora" not in changed["people"]["users"]
    assert reference == before


def test_a_policy_is_put_in_place_of_another_and_not_mixed_with_it():
    mine = {"Version": "2012-10-17", "Statement": []}
    changed = blueprint.changed(blueprint.as_data(), {"scps": {"Foundations": {"policy": mine}}})
    assert [rail["policy"] for rail in changed["scps"] if rail["name"] == "Foundations"] == [mine]


def test_a_name_in_angle_brackets_is_filled_and_an_unknown_one_is_named():
    known = {"prod": "1", "key:tickets": "arn"}
    assert blueprint.filled({"a<prod>": ["<key:tickets>"]}, known) == {"a1": ["arn"]}
    with pytest.raises(LookupError, match="<dev>"):
        blueprint.filled("<dev>", known)


def test_a_new_part_has_the_name_that_it_is_given_under():
    design = blueprint.changed(
        {"keys": [], "trails": []}, {"keys": {"logs": {"account": "logs"}}, "trails": {"all": {}}}
    )
    assert design == {"keys": [{"alias": "logs", "account": "logs"}], "trails": [{"name": "all"}]}
