// Signs a user up and in with amazon-cognito-identity-js (SRP: the password is never sent), and verifies the tokens with
// aws-jwt-verify, which fetches the keys from the endpoint. Standard input is {endpoint, pool, client, wrong, password},
// and the output is a JSON object.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const load = createRequire(process.env.JUDGES + "/package.json");
const { CognitoUserPool, CognitoUser, AuthenticationDetails } = load("amazon-cognito-identity-js");
const { CognitoJwtVerifier } = load("aws-jwt-verify");
const { SimpleJwksCache } = load("aws-jwt-verify/jwk");
const { SimpleFetcher } = load("aws-jwt-verify/https");
const asked = JSON.parse(readFileSync(0, "utf8"));
const pool = new CognitoUserPool({ UserPoolId: asked.pool, ClientId: asked.client, endpoint: asked.endpoint });

// Before version 24, Node.js ignores proxy settings. So the keys are fetched from an address on the endpoint.
const real = new SimpleFetcher();
const fetcher = { fetch: (uri) => real.fetch(uri.replace("https://cognito-idp.us-east-1.amazonaws.com", asked.tls)) };
const jwksCache = new SimpleJwksCache({ fetcher });

function signIn(password) {
  const user = new CognitoUser({ Username: "alice", Pool: pool });
  const details = new AuthenticationDetails({ Username: "alice", Password: password });
  return new Promise((resolve) =>
    user.authenticateUser(details, {
      onSuccess: (session) => resolve({ session, user }),
      onFailure: (error) => resolve({ code: error.code ?? error.name, message: error.message }),
    }));
}

const told = { wrong: (({ code, message }) => [code, message])(await signIn(asked.wrong)) };
const { session, user, ...failed } = await signIn(asked.password);
if (!session) throw new Error(JSON.stringify(failed));
const verify = (tokenUse, token, clientId = asked.client) =>
  CognitoJwtVerifier.create({ userPoolId: asked.pool, tokenUse, clientId }, { jwksCache })
    .verify(token)
    .then((claims) => claims.username ?? claims["cognito:username"], (error) => error.constructor.name);
const access = session.getAccessToken().getJwtToken();
told.access = await verify("access", access);
told.id = await verify("id", session.getIdToken().getJwtToken());
told.forged = await verify("access", access.slice(0, -10) + "AAAAAAAAAA");
told.other = await verify("access", access, "someoneelse");
told.attributes = await new Promise((resolve) =>
  user.getUserAttributes((error, all) => resolve(error ? error.code : all.map((each) => each.getName()).sort())));
console.log(JSON.stringify(told));
