"""A limit on a learner's function works with every implementation, and leaves nothing behind."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from labs_helpers.course.grading import time_limits
from labs_helpers.course.grading.time_limits import TimeUp, time_limit


def spin():
    count = 0
    while True:
        count += 1


def wait():
    while True:
        time.sleep(0.01)


WAYS = [
    pytest.param(
        time_limits._by_signal, marks=pytest.mark.skipif(sys.platform == "win32", reason="no alarms")
    ),
    pytest.param(
        time_limits._by_monitoring, marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="since 3.12")
    ),
    time_limits._by_tracing,
]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_holding_a_limit_stops_a_loop_and_leaves_nothing_behind(way):
    before = sys.gettrace()
    with pytest.raises(TimeUp), way(0.1):
        spin()
    assert sys.gettrace() is before
    for _ in range(100_000):
        pass
    with way(5):
        pass


@pytest.mark.parametrize("way", WAYS)
def test_time_that_other_processes_take_is_not_the_block_s(way):
    """On a busy machine, time passes as in a wait: the block doesn't compute in the meantime."""
    with way(0.2):
        time.sleep(0.4)
        sum(range(1000))


@pytest.mark.parametrize("way", WAYS)
def test_a_block_that_only_waits_is_stopped_as_well(way):
    with pytest.raises(TimeUp), way(0.02):
        wait()


def test_outside_the_main_thread_a_limit_holds_too():
    caught = []

    def run():
        try:
            with time_limit(0.1):
                spin()
        except TimeUp:
            caught.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert caught == [True]
