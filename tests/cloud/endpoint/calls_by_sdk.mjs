// Makes calls with the AWS SDK for JavaScript. Standard input is a JSON list of [profile, service, operation, parameters].
// The output is a list of [code, message], in which the code of a successful call is null.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const load = createRequire(process.env.JUDGES + "/package.json");
const packages = {
  s3: ["@aws-sdk/client-s3", "S3Client"],
  sts: ["@aws-sdk/client-sts", "STSClient"],
  kms: ["@aws-sdk/client-kms", "KMSClient"],
  "cognito-idp": ["@aws-sdk/client-cognito-identity-provider", "CognitoIdentityProviderClient"],
};
const told = [];
for (const [profile, service, operation, parameters] of JSON.parse(readFileSync(0, "utf8"))) {
  const [name, client] = packages[service];
  const sdk = load(name);
  const configuration = { profile, maxAttempts: 1 };
  if (parameters.Plaintext) parameters.Plaintext = Uint8Array.from(parameters.Plaintext);
  if (process.env.ENDPOINT) configuration.endpoint = process.env.ENDPOINT;
  try {
    const answer = await new sdk[client](configuration).send(new sdk[operation + "Command"](parameters));
    if (answer.Body) await answer.Body.transformToString();
    told.push([null, ""]);
  } catch (error) {
    told.push([error.name, error.message]);
  }
}
console.log(JSON.stringify(told));
