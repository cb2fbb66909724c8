"""The trail explorer: filters and queries over CloudTrail events, from a record or from files."""

from __future__ import annotations

import gzip
import json

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.trail_explorer.widget import TrailExplorer

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234"


def event(name, who, error=None, time="2026-01-01T00:00:00Z", **more):
    return {
        "eventTime": time, "awsRegion": "us-east-1", "eventName": name, "eventSource": "kms.amazonaws.com",
        "userIdentity": {"arn": f"arn:aws:iam::111122223333:user/{who}"}, "resources": [{"ARN": KEY}],
        **({"errorCode": error} if error else {}), **more,
    }  # fmt: skip


CONTEXT = {"requestParameters": {"encryptionContext": {"patient": "4711"}}}
EVENTS = [
    event("Decrypt", "alice", time="2026-01-02T00:00:00Z"),
    event("Decrypt", "bob", "AccessDenied"),
    event("Encrypt", "alice", **CONTEXT),
    event("Decrypt", "alice", time="2026-01-03T00:00:00Z", **CONTEXT),
]


@pytest.fixture
def explorer():
    return TrailExplorer(EVENTS)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 4), ("name=Decrypt", 3), ("name=decrypt who=ALICE", 2), ("4711", 2),
        ("about=patient=4711 name=Encrypt", 1),
        ("error=AccessDenied", 1), ("error=none", 3), ("what=key/1234 time=2026-01-02", 1), ("who=nobody", 0),
        ('"arn:aws:iam::111122223333:user/bob"', 1), ("region=eu", 0), ("x=y", 0),
    ],
)  # fmt: skip
def test_a_query_finds_what_fits_all_of_its_terms(explorer, query, found):
    explorer.ask(query)
    assert len(explorer.lines) == found
    assert f"{found} of 4 events" in repr(explorer)


def test_events_come_oldest_first(explorer):
    assert [line.time[:10] for line in explorer.lines] == [
        "2026-01-01", "2026-01-01", "2026-01-02", "2026-01-03",
    ]  # fmt: skip


def test_a_query_that_cannot_be_read_is_explained_and_finds_nothing(explorer):
    explorer.ask('who="ali')
    assert "a quotation mark isn&#x27;t closed" in explorer._said.value
    assert explorer.lines == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("foo=bar", "There is no field foo. Fields: name, who, what, about, region, via, time, error."),
        ("(((", "((( is searched for as text"),
        ("name=Decrypt and who=carol", "and is searched for as text"),
    ],
)
def test_what_a_query_says_in_vain_is_named(explorer, query, says):
    explorer.ask(query)
    assert says in explorer.html
    assert "not understood" in explorer.html
    assert says in repr(explorer)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("name=Decryptt", 'No event has name=Decryptt. Did you mean "Decrypt"?'),
        (
            "who=Allice error=AcessDenied",
            'Did you mean "alice"? No event has error=AcessDenied. Did you mean "Acc',
        ),
        ("Decryptt", 'No event has the text Decryptt. Did you mean "Decrypt"?'),
        ("what=xyz", "No event has what=xyz."),
    ],
)
def test_a_term_that_no_event_matches_is_named_with_the_closest_value(explorer, query, says):
    explorer.ask(query)
    assert says in repr(explorer)
    assert "not found" in explorer.html


@pytest.mark.parametrize("query", ["", "name=Decrypt who=bob", "who=bob error=none", "4711", "error=none"])
def test_a_query_that_is_understood_raises_no_doubt(explorer, query):
    explorer.ask(query)
    assert "not understood" not in explorer.html
    assert "not found" not in explorer.html


def test_filters_work_together_with_the_query(explorer):
    explorer.who.value = "alice"
    explorer.ask("Decrypt")
    assert len(explorer.lines) == 2
    explorer.refused.value = True
    assert explorer.lines == []


def test_who_used_what_is_summed_up(explorer):
    first = explorer.uses[0]
    assert (first.who, first.what, first.times, first.failed) == ("alice", "key/1234", 3, 0)
    assert first.names == ("Decrypt", "Encrypt")
    assert explorer.uses[1].failed == 1
    assert explorer._graph.value.count("stroke-dasharray") == 2, (
        "once in the wide and once in the narrow form"
    )


def test_a_resource_has_its_count_and_a_click_filters_and_takes_the_filter_away(explorer):
    assert ">4×, 1 failed</tspan>" in explorer._graph.value
    for number, filter, name in ((0, explorer.who, "alice"), (1, explorer.what, "key/1234")):
        place = filter.options.index((name, name))
        assert f'data-list="{number}" data-option="{place}"' in explorer._graph.value
        filter.index = place
        assert f'data-list="{number}" data-option="0"' in explorer._graph.value
    assert "data-option=" not in explorer.html


def test_a_long_name_fits_into_its_list_and_is_chosen_in_full():
    key = "key/033bc2d4-8b9c-4303-847c-672f43580156"
    long = {**event("Decrypt", "alice"), "resources": [{"ARN": f"arn:aws:kms:us-east-1:111122223333:{key}"}]}
    listed = TrailExplorer([long]).what
    assert [value for _, value in listed.options] == ["(any)", key]
    assert max(len(shown) for shown, _ in listed.options) <= 22


def test_a_failure_among_other_calls_is_a_part_of_their_line():
    explorer = TrailExplorer([*[event("Decrypt", "alice")] * 15, event("Decrypt", "alice", "AccessDenied")])
    drawn = explorer._graph.value
    parts = [part for part in drawn.split("<path") if ": 16, 1 failed<" in part]
    assert ["stroke-dasharray" in part for part in parts] == [False, True] * 2, (
        "in each form, the calls that succeeded and, on top of them, the one that failed"
    )
    assert drawn.count("stroke-dasharray") == 2


@pytest.mark.parametrize(
    ("query", "title", "failures"),
    [
        ("", "All 4 events.", "1 of them failed."), ("who=bob", "1 of 4 events matches.", "It failed."),
        ("name=Encrypt", "1 of 4 events matches.", "It succeeded."),
        ("4711", "2 of 4 events match.", "None of them failed."), ("region=eu", "None of 4 events matches.", ""),
    ],
)  # fmt: skip
def test_what_was_found_is_said_as_a_person_would(explorer, query, title, failures):
    explorer.ask(query)
    assert f"<strong>{title}</strong>" in explorer._said.value
    assert failures in explorer._said.value


def test_no_line_of_a_failed_call_is_covered_by_another_line():
    calls = [event("Decrypt", who, resources=[{"ARN": KEY + what}]) for who in "abc" for what in "xyz"]
    drawn = TrailExplorer([*calls * 9, {**calls[4], "errorCode": "AccessDenied"}])._graph.value
    wide, narrow = (form.split("<path") for form in drawn.split("<svg")[1:])
    assert "stroke-dasharray" in wide[-1]
    assert 'class="rim"' in wide[-2], "the failed call is apart from the lines that it crosses"
    assert "stroke-dasharray" in narrow[-1]
    ways = {part.split('"')[1] for part in drawn.split("<path d=")[1:]}
    assert len({tuple(way.split()[:2]) for way in ways}) == len(ways), (
        "lines lie side by side at their caller"
    )


def test_only_failures_are_marked_and_the_last_one_is_chosen_first(explorer):
    assert explorer._rows.value.count('class="chip') == 1
    assert "AccessDenied" in explorer._detail.value
    explorer.ask("error=none")
    assert "chip" not in explorer._rows.value
    assert "2026-01-03" in explorer._detail.value


def test_a_day_stands_once_and_what_a_call_was_about_below_its_resource(explorer):
    assert explorer._rows.value.count("2026-01-01") == 1
    assert explorer._rows.value.count("patient=4711") == 2


def test_an_event_is_shown_whole(explorer):
    explorer.choose(1)
    assert "AccessDenied" in explorer._detail.value
    with pytest.raises(ValueError, match="events 1 to 4"):
        explorer.choose(5)


def test_what_events_say_is_shown_as_text_and_never_as_markup():
    bad = "<img src=x onerror=alert(1)>"
    explorer = TrailExplorer([event(bad, bad, bad, requestParameters={"encryptionContext": {bad: bad}})])
    parts = (explorer.html, explorer._said, explorer._graph, explorer._rows, explorer._detail)
    for part in parts:
        assert "<img" not in (part if isinstance(part, str) else part.value)


@pytest.mark.parametrize(
    "odd",
    [
        {"eventName": "X"},
        {"eventName": "X", "userIdentity": None, "resources": None, "requestParameters": None},
        {"eventName": "X", "userIdentity": "me", "resources": ["r"], "requestParameters": ["a"]},
        {"eventName": "X", "userIdentity": {"type": "AWSService", "invokedBy": "s3.amazonaws.com"}},
    ],
)
def test_events_that_lack_what_most_have_are_shown(odd):
    explorer = TrailExplorer([odd])
    assert len(explorer.lines) == 1
    assert "X" in explorer.html


def test_no_events_at_all():
    explorer = TrailExplorer([])
    assert explorer.uses == []
    assert repr(explorer).startswith("0 of 0 events")


def test_a_folder_of_cloudtrail_files_is_read_and_what_is_none_is_named(tmp_path):
    deep = tmp_path / "AWSLogs" / "111122223333"
    deep.mkdir(parents=True)
    (deep / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": EVENTS[:2]}).encode()))
    (deep / "b.json").write_text(json.dumps({"Records": EVENTS[2:]}))
    (deep / "digest.json").write_text(json.dumps({"digestStartTime": "2026-01-01T00:00:00Z"}))
    (deep / "torn.json.gz").write_bytes(b"\x1f\x8b\x08nothing")
    (deep / "other.json").write_text("[1]")
    explorer = TrailExplorer.of_folder(tmp_path)
    assert len(explorer.lines) == 4
    assert "other.json, torn.json.gz" in explorer._said.value


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(NotADirectoryError):
        TrailExplorer.of_folder(tmp_path / "nothing")


def test_a_cloud_s_record_is_read_as_cloudtrail_tells_it():
    with Cloud(seed=5) as cloud:
        kms = boto3.client("kms", region_name="us-east-1")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"patient": "4711"})
        explorer = TrailExplorer.of_record(cloud)
    explorer.ask("name=Encrypt about=4711")
    assert [line.what for line in explorer.lines] == [(f"key/{key}",)]
