"""The build as a shell script with AWS CLI commands, in a safe order.

The commands are not maintained separately: the builder in `build.py` runs with clients that only record calls. Values
that AWS will return (IDs, ARNs) are symbols, and the script has a variable wherever a later call contains a symbol.
https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html (--cli-input-json)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.course.days.day6.blueprint import MANAGEMENT, Blueprint
from labs_helpers.course.days.day6.build import build
from labs_helpers.course.days.day6.company import PLATFORM, Company
from labs_helpers.course.shown.counted import counted

_TOKEN = re.compile(r"@@(\w+)@@")
_IMAGE = re.compile(r'"ImageId": "ami-[0-9a-f]+"')
_EMAIL = re.compile(r'"Email": "([\w-]+)@[\w.-]+"')
_SERVICES = {"s3": "s3api"}
_ALREADY = {"enable_policy_type": "PolicyTypeAlreadyEnabledException"}
"""Errors that can be ignored when the script is run in an existing organization."""


class Symbol(str):
    """A placeholder for a value in a future response.

    Its members, such as `answer["Key"]`, are symbols as well.
    """

    __slots__ = ("call", "path")
    call: _Call | None
    path: str

    def __new__(cls, text: str, call: _Call | None = None, path: str = "") -> Symbol:
        """Return a symbol with a string; `call` and `path` identify the member that it is a placeholder for."""
        made = super().__new__(cls, text)
        made.call, made.path = call, path
        return made

    def __getitem__(self, step: Any) -> Any:
        assert self.call is not None, f"{self} has no members"
        return self.call.member(f"{self.path}[{step}]" if isinstance(step, int) else f"{self.path}.{step}")


@dataclass(slots=True)
class _Call:
    """One command. `wanted` are variables by the path of the response member that they take."""

    number: int
    account: str
    service: str
    operation: str
    parameters: dict[str, Any]
    part: str
    wanted: dict[str, str] = field(default_factory=dict)

    def member(self, path: str) -> Symbol:
        """Return the symbol for a member of the response. The script assigns it only if a later call uses it."""
        variable = f"v{self.number}_{re.sub(r'[^A-Za-z0-9]+', '_', path).strip('_').lower()}"
        self.wanted[path] = variable
        return Symbol(f"@@{variable}@@", self, path)


class _Client:
    """A client that records calls instead of making them."""

    def __init__(self, company: _RecordedCompany, service: str, account: str) -> None:
        self._company, self._service, self._account = company, service, account

    def __getattr__(self, operation: str) -> Any:
        def take_down(**parameters: Any) -> Symbol:
            """Record the call, and return the symbol of its response."""
            call = self._company.take(self._account, self._service, operation, parameters)
            return Symbol("", call)

        return take_down


class _Center:
    """The Identity Center instance, which the script looks up: only the console enables it for an organization."""

    instance_arn, identity_store_id = Symbol("@@INSTANCE@@"), Symbol("@@STORE@@")
    start_url = "https://d-0000000000.awsapps.com/start"


class _NoCloud:
    """A replacement for a cloud, which makes no calls."""

    home = Symbol("@@MANAGEMENT@@")

    def identity_center(self, region: str) -> _Center:
        """Return the placeholder of the Identity Center instance."""
        return _Center()


class _RecordedCompany(Company):
    """A company whose calls are only recorded."""

    def __init__(self) -> None:
        super().__init__(_NoCloud())  # type: ignore[arg-type]  # it has the members that the builder uses
        self.calls: list[_Call] = []
        self.part = ""

    def client(self, service: str, account: str = MANAGEMENT, region: str | None = None) -> Any:
        """Return a client that records its calls."""
        return _Client(self, service, account)

    def take(self, account: str, service: str, operation: str, parameters: dict[str, Any]) -> _Call:
        """Record a call."""
        call = _Call(len(self.calls) + 1, account, service, operation, parameters, self.part)
        self.calls.append(call)
        return call

    def told(self, number: int, of: int, part: str) -> None:
        """Record the part whose calls come next."""
        self.part = part


def commands(blueprint: Blueprint) -> str:
    """Return the script, which asks for confirmation first. With DRY_RUN=1, it only prints what it would do."""
    company = _RecordedCompany()
    build(None, blueprint, company=company, told=company.told)  # type: ignore[arg-type]  # no cloud is touched
    needed = set(_TOKEN.findall(json.dumps([call.parameters for call in company.calls], default=_as_text)))
    needed |= set(_TOKEN.findall(json.dumps([company.known, list(company.ids.values())])))
    lines = list(_lines(company, needed))
    parts = {
        "title": blueprint.title, "home": blueprint.home, "platform": PLATFORM, "total": str(len(company.calls)),
        "costs": "\n".join(f"#   {line}" for line in costs(blueprint)), "built": _built(company),
    }  # fmt: skip
    script = _SCRIPT.replace("%body%", "\n".join(lines))
    for name, text in parts.items():
        script = script.replace(f"%{name}%", text)
    return script


def costs(blueprint: Blueprint) -> list[str]:
    """Return AWS's charges for the blueprint, as of November 2026, with links to the price pages."""
    faqs = "https://aws.amazon.com/organizations/faqs/, https://aws.amazon.com/iam/identity-center/faqs/"
    lines = [f"AWS Organizations and IAM Identity Center: no charge ({faqs})"]
    if blueprint.keys:
        lines.append(
            f"{counted(len(blueprint.keys), 'KMS key')}: charged per key per month, and per request (https://aws.amazon.com/kms/pricing/)"
        )
    if blueprint.trails:
        told = "the first copy of management events is free; data events and additional copies are not"
        lines.append(
            f"{counted(len(blueprint.trails), 'trail')}: {told} (https://aws.amazon.com/cloudtrail/pricing/)"
        )
    lines.append(
        f"{counted(len(blueprint.buckets), 'bucket')}: charged for stored data, and per request (https://aws.amazon.com/s3/pricing/)"
    )
    lines.append(
        "Cognito: charged per monthly active user, with a free tier (https://aws.amazon.com/cognito/pricing/)"
    )
    instances = [role.name for role in blueprint.roles if "ec2.amazonaws.com" in json.dumps(role.trust)]
    if instances:
        lines.append(
            f"{counted(len(instances), 'EC2 instance')} (t3.micro), with volume and public IPv4 address: "
            "charged by time used (https://aws.amazon.com/ec2/pricing/, https://aws.amazon.com/ebs/pricing/, https://aws.amazon.com/vpc/pricing/)"
        )
    return lines


def _lines(company: _RecordedCompany, needed: set[str]) -> Iterator[str]:
    entered, part = {MANAGEMENT}, ""
    for call in company.calls:
        if call.part != part:
            part = call.part
            yield f"\nstep {call.number} {_quoted(part)}"
        if call.account not in entered:
            entered.add(call.account)
            yield f"enter {call.account} {_words(company.known[call.account])}"
        yield from _command(call, {path: name for path, name in call.wanted.items() if name in needed})


def _command(call: _Call, wanted: dict[str, str]) -> Iterator[str]:
    if call.operation == "create_organization":
        yield "v1_organization_id=$(organization)"
        return
    if call.operation == "describe_create_account_status":
        request = _words(call.parameters["CreateAccountRequestId"])
        yield f"{wanted['.CreateAccountStatus.AccountId']}=$(account_made {request})"
        return
    name = f"{_SERVICES.get(call.service, call.service)} {call.operation.replace('_', '-')}"
    if call.operation == "create_access_key":
        user = call.parameters["UserName"]
        yield f"call {call.account} {name} '' > \"$OUT/access-key-{user}.json\" <<END\n{_json(call)}\nEND"
        return
    if call.operation == "put_object":
        yield from _object_commands(call)
        return
    already = _ALREADY.get(call.operation, "")
    query = _query(wanted)
    shown = f"call {call.account} {name} {_quoted(query)}" + (f" {already}" if already else "")
    heredoc = f"<<END\n{_json(call)}\nEND"
    if not wanted:
        yield f'{shown} > "$OUT/last" {heredoc}'
    elif len(wanted) == 1:
        yield f"{next(iter(wanted.values()))}=$({shown} {heredoc}\n)"
    else:
        yield f'answer=$({shown} {heredoc}\n)\nread -r {" ".join(wanted.values())} <<< "$answer"'


def _query(wanted: dict[str, str]) -> str:
    paths = [path.lstrip(".") for path in wanted]
    return paths[0] if len(paths) == 1 else f"[{','.join(paths)}]" if paths else ""


def _object_commands(call: _Call) -> Iterator[str]:
    """Yield the commands for an object, whose body is read from a file because --cli-input-json can't contain it."""
    given = dict(call.parameters)
    body = given.pop("Body").decode()
    yield f"body {_quoted(body)}"
    bare = _Call(call.number, call.account, call.service, call.operation, given, call.part)
    yield f"BODY=1 call {call.account} s3api put-object '' > \"$OUT/last\" <<END\n{_json(bare)}\nEND"


def _json(call: _Call) -> str:
    """Return the parameters for a here-document that expands only the script's variables."""
    text = json.dumps(call.parameters, indent=2, default=_as_text)
    text = re.sub(r"[\\$`]", lambda sign: "\\" + sign[0], text)
    text = _IMAGE.sub('"ImageId": "${IMAGE}"', text)
    text = _EMAIL.sub(r'"Email": "${MAIL_USER}+\1@${MAIL_DOMAIN}"', text)
    return _variables(text)


def _as_text(value: Any) -> str:
    assert isinstance(value, bytes), f"{type(value)} in a call's parameters"
    return value.decode()


def _variables(text: str) -> str:
    return _TOKEN.sub(r"${\1}", text)


def _words(text: str) -> str:
    return f'"{_variables(text)}"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _built(company: _RecordedCompany) -> str:
    """Return AWS's names and IDs of everything built, as JSON."""
    ids = {f"{section}:{name}": value for (section, name), value in company.ids.items()}
    return _variables(json.dumps({"known": company.known, "ids": ids}, indent=1))


_SCRIPT = r"""#!/usr/bin/env bash
# %title%: builds the organization with %total% commands.
#
# Run it as an administrator of an account that is, or will be, the management account of an organization. Never run it
# where people already work. It creates accounts, and you can't delete an account at once: closing one takes 90 days.
#   DRY_RUN=1   shows every command and runs none             YES=1   doesn't ask
#   MAIL_USER, MAIL_DOMAIN   the root users' addresses are MAIL_USER+NAME@MAIL_DOMAIN, where you receive mail
#   IMAGE       the image of the instance                     OUT     the folder for the answers and access keys
#   PAUSE       seconds before a call is retried, because IAM's changes take a moment to propagate
#
# What it costs:
%costs%
#
# Enable IAM Identity Center in %home% first: for an organization, only the console can do that.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/get-set-up-for-idc.html
set -euo pipefail
umask 077
DRY_RUN=${DRY_RUN:-} YES=${YES:-} PAUSE=${PAUSE:-5} OUT=${OUT:-answers}
HOME_REGION='%home%'
IMAGE=${IMAGE:-resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}
MAIL_USER=${MAIL_USER:-aws} MAIL_DOMAIN=${MAIL_DOMAIN:-}
TOTAL=%total%

if [ -n "$DRY_RUN" ]; then OUT=$(mktemp -d)
elif [ -e "$OUT" ]; then echo "$OUT already exists: move it, or choose another folder with OUT." >&2; exit 1; fi
mkdir -p "$OUT"
BEGUN=''
trap 'if [ -z "$BEGUN" ]; then rm -rf "$OUT"; fi' EXIT  # leave nothing behind if nothing was begun

step() { echo "[$1/$TOTAL] $2" >&2; }

# enter NAME ID: assume the platform's role in a member account.
enter() {
  local keys=''
  if [ -z "$DRY_RUN" ]; then
    keys=$(try sts assume-role --role-arn "arn:aws:iam::$2:role/%platform%" --role-session-name platform \
      --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
  fi
  printf -v "keys_$1" '%s' "$keys"
}

# try ARGUMENT…: the AWS CLI, up to five times.
try() {
  local attempt
  for attempt in 1 2 3 4 5; do
    if aws --region "$HOME_REGION" "$@" 2> "$OUT/error"; then return 0; fi
    if [ -n "${ALREADY:-}" ] && grep -q "$ALREADY" "$OUT/error"; then return 0; fi
    [ "$attempt" = 5 ] || sleep "$PAUSE"
  done
  cat "$OUT/error" >&2
  return 1
}

# call ACCOUNT SERVICE OPERATION QUERY [ERROR]: parameters as JSON on standard input; ERROR is treated as success.
call() {
  local input keys="keys_$1" ALREADY=${5:-}
  input=$(cat)
  if [ -n "$DRY_RUN" ]; then
    printf 'aws %s %s   # in %s\n%s\n' "$2" "$3" "$1" "$input" >&2
    printf '<%s>\n' "$3"
    return
  fi
  local -a more=(--cli-input-json "$input")
  if [ -n "$4" ]; then more+=(--query "$4" --output text); else more+=(--output json); fi
  if [ -n "${BODY:-}" ]; then more+=(--body "$OUT/body"); fi
  if [ "$1" = management ]; then
    try "$2" "$3" "${more[@]}"
  else
    local id secret token
    read -r id secret token <<< "${!keys}"
    AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token try "$2" "$3" "${more[@]}"
  fi
}

body() { printf '%s' "$1" > "$OUT/body"; }

# Print the organization's ID; create the organization if necessary.
organization() {
  if [ -n "$DRY_RUN" ]; then
    echo 'aws organizations create-organization --feature-set ALL' >&2
    echo '<organization>'
    return
  fi
  aws organizations describe-organization --query Organization.Id --output text 2> "$OUT/error" ||
    try organizations create-organization --feature-set ALL --query Organization.Id --output text
}

# account_made REQUEST: wait for a requested account, and print its ID.
account_made() {
  if [ -n "$DRY_RUN" ]; then echo '<account>'; return; fi
  local state
  while true; do
    state=$(try organizations describe-create-account-status --create-account-request-id "$1" \
      --query CreateAccountStatus.State --output text)
    case $state in
      SUCCEEDED) break ;;
      FAILED)
        echo 'The account could not be created: MAIL_USER and MAIL_DOMAIN must give addresses that you own.' >&2
        return 1
        ;;
    esac
    sleep "$PAUSE"
  done
  try organizations describe-create-account-status --create-account-request-id "$1" \
    --query CreateAccountStatus.AccountId --output text
}

if [ -n "$DRY_RUN" ]; then
  MANAGEMENT='<management>' INSTANCE='<instance>' STORE='<identity store>' MAIL_DOMAIN=${MAIL_DOMAIN:-example.com}
else
  if [ -z "$MAIL_DOMAIN" ]; then
    echo 'Set MAIL_DOMAIN: the domain where the root users of the accounts receive mail.' >&2
    exit 1
  fi
  MANAGEMENT=$(try sts get-caller-identity --query Account --output text)
  INSTANCE=$(try sso-admin list-instances --query 'Instances[0].InstanceArn' --output text)
  STORE=$(try sso-admin list-instances --query 'Instances[0].IdentityStoreId' --output text)
  if [ "$INSTANCE" = None ]; then echo 'Enable IAM Identity Center in the console first.' >&2; exit 1; fi
  if [ -z "$YES" ]; then
    echo "This builds an organization under the account $MANAGEMENT, and costs money (see the top of this file)." >&2
    read -r -p 'Type yes to continue: ' answer
    [ "$answer" = yes ] || exit 1
  fi
  BEGUN=1
fi
%body%

if [ -n "$DRY_RUN" ]; then echo 'This was a dry run: no command was run.' >&2; exit; fi
cat > "$OUT/built.json" <<END
%built%
END
echo "Done. The names and IDs that AWS assigned are in $OUT/built.json." >&2
"""
