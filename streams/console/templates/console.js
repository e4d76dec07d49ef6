// What makes the console quicker to use: refresh, keys and dialogs. Everything else works without it.
"use strict";

const EVERY_MS = 10_000;
const WAIT_MS = 20_000;
const find = (selector, within = document) => within.querySelector(selector);

// -- refresh ----------------------------------------------------------------------------------------------------------

const pause = find("#pause");
const banner = find("#unanswered");
let freshAt = new Date();
let asking = false;

const paused = () => pause.getAttribute("aria-pressed") === "true";
const clock = (moment) => moment.toLocaleTimeString([], { hour12: false });

// Nobody is disturbed while they write, choose, mark words or answer a question.
const busy = () =>
  document.hidden || find("dialog[open]") || !getSelection().isCollapsed ||
  (find("main").contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

const keepPlace = (change) => {
  const open = [...document.querySelectorAll("main details")].map((details) => details.open);
  const links = () => [...document.querySelectorAll("main a, main summary, main [tabindex='0']")];
  const at = links().indexOf(document.activeElement);
  change();
  document.querySelectorAll("main details").forEach((details, index) => { details.open = open[index] || false; });
  if (at >= 0) links()[at]?.focus({ preventScroll: true });
};

const take = (text) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  keepPlace(() => find("main").replaceChildren(...find("main", page).childNodes));
  for (const id of ["#health", "#fresh"]) {
    if (find(id) && find(id, page)) find(id).replaceWith(document.adoptNode(find(id, page)));
  }
  offerCopies();
};

const refresh = async () => {
  if (asking || paused() || busy()) return;
  asking = true;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(WAIT_MS), credentials: "same-origin" });
    if (answer.redirected && new URL(answer.url).pathname === "/login") { location.reload(); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (!busy() && !paused()) take(text);
    freshAt = new Date();
    banner.hidden = true;
  } catch {
    const words = `The worker does not answer. What you see is from ${clock(freshAt)}; it is asked again every ${EVERY_MS / 1000} s.`;
    if (banner.textContent !== words) banner.textContent = words;
    banner.hidden = false;
  } finally {
    asking = false;
  }
};

const togglePause = () => {
  pause.setAttribute("aria-pressed", String(!paused()));
  pause.textContent = paused() ? "Refresh is paused" : "Pause refresh";
  if (!paused()) refresh();
};

// Forms and their faults are no state of the worker: they stay as they are.
if (find("#fresh time") && !find("main form[method='post']")) {
  pause.hidden = false;
  pause.addEventListener("click", togglePause);
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
}

// -- orders are confirmed in a dialog ---------------------------------------------------------------------------------

const asked = find("#asked");
let opener = null;

const askInDialog = async (link) => {
  opener = link;
  const answer = await fetch(link.href, { credentials: "same-origin" });
  const order = find("#order", new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (!answer.ok || !order) { location.assign(link.href); return; }
  asked.replaceChildren(document.adoptNode(order));
  asked.showModal();
  (find("#issued_by", asked).value ? find("#confirm, #target, #note", asked) : find("#issued_by", asked)).focus();
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    askInDialog(link).catch(() => location.assign(link.href));
  } else if (event.target.closest("#asked [data-cancel]")) {
    event.preventDefault();
    asked.close();
  }
});
asked.addEventListener("close", () => { asked.replaceChildren(); opener?.focus(); });
// An order is given once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.method === "post") {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  }
});

// -- commands to copy -------------------------------------------------------------------------------------------------

function offerCopies() {
  if (!navigator.clipboard) return;
  for (const command of document.querySelectorAll("pre[data-copy]")) {
    if (command.nextElementSibling?.matches(".copy")) continue;
    const line = document.createElement("p");
    const button = document.createElement("button");
    line.className = "copy";
    button.type = "button";
    button.textContent = "Copy command";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "Copied";
    });
    line.append(button);
    command.after(line);
  }
}
offerCopies();

// -- keys -------------------------------------------------------------------------------------------------------------

const keys = find("#keys");
find("#show-keys").hidden = false;
find("#show-keys").addEventListener("click", () => keys.showModal());

const move = (step) => {
  const items = [...document.querySelectorAll("[data-item]")].map((item) => find("a", item)).filter(Boolean);
  const at = items.findIndex((link) => link.closest("[data-item]").contains(document.activeElement));
  const next = items[at < 0 ? (step > 0 ? 0 : items.length - 1) : Math.min(Math.max(at + step, 0), items.length - 1)];
  next?.focus();
};

const ACTIONS = {
  "/": () => (find("[data-search]") || find("#quick"))?.focus(),
  "?": () => keys.showModal(),
  j: () => move(1),
  k: () => move(-1),
  p: () => { if (!pause.hidden) togglePause(); },
};

document.addEventListener("keydown", (event) => {
  const writing = event.target.matches("input, select, textarea, [contenteditable]");
  if (writing && event.key === "Escape" && !find("dialog[open]")) { event.target.blur(); return; }
  if (writing || event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  if (ACTIONS[event.key]) { event.preventDefault(); ACTIONS[event.key](); }
});
