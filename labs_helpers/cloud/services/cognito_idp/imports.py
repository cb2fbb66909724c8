"""Users imported from a CSV file.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html
"""

from __future__ import annotations

import csv
import io
import secrets
import string
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.cognito_idp.calls import ours, page, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, error, not_found
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.state import UserPool, UserPools
from labs_helpers.cloud.services.cognito_idp.users import directory, sign_up

JOBS = 1_000
BUCKET = "aws-cognito-idp-user-import-"
_EXPIRES = timedelta(hours=24)
_LETTERS = string.ascii_letters + string.digits
_MFA, _NAME = "cognito:mfa_enabled", "cognito:username"


def header(pool: UserPool) -> list[str]:
    """The columns of the CSV file: every attribute but `sub`, then MFA and the user name."""
    standard = [name for name in pool.schema if name != "sub" and ":" not in name]
    custom = [name for name in pool.schema if ":" in name]
    return [*standard, *custom, _MFA, _NAME]


@ours("GetCSVHeader")
def get_csv_header(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetCSVHeader.html"""
    pool = pool_of(call)
    return {"UserPoolId": pool.id, "CSVHeader": header(pool)}


@ours("CreateUserImportJob")
def create_user_import_job(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserImportJob.html"""
    pool = pool_of(call)
    if call.parameters.get("PasswordHashingAlgorithm"):
        raise NotModelled("cognito-idp PasswordHashingAlgorithm: import of password hashes is not modelled")
    if len(pool.jobs) >= JOBS:
        raise above_limit(f"A user pool can have at most {JOBS} import jobs.")
    identifier = "import-" + "".join(secrets.choice(_LETTERS) for _ in range(10))
    bucket = f"{BUCKET}{pool.region}.s3.{pool.region}.amazonaws.com"
    pool.jobs[identifier] = {
        "JobName": call.parameters["JobName"], "JobId": identifier, "UserPoolId": pool.id,
        "PreSignedUrl": f"https://{bucket}/{pool.account}/{pool.id}/{identifier}?X-Amz-Signature={secrets.token_hex(32)}",
        "CreationDate": call.time, "Status": "Created", "ImportedUsers": 0, "SkippedUsers": 0, "FailedUsers": 0,
        "CloudWatchLogsRoleArn": call.parameters["CloudWatchLogsRoleArn"],
    }  # fmt: skip
    return {"UserImportJob": _shown(call, pool.jobs[identifier])}


def _shown(call: Call, job: dict[str, Any]) -> dict[str, Any]:
    if job["Status"] == "Created" and call.time >= job["CreationDate"] + _EXPIRES:
        job["Status"] = "Expired"
    return {name: value for name, value in job.items() if name != "file"}


def _job(call: Call, pool: UserPool) -> dict[str, Any]:
    job = pool.jobs.get(call.parameters["JobId"])
    if job is None:
        raise not_found(f"Import job {call.parameters['JobId']} does not exist.")
    _shown(call, job)
    return job


@ours("DescribeUserImportJob")
def describe_user_import_job(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserImportJob.html"""
    return {"UserImportJob": _shown(call, _job(call, pool_of(call)))}


@ours("ListUserImportJobs")
def list_user_import_jobs(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserImportJobs.html"""
    found = [_shown(call, job) for job in reversed(pool_of(call).jobs.values())]
    return page(call, found, "UserImportJobs", token="PaginationToken", most=50)


@ours("StartUserImportJob")
def start_user_import_job(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StartUserImportJob.html"""
    pool = pool_of(call)
    job = _job(call, pool)
    if job["Status"] != "Created":
        raise error("PreconditionNotMet", f"The job can't be started: its status is {job['Status']}.")
    if "file" not in job:
        raise error("PreconditionNotMet", "The CSV file has not been uploaded to the job's pre-signed URL.")
    if any(other["Status"] in ("Pending", "InProgress") for other in pool.jobs.values()):
        raise error("PreconditionNotMet", "Another import job of the user pool is in progress.")
    job["StartDate"] = call.time
    _run(call, pool, job)
    return {"UserImportJob": _shown(call, job) | {"Status": "Pending"}}


def upload(state: State, url: str, content: bytes) -> bool:
    """Put the CSV file of the job with this pre-signed URL; False if there is no such job."""
    for pool in state.part(UserPools).pools.values():
        for job in pool.jobs.values():
            if job["PreSignedUrl"] == url and job["Status"] == "Created":
                job["file"] = content
                return True
    return False


def _run(call: Call, pool: UserPool, job: dict[str, Any]) -> None:
    rows = csv.DictReader(io.StringIO(job["file"].decode("utf-8-sig", "replace")))
    if set(rows.fieldnames or ()) != set(header(pool)):
        job |= {"Status": "Failed", "CompletionDate": call.time, "CompletionMessage": "Invalid_CSV_header"}
        return
    for row in rows:
        job[_import(call, pool, row)] += 1
    job |= {"Status": "Succeeded", "CompletionDate": call.time, "CompletionMessage": "Import_Job_Completed"}


def _import(call: Call, pool: UserPool, row: dict[str, str]) -> str:
    """One row: a user who must reset the password first. Which counter it belongs to."""
    name = row.get(_NAME) or ""
    values = {key: (value or "").strip() for key, value in row.items() if key and key not in (_MFA, _NAME)}
    values = {
        key: value.lower() if key.endswith("_verified") else value for key, value in values.items() if value
    }
    try:
        user = sign_up.new_user(call, pool, name, values, "RESET_REQUIRED")
        if not name or row.get(_MFA, "").lower() not in ("true", "false"):
            return "FailedUsers"
        attribute_schema.check_values(pool, user.attributes, new=True)
        attribute_schema.check_required(pool, user.attributes)
        sign_up.refuse_existing(pool, user, name)
    except ServiceError as wrong:
        return "SkippedUsers" if wrong.code == "UsernameExistsException" else "FailedUsers"
    if not any(values.get(f"{contact}_verified") == "true" for contact in directory.CONTACTS):
        return "FailedUsers"
    if row[_MFA].lower() == "true" and values.get("phone_number"):
        user.mfa.append("SMS_MFA")
    directory.add(pool, user)
    return "ImportedUsers"


@ours("StopUserImportJob")
def stop_user_import_job(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StopUserImportJob.html"""
    job = _job(call, pool_of(call))
    if job["Status"] not in ("Pending", "InProgress"):
        raise error("PreconditionNotMet", f"The job can't be stopped: its status is {job['Status']}.")
    job["Status"] = "Stopped"
    return {"UserImportJob": _shown(call, job)}
