// If a button in a row with class labs-steps disappears when it is pressed, the row's highlighted button gets the
// focus; without a button, the row gets it, or else the answer, or the chosen cell (if its row is collapsed, the
// map). A button with class labs-held that is disabled when it is pressed keeps the focus until the user goes on,
// although browsers take the focus away from disabled buttons.
let stayer = null, holder = null;
const enterMap = current => {  // a collapsed row stays collapsed
  const isShut = current?.closest("tr").querySelector("details.opens:not([open])")?.checkVisibility();
  if (isShut) current.closest(".scrolled").focus({preventScroll: true}); else if (current) enter(current);
};
const stay = (steps, pressed) => {
  const next = () => {
    // A busy browser takes the focus away from a hidden button late, so the button can still have it.
    if (pressed.checkVisibility() || ![document.body, pressed].includes(document.activeElement)) return;
    const shown = [...steps.querySelectorAll("button")].filter(each => each.checkVisibility());
    const button = shown.find(each => each.classList.contains("mod-primary")) || shown[0];
    const place = button || (steps.checkVisibility() ? steps : steps.closest(".labs-answer"));
    if (!place) enterMap(steps.closest(".labs-widget").querySelector("td[aria-current]"));
    if (!button) place?.setAttribute("tabindex", "-1");
    place?.focus({preventScroll: !button});
  };
  stayer?.disconnect();
  stayer = new MutationObserver(() => setTimeout(next, 100));
  stayer.observe(steps, {attributes: true, subtree: true});
};
const hold = button => {
  holder?.disconnect();
  holder = new MutationObserver(() => {
    if (!button.disabled || document.activeElement !== button) return;
    button.setAttribute("aria-disabled", "true");
    button.disabled = false;
  });
  holder.observe(button, {attributes: true, attributeFilter: ["disabled"]});
};
window.addEventListener("focusout", event => {
  if (!event.target.matches?.(".labs-held[aria-disabled]")) return;
  holder?.disconnect();
  event.target.removeAttribute("aria-disabled");
  event.target.disabled = true;
});
