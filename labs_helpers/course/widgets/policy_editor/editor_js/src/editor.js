// The policy editor's field: CodeMirror 6 as a module for anywidget. It gets all information about policies from Python:
// it sends a message {id, ask, before}, and Python's answer has the same id. Strings from Python are displayed as text,
// never as markup.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion }
  from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, ensureSyntaxTree, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting, syntaxTree }
  from "@codemirror/language";
import { forEachDiagnostic, lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { Annotation, Compartment, EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightSpecialChars, hoverTooltip, keymap, lineNumbers, placeholder,
  showPanel, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const TYPING = 60; // milliseconds between the last typed letter and the message to Python
const READING = 250; // milliseconds between the last cursor movement and the request for help on its place
const PATIENCE = 5000;
const PARSING = 500;
const LONGEST = 100_000; // Python isn't asked about longer text
const AWS = "https://docs.aws.amazon.com/";
const SIGNS = { ERROR: "✗ ERROR", SECURITY_WARNING: "‼ SECURITY WARNING", WARNING: "⚠ WARNING",
  SUGGESTION: "ⓘ SUGGESTION" };
const SEVERITIES = { ERROR: "error", SECURITY_WARNING: "warning", WARNING: "warning", SUGGESTION: "info" };
const SILENCE = "Python is not responding. It is busy, or it was restarted: in that case, run the cell again.";
const fromPython = Annotation.define();

// The colors are those of JupyterLab's theme or, outside JupyterLab, the page's. They are mixed with the text's color, so
// that they are dark or light enough to read.
const mixed = (name) => `color-mix(in srgb, var(--jp-mirror-editor-${name}-color, var(--labs-editor-text)) 65%, var(--labs-editor-text))`;
const colors = syntaxHighlighting(HighlightStyle.define([
  { tag: tags.propertyName, color: mixed("property") },
  { tag: tags.string, color: mixed("string") },
  { tag: tags.number, color: mixed("number") },
  { tag: [tags.bool, tags.null], color: mixed("keyword") },
]));
const GOES_IN = "color-mix(in srgb, var(--jp-success-color1, #2e7d32) 14%, transparent)";
const GOES_OUT = "color-mix(in srgb, var(--jp-error-color1, #c62828) 14%, transparent)";
// "&.cm-editor" is more specific than JupyterLab's own rules for editors, which remove the border and the outline.
const look = EditorView.theme({
  "&.cm-editor": {
    "--labs-editor-text": "var(--jp-content-font-color1, CanvasText)",
    color: "var(--labs-editor-text)",
    backgroundColor: "var(--jp-cell-editor-background, Canvas)",
    border: "1px solid color-mix(in srgb, var(--labs-editor-text) 55%, transparent)",
    fontSize: "var(--jp-code-font-size, 13px)",
  },
  "&.cm-editor.cm-focused": { outline: "2px solid var(--jp-brand-color1, Highlight)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--jp-code-font-family, monospace)", lineHeight: "1.5", minHeight: "16em",
    maxHeight: "32em", overflow: "auto" },
  ".cm-content": { caretColor: "var(--jp-editor-cursor-color, var(--labs-editor-text))", direction: "ltr" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--jp-content-font-color2, inherit)",
    border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--labs-editor-text) 5%, transparent)" },
  ".cm-placeholder": { color: "var(--jp-content-font-color2, inherit)" },
  "&.cm-focused .cm-matchingBracket, .cm-matchingBracket": { backgroundColor: "transparent",
    outline: "1px solid currentColor" },
  "&.cm-focused .cm-nonmatchingBracket, .cm-nonmatchingBracket": { backgroundColor: "transparent",
    outline: "1px dashed var(--jp-error-color1, #c62828)" },
  ".cm-lintRange": { backgroundImage: "none", paddingBottom: "0", textDecoration: "underline wavy 1.5px",
    textDecorationSkipInk: "none", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--jp-error-color1, #c62828)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--jp-warn-color1, #b26a00)" },
  ".cm-lintRange-info": { textDecorationColor: "var(--jp-info-color1, #0277bd)" },
  ".cm-tooltip": { color: "var(--jp-ui-font-color1, CanvasText)", backgroundColor: "var(--jp-layout-color1, Canvas)",
    border: "1px solid var(--jp-border-color1, #888)", maxWidth: "min(40em, 90vw)",
    fontFamily: "var(--jp-ui-font-family, sans-serif)", fontSize: "var(--jp-ui-font-size1, 13px)",
    zIndex: "10001" },
  ".cm-tooltip .cm-tooltip-section": { borderColor: "var(--jp-border-color1, #888)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--jp-code-font-family, monospace)",
    maxWidth: "min(46em, 90vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 6px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    color: "var(--jp-ui-inverse-font-color1, HighlightText)", backgroundColor: "var(--jp-inverse-layout-color1, Highlight)",
    outline: "2px solid transparent", outlineOffset: "-2px" }, // in high contrast mode, only the outline is visible
  ".cm-completionDetail": { fontStyle: "normal", marginLeft: "1.2em" },
  ".cm-diagnostic a": { color: "var(--jp-content-link-color, LinkText)", textDecoration: "underline" },
  ".labs-editor-help": { padding: "4px 8px", overflowWrap: "anywhere" },
  ".labs-editor-help a": { color: "var(--jp-content-link-color, LinkText)", textDecoration: "underline" },
  ".cm-changeGutter": { width: "1.4em", paddingLeft: "2px", fontWeight: "bold" },
  ".cm-changeGutter .cm-changedLineGutter, .cm-changeGutter .cm-deletedLineGutter": { background: "none",
    textAlign: "center" },
  ".cm-changeGutter .cm-changedLineGutter::before": { content: "'+'" },
  ".cm-changeGutter .cm-deletedLineGutter::before": { content: "'−'" },
  "&.cm-merge-b .cm-changedLine": { background: GOES_IN },
  ".cm-insertedLine": { background: "none", textDecoration: "none" },
  "&.cm-merge-b .cm-changedText": { background: "none", borderBottom: "2px solid var(--jp-success-color1, #2e7d32)" },
  ".cm-deletedChunk": { background: GOES_OUT, borderLeft: "3px solid var(--jp-error-color1, #c62828)",
    color: "var(--labs-editor-text)" },
  ".cm-deletedChunk del, .cm-deletedChunk .cm-deletedText": { background: "none", textDecoration: "none" },
  ".cm-deletedChunk .cm-deletedText": { borderBottom: "2px solid var(--jp-error-color1, #c62828)" },
  ".cm-panels": { color: "inherit", backgroundColor: "transparent" },
  ".cm-panels-bottom": { borderTop: "1px solid var(--jp-border-color1, #888)" },
  ".labs-editor-place": { fontFamily: "var(--jp-ui-font-family, sans-serif)",
    fontSize: "var(--jp-ui-font-size1, 13px)", lineHeight: "1.45", padding: "3px 8px", minHeight: "4.35em",
    maxHeight: "9em", overflow: "auto", overflowWrap: "anywhere" },
  ".labs-editor-place p": { margin: "0" },
});

function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function linked(text, link, name) {
  const made = element("span", text);
  if (link?.startsWith(AWS)) {
    made.append(" ", element("a", name, { href: link, target: "_blank", rel: "noopener" }));
  }
  return made;
}

const said = (problem) => linked(`${SIGNS[problem.severity] ?? ""}: ${problem.message}`, problem.link,
  `AWS on ${problem.code}`);

function helped(help) {
  const made = element("div", "", { class: "labs-editor-help" });
  made.append(element("strong", help.title), " ", linked(help.text, help.link, "AWS's page"));
  return made;
}

/** Return a function that asks Python and returns the answer: null if nothing was asked, undefined without an answer. */
function asker(model, signal) {
  const waiting = new Map();
  let last = 0;
  model.on("msg:custom", (message) => {
    waiting.get(message?.id)?.(message);
    waiting.delete(message?.id);
  });
  signal?.addEventListener("abort", () => waiting.forEach((resolve) => resolve(null)));
  const mine = Math.random().toString(36).slice(2);
  return (ask, before) => before.length > LONGEST ? Promise.resolve(null) : new Promise((resolve) => {
    const id = `${mine}-${(last += 1)}`;
    waiting.set(id, resolve);
    setTimeout(() => { waiting.delete(id); resolve(undefined); }, PATIENCE);
    try {
      model.send({ id, ask, before });
    } catch { // the model's kernel no longer exists
      resolve(undefined);
    }
  });
}

/** Return the rest of a string after the cursor, up to its closing quotation mark, or null if the string isn't closed. */
function rest(state, pos) {
  const line = state.doc.lineAt(pos);
  return /^((?:[^"\\]|\\.)*)"\s*(?:[,:\]}]|$)/.exec(line.text.slice(pos - line.from))?.[1] ?? null;
}

function choose(option, quoted) {
  return (view, completion, from, to) => {
    const behind = quoted ? rest(view.state, to) : null;
    const end = to + (behind?.length ?? 0);
    const closed = behind !== null;
    let text = (quoted ? "" : '"') + JSON.stringify(option.label).slice(1, -1);
    const inside = option.again && text.length;
    if (!closed) text += '"';
    const after = view.state.sliceDoc(end + (closed ? 1 : 0), end + 100);
    const colon = option.key && !/^\s*:/.test(after) ? ": " : "";
    const changes = [{ from, to: end, insert: closed ? text : text + colon }];
    if (closed && colon) changes.push({ from: end + 1, insert: colon });
    const anchor = from + (inside || text.length + (closed ? 1 : 0) + colon.length);
    view.dispatch({ changes, selection: { anchor }, userEvent: "input.complete", scrollIntoView: true });
    if (option.again) startCompletion(view);
  };
}

function completing(ask) {
  return async (context) => {
    const answer = await ask("complete", context.state.sliceDoc(0, context.pos));
    if (!answer || context.aborted || !answer.options.length) return null;
    if (!answer.quoted && !context.explicit) return null;
    const options = answer.options.map((each) => ({
      label: each.label, detail: each.detail, info: each.info || undefined, apply: choose(each, answer.quoted),
    }));
    return { from: context.pos - answer.typed.length, options, filter: false };
  };
}

/** Return the string or key at a position, about which Python can be asked, or null for any other token. */
function token(state, pos, side) {
  const node = syntaxTree(state).resolveInner(pos, side);
  return ["String", "PropertyName"].includes(node.name) ? node : null;
}

function helping(ask) {
  const known = new Map();
  return async (state, node) => {
    const before = state.sliceDoc(0, node.to - 1);
    if (!known.has(before)) {
      if (known.size > 50) known.clear();
      known.set(before, ask("help", before).then((answer) => answer === undefined ? undefined : answer?.help ?? null));
    }
    const found = await known.get(before);
    if (found === undefined) known.delete(before);
    return found;
  };
}

function hovering(help) {
  return hoverTooltip(async (view, pos, side) => {
    const node = token(view.state, pos, side);
    const found = node && await help(view.state, node);
    return found && { pos: node.from, end: node.to, above: true, create: () => ({ dom: helped(found) }) };
  });
}

/** Show below the text, which stays visible, the cursor's position, the problems there, and AWS's help on the word. */
function placePanel(help, id) {
  return showPanel.of((view) => {
    const dom = element("div", "", { class: "labs-editor-place", id, role: "group", "aria-label": "At the cursor" });
    const where = element("p"), what = element("div", "", { "aria-live": "polite" });
    dom.append(where, what);
    let timer = 0, shown = "";
    const place = () => {
      const { state } = view, { head } = state.selection.main, line = state.doc.lineAt(head);
      const problems = [];
      let all = 0;
      forEachDiagnostic(state, (each, from, to) => {
        all += 1;
        if (from <= head && head <= to) problems.push(each.problem);
      });
      const count = all === 1 ? "1 problem" : `${all} problems`;
      where.textContent = `Line ${line.number}, column ${[...line.text.slice(0, head - line.from)].length + 1}. `
        + (all ? `${count}; F8 goes to the next.` : "No problems.");
      return problems;
    };
    const tell = async () => {
      const { state } = view, { head } = state.selection.main, problems = place();
      const node = token(state, head, -1) ?? token(state, head, 1);
      const found = node && await help(state, node);
      if (found === undefined) where.textContent = SILENCE;
      if (found === undefined || view.state !== state) return;
      const now = JSON.stringify([problems, found]);
      if (now === shown) return;
      shown = now;
      what.replaceChildren(...problems.slice(0, 3).map((each) => { const p = element("p"); p.append(said(each)); return p; }),
        ...(found ? [helped(found)] : []));
    };
    const later = (wait) => { clearTimeout(timer); timer = setTimeout(tell, wait); };
    place();
    later(0);
    return { dom, top: false, update: (update) => { if (update.transactions.length) { place(); later(READING); } },
      destroy: () => clearTimeout(timer) };
  });
}

/** Return the range to underline at a position: the whole word, or the first line of an object or a list. */
function underlined(state, line, at) {
  // On a slow machine, the text might not be parsed up to this position when it is first shown.
  const node = (ensureSyntaxTree(state, line.to, PARSING) ?? syntaxTree(state)).resolveInner(at, 1);
  const word = ["String", "PropertyName", "Number", "True", "False", "Null"].includes(node.name);
  if (word) return [Math.max(node.from, line.from), Math.min(node.to, line.to)];
  const key = node.parent?.name === "Property" ? node.parent.firstChild : null;
  if (key && key.from >= line.from && key.to <= line.to) return [key.from, key.to];
  const rest = line.text.slice(at - line.from).trimEnd();
  if (rest.length > 1) return [at, at + rest.length];
  // There is nothing to underline at the end of a line, and a single underlined bracket is easy to miss.
  if (!rest) return [line.from + Math.max(line.text.search(/\S/), 0), line.to];
  return [at, line.number < state.doc.lines ? state.doc.line(line.number + 1).to : line.to];
}

/** Return a problem in CodeMirror's form: Python's columns are characters, CodeMirror's offsets are UTF-16 code units. */
function placed(state, problem) {
  const line = state.doc.line(Math.min(Math.max(problem.line, 1), state.doc.lines));
  const characters = [...line.text].slice(0, Math.max(problem.column - 1, 0)).join("");
  const [from, to] = underlined(state, line, Math.min(line.from + characters.length, line.to));
  return { from, to: Math.max(to, from), severity: SEVERITIES[problem.severity] ?? "info",
    message: problem.message, problem, renderMessage: () => said(problem) };
}

function replacement(before, after) {
  let from = 0, behind = 0;
  const shorter = Math.min(before.length, after.length);
  while (from < shorter && before[from] === after[from]) from += 1;
  while (behind < shorter - from && before.at(-1 - behind) === after.at(-1 - behind)) behind += 1;
  return { from, to: before.length - behind, insert: after.slice(from, after.length - behind) };
}

const lines = (text) => text.replace(/\r\n?/g, "\n");

/** Return an extension that shows, in the text, the lines of the policy in force that the text lacks, if there is one. */
function comparing(original) {
  if (!original) return [];
  return unifiedMergeView({ original: lines(original), mergeControls: false, syntaxHighlightDeletions: true });
}

function render({ model, el, signal }) {
  const ask = asker(model, signal), help = helping(ask);
  const id = `labs-editor-${Math.random().toString(36).slice(2)}`;
  const compared = new Compartment();
  let timer = 0;
  const push = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    model.set("edition", model.get("edition") + 1);
    model.set("value", view.state.doc.toString());
    model.save_changes();
  };
  // The question contains the text, because the last typed letters might not have reached Python yet.
  const format = () => {
    const text = view.state.doc.toString();
    ask("format", text).then((answer) => {
      if (answer?.text === undefined || view.state.doc.toString() !== text) return;
      view.dispatch({ changes: replacement(text, answer.text), annotations: isolateHistory.of("full") });
    });
    return true;
  };
  const view = new EditorView({
    state: EditorState.create({
      doc: lines(model.get("value")),
      extensions: [
        lineNumbers(), lintGutter(), history(), highlightSpecialChars(), highlightActiveLine(), indentOnInput(),
        bracketMatching(), closeBrackets(), json(), colors, look, indentUnit.of("  "), EditorView.lineWrapping,
        EditorState.allowMultipleSelections.of(false), placeholder(model.get("placeholder")),
        autocompletion({ override: [completing(ask)], icons: false }), hovering(help), placePanel(help, id),
        tooltips({ parent: document.body }),
        compared.of(comparing(model.get("original"))),
        keymap.of([
          { key: "Shift-Alt-f", run: format },
          { key: "F8", run: nextDiagnostic, shift: previousDiagnostic },
          // JupyterLab runs cells with these keys, so they must not also insert a line.
          { key: "Mod-Enter", run: () => true }, { key: "Ctrl-Enter", run: () => true },
          { key: "Shift-Enter", run: () => true }, { key: "Alt-Enter", run: () => true },
          ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap,
        ]),
        EditorView.contentAttributes.of({ "aria-label": model.get("label"), "aria-describedby": id }),
        EditorView.domEventHandlers({ blur: push }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged || update.transactions.every((each) => each.annotation(fromPython))) return;
          clearTimeout(timer);
          timer = setTimeout(push, TYPING);
        }),
      ],
    }),
    parent: el,
  });
  const take = () => {
    const now = view.state.doc.toString(), wanted = lines(model.get("value"));
    if (timer || now === wanted) return;
    view.dispatch({ changes: replacement(now, wanted), annotations: [fromPython.of(true), isolateHistory.of("full")] });
  };
  const mark = () => {
    const marks = model.get("marks");
    if (timer || marks.edition !== model.get("edition")) return;
    view.dispatch(setDiagnostics(view.state, marks.problems.map((each) => placed(view.state, each))));
  };
  const compare = () => view.dispatch({ effects: compared.reconfigure(comparing(model.get("original"))) });
  model.on("change:value", take);
  model.on("change:original", compare);
  model.on("change:marks", mark);
  mark();
  model.set("ready", true);
  model.save_changes();
  return () => {
    push();
    model.off("change:value", take);
    model.off("change:original", compare);
    model.off("change:marks", mark);
    view.destroy();
  };
}

export default { render };
