"""Keyboard handling within a widget: JupyterLab's shortcuts are suppressed, and arrow keys move between table cells.

While a widget's button has the focus, JupyterLab is in command mode, where x cuts the cell and ↓ goes to the next cell.
An element with `data-lm-suppress-shortcuts` keeps its keys (Lumino's CommandRegistry looks for the attribute on the
focused element first); a widget can't set it from Python, so a short script does. JupyterLab still handles Ctrl+S,
Shift+Enter, and similar shortcuts. If scripts don't run, all controls still work with Tab and Space.
https://lumino.readthedocs.io/en/latest/api/classes/commands.CommandRegistry.html
"""

from __future__ import annotations

import ipywidgets

# Keys a to f and 1 to 6 choose an option of the question that has the focus. Enter and → go on from an answered
# question, and ← and → move between questions. The card of a series of questions takes the focus when it shows another
# question or the end: no option of that question looks chosen, and no button that disappears has the focus. Screen
# readers announce what changes in elements with class labs-heard.
# Tab reaches one cell of a table with class `cells`; arrows, Home, and End move among its cells. Enter, Space, or a
# click chooses a cell: its column and row are selected in the two lists of the same widget, as if by a user. The
# selected cell is marked without drawing the table again, because then the focus would be lost. A click on the marked
# cell presses a hidden button with class labs-again, because it doesn't change the lists. A click on a part of a
# picture with data-option selects that option in the widget's list, which the keyboard reaches as well; data-list is
# the list's number in a widget with several lists. A click on a part with data-opens opens the list with this number.
# After a cell is chosen or a button with class labs-asks is pressed, the kernel's answer comes into view: the element
# with class labs-answer that has changed. A cell that the kernel has drawn again gets its focus back. If a row's cells
# are a list, a copy of the answer appears below the cell. If the answer to a cell of the access map is far below it, a
# copy of the answer appears below the row. A second click removes the copy. If a button in a row with class labs-steps
# disappears when it is pressed, the row's highlighted button gets the focus; without a button, the row gets it, or else
# the answer, or the chosen cell (if its row is collapsed, the map). A button with class labs-held that is disabled when
# it is pressed keeps the focus until the user goes on, although browsers take the focus away from disabled buttons. A
# reason that was opened or closed in an answer is in the same state in the next answer.
_SCRIPT = """<script>(() => {
  if (document.currentScript) document.currentScript.remove();
  if (window.labsKeys) return;
  window.labsKeys = true;
  const cells = ".labs-widget table.cells td[data-column]";
  const cellOf = target => target instanceof Element ? target.closest(cells) : null;
  const optionOf = event => {
    const card = event.target instanceof Element && event.target.closest(".labs-question");
    const at = card && event.key.length === 1 ? "123456abcdef".indexOf(event.key.toLowerCase()) % 6 : -1;
    if (at < 0 || event.target.closest("input, textarea, select")) return null;
    const options = card.querySelectorAll(".labs-options button, .labs-piles button");
    return [...options].filter(each => each.offsetParent)[at];
  };
  const moveOf = event => {
    const card = event.target instanceof Element && event.target.closest(".labs-question");
    if (!card || event.target.closest("input, textarea, select, summary, a")) return null;
    const shown = kind => [...card.querySelectorAll(`.labs-onward ${kind}`)].find(each => each.checkVisibility());
    const own = event.target.closest("button");
    // Enter presses any other button
    const isOwn = own && !own.closest(".labs-options, .labs-piles, .labs-places .here");
    if (event.key === "Enter") return isOwn ? null : shown(".mod-primary");
    if (event.key === "ArrowRight") return shown(".labs-next");
    return event.key === "ArrowLeft" ? card.querySelector(".labs-places .here")?.previousElementSibling : null;
  };
  let left = {};
  const isLeft = card => {  // a second press goes nowhere before the kernel has shown what the first one asked for
    const now = {text: card.innerText, at: Date.now()}, again = now.text === left.text && now.at - left.at < 2000;
    left = again ? left : now;
    return again;
  };
  const enterCard = card => {
    card.tabIndex = -1;
    card.setAttribute("role", "group");
    const title = card.querySelector(".title-line > span")?.firstChild.textContent.trim();
    card.setAttribute("aria-label", title || "Question");
    card.focus({preventScroll: true});
    card.querySelector(".headline")?.scrollIntoView({block: "nearest"});
  };
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
  let follower = null, stayer = null, holder = null;
  const follow = (view, cell) => {
    const answers = [...view.querySelectorAll(".labs-answer")]; if (!answers.length) return;
    let [answer] = answers, wait = 0, isShown = false;
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
    follower?.disconnect();
    follower = new MutationObserver(changes => {
      answer = changes.at(-1).target.closest(".labs-answer") || answer;
      clearTimeout(wait); wait = setTimeout(show, 150);
    });
    for (const each of answers) follower.observe(each, {childList: true, subtree: true});
    if (!cell?.hasAttribute("aria-current")) return;
    const shown = cell.parentElement.querySelector("td.reason");
    if (shown) shown.remove(); else show();
  };
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
  const live = event => {  // a saved notebook has no marks of what changed in an earlier session
    if (event.target instanceof Element) event.target.closest(".labs-widget")?.classList.add("labs-live");
  };
  for (const kind of ["change", "click", "keydown"]) window.addEventListener(kind, live, true);
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
  window.addEventListener("change", event => {
    const list = event.target instanceof Element && event.target.closest(".labs-widget .labs-choice select");
    if (list) mark(list.closest(".labs-widget"));
    if (list && event.isTrusted) list.closest(".labs-widget").querySelector("td.reason")?.remove();
  }, true);
  const moved = (cell, key) => {
    const all = row => row.querySelectorAll("td[data-column]");
    const row = cell.parentElement, cells = all(row), at = [...cells].indexOf(cell);
    if (isListed(cell) && key.match("Up|Down")) return cells[at + (key === "ArrowDown" ? 1 : -1)];
    const rows = [...cell.closest("table").querySelectorAll("tr")].filter(each => each.querySelector("td"));
    const within = line => line && all(line)[at], down = rows.indexOf(row);
    return {ArrowRight: cells[at + 1], ArrowLeft: cells[at - 1], Home: cells[0], End: cells[cells.length - 1],
      ArrowDown: within(rows[down + 1]), ArrowUp: within(rows[down - 1])}[key];
  };
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
    if (option) { option.focus(); option.click(); event.preventDefault(); event.stopPropagation(); return; }
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
  const pick = part => {
    const list = part.closest(".labs-widget").querySelectorAll(".labs-choice select")[part.dataset.list || 0];
    list.selectedIndex = Number(part.dataset.option);
    list.dispatchEvent(new Event("change", {bubbles: true}));
  };
  const open = part => {
    const list = part.closest(".labs-widget").querySelectorAll(".labs-choice select")[part.dataset.opens];
    list.focus();
    if (list.showPicker) list.showPicker();
  };
  const enterMap = current => {  // a collapsed row stays collapsed
    const isShut = current?.closest("tr").querySelector("details.opens:not([open])")?.checkVisibility();
    if (isShut) current.closest(".scrolled").focus({preventScroll: true}); else if (current) enter(current);
  };
  const stay = (steps, pressed) => {
    const next = () => {
      if (pressed.checkVisibility() || document.activeElement !== document.body) return;
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
    if (steps) stay(steps, own);
    if (own && own.matches(".labs-widget .labs-held")) hold(own);
    const replaced = ".labs-series .labs-options, .labs-quiz .labs-onward, .labs-quiz .labs-missed";
    if (own && own.closest(replaced)) enterCard(own.closest(".labs-quiz"));
  }, true);
})()</script>"""

# A slider's handle has no name of its own: it gets the name of the field next to it.
_NAMES = """<script>(() => {
  const own = document.currentScript, view = own && own.closest(".labs-widget");
  const name = () => {
    const handles = (view || document).querySelectorAll(".noUi-handle:not([aria-label])");
    handles.forEach(each => {
      const label = each.closest(".widget-vbox")?.querySelector(".widget-label");
      if (label) each.setAttribute("aria-label", label.textContent);
    });
    return handles.length;
  };
  let tries = 0;
  const wait = () => { if (!name() && ++tries < 50) setTimeout(wait, 100); };
  wait();
})()</script>"""

# A list in a frame scrolls to the row that is chosen in the widget's last list, wherever it was chosen. The page stays.
_FOLLOWED = """<script>(() => {
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
})()</script>"""


def followed_rows() -> ipywidgets.Output:
    """Return an invisible output that keeps the chosen row of a widget's list in view."""
    return _script(_FOLLOWED)


def keys() -> ipywidgets.Output:
    """Return an invisible output that adds the script to the page that shows a widget."""
    return _script(_SCRIPT)


def named_sliders() -> ipywidgets.Output:
    """Return an invisible output that names each slider of a widget after the field next to it."""
    return _script(_NAMES)


def _script(script: str) -> ipywidgets.Output:
    shown = {"output_type": "display_data", "data": {"text/html": script, "text/plain": ""}, "metadata": {}}
    return ipywidgets.Output(outputs=(shown,), layout={"height": "0", "margin": "0", "overflow": "hidden"})
