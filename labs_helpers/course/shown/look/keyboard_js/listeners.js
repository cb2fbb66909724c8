// What the page does when a key is pressed, a button or a cell is clicked, a list changes, or the focus moves.
// Screen readers announce what changes in elements with class labs-heard.
const live = event => {  // a saved notebook has no marks of what changed in an earlier session
  if (event.target instanceof Element) event.target.closest(".labs-widget")?.classList.add("labs-live");
};
for (const kind of ["change", "click", "keydown"]) window.addEventListener(kind, live, true);
window.addEventListener("change", event => {
  const list = event.target instanceof Element && event.target.closest(".labs-widget .labs-choice select");
  if (list) mark(list.closest(".labs-widget"));
  if (list && event.isTrusted) list.closest(".labs-widget").querySelector("td.reason")?.remove();
}, true);
window.addEventListener("focusin", event => {
  const heard = event.target.closest?.(".labs-question")?.querySelector(".labs-heard:not([aria-live])");
  heard?.setAttribute("aria-live", "polite");
  const fold = cellOf(event.target)?.closest("tr").querySelector("details.opens");
  if (fold?.checkVisibility()) fold.open = true;
});
window.addEventListener("keydown", event => {
  const target = event.target instanceof Element && event.target.closest(".labs-widget *");
  const command = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey && event.key === "Enter";
  if (target) target.toggleAttribute("data-lm-suppress-shortcuts", !command);
  const option = command ? null : optionOf(event);
  if (option) {
    option.focus(); option.click(); left = null; event.preventDefault(); event.stopPropagation();
    return;
  }
  const move = command ? null : moveOf(event);
  if (move) {
    event.preventDefault(); event.stopPropagation();
    if (isLeft(move.closest(".labs-question"))) return;
    move.click();
    const card = move.closest(".labs-quiz"); if (card) enterCard(card);
    return;
  }
  const cell = cellOf(event.target);
  if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Enter" || event.key === " ") choose(cell);
  else if (["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) {
    const next = moved(cell, event.key); if (next) enter(next);
  } else return;
  event.preventDefault(); event.stopPropagation();
}, true);
window.addEventListener("click", event => {
  const cell = cellOf(event.target); if (cell) { enter(cell); choose(cell); }
  const part = event.target instanceof Element ? event.target.closest(".labs-widget [data-option]") : null;
  if (part) pick(part);
  const more = event.target instanceof Element ? event.target.closest(".labs-widget [data-opens]") : null;
  if (more) open(more);
  const asks = event.target instanceof Element && event.target.closest(".labs-widget .labs-asks");
  if (asks) follow(asks.closest(".labs-widget"), null);
  const own = event.target instanceof Element && event.target.closest("button");
  const steps = own && own.closest(".labs-widget .labs-steps");
  if (steps && !asks) unfollow();  // the cell that was chosen before has no claim to the focus
  if (steps) stay(steps, own);
  if (own && own.matches(".labs-widget .labs-held")) hold(own);
  if (own && event.isTrusted) left = null;
  const replaced = ".labs-series .labs-options, .labs-quiz .labs-onward, .labs-quiz .labs-missed";
  if (own && own.closest(replaced)) enterCard(own.closest(".labs-quiz"));
}, true);
