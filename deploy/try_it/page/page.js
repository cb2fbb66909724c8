// The page: it shows the decision on the form's scenario, keeps the address up to date, and loads examples.
import { POLICIES, FormError, fill, read } from "./form.js";
import { fromFragment, toFragment } from "./link.js";

const LAYERS = {
  RESOURCE_CONTROL_POLICY: "RCPs", SERVICE_CONTROL_POLICY: "SCPs", VPC_ENDPOINT: "VPC endpoint policy",
  RESOURCE: "Resource-based policy", PRINCIPAL: "Identity-based policies",
  PERMISSIONS_BOUNDARY: "Permissions boundary", SESSION: "Session policies",
};
const EFFECTS = {
  ALLOW: "✓ allow", NO_IMPACT: "· no impact", IMPLICIT_DENY: "✗ implicit deny", EXPLICIT_DENY: "✗ explicit deny",
};
const DECISIONS = { ALLOW: "✓ Allowed", IMPLICIT_DENY: "✗ Denied", EXPLICIT_DENY: "✗ Denied" };
const KINDS = { ERROR: "Error", SECURITY_WARNING: "Security warning", WARNING: "Warning", SUGGESTION: "Suggestion", NOTE: "Note" };

const get = (id) => document.getElementById(id);
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
let asked = 0;
let examples = [];
let written = "";

// An element with text. Text is never read as HTML.
function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

async function decide() {
  for (const invalid of document.querySelectorAll("[aria-invalid]")) invalid.removeAttribute("aria-invalid");
  let scenario;
  try {
    scenario = read();
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    get(error.field).setAttribute("aria-invalid", "true");
    asked += 1;
    showFault(error.message);
    return;
  }
  const number = ++asked;
  const line = JSON.stringify(scenario);
  worker.postMessage({ number, ask: "decision", line });
  worker.postMessage({ number, ask: "problems", line });
  const fragment = await toFragment(scenario);
  if (number === asked) {
    written = fragment;
    history.replaceState(null, "", fragment);
  }
}

worker.onmessage = ({ data }) => {
  if (data.ready) return;
  if (data.error && data.number === undefined) return showFault(`Python can't be started in this browser: ${data.error}`);
  if (data.number !== asked) return;
  if (data.error) return data.ask === "decision" ? showFault(data.error) : showProblems([]);
  if (data.ask === "problems") return showProblems(data.answer);
  if (data.answer.error) return showFault(data.answer.error.replace(/^line 1: /, ""));
  showDecision(data.answer);
};
worker.onerror = (event) => showFault(`Python can't be started in this browser: ${event.message ?? ""}`);

function showFault(message) {
  get("decision").replaceChildren(element("p", message, { class: "fault" }));
  get("checks").replaceChildren();
  get("problems").replaceChildren();
}

function showDecision({ decision, reason, checks }) {
  const verdict = element("p", `${DECISIONS[decision]}: `, { class: `verdict ${decision}` });
  verdict.append(element("strong", decision), `, ${reason}.`);
  get("decision").replaceChildren(verdict);
  const table = element("table");
  const head = element("tr");
  for (const title of ["layer", "verdict", "matching statements"]) head.append(element("th", title, { scope: "col" }));
  table.append(element("caption", "The layers in the order in which AWS evaluates them"), head);
  for (const check of checks) {
    const row = element("tr");
    const level = check.level === undefined ? "" : `, level ${check.level}`;
    row.append(element("th", LAYERS[check.checkType] + level, { scope: "row" }));
    row.append(element("td", EFFECTS[check.evaluatedEffect]), element("td", statements(check)));
    table.append(row);
  }
  get("checks").replaceChildren(table);
}

function statements(check) {
  const listed = check.matchedPolicies.flatMap(({ policy, matchedStatements }) =>
    matchedStatements.map(({ index, sid, evaluatedEffect }) => {
      const name = sid === undefined ? `statement ${index + 1}` : `"${sid}"`;
      return `${name} ${evaluatedEffect === "ALLOW" ? "allows" : "denies"} (${policy})`;
    }));
  return listed.join("; ") || "none";
}

function showProblems(found) {
  const list = element("ul");
  for (const { policy, type, code, details, page } of found) {
    const item = element("li");
    item.append(element("strong", KINDS[type] ?? type), ` in ${policy}: ${details} `);
    if (page) item.append(element("a", code, { href: page, rel: "noreferrer" }));
    list.append(item);
  }
  get("problems").replaceChildren(found.length ? list : element("p", "None."));
}

// Examples

async function loadExamples() {
  examples = await (await fetch(new URL("./examples.json", import.meta.url))).json();
  for (const [number, { title }] of examples.entries()) get("example").append(element("option", title, { value: number }));
}

function showExample(example) {
  get("asked").replaceChildren();
  if (!example) return;
  const text = element("p", `${example.asked} `);
  text.append(element("a", "The original question", { href: example.source, rel: "noreferrer" }), `. ${example.answer}`);
  get("asked").append(text);
}

// Start

async function open() {
  let shown;
  try {
    const scenario = (await fromFragment(location.hash)) ?? examples[0].scenario;
    fill(scenario);
    const text = JSON.stringify(scenario);
    shown = examples.findIndex((each) => JSON.stringify(each.scenario) === text);
  } catch (error) {
    asked += 1;
    fill(examples[0].scenario);
    showFault(`This link can't be read: ${error.message}.`);
    return;
  }
  get("example").value = shown < 0 ? "" : String(shown);
  showExample(examples[shown]);
  await decide();
}

let pause;
get("form").addEventListener("input", (event) => {
  if (event.target === get("example")) return;
  clearTimeout(pause);
  pause = setTimeout(decide, 300);
});
get("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  decide();
});
get("form").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) get("form").requestSubmit();
});
get("example").addEventListener("change", () => {
  const example = examples[get("example").value];
  if (!example) return;
  fill(example.scenario);
  showExample(example);
  decide();
});
get("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(location.href);
    get("copied").textContent = "The link is copied. It opens this decision.";
  } catch {
    get("copied").textContent = "Copy the link from the browser's address bar. It opens this decision.";
  }
});
window.addEventListener("hashchange", () => {
  if (location.hash !== written) open();
});

for (const name of Object.keys(POLICIES)) get(`details-${name}`).querySelector("summary").textContent = POLICIES[name];
await loadExamples();
await open();
