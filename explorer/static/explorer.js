// The pages work without scripts. With them, results follow the typing, and a review does not reload the page.
import { submitForm, swap, visit } from "./swap.js";
import { onKey } from "./keys.js";

const TYPING_PAUSE = 150;
let timer = 0;

document.documentElement.classList.add("scripted");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.swap === undefined && form.dataset.live === undefined) return;
  event.preventDefault();
  clearTimeout(timer);
  submitForm(form, event.submitter);
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.dataset.live === undefined || event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(() => submitForm(form, null), event.target.type === "search" ? TYPING_PAUSE : 0);
});

// The text of an input method counts only when it is complete.
document.addEventListener("compositionend", (event) => {
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  const link = event.target.closest("a[data-swap]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  visit(link.href, link.dataset.swap).then(() => scrollTo({ top: 0 }));
});

addEventListener("popstate", () => swap(fetch(location.href), "main"));
document.addEventListener("keydown", onKey);

const keysSwitch = document.getElementById("keys-on");
keysSwitch.checked = localStorage.getItem("camlode-keys") !== "off";
keysSwitch.addEventListener("change", () => localStorage.setItem("camlode-keys", keysSwitch.checked ? "on" : "off"));
