#!/usr/bin/env bash
# Tests the tables in $TABLES (one per line). With $BEFORE, a git revision, it proves for each table what the change newly
# allows; with $TRAIL, it shows which calls of the last 30 days the SCPs would have denied. $JUNIT is a file to write the
# results to. The exit code is that of the worst table: 0, 1 (failed), or 2 (a file isn't valid). Any CI system can run
# this script; action.yml is its form for GitHub.
set -uo pipefail

worst=0
summary="${GITHUB_STEP_SUMMARY:-/dev/null}"

# Run test-policies, show what it prints, and remember the worst exit code.
check() {
    local output code
    output="$(python -m labs_helpers test-policies "$@" 2>&1)"
    code=$?
    printf '%s\n' "$output"
    printf '```text\n%s\n```\n' "$output" >>"$summary"
    if ((code > worst)); then worst=$code; fi
}

tables=()
while IFS= read -r line; do
    if [[ -n "${line// /}" ]]; then tables+=("$line"); fi
done <<<"${TABLES:-}"
if ((${#tables[@]} == 0)); then
    echo "error: TABLES names no table" >&2
    exit 2
fi

check ${JUNIT:+--junit "$JUNIT"} "${tables[@]}"

files=()
for table in "${tables[@]}"; do
    if [[ -d "$table" ]]; then
        for file in "$table"/*.yaml "$table"/*.yml; do if [[ -e "$file" ]]; then files+=("$file"); fi; done
    else
        files+=("$table")
    fi
done

if [[ -n "${BEFORE:-}" ]]; then
    # A table names folders of policies, so the whole revision is needed, not only the table.
    earlier="$(mktemp -d)"
    trap 'git worktree remove --force "$earlier" 2>/dev/null; rm -rf "$earlier"' EXIT
    if ! git worktree add --quiet --detach "$earlier" "$BEFORE"; then
        echo "error: git has no revision $BEFORE here: check out more than one commit (fetch-depth: 0)" >&2
        exit 2
    fi
    for file in "${files[@]}"; do
        if [[ -e "$earlier/$file" ]]; then check --against "$earlier/$file" "$file"; else echo "$file is new"; fi
    done
fi

if [[ -n "${TRAIL:-}" ]]; then
    for file in "${files[@]}"; do check --replay "$TRAIL" "$file"; done
fi

exit "$worst"
