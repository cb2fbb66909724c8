// A user of aws-amplify's auth, who signs up with a code, signs in with SRP, sets up an authenticator app, signs in with
// the app, renews the tokens, and signs out everywhere.
import { ask, asked, load, tell } from "./asks.mjs";

const { Amplify } = load("@aws-amplify/core");
const auth = load("@aws-amplify/auth");
const { cognitoUserPoolsTokenProvider: tokenProvider } = load("@aws-amplify/auth/cognito");
const Auth = {
  Cognito: { userPoolId: asked.pool, userPoolClientId: asked.client, userPoolEndpoint: asked.endpoint },
};
tokenProvider.setAuthConfig(Auth);
Amplify.configure({ Auth }, { Auth: { tokenProvider } });
const failed = (deed) => deed.then(() => "", (error) => error.name);
const user = { username: "alice", password: asked.password };
const told = {};

const options = { userAttributes: { email: asked.email } };
const signedUp = await auth.signUp({ ...user, options });
told.signUp = [signedUp.nextStep.signUpStep, signedUp.nextStep.codeDeliveryDetails.destination];
told.tooEarly = (await auth.signIn(user)).nextStep.signInStep;
told.wrongCode = await failed(auth.confirmSignUp({ username: "alice", confirmationCode: "000000" }));
const code = await ask({ ask: "code", to: asked.email });
told.confirmed = (await auth.confirmSignUp({ username: "alice", confirmationCode: code })).isSignUpComplete;

told.wrongPassword = await failed(auth.signIn({ ...user, password: "Wrong-horse-1" }));
told.signedIn = (await auth.signIn(user)).isSignedIn;
told.attributes = await auth.fetchUserAttributes().then(({ email, email_verified }) => [email, email_verified]);

const { sharedSecret } = await auth.setUpTOTP();
told.wrongApp = await failed(auth.verifyTOTPSetup({ code: "000000" }));
await auth.verifyTOTPSetup({ code: await ask({ ask: "totp", secret: sharedSecret }) });
await auth.updateMFAPreference({ totp: "PREFERRED" });
told.preference = await auth.fetchMFAPreference();
await auth.signOut();
told.signedOut = await failed(auth.getCurrentUser());

told.secondFactor = (await auth.signIn(user)).nextStep.signInStep;
const shown = await ask({ ask: "totp", secret: sharedSecret });
told.withApp = (await auth.confirmSignIn({ challengeResponse: shown })).isSignedIn;

const before = (await auth.fetchAuthSession()).tokens;
const after = (await auth.fetchAuthSession({ forceRefresh: true })).tokens;
told.renewed = before.accessToken.toString() !== after.accessToken.toString();
told.same = before.accessToken.payload.origin_jti === after.accessToken.payload.origin_jti;
told.user = (await auth.getCurrentUser()).username;

await auth.signOut({ global: true });
told.gone = await failed(auth.getCurrentUser());
await ask({ ask: "revoked", token: after.accessToken.toString() }).then((answer) => (told.revoked = answer));
tell(told);
