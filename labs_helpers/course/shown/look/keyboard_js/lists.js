// A click on a part of a picture with data-option selects that option in the widget's list, which the keyboard
// reaches as well; data-list is the list's number in a widget with several lists. A click on a part with data-
// opens opens the list with this number.
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
