// Asks the server for a page and puts a part of it in the place of what is shown.

let lastRequest = 0;

// Shows the element `part` of a page; an answer that comes after a later one's question is dropped.
export async function swap(response, part) {
  const number = ++lastRequest;
  let page;
  try {
    const answer = await response;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.place = answer.url;
  } catch {
    if (number === lastRequest) say("The explorer cannot be reached. Is it still running?");
    return null;
  }
  if (number !== lastRequest) return null;
  const found = page.getElementById(part);
  const old = document.getElementById(found && part !== "main" ? part : "main");
  const fresh = found && part !== "main" ? found : page.getElementById("main");
  if (!fresh) {
    say(page.body.textContent.trim());
    return null;
  }
  const focus = remembered(old);
  old.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  focus(fresh);
  say(fresh.querySelector("[data-count]")?.textContent ?? "");
  return page.place;
}

// Goes to an address as a link would, but for the part that stays.
export async function visit(address, part = "main") {
  const place = await swap(fetch(address), part || "main");
  if (place && place !== location.href) history.pushState(null, "", place);
}

// Sends a form: one that asks changes the address, one that tells comes back to the page that it was on.
export async function submitted(form, submitter) {
  const data = new URLSearchParams(new FormData(form, submitter));
  if (form.method === "post") {
    await swap(fetch(form.action, { method: "POST", body: data }), form.dataset.swap || "main");
    return;
  }
  for (const [name, value] of [...data]) if (value === "" && name !== "label") data.delete(name);
  const address = `${form.action}?${data}`;
  if (await swap(fetch(address), form.dataset.live)) history.replaceState(null, "", address);
}

function say(words) {
  document.getElementById("said").textContent = words;
}

// Where the focus was in what goes, so that it can be put there in what comes.
function remembered(old) {
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
