// Single-key commands, unless the user types in a field or has switched them off.

const VERDICTS = { a: "accepted", r: "rejected", s: "spurious", u: "undo" };

export function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest("input, textarea, select, dialog");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!document.getElementById("keys-on").checked && event.key !== "?") return;
  if (handleKey(event.key)) event.preventDefault();
}

function handleKey(key) {
  if (key === "/") return focusOn(document.querySelector("[data-search], input[type=search]"));
  if (key === "?") return openDialog(document.getElementById("keys"));
  if (key === "j" || key === "k") return moveFocus(key === "j" ? 1 : -1);
  if (key === "[" || key === "]") return click(document.querySelector(`.pages [rel=${key === "]" ? "next" : "prev"}]`));
  if (key === "n") return focusOn(document.querySelector("[data-note]"));
  if (key in VERDICTS) return click(findButton(VERDICTS[key]));
  return false;
}

// Returns the button of the focused row, or that of the pattern page.
function findButton(verdict) {
  const row = document.activeElement.closest("[data-row]");
  const place = row?.querySelector(".verdicts") ?? document.querySelector("form.verdict");
  return place?.querySelector(`button[value=${verdict}]:enabled`);
}

function moveFocus(step) {
  const links = [...document.querySelectorAll("[data-open]")];
  if (!links.length) return click(document.querySelector(`.steps [rel=${step > 0 ? "next" : "prev"}]`));
  const row = document.activeElement.closest("[data-row]");
  const now = links.findIndex((link) => row?.contains(link));
  return focusOn(links[Math.min(Math.max(now + step, 0), links.length - 1)]);
}

function focusOn(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return Boolean(element);
}

function click(element) {
  element?.click();
  return Boolean(element);
}

function openDialog(dialog) {
  dialog.showModal();
  return true;
}
