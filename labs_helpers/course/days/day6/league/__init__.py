"""The league: learners attack each other's companies, which are exchanged as files.

The parts, in order from the files to the table:

- A *company file* is a design as data with its SHA-256 (`company_file`).
- A *foothold* is where an attack begins: an actor, an address, a budget of calls, and hints that cost calls. A *flag*
is what can be taken: a secret's value, a key's plaintext, an object, administrator permissions, or a trail that was
turned off unnoticed. The footholds, the flags, and what the robots try are data in data/day6/league.json
(`league_rules`).
- `planting` puts the flags into a built company, and states which were taken.
- An *attack log* has the calls of a foothold's sessions, as data (`attack_log`). `recording` writes the log while a
learner attacks with boto3, and `replay` makes the calls again in a new cloud, because only a replay proves a capture.
- `robots` attack every company in the same way: 40 campaigns, and a search from each foothold.
- `judging` returns a company's result, and `opened` is what `day.league` returns.

The processes and the table of `python -m labs_helpers league` are in labs_helpers.course.handed_in.
"""

from __future__ import annotations
