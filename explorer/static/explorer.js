// The pages work without any of this. With it, filters answer as they are typed and reviews stay on the page.
import { submitted, swap, visit } from "./swap.js";
import { onKey } from "./keys.js";

const TYPING_PAUSE = 150;
let waiting = 0;

document.documentElement.classList.add("scripted");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.swap === undefined && form.dataset.live === undefined) return;
  event.preventDefault();
  clearTimeout(waiting);
  submitted(form, event.submitter);
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.dataset.live === undefined || event.isComposing) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => submitted(form, null), event.target.type === "search" ? TYPING_PAUSE : 0);
});

// What an input method composed is there only when it ends.
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

const switched = document.getElementById("keys-on");
switched.checked = localStorage.getItem("camlode-keys") !== "off";
switched.addEventListener("change", () => localStorage.setItem("camlode-keys", switched.checked ? "on" : "off"));
