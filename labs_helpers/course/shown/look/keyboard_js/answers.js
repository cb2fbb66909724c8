// After a cell is chosen or a button with class labs-asks is pressed, the kernel's answer comes into view: the
// element with class labs-answer that has changed. A cell that the kernel has drawn again gets its focus back.
// If a row's cells are a list, a copy of the answer appears below the cell. If the answer to a cell of the access
// map is far below it, a copy of the answer appears below the row. A second click removes the copy. A reason that
// was opened or closed in an answer is in the same state in the next answer.
const isListed = cell => cell.querySelector(".named")?.checkVisibility();
const isFar = (cell, answer) => {
  const down = answer.getBoundingClientRect().top - cell.getBoundingClientRect().bottom;
  return cell.closest(".access") && down > innerHeight * .6;
};
const below = (cell, answer) => {
  const copy = document.createElement("td"), isNear = isListed(cell);
  copy.className = isNear ? "reason" : "reason far"; copy.innerHTML = answer.querySelector(".labs").innerHTML;
  if (isNear) cell.after(copy); else cell.parentElement.append(copy);
  return copy;
};
let follower = null, wait = 0;
const unfollow = () => { follower?.disconnect(); clearTimeout(wait); };
const follow = (view, cell) => {
  const answers = [...view.querySelectorAll(".labs-answer")]; if (!answers.length) return;
  let [answer] = answers, isShown = false;
  const drawnAgain = () => {
    const {column, row} = cell.dataset;
    cell = view.querySelector(`td[data-column="${column}"][data-row="${row}"]`) || cell;
    if (cell.isConnected) enter(cell);
  };
  const show = () => {
    mark(view);
    if (cell && !cell.isConnected && document.activeElement === document.body) drawnAgain();
    if (!answer.textContent.trim() || cell && !cell.isConnected) return;
    cell?.closest("table").querySelector("td.reason")?.remove();
    const told = cell && (isListed(cell) || isFar(cell, answer)) ? below(cell, answer) : answer;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    if (!isShown) told.scrollIntoView({block: "nearest", behavior});
    isShown = true;
  };
  unfollow();
  follower = new MutationObserver(changes => {
    answer = changes.at(-1).target.closest(".labs-answer") || answer;
    clearTimeout(wait); wait = setTimeout(show, 150);
  });
  for (const each of answers) follower.observe(each, {childList: true, subtree: true});
  if (!cell?.hasAttribute("aria-current")) return;
  const shown = cell.parentElement.querySelector("td.reason");
  if (shown) shown.remove(); else show();
};
const keepFold = view => {
  for (const fold of view.querySelectorAll(".labs-answer details.why"))
    if (fold.open !== view.labsIsOpen) fold.open = view.labsIsOpen;
};
window.addEventListener("click", event => {
  const fold = event.target instanceof Element && event.target.closest(":is(.labs-answer, .reason) .why > summary");
  const view = fold && fold.closest(".labs-widget:has(.cells)");
  if (!view) return;
  if (view.labsIsOpen === undefined)
    new MutationObserver(() => keepFold(view)).observe(view, {childList: true, subtree: true});
  view.labsIsOpen = !fold.parentElement.open;
});
