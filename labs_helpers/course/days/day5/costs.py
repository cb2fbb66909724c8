"""The number of KMS calls for four ways to encrypt many objects.

The calls are real, and the trail is used to count them. The prices in data/prices_kms.json include their source page
and date.
"""

from __future__ import annotations

import json
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.days.day5.envelope import CachingHolder, KmsKey, encrypt
from labs_helpers.course.shown.charts import LineChart, line_chart
from labs_helpers.course.shown.progress_line import with_progress

if TYPE_CHECKING:
    from labs_helpers.course.lesson.day import Day

_MOST_AT_ONCE = 4_096
_KMS = "kms.amazonaws.com"
Way = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ways:
    """Four ways to encrypt `number` objects of `size` bytes, with one method each.

    `kms` and `s3` are clients with the necessary permissions; `bucket` uses SSE-KMS with a bucket key by default.
    """

    kms: Any
    s3: Any
    key: str
    bucket: str
    day: Day

    def direct(self, number: int, size: int) -> None:
        """Encrypt every byte with KMS, 4,096 bytes at a time."""
        for _ in range(number):
            for start in range(0, size, _MOST_AT_ONCE):
                self.kms.encrypt(KeyId=self.key, Plaintext=bytes(min(_MOST_AT_ONCE, size - start)))

    def envelope(self, number: int, size: int) -> None:
        """Use one data key per object."""
        for _ in range(number):
            encrypt(bytes(size), [KmsKey(self.kms, self.key)])

    def cached(self, number: int, size: int) -> None:
        """Use one data key for each group of up to fifty objects."""
        holder = CachingHolder(
            KmsKey(self.kms, self.key), self.day.clock.now, max_age=timedelta(minutes=5), max_messages=50
        )
        for _ in range(number):
            encrypt(bytes(size), [holder])

    def bucket_key(self, number: int, size: int) -> None:
        """Let S3 encrypt with a bucket key, which it reuses for a while."""
        self.day.clock.advance(minutes=6)  # so that no bucket key of an earlier measurement is used
        for count in range(number):
            self.s3.put_object(Bucket=self.bucket, Key=f"cost/{count}", Body=bytes(size))

    def by_name(self) -> Iterator[tuple[str, Way]]:
        """Yield the four ways with their names."""
        yield "KMS itself", self.direct
        yield "one envelope each", self.envelope
        yield "envelopes, cached", self.cached
        yield "S3 with a bucket key", self.bucket_key


def counted(ways: Ways, tries: Sequence[tuple[int, int]]) -> dict[str, list[int]]:
    """Return the number of KMS calls that the day's trail records for each way, by number and size of objects."""
    found: dict[str, list[int]] = {}
    measured = [(name, way, *each) for name, way in ways.by_name() for each in tries]
    begun: list[str] = []
    for _, way, number, size in with_progress(
        measured, lambda each: f"{each[0]}, {each[2]} × {each[3]:,} bytes"
    ):
        start = ways.day.clock.advance(seconds=1)  # so that each way's records have their own times
        begun.append(f"{start:%Y-%m-%dT%H:%M:%SZ}")
        way(number, size)
    calls = Counter(bisect(begun, each["eventTime"]) for each in ways.day.trail() if _is_kms_call(each))
    for number, (name, *_) in enumerate(measured, 1):
        found.setdefault(name, []).append(calls[number])
    return found


def _is_kms_call(record: Mapping[str, Any]) -> bool:
    return (record["eventSource"], record["eventType"]) == (_KMS, "AwsApiCall")


def by_number(ways: Ways, numbers: Sequence[int] = (1, 10, 100), size: int = 1_000) -> LineChart:
    """Return a chart that shows how the number of calls depends on the number of objects of the same size."""
    found = counted(ways, [(number, size) for number in numbers])
    return line_chart(f"KMS calls for records of {size:,} bytes", "records", "calls", numbers, found)


def by_size(
    ways: Ways, sizes: Sequence[int] = (1_000, 10_000, 50_000), objects: int = 1_000_000
) -> LineChart:
    """Return a chart of the cost of `objects` objects as a function of their size, extrapolated from fifty objects."""
    tried = 50
    price = prices()["requests_10000"] / 10_000
    found = {
        name: [calls * objects / tried * price for calls in counts]
        for name, counts in counted(ways, [(tried, size) for size in sizes]).items()
    }
    return line_chart(
        f"Cost of KMS requests for {objects:,} records", "bytes per record", "dollars", sizes, found
    )


def prices() -> dict[str, Any]:
    """Return KMS prices, with their source page and date."""
    content: dict[str, Any] = json.loads(data_path("prices_kms.json").read_text(encoding="utf-8"))
    return content
