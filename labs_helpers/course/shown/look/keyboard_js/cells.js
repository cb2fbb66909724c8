// Tab reaches one cell of a table with class `cells`; arrows, Home, and End move among its cells. Enter, Space, or
// a click chooses a cell: its column and row are selected in the two lists of the same widget, as if by a user. The
// selected cell is marked without drawing the table again, because then the focus would be lost. A click on the
// marked cell presses a hidden button with class labs-again, because it doesn't change the lists.
const cells = ".labs-widget table.cells td[data-column]";
const cellOf = target => target instanceof Element ? target.closest(cells) : null;
const enter = cell => {
  for (const other of cell.closest("table").querySelectorAll("td[tabindex='0']")) other.tabIndex = -1;
  cell.tabIndex = 0; cell.focus(); cell.scrollIntoView({block: "nearest", inline: "nearest"});
};
const choose = cell => {
  const view = cell.closest(".labs-widget"); stayer?.disconnect(); follow(view, cell);
  const lists = view.querySelectorAll(".labs-choice select");
  if (isChosen(cell, lists)) view.querySelector(".labs-again")?.click();
  [cell.dataset.column, cell.dataset.row].forEach((value, at) => {
    if (!lists[at] || value === undefined) return;
    lists[at].selectedIndex = Number(value);
    lists[at].dispatchEvent(new Event("change", {bubbles: true}));
  });
};
const isChosen = (cell, lists) => [cell.dataset.column, cell.dataset.row].every(
  (value, at) => Number(value) === lists[at]?.selectedIndex);
const mark = view => {
  const lists = view.querySelectorAll(".labs-choice select");
  for (const cell of view.querySelectorAll("table.cells td[data-column]"))
    if (isChosen(cell, lists)) cell.setAttribute("aria-current", "true"); else cell.removeAttribute("aria-current");
};
const moved = (cell, key) => {
  const all = row => row.querySelectorAll("td[data-column]");
  const row = cell.parentElement, cells = all(row), at = [...cells].indexOf(cell);
  if (isListed(cell) && key.match("Up|Down")) return cells[at + (key === "ArrowDown" ? 1 : -1)];
  const rows = [...cell.closest("table").querySelectorAll("tr")].filter(each => each.querySelector("td"));
  const within = line => line && all(line)[at], down = rows.indexOf(row);
  return {ArrowRight: cells[at + 1], ArrowLeft: cells[at - 1], Home: cells[0], End: cells[cells.length - 1],
    ArrowDown: within(rows[down + 1]), ArrowUp: within(rows[down - 1])}[key];
};
