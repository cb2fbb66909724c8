// A relying party that uses openid-client: discovery, authorization code with PKCE, userInfo, renewal, revocation, sign-out.
import { request } from "node:http";
import { pathToFileURL } from "node:url";
import { asked, load, tell } from "./asks.mjs";

const client = await import(pathToFileURL(load.resolve("openid-client")));
const { hostname, port } = new URL(asked.endpoint);

// Before version 24, Node.js ignores proxy settings. So the endpoint gets the whole URL, as a proxy does.
const byProxy = (url, { method = "GET", headers = {}, body } = {}) =>
  new Promise((resolve, reject) => {
    const sent = { ...Object.fromEntries(new Headers(headers)), host: new URL(url).host };
    const text = body === undefined || body === null ? "" : String(body);
    if (text) sent["content-length"] = Buffer.byteLength(text);
    request({ hostname, port, method, path: String(url), headers: sent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part)).on("end", () => {
        const given = new Headers();
        for (const [name, value] of Object.entries(answer.headers))
          for (const each of [value].flat()) given.append(name, each);
        const empty = answer.statusCode === 204 || answer.statusCode === 304;
        resolve(new Response(empty ? null : Buffer.concat(parts), { status: answer.statusCode, headers: given }));
      });
    }).on("error", reject).end(text);
  });

// The browser: it keeps cookies, and fills in the form of the sign-in page.
const cookies = {};
async function open(url, form) {
  const headers = { cookie: Object.entries(cookies).map((pair) => pair.join("=")).join("; ") };
  const body = form && new URLSearchParams(form);
  if (form) headers["content-type"] = "application/x-www-form-urlencoded";
  const answer = await byProxy(url, { method: form ? "POST" : "GET", headers, body });
  for (const each of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(each);
    value && !/max-age=0/i.test(each) ? (cookies[name] = value) : delete cookies[name];
  }
  const location = answer.headers.get("location");
  return { status: answer.status, text: await answer.text(), location: location && new URL(location, url) };
}

const failed = (deed) => deed.then(() => "", (error) => error.error ?? error.code ?? error.name);
const config = await client.discovery(new URL(asked.issuer), asked.client, asked.secret, undefined, {
  [client.customFetch]: byProxy,
});
const told = { issuer: config.serverMetadata().issuer };

async function code(checks) {
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: asked.callback, scope: "openid email", ...checks,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  let page = await open(url);
  if (page.location.pathname !== "/login") return page.location;
  const where = page.location;
  page = await open(where);
  const token = /name="_csrf" value="([^"]+)"/.exec(page.text)[1];
  return (await open(where, { _csrf: token, username: "alice", password: asked.password })).location;
}

const verifier = client.randomPKCECodeVerifier();
const checks = { state: client.randomState(), nonce: client.randomNonce() };
const expected = { pkceCodeVerifier: verifier, expectedState: checks.state, expectedNonce: checks.nonce };
const back = await code(checks);
told.otherState = await failed(client.authorizationCodeGrant(config, back, { ...expected, expectedState: "other" }));
const tokens = await client.authorizationCodeGrant(config, back, expected);
const claims = tokens.claims();
told.name = claims["cognito:username"];
told.again = await failed(client.authorizationCodeGrant(config, back, expected));

const silent = await code(checks);
const wrong = { ...expected, pkceCodeVerifier: client.randomPKCECodeVerifier() };
told.otherVerifier = await failed(client.authorizationCodeGrant(config, silent, wrong));
const fresh = await client.authorizationCodeGrant(config, await code(checks), expected);
told.userInfo = (await client.fetchUserInfo(config, fresh.access_token, claims.sub)).email;
const renewed = await client.refreshTokenGrant(config, fresh.refresh_token);
told.renewed = renewed.access_token !== fresh.access_token;
await client.tokenRevocation(config, fresh.refresh_token);
told.revoked = await failed(client.refreshTokenGrant(config, fresh.refresh_token));

const leave = client.buildEndSessionUrl(config, { client_id: asked.client, logout_uri: asked.goodbye });
told.goodbye = String((await open(leave)).location);
told.asksAgain = (await open(client.buildAuthorizationUrl(config, { redirect_uri: asked.callback, scope: "openid" })))
  .location.pathname;
tell(told);
