// Keys a to f and 1 to 6 choose an option of the question that has the focus. Enter and → go on from an answered
// question, and ← and → move between questions. The card of a series of questions takes the focus when it shows
// another question or the end: no option of that question looks chosen, and no button that disappears has the
// focus.
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
let left = null;
const leave = card => {
  left?.changes.disconnect();
  const own = {card, at: Date.now(), patience: 2000};
  own.changes = new MutationObserver(() => { own.at = Date.now(); own.patience = 150; });
  own.changes.observe(card, {childList: true, characterData: true, subtree: true});
  left = own;
};
// A second press goes nowhere before the kernel has shown, part by part, what the first one asked for. No person
// reacts to it in less than 150 ms.
const isLeft = card => {
  const isWaiting = left?.card === card && Date.now() - left.at < left.patience;
  if (!isWaiting) leave(card);
  return isWaiting;
};
const enterCard = card => {
  card.tabIndex = -1;
  card.setAttribute("role", "group");
  const title = card.querySelector(".title-line > span")?.firstChild.textContent.trim();
  card.setAttribute("aria-label", title || "Question");
  card.focus({preventScroll: true});
  card.querySelector(".headline")?.scrollIntoView({block: "nearest"});
};
