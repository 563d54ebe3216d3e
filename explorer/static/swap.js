// Fetches a page and replaces a part of the document by that of the page.

let lastRequest = 0;

// Shows the element `part` of a page. A response that arrives after a later request is dropped.
export async function swap(response, part) {
  const number = ++lastRequest;
  let page;
  try {
    const answer = await response;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.place = answer.url;
  } catch {
    if (number === lastRequest) announce("The explorer cannot be reached. Is it still running?");
    return null;
  }
  if (number !== lastRequest) return null;
  const found = page.getElementById(part);
  const old = document.getElementById(found && part !== "main" ? part : "main");
  const fresh = found && part !== "main" ? found : page.getElementById("main");
  if (!fresh) {
    announce(page.body.textContent.trim());
    return null;
  }
  const focus = rememberFocus(old);
  old.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  focus(fresh);
  announce(fresh.querySelector("[data-count]")?.textContent ?? "");
  return page.place;
}

// Follows a link, but replaces only a part of the document.
export async function visit(address, part = "main") {
  const place = await swap(fetch(address), part || "main");
  if (place && place !== location.href) history.pushState(null, "", place);
}

// Sends a form: GET changes the address, POST returns to the page of the form.
export async function submitForm(form, submitter) {
  const data = new URLSearchParams(new FormData(form, submitter));
  if (form.method === "post") {
    await swap(fetch(form.action, { method: "POST", body: data }), form.dataset.swap || "main");
    return;
  }
  for (const [name, value] of [...data]) if (value === "" && name !== "label") data.delete(name);
  const address = `${form.action}?${data}`;
  if (await swap(fetch(address), form.dataset.live)) history.replaceState(null, "", address);
}

function announce(words) {
  document.getElementById("said").textContent = words;
}

// Returns a function that sets the focus in the new part to where it is in the old one.
function rememberFocus(old) {
  const active = document.activeElement;
  if (!old.contains(active)) return () => {};
  const name = active.name && `${active.tagName}[name="${CSS.escape(active.name)}"]`;
  const value = active.tagName === "BUTTON" && active.value ? `[value="${CSS.escape(active.value)}"]` : "";
  const row = [...old.querySelectorAll("[data-row]")].findIndex((each) => each.contains(active));
  return (fresh) => {
    const rows = fresh.querySelectorAll("[data-row]");
    const within = row >= 0 && rows.length ? rows[Math.min(row, rows.length - 1)] : fresh;
    const found = name ? within.querySelector(name + value) : null;
    const target = found && !found.disabled ? found : (row >= 0 && within.querySelector("[data-open]")) || fresh;
    target.focus({ preventScroll: true });
  };
}
