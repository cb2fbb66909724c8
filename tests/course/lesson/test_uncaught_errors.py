"""Uncaught AWS errors in a notebook: one line and a card; the cell fails as before; elsewhere nothing changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from labs_helpers.course.lesson import uncaught_errors
from labs_helpers.course.lesson.common_mistakes import advice

IPython = pytest.importorskip("IPython")  # it comes with JupyterLab, a dependency of the course

_ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def one_cloud() -> Iterator[Cloud]:
    with Cloud(seed=7) as cloud:
        yield cloud


@pytest.fixture
def cloud(one_cloud: Cloud) -> Cloud:
    """A cloud with a bucket, and with a user alice who has no permissions."""
    one_cloud.reset()
    iam = boto3.client("iam")
    iam.create_user(UserName="alice")
    one_cloud.profile("alice", iam.create_access_key(UserName="alice")["AccessKey"])
    boto3.client("s3").create_bucket(Bucket="payroll")
    return one_cloud


@pytest.fixture
def shell(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from IPython.core.interactiveshell import InteractiveShell

    # A shell puts a module of its own in the place of the program's, and leaves it there.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    shell = InteractiveShell.instance(colors="nocolor")
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    shell.tracebacks = []
    monkeypatch.setattr(
        shell, "_showtraceback", lambda kind, error, lines: shell.tracebacks.append("\n".join(lines))
    )
    uncaught_errors.install(cloud)
    shell.user_ns["alice"] = boto3.Session(profile_name="alice")
    yield shell
    uncaught_errors.uninstall()
    InteractiveShell.clear_instance()


def run(shell: Any, code: str) -> tuple[Any, list[dict[str, Any]]]:
    """Run a cell, and return its result and the data that it displayed."""
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        result = shell.run_cell(code)
    return result, [output.data for output in captured.outputs]


DENIED = "s3 = alice.client('s3')\n\ns3.list_objects_v2(Bucket='payroll')"


def test_while_an_exercise_is_open_the_card_folds_the_cure(shell, cloud):
    uncaught_errors.install(cloud, lambda: True)
    _, shown = run(shell, DENIED)
    (card,) = shown
    assert '<details class="fold cure">' in card["text/html"]
    assert "Any one of these" not in card["text/plain"]
    assert "This is enough" not in card["text/plain"]


def test_a_denial_shows_one_line_and_a_card_and_the_cell_fails(shell):
    result, shown = run(shell, DENIED)
    assert isinstance(result.error_in_exec, ClientError)
    assert not result.success
    (traceback,) = shell.tracebacks
    first, second = traceback.split("\n")
    assert first == "line 3: s3.list_objects_v2(Bucket='payroll')"
    assert (
        "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: User: arn:aws:iam"
        in second
    )
    (card,) = shown
    assert "s3:ListBucket" in card["text/plain"]
    assert "What would have to change" in card["text/html"]


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("alice.client('iam').list_users()", "iam:ListUsers"),  # query
        (
            "alice.client('s3').head_bucket(Bucket='payroll')",
            "s3:ListBucket",
        ),  # rest-xml, and HEAD has no body
        ("alice.client('organizations').list_accounts()", "organizations:ListAccounts"),  # json
    ],
)
def test_the_card_is_found_in_every_protocol(shell, code, action):
    _, (card,) = run(shell, code)
    assert action in card["text/plain"]


def test_the_card_is_that_of_the_error_and_not_of_a_later_refusal(shell):
    code = """
from botocore.exceptions import ClientError
try:
    alice.client('iam').list_users()
except ClientError as error:
    first = error
try:
    alice.client('iam').list_roles()
except ClientError:
    pass
raise first
"""
    _, (card,) = run(shell, code)
    assert "iam:ListUsers" in card["text/plain"]


def test_an_error_in_a_function_names_the_innermost_line_of_a_cell(shell):
    run(shell, "def read(s3):\n    return s3.list_objects_v2(Bucket='payroll')")
    run(shell, "read(alice.client('s3'))")
    assert shell.tracebacks[0].startswith("line 2: return s3.list_objects_v2")


def test_other_errors_of_aws_are_short_and_have_no_card(shell):
    result, shown = run(shell, "import boto3\nboto3.client('iam').get_user(UserName='nobody')")
    assert result.error_in_exec is not None
    assert shown == []
    assert "NoSuchEntity" in shell.tracebacks[0]
    assert shell.tracebacks[0].count("\n") == 1


MISTAKES = [
    (
        "alice.client('iam').create_policy(PolicyName='p', PolicyDocument={'Version': '2012-10-17', 'Statement': []})",
        "PolicyDocument must be JSON text, not a dict.",
        "Pass PolicyDocument=json.dumps(…), after import json.",
    ),
    (
        "alice.client('s3').get_object(Buket='payroll', Key='a')",
        'This call has no parameter "Buket".',
        'Did you mean "Bucket"? Parameters: Bucket, ',
    ),
    (
        "alice.client('s3').get_object(Bucket='payroll')",
        'The parameter "Key" is missing.',
        "Add Key=….",
    ),
    (
        "boto3.Session(profile_name='alica')",
        'There is no profile "alica".',
        'Did you mean "alice"? Profiles: ',
    ),
    (
        "boto3.client('elasticache', region_name='us-east-1').describe_cache_clusters()",
        "This cloud has no service elasticache.",
        "Services: accessanalyzer, ",
    ),
    (
        "boto3.client('s4')",
        "This cloud has no service s4.",
        'Did you mean "s3"? Services: ',
    ),
]


@pytest.mark.parametrize(("code", "what", "do"), MISTAKES)
def test_a_mistake_is_three_lines_that_say_what_to_do(shell, code, what, do):
    result, shown = run(shell, f"import boto3\n{code}")
    assert not result.success
    (traceback,) = shell.tracebacks
    first, second, third = traceback.split("\n")
    assert first.startswith("line 2: ")
    assert second == what
    assert third.startswith(do)
    assert "labs_helpers/" not in traceback
    assert shown == []


def _puts(service: str, action: str = "s3:GetObject") -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action}
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": {**statement, "Resource": "arn:aws:s3:::payroll/*"}}
    )
    return f"import boto3\nboto3.client('s3').put_bucket_policy(Bucket='payroll', Policy={document!r})"


def test_a_refused_policy_says_aws_words_and_which_service_was_meant(shell):
    result, shown = run(shell, _puts("lamda.amazonaws.com"))
    assert not result.success
    (traceback,) = shell.tracebacks
    _, said, meant = traceback.split("\n")
    assert said.endswith("when calling the PutBucketPolicy operation: Invalid principal in policy")
    assert meant == "There is no AWS service `lamda.amazonaws.com`. Did you mean `lambda.amazonaws.com`?"
    assert shown == []


@pytest.mark.parametrize("principal", ["lamda.amazonaws.com", "111122223333.example"])
def test_a_functions_principal_that_there_is_not_is_told_as_well(shell, cloud, principal):
    error = ClientError(
        {
            "Error": {
                "Code": "InvalidParameterValueException",
                "Message": "The provided principal was invalid.",
            }
        },
        "x",
    )
    assert advice(error, cloud) is None
    with pytest.raises(ClientError) as refused:
        boto3.client("lambda", region_name="us-east-1").add_permission(
            FunctionName="greet", StatementId="one", Action="lambda:InvokeFunction", Principal=principal
        )
    assert advice(refused.value, cloud).do.startswith(f"There is no AWS service `{principal}`.")


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", "lamda.amazonaws.com"])
def test_a_policy_that_is_refused_for_something_else_is_shown_as_it_was(shell, service):
    if service == "lambda.amazonaws.com":
        run(shell, _puts(service, "s3:GetObjects"))
    else:
        run(shell, _puts(service).replace("boto3.client('s3')", "alice.client('s3')"))
    (traceback,) = shell.tracebacks
    assert "No AWS service" not in traceback


def test_a_cell_that_is_run_in_the_wrong_order_says_so_in_two_lines(shell, cloud):
    day = "from labs_helpers.course.lesson.demos import DemoError\n"
    for code, said in (
        (
            f"{day}raise DemoError('loot: expected works')",
            "DemoError: loot: expected works",
        ),
        ("stolen = None\ncloud.profile('thief', stolen)", "no keys were passed; pass the keys"),
    ):
        shell.user_ns["cloud"] = cloud
        result, _ = run(shell, code)
        assert not result.success
        first, second = shell.tracebacks[-1].split("\n")
        assert first.startswith("line 2: ")
        assert said in second


@pytest.mark.parametrize(
    ("service", "call"), [("s3", "list_buckets"), ("iam", "list_users"), ("dynamodb", "list_tables")]
)
def test_a_session_from_before_a_reset_says_to_make_it_again(shell, cloud, service, call):
    """It makes no difference whether the session had already read its keys before the reset."""
    run(
        shell, "import boto3\nunused = boto3.Session(profile_name='alice')\nalice.client('s3').list_buckets()"
    )
    cloud.reset()
    for session in ("alice", "unused"):
        run(shell, f"{session}.client('{service}', region_name='us-east-1').{call}()")
        _, second, third = shell.tracebacks[-1].split("\n")
        assert second.startswith("No one in this cloud has these keys: the session is from before a reset")
        assert third.startswith(
            'Create a new session, for example boto3.Session(profile_name="…"). Profiles: default'
        )


def test_an_old_refusal_is_not_shown_for_an_error_of_another_kind(shell):
    run(shell, DENIED)
    _, shown = run(shell, "import boto3\nboto3.client('s3').list_objects_v2(Bucket='nowhere-at-all')")
    assert shown == []


def test_errors_that_are_not_of_aws_look_as_before(shell):
    result, _ = run(shell, "1 / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "Traceback" in shell.tracebacks[0]


def test_a_caught_denial_shows_nothing(shell):
    code = """
from botocore.exceptions import ClientError
try:
    alice.client('iam').list_users()
except ClientError:
    pass
"""
    result, shown = run(shell, code)
    assert result.success
    assert shown == []


def test_html_in_a_users_name_shows_as_text(shell, cloud):
    image = "<img src=x onerror=alert(1)>"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket",
              "Resource": "arn:aws:s3:::payroll", "Sid": image}]}  # fmt: skip
    boto3.client("s3").put_bucket_policy(Bucket="payroll", Policy=json.dumps(policy))
    _, (card,) = run(shell, DENIED)
    assert "<img" not in card["text/html"]
    assert "&lt;img src=x onerror=alert(1)&gt;" in card["text/html"]


def test_installing_twice_takes_the_new_cloud_and_uninstalling_twice_is_harmless(shell, cloud):
    uncaught_errors.install(cloud)
    _, shown = run(shell, DENIED)
    assert len(shown) == 1
    uncaught_errors.uninstall()
    uncaught_errors.uninstall()
    assert shell.custom_exceptions == ()


def test_a_handler_of_somebody_else_stays(shell, cloud):
    uncaught_errors.uninstall()
    shell.set_custom_exc((KeyError,), lambda *_, **__: None)
    uncaught_errors.install(cloud)
    uncaught_errors.uninstall()
    assert shell.custom_exceptions == (KeyError,)


def test_a_cloud_that_was_stopped_is_harmless(shell, cloud):
    """The cloud's record still exists. An error of a call that isn't in the record has no card."""
    shell.user_ns["error"] = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")
    _, shown = run(shell, "raise error")
    assert shown == []
    assert len(shell.tracebacks) == 1


def test_a_refusal_of_a_call_that_a_service_made_is_found_from_the_outer_error():
    """S3 calls KMS on the caller's behalf, and a denial by KMS fails the caller's own call."""
    common = {
        "error_code": "AccessDenied",
        "error_message": "User: alice is not authorized",
        "operation": "GetObject",
        "service": "s3",
    }
    inner = SimpleNamespace(
        **common, request_id="inner", refusals=("the refusal",), via_service="s3.amazonaws.com"
    )
    outer = SimpleNamespace(**common, request_id="outer", refusals=(), via_service=None)
    response = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"RequestId": "outer"}}
    cloud = SimpleNamespace(record=[inner, outer])
    assert uncaught_errors.find_refusal(cloud, ClientError(response, "GetObject")) == "the refusal"
    response["ResponseMetadata"]["RequestId"] = "unknown"
    assert uncaught_errors.find_refusal(cloud, ClientError(response, "GetObject")) is None
    del response["ResponseMetadata"]
    assert uncaught_errors.find_refusal(cloud, ClientError(response, "GetObject")) == "the refusal"


def test_a_denial_by_kms_is_found_although_secrets_manager_words_it_itself(cloud):
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    boto3.client("secretsmanager").create_secret(Name="db", SecretString="x", KmsKeyId=key)
    boto3.client("iam").put_user_policy(
        UserName="alice",
        PolicyName="Read",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
            }
        ),
    )
    with pytest.raises(ClientError, match="Access to KMS is not allowed") as denied:
        boto3.Session(profile_name="alice").client("secretsmanager").get_secret_value(SecretId="db")
    refusal = uncaught_errors.find_refusal(cloud, denied.value)
    assert (refusal.request.action, refusal.request.resource) == ("kms:Decrypt", key)


def test_outside_notebooks_nothing_is_installed(cloud):
    uncaught_errors.install(cloud)
    shell = sys.modules["IPython"].get_ipython()
    assert shell is None or shell.custom_exceptions == ()


_NOTEBOOK = (
    """
import boto3
from labs_helpers.cloud import Cloud
from labs_helpers.course.lesson import uncaught_errors
cloud = Cloud(seed=1).start()
uncaught_errors.install(cloud)
iam = boto3.client("iam")
iam.create_user(UserName="a")
s = cloud.profile("a", iam.create_access_key(UserName="a")["AccessKey"])
""",
    "s.client('iam').list_users()",
)


@pytest.fixture
def notebook() -> Any:
    nbformat = pytest.importorskip("nbformat")
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [nbformat.v4.new_code_cell(code) for code in _NOTEBOOK]
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def test_a_notebook_with_a_denial_still_fails_and_shows_the_card(notebook):
    """Through a real kernel: the cell's outputs are an error, and then the card."""
    nbclient = pytest.importorskip("nbclient")
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(_ROOT)}})
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="AccessDenied"):
        client.execute()
    outputs = notebook.cells[1].outputs
    assert [output.output_type for output in outputs] == ["error", "display_data"]
    assert outputs[0].ename == "ClientError"
    assert len(outputs[0].traceback) == 2
    assert "iam:ListUsers" in outputs[1].data["text/plain"]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("tags", "failed"), [([], 1), (["raises-exception"], 0)])
def test_nbval_sees_the_denial(notebook, tags, failed, tmp_path):
    """nbval fails a cell with an uncaught denial, unless it is tagged as one that raises."""
    pytest.importorskip("nbval")
    notebook.cells[1].metadata["tags"] = tags
    file = tmp_path / "denial.ipynb"
    file.write_text(json.dumps(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--nbval-lax",
               "--nbval-current-env", "--nbval-cell-timeout=120", str(file)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert done.returncode == failed, done.stdout + done.stderr
    assert f"{2 - failed} passed" in done.stdout
