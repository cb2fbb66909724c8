#!/usr/bin/env bash
# Installs the newest release of a package over the pinned one, runs the tests, and reports what broke. $1: boto3, moto,
# cryptography, or all. Run it in a separate environment: it changes the versions that are installed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

case "${1:-}" in
boto3) packages=(boto3 botocore s3transfer) ;;
moto) packages=(moto) ;;
cryptography) packages=(cryptography) ;;
all) packages=(boto3 botocore s3transfer moto cryptography) ;;
*)
    echo "usage: newest.sh boto3|moto|cryptography|all" >&2
    exit 2
    ;;
esac
summary="${GITHUB_STEP_SUMMARY:-/dev/null}"
python="${PYTHON:-python}"
report="$(mktemp -d)"
trap 'rm -rf "$report"' EXIT

versions() { "$python" -m pip list --format freeze | grep -E "^($(IFS='|'; echo "${packages[*]}"))==" | tr '\n' ' '; }

before="$(versions)"
# This ignores the upper bounds in pyproject.toml, because it tests newer releases. pip then prints a warning.
"$python" -m pip install --quiet --upgrade --upgrade-strategy only-if-needed "${packages[@]}" || exit 2
after="$(versions)"
echo "$before-> $after" | tee -a "$summary"
if [[ "$before" == "$after" && -z "${ALWAYS:-}" ]]; then
    echo "The pinned versions are the newest." | tee -a "$summary"
    exit 0
fi

LABS_PROGRESS="$report/progress.json" "$python" -m pytest ${TESTS:-tests} -q -n 2 --dist loadfile \
    -m "not browser and not slow" --junit-xml "$report/tests.xml" >"$report/output.txt" 2>&1
code=$?
tail -n 40 "$report/output.txt"
{
    echo "pytest ended with $code after $after"
    grep -E "^(FAILED|ERROR) " "$report/output.txt" | cut -c1-300 | head -n 100
} | tee -a "$summary"
exit "$code"
