// What the scripts beside this one share: packages of .judges, and questions to the test that runs them, one JSON line
// each way: {ask: "code", to: "alice@example.com"} is answered by the newest code in that mailbox.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

export const load = createRequire(process.env.JUDGES + "/package.json");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const next = async () => JSON.parse((await lines.next()).value);
const say = (content) => process.stdout.write(JSON.stringify(content) + "\n");

export const asked = await next();
export const ask = async (question) => (say(question), await next());
export const tell = (told) => (say({ told }), process.exit(0));
