// Functions that the scripts in this folder share. They load packages from .judges, and ask the test that runs the script.
// A question and its answer are one line of JSON each. The answer to {ask: "code", to: "alice@example.com"} is the newest
// code in that mailbox.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

export const load = createRequire(process.env.JUDGES + "/package.json");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const next = async () => JSON.parse((await lines.next()).value);
const say = (content) => process.stdout.write(JSON.stringify(content) + "\n");

export const asked = await next();
export const ask = async (question) => (say(question), await next());
export const tell = (told) => (say({ told }), process.exit(0));
