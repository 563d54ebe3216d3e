// Single keys, unless somebody types or has switched them off.

const VERDICTS = { a: "accepted", r: "rejected", s: "spurious", u: "undo" };

export function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest("input, textarea, select, dialog");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!document.getElementById("keys-on").checked && event.key !== "?") return;
  if (acted(event.key)) event.preventDefault();
}

function acted(key) {
  if (key === "/") return focused(document.querySelector("[data-search], input[type=search]"));
  if (key === "?") return opened(document.getElementById("keys"));
  if (key === "j" || key === "k") return moved(key === "j" ? 1 : -1);
  if (key === "[" || key === "]") return clicked(document.querySelector(`.pages [rel=${key === "]" ? "next" : "prev"}]`));
  if (key === "n") return focused(document.querySelector("[data-note]"));
  if (key in VERDICTS) return clicked(button(VERDICTS[key]));
  return false;
}

// The button of the row that has the focus, or of the one pattern that a page is about.
function button(verdict) {
  const row = document.activeElement.closest("[data-row]");
  const place = row?.querySelector(".verdicts") ?? document.querySelector("form.verdict");
  return place?.querySelector(`button[value=${verdict}]:enabled`);
}

function moved(step) {
  const links = [...document.querySelectorAll("[data-open]")];
  if (!links.length) return clicked(document.querySelector(`.steps [rel=${step > 0 ? "next" : "prev"}]`));
  const row = document.activeElement.closest("[data-row]");
  const now = links.findIndex((link) => row?.contains(link));
  return focused(links[Math.min(Math.max(now + step, 0), links.length - 1)]);
}

function focused(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return Boolean(element);
}

function clicked(element) {
  element?.click();
  return Boolean(element);
}

function opened(dialog) {
  dialog.showModal();
  return true;
}
