"""Compare our ValidatePolicy with AWS's: `python -m tests.cloud.services.accessanalyzer.against_aws FOLDER`.

FOLDER contains `policies/<name>` (the output of `aws iam get-policy-version` for each AWS managed policy) and
`findings/<name>.json` (the output of `aws accessanalyzer validate-policy` for those that have findings), as the public
repository zoph-io/MAMIP updates them daily. Findings are compared by policy and code. Deprecated policies
(`DEPRECATED.json`) are left out, and those above 50,000 characters, which AWS's answers lack.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from labs_helpers.engine.analysis.validation import validate

_LONGEST = 50_000


def main(folder: Path) -> None:
    """Print precision and recall, and the codes that differ, with AWS's types of findings."""
    gone = json.loads((folder / "DEPRECATED.json").read_text())
    theirs: Counter[tuple[str, str]] = Counter()
    ours: Counter[tuple[str, str]] = Counter()
    types: dict[str, str] = {}
    compared = 0
    for path in sorted((folder / "policies").iterdir()):
        try:
            text = json.dumps(json.loads(path.read_text())["PolicyVersion"]["Document"])
        except ValueError:
            continue
        if path.name in gone or len(text) > _LONGEST:
            continue
        compared += 1
        found = folder / "findings" / f"{path.name}.json"
        for each in json.loads(found.read_text()) if found.exists() else ():
            theirs[path.name, each["issueCode"]] += 1
            types[each["issueCode"]] = each["findingType"]
        ours.update((path.name, each.code) for each in validate(text, "IDENTITY_POLICY"))
    both, missed, extra = (theirs & ours).total(), theirs - ours, ours - theirs
    print(f"{compared} policies, {theirs.total()} findings of AWS's, {both} of them ours as well")
    print(f"precision {both / ours.total():.3f}, recall {both / theirs.total():.3f}")
    for title, difference in (("missed", missed), ("not AWS's", extra)):
        for (policy, code), count in sorted(difference.items(), key=lambda each: each[0][::-1]):
            print(f"{title}: {code} ({types.get(code, 'never AWS')}) × {count} in {policy}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
