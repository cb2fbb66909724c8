// The form: a scenario's parts in the fields, and the scenario that the fields contain.
export const POLICIES = {
  identity: "Identity-based policies", resource: "Resource-based policy", boundary: "Permissions boundary",
  session: "Session policies", scp: "SCPs", rcp: "RCPs", vpc_endpoint: "VPC endpoint policy", grants: "KMS grants",
};
const LISTS = new Set(["identity", "session"]);
const LEVELS = new Set(["scp", "rcp"]);
const WHO = { service: "service:", web_identity: "web-identity:", saml: "saml:" };

const field = (name) => document.getElementById(name);

export function fill(scenario) {
  field("principal").value = principalText(scenario.principal ?? {});
  field("issuer").value = scenario.principal?.issuer ?? "";
  field("action").value = scenario.action ?? "";
  field("resource-arn").value = scenario.resource?.arn ?? "";
  field("account").value = scenario.resource?.account ?? "";
  field("context").value = scenario.context && Object.keys(scenario.context).length ? pretty(scenario.context) : "";
  for (const name of Object.keys(POLICIES)) {
    const value = scenario.policies?.[name];
    const empty = value === undefined || (name === "identity" && value.length === 0);
    field(`policy-${name}`).value = empty ? "" : pretty(LISTS.has(name) && value.length === 1 ? value[0] : value);
    field(`details-${name}`).open = !empty || name === "identity";
  }
}

// The scenario in the form. Raises FormError for text that isn't JSON.
export function read() {
  const resource = { arn: field("resource-arn").value.trim() };
  if (field("account").value.trim()) resource.account = field("account").value.trim();
  const scenario = { principal: principal(), action: field("action").value.trim(), resource };
  const context = json("context", "Condition keys");
  if (context !== undefined) scenario.context = context;
  scenario.policies = {};
  for (const [name, label] of Object.entries(POLICIES)) {
    const value = json(`policy-${name}`, label);
    if (value !== undefined) scenario.policies[name] = nested(name, value);
  }
  return scenario;
}

export class FormError extends Error {
  constructor(name, message) {
    super(message);
    this.field = name;
  }
}

function json(name, label) {
  const text = field(name).value.trim();
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormError(name, `${label}: this isn't JSON. ${error.message}`);
  }
}

// Treats a single policy as a list with one policy, and a list of policies as a single level.
function nested(name, value) {
  if (LISTS.has(name)) return Array.isArray(value) ? value : [value];
  if (name === "grants") return Array.isArray(value) ? value : [value];
  if (!LEVELS.has(name)) return value;
  if (!Array.isArray(value)) return [[value]];
  return value.length && value.every((each) => !Array.isArray(each)) ? [value] : value;
}

function principalText(principal) {
  if (principal.anonymous) return "anonymous";
  for (const [form, prefix] of Object.entries(WHO)) if (principal[form]) return prefix + principal[form];
  return principal.arn ?? "";
}

function principal() {
  const text = field("principal").value.trim();
  if (text === "anonymous") return { anonymous: true };
  for (const [form, prefix] of Object.entries(WHO)) if (text.startsWith(prefix)) return { [form]: text.slice(prefix.length) };
  const issuer = field("issuer").value.trim();
  return issuer ? { arn: text, issuer } : { arn: text };
}

const pretty = (value) => JSON.stringify(value, null, 2);
