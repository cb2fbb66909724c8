"""Lambda triggers as Python callables: what they are asked, and what their answers do."""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.cloud.core.errors import NotModelled
from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, claims, make_app
from tests.cloud.services.cognito_idp.srp_client import SrpClient
from tests.cloud.services.lambda_.conftest import archive
from tests.clouds import error_of, trust

ARN = "arn:aws:lambda:us-east-1:111122223333:function:"


def with_triggers(cloud, pool=None, client=None, **handlers):
    """Create a pool whose triggers are these functions, and return (app, events)."""
    events = []

    def noting(handler):
        def noted(event, context):
            events.append(event)
            return handler(event) if handler else event

        return noted

    for name, handler in handlers.items():
        cloud.lambda_function(ARN + name, noting(handler))
    config = {name: ARN + name for name in handlers}
    return make_app(cloud, pool={"LambdaConfig": config, **(pool or {})}, client=client), events


def confirms(event):
    event["response"] |= {"autoConfirmUser": True, "autoVerifyEmail": True}
    return event


def test_pre_sign_up_confirms_and_verifies(cloud):
    app, events = with_triggers(cloud, PreSignUp=confirms, PostConfirmation=None)
    answer = app.idp.sign_up(
        ClientId=app.client, Username="alice", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": EMAIL}],
        ValidationData=[{"Name": "invited", "Value": "yes"}], ClientMetadata={"source": "lesson"},
    )  # fmt: skip
    assert answer["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in answer
    assert app.attributes()["email_verified"] == "true"
    before, after = events
    assert before["triggerSource"] == "PreSignUp_SignUp"
    assert before["request"]["userAttributes"] == {"email": EMAIL}
    assert before["userName"] == "alice"
    assert before["request"]["validationData"] == {"invited": "yes"}
    assert before["request"]["clientMetadata"] == {"source": "lesson"}
    assert before["callerContext"]["clientId"] == app.client
    assert (before["userPoolId"], before["region"], before["version"]) == (app.pool, "us-east-1", "1")
    assert after["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert after["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"


def refuses(event):
    raise PermissionError("nobody from there")


def test_what_a_trigger_raises_refuses_the_call(cloud):
    app, _ = with_triggers(cloud, PreSignUp=refuses)
    assert error_of(app.sign_up) == (
        "UserLambdaValidationException", "PreSignUp failed with error nobody from there.",
    )  # fmt: skip
    assert app.idp.list_users(UserPoolId=app.pool)["Users"] == []


def test_an_answer_that_is_no_event_is_refused(cloud):
    app, _ = with_triggers(cloud, PreAuthentication=lambda event: "yes")
    app.confirmed()
    assert error_of(app.password_auth) == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


def test_a_function_that_is_not_there_is_unexpected(cloud):
    app = make_app(cloud, pool={"LambdaConfig": {"PreSignUp": ARN + "nothing"}})
    assert error_of(app.sign_up)[0] == "UnexpectedLambdaException"


def test_custom_messages(cloud):
    def words(event):
        event["response"] |= {"emailSubject": "Hi", "emailMessage": "Type {####} please"}
        return event

    app, events = with_triggers(cloud, CustomMessage=words)
    app.sign_up(email=EMAIL)
    (letter,) = cloud.mailbox(EMAIL)
    assert letter.subject == "Hi"
    assert letter.startswith("Type ")
    assert letter.endswith(" please")
    assert events[0]["triggerSource"] == "CustomMessage_SignUp"
    assert events[0]["request"]["codeParameter"] == "{####}"


def test_pre_and_post_authentication(cloud):
    app, events = with_triggers(cloud, PreAuthentication=None, PostAuthentication=None)
    app.confirmed()
    app.tokens()
    assert [event["triggerSource"] for event in events] == [
        "PreAuthentication_Authentication", "PostAuthentication_Authentication",
    ]  # fmt: skip


# --- tokens -----------------------------------------------------------------------------------------------------


def test_pre_token_generation_changes_the_id_token(cloud):
    def change(event):
        event["response"]["claimsOverrideDetails"] = {
            "claimsToAddOrOverride": {"tenant": "blue", "sub": "stolen", "email": "new@example.com"},
            "claimsToSuppress": ["nickname"],
            "groupOverrideDetails": {
                "groupsToOverride": ["visitors"],
                "iamRolesToOverride": [],
                "preferredRole": "",
            },
        }
        return event

    app, events = with_triggers(cloud, PreTokenGeneration=change)
    app.confirmed(email=EMAIL, nickname="Al")
    tokens = app.tokens()
    shown, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert (shown["tenant"], shown["email"]) == ("blue", "new@example.com")
    assert shown["sub"] == app.attributes()["sub"]
    assert "nickname" not in shown
    assert shown["cognito:groups"] == access["cognito:groups"] == ["visitors"]
    assert "tenant" not in access
    app.idp.initiate_auth(
        ClientId=app.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )
    assert [event["triggerSource"] for event in events] == [
        "TokenGeneration_Authentication", "TokenGeneration_RefreshTokens",
    ]  # fmt: skip


@pytest.mark.parametrize(("audience", "shown"), [("own", "own"), ("https://api.example.com", None)])
def test_version_2_binds_an_access_token_to_its_own_client_and_to_nobody_else(cloud, audience, shown):
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html"""

    def change(event):
        own = event["callerContext"]["clientId"]
        event["response"]["claimsAndScopeOverrideDetails"] = {
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"aud": own if audience == "own" else audience}
            }
        }
        return event

    cloud.lambda_function(ARN + "v2", lambda event, context: change(event))
    config = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": ARN + "v2"}}
    app = make_app(cloud, pool={"LambdaConfig": config})
    app.confirmed()
    assert claims(app.tokens()["AccessToken"]).get("aud") == (app.client if shown == "own" else None)


def test_version_2_changes_the_access_token_as_well(cloud):
    def change(event):
        assert event["request"]["scopes"] == ["aws.cognito.signin.user.admin"]
        event["response"]["claimsAndScopeOverrideDetails"] = {
            "idTokenGeneration": {"claimsToAddOrOverride": {"tier": {"level": 2}}},
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"tenant": "blue", "client_id": "stolen"},
                "scopesToAdd": ["shop/read"], "scopesToSuppress": ["aws.cognito.signin.user.admin"],
            },
        }  # fmt: skip
        return event

    cloud.lambda_function(ARN + "v2", lambda event, context: change(event))
    config = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": ARN + "v2"}}
    app = make_app(cloud, pool={"LambdaConfig": config})
    app.confirmed()
    tokens = app.tokens()
    access = claims(tokens["AccessToken"])
    assert claims(tokens["IdToken"])["tier"] == {"level": 2}
    assert (access["tenant"], access["client_id"], access["scope"]) == ("blue", app.client, "shop/read")
    assert error_of(app.idp.get_user, AccessToken=tokens["AccessToken"]) == (
        "NotAuthorizedException", "Access Token does not have required scopes",
    )  # fmt: skip
    assert error_of(make_app, cloud, pool={"LambdaConfig": config, "UserPoolTier": "LITE"})[0] == (
        "FeatureUnavailableInTierException"
    )


# --- custom challenges ------------------------------------------------------------------------------------------


def riddles(cloud, after_password=False, client=None):
    def define(event):
        rounds, response = event["request"]["session"], event["response"]
        if event["request"]["userNotFound"]:
            response["failAuthentication"] = True
        elif after_password and len(rounds) == 1 and rounds[0]["challengeName"] == "SRP_A":
            response["challengeName"] = "PASSWORD_VERIFIER"
        elif rounds and rounds[-1]["challengeName"] == "CUSTOM_CHALLENGE" and rounds[-1]["challengeResult"]:
            response["issueTokens"] = True
        elif len(rounds) >= 3:
            response["failAuthentication"] = True
        else:
            response["challengeName"] = "CUSTOM_CHALLENGE"
        return event

    def create(event):
        event["response"] |= {
            "publicChallengeParameters": {"question": "2 + 2"}, "privateChallengeParameters": {"answer": "4"},
            "challengeMetadata": "SUM",
        }  # fmt: skip
        return event

    def verify(event):
        right = event["request"]["privateChallengeParameters"]["answer"]
        event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == right
        return event

    return with_triggers(
        cloud,
        client=client,
        DefineAuthChallenge=define,
        CreateAuthChallenge=create,
        VerifyAuthChallengeResponse=verify,
    )


def custom(app, name="alice", **more):
    return app.idp.initiate_auth(
        ClientId=app.client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": name, **more}
    )


def test_custom_challenges_are_the_functions_own(cloud):
    app, _ = riddles(cloud)
    app.confirmed()
    challenge = custom(app)
    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert challenge["ChallengeParameters"] == {"USERNAME": "alice", "question": "2 + 2"}
    challenge = app.answer(challenge, ANSWER="5")
    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert "AccessToken" in app.answer(challenge, ANSWER="4")["AuthenticationResult"]
    challenge = custom(app)
    for _ in range(2):
        challenge = app.answer(challenge, ANSWER="5")
    assert error_of(app.answer, challenge, ANSWER="5") == (
        "NotAuthorizedException", "Incorrect username or password.",
    )  # fmt: skip


def test_a_password_may_come_before_custom_challenges(cloud):
    app, _ = riddles(cloud, after_password=True)
    app.confirmed()
    client = SrpClient(app.pool.partition("_")[2], PASSWORD)
    challenge = custom(app, SRP_A=client.srp_a, CHALLENGE_NAME="SRP_A")
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    challenge = app.answer(challenge, **client.answer(challenge["ChallengeParameters"], "alice"))
    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert "AccessToken" in app.answer(challenge, ANSWER="4")["AuthenticationResult"]


def test_custom_challenges_need_their_functions(app):
    app.confirmed()
    assert error_of(custom, app) == (
        "InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.",
    )  # fmt: skip


def test_functions_learn_that_a_user_does_not_exist_where_it_is_hidden(cloud):
    app, events = riddles(cloud, client={"PreventUserExistenceErrors": "ENABLED"})
    assert error_of(custom, app, "nobody")[0] == "NotAuthorizedException"
    assert events[0]["request"]["userNotFound"] is True
    legacy, _ = riddles(cloud)
    assert error_of(custom, legacy, "nobody")[0] == "UserNotFoundException"


# --- migration --------------------------------------------------------------------------------------------------


def test_a_user_is_migrated_at_the_first_sign_in(cloud):
    def migrate(event):
        if (
            event["triggerSource"] == "UserMigration_Authentication"
            and event["request"]["password"] != PASSWORD
        ):
            raise PermissionError("wrong password")
        event["response"] |= {
            "userAttributes": {"email": EMAIL, "email_verified": "true"}, "finalUserStatus": "CONFIRMED",
            "messageAction": "SUPPRESS",
        }  # fmt: skip
        return event

    app, events = with_triggers(cloud, UserMigration=migrate)
    assert error_of(app.password_auth, password="Wrong-Horse-1")[0] == "UserLambdaValidationException"
    assert "AccessToken" in app.tokens()
    assert app.user()["UserStatus"] == "CONFIRMED"
    app.tokens()
    assert len(events) == 2
    app.idp.forgot_password(ClientId=app.client, Username="bob")
    assert app.user("bob")["UserStatus"] == "RESET_REQUIRED"
    assert events[-1]["triggerSource"] == "UserMigration_ForgotPassword"


@pytest.mark.parametrize("allowed", [False, True])
def test_a_function_of_the_clouds_lambda_must_let_cognito_in(cloud, allowed):
    functions = boto3.client("lambda")
    role = boto3.client("iam").create_role(
        RoleName="runs", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )["Role"]["Arn"]
    arn = functions.create_function(
        FunctionName="check", Runtime="python3.13", Role=role, Handler="m.f", Code={"ZipFile": archive()}
    )["FunctionArn"]
    cloud.lambda_function(arn, lambda event, context: confirms(event))
    app = make_app(cloud, pool={"LambdaConfig": {"PreSignUp": arn}})
    if not allowed:
        assert error_of(app.sign_up, email=EMAIL) == (
            "UnexpectedLambdaException", "PreSignUp invocation failed due to error AccessDeniedException.",
        )  # fmt: skip
        return
    pool_arn = app.idp.describe_user_pool(UserPoolId=app.pool)["UserPool"]["Arn"]
    functions.add_permission(
        FunctionName="check", StatementId="cognito", Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com", SourceArn=pool_arn,
    )  # fmt: skip
    assert app.sign_up(email=EMAIL)["UserConfirmed"] is True


def test_a_function_that_only_docker_could_run_says_so(cloud):
    functions = boto3.client("lambda")
    role = boto3.client("iam").create_role(
        RoleName="runs", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )["Role"]["Arn"]
    arn = functions.create_function(
        FunctionName="check", Runtime="python3.13", Role=role, Handler="m.f", Code={"ZipFile": archive()}
    )["FunctionArn"]
    functions.add_permission(
        FunctionName="check", StatementId="cognito", Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
    )  # fmt: skip
    app = make_app(cloud, pool={"LambdaConfig": {"PreSignUp": arn}})
    with pytest.raises(NotModelled, match="lambda_function"):
        app.sign_up(email=EMAIL)


@pytest.mark.parametrize("operation", ["initiate_auth", "admin_initiate_auth"])
def test_what_begins_a_sign_in_is_told_to_the_triggers_before_it_alone(cloud, operation):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html"""
    app, events = with_triggers(
        cloud, PreAuthentication=None, PostAuthentication=None, PreTokenGeneration=None, UserMigration=None
    )
    app.confirmed()
    asked = {"ClientId": app.client, "AuthFlow": "USER_PASSWORD_AUTH", "ClientMetadata": {"from": "kiosk"}}
    if operation == "admin_initiate_auth":
        asked |= {"UserPoolId": app.pool, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}
    begin = getattr(app.idp, operation)
    begin(**asked, AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD})
    before, after, issued = (event["request"] for event in events)
    assert before["validationData"] == {"from": "kiosk"}
    assert after["clientMetadata"] == issued["clientMetadata"] == {}
    error_of(begin, **asked, AuthParameters={"USERNAME": "bob", "PASSWORD": PASSWORD})
    moved = next(event["request"] for event in events if event["triggerSource"].startswith("UserMigration"))
    assert (moved["validationData"], moved["clientMetadata"]) == ({"from": "kiosk"}, {})


def test_what_answers_a_challenge_is_told_to_the_triggers_after_it(cloud):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html"""
    app, events = with_triggers(cloud, PostAuthentication=None, PreTokenGeneration=None)
    app.idp.admin_create_user(
        UserPoolId=app.pool, Username="alice", MessageAction="SUPPRESS", TemporaryPassword="Temp-Horse-1"
    )
    challenge = app.password_auth("alice", "Temp-Horse-1")
    app.idp.respond_to_auth_challenge(
        ClientId=app.client, ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "NEW_PASSWORD": PASSWORD}, ClientMetadata={"from": "kiosk"},
    )  # fmt: skip
    assert [event["request"]["clientMetadata"] for event in events] == [{"from": "kiosk"}] * 2
