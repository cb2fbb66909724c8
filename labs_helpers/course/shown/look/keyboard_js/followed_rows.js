// A list in a frame scrolls to the row that is chosen in the widget's last list, wherever it was chosen. The page stays.
const own = document.currentScript, view = own && own.closest(".labs-widget");
if (!view) return;
let wait = 0;
const show = () => {
  const list = [...view.querySelectorAll(".labs-choice select")].at(-1), frame = view.querySelector(".rows");
  const rows = frame ? [...frame.querySelectorAll("tr[data-option]")] : [];
  for (const row of rows) row.removeAttribute("aria-current");
  const row = rows[list?.selectedIndex];
  if (!row) return;
  row.setAttribute("aria-current", "true");
  const style = getComputedStyle(frame), [inner, outer] = [row, frame].map(each => each.getBoundingClientRect());
  const above = inner.top - outer.top - parseFloat(style.scrollPaddingTop || 0);
  const below = inner.bottom - outer.bottom + parseFloat(style.paddingBottom);
  if (above < 0 || below > 0) frame.scrollTop += above < 0 ? above : Math.min(below, above);
};
const watch = () => { clearTimeout(wait); wait = setTimeout(show, 50); };
new MutationObserver(watch).observe(view, {childList: true, subtree: true});
new ResizeObserver(watch).observe(view);
