// The library's view: opened and left, searched, limited by its timeline, added to and removed from.
// Gradio runs this once, as the list's js_on_load: element, trigger and watch are its own.

const POLL = 5000; // milliseconds: another program may add articles meanwhile
const TYPING = 250; // after the last key, before it is searched
const WORDS = 8000; // that a word on what was done stays; what can be undone stays until it is left
const room = document.getElementById("room");
const library = document.getElementById("library");
const within = (id) => document.getElementById(id);

// --- the view

function look(view) {
  room.dataset.view = view;
  mark();
  if (view === "library") {
    trigger("focus", {});
    within("library-name").focus();
  } else {
    document.querySelector("#question textarea")?.focus();
  }
}

function mark() {
  const link = document.querySelector("#count button");
  if (room.dataset.view === "library") link?.setAttribute("aria-current", "page");
  else link?.removeAttribute("aria-current");
}

function ways(shown) {
  const panel = within("adding");
  panel.hidden = !shown;
  library.querySelector(".top [data-adding]").setAttribute("aria-expanded", String(shown));
  if (!shown) return;
  panel.scrollIntoView({ block: "nearest" });
  panel.querySelector("button, textarea").focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-view]");
  const add = event.target.closest("[data-adding]");
  if (link && link !== room) look(link.dataset.view);
  else if (event.target.closest("#renew")) look("talk");
  else if (add) {
    const outside = room.dataset.view !== "library";
    if (outside) look("library");
    ways(outside || within("adding").hidden);
  }
});

setInterval(() => {
  if (!document.hidden) trigger("focus", {});
}, POLL);

// --- search and order

const tools = library.querySelector("form.tools");
let typed;

function search() {
  clearTimeout(typed);
  const { matching, order } = tools.elements;
  trigger("input", { matching: matching.value, order: order.value });
}

tools.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
tools.addEventListener("input", ({ target }) => {
  clearTimeout(typed);
  if (target.name === "matching") typed = setTimeout(search, TYPING);
});
tools.addEventListener("change", ({ target }) => {
  const { since, until } = tools.elements;
  if (target.name === "order") search();
  if (target === since || target === until) {
    trigger("select", { since: since.value, until: until.value });
  }
});

// --- outlets

const outlets = within("outlets");
let unfolded = false;
let sought = "";

function outletsAgain() {
  const details = outlets.querySelector("details");
  if (!details) return;
  if (details.open !== unfolded) details.open = unfolded;
  for (const row of details.querySelectorAll("li")) {
    const box = row.querySelector("input");
    box.checked = box.hasAttribute("checked");
    row.hidden = !box.dataset.source.toLowerCase().includes(sought);
  }
}

outlets.addEventListener("click", (event) => {
  if (event.target.closest("summary")) unfolded = !outlets.querySelector("details").open;
});
outlets.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-find]")) return;
  sought = target.value.trim().toLowerCase();
  outletsAgain();
});
outlets.addEventListener("change", ({ target }) => {
  const source = target.dataset.source;
  if (source === undefined) return;
  target.toggleAttribute("checked", target.checked);
  trigger("select", { source, on: target.checked });
});
new MutationObserver(outletsAgain).observe(outlets, { childList: true, subtree: true });

// --- the timeline: a press on one bar, or from one to another, chooses their days

const plot = within("plot");
let from = null; // the bar that a range begins with
let dragging = false;

const bars = () => [...plot.querySelectorAll(".bar")];

function span(one, other) {
  const all = bars();
  const [first, last] = [all.indexOf(one), all.indexOf(other)].sort((a, b) => a - b);
  return all.slice(first, last + 1);
}

function choose(one, other) {
  const all = span(one, other);
  const lit = bars().filter((bar) => bar.getAttribute("aria-pressed") === "true");
  const same = lit.length === all.length && lit.every((bar, place) => bar === all[place]);
  const days = { since: all[0].dataset.since, until: all.at(-1).dataset.until };
  trigger("select", same ? { drop: "days" } : days);
}

function tell(bar) {
  const line = plot.querySelector(".now");
  if (!line) return;
  line.textContent = bar ? bar.getAttribute("aria-label") : line.dataset.told;
  line.classList.toggle("hint", !bar && !plot.querySelector('[aria-pressed="true"]'));
}

function sweep(bar) {
  const all = bar ? span(from, bar) : [];
  for (const one of bars()) one.classList.toggle("swept", all.includes(one));
}

const under = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest(".bar");

plot.addEventListener("pointerdown", (event) => {
  const bar = event.target.closest(".bar");
  if (!bar || event.button) return;
  event.preventDefault();
  bar.focus({ preventScroll: true });
  [from, dragging] = [event.shiftKey && from ? from : bar, true];
  sweep(bar);
});
addEventListener("pointermove", (event) => {
  if (!dragging) return;
  const bar = under(event);
  if (bar) {
    tell(bar);
    sweep(bar);
  }
});
addEventListener("pointerup", (event) => {
  if (!dragging) return;
  dragging = false;
  sweep(null);
  const bar = under(event);
  if (bar) choose(from, bar);
});
addEventListener("pointercancel", () => {
  dragging = false;
  sweep(null);
});
plot.addEventListener("pointerover", (event) => tell(event.target.closest(".bar")));
plot.addEventListener("pointerleave", () => tell(null));
plot.addEventListener("focusin", (event) => {
  const bar = event.target.closest(".bar");
  if (!bar) return;
  for (const one of bars()) one.setAttribute("tabindex", one === bar ? "0" : "-1");
  tell(bar);
});
plot.addEventListener("focusout", () => tell(null));
plot.addEventListener("click", (event) => {
  const bar = event.target.closest(".bar"); // a screen reader's press has no pointer
  if (bar && event.detail === 0) choose(bar, (from = bar));
});
plot.addEventListener("keydown", (event) => {
  const bar = event.target.closest(".bar");
  if (!bar) return;
  const all = bars();
  const place = all.indexOf(bar);
  const next = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: all.length - 1 };
  if (event.key in next) {
    all[Math.max(0, Math.min(next[event.key], all.length - 1))].focus();
  } else if (event.key === "Enter" || event.key === " ") {
    if (!event.shiftKey || !from?.isConnected) from = bar;
    choose(from, bar);
  } else {
    return;
  }
  event.preventDefault();
});

// --- the list, and what is chosen in it

const chosen = new Set();

function choicesAgain() {
  const boxes = [...element.querySelectorAll("[data-choose]")];
  const here = new Set(boxes.map((box) => box.closest("li").dataset.id));
  for (const id of chosen) if (!here.has(id)) chosen.delete(id);
  for (const box of boxes) box.checked = chosen.has(box.closest("li").dataset.id);
  const all = element.querySelector("[data-all]");
  if (!all) return;
  all.checked = chosen.size > 0 && chosen.size === boxes.length;
  all.indeterminate = chosen.size > 0 && chosen.size < boxes.length;
  const button = element.querySelector("[data-remove-chosen]");
  button.hidden = !chosen.size;
  button.textContent = `Remove ${chosen.size.toLocaleString("en")}`;
}

element.addEventListener("change", ({ target }) => {
  const ids = target.matches("[data-all]")
    ? [...element.querySelectorAll(".rows li")].map((row) => row.dataset.id)
    : [target.closest("li").dataset.id];
  for (const id of ids) target.checked ? chosen.add(id) : chosen.delete(id);
  choicesAgain();
});
element.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-open]");
  if (opener) trigger("click", { id: opener.dataset.open });
  else if (target.closest("[data-more]")) trigger("expand", {});
  else if (target.closest("[data-remove-chosen]")) {
    const words = chosen.size === 1 ? "Remove 1 article?" : `Remove ${chosen.size} articles?`;
    confirmed({ ids: [...chosen], words });
  }
});
watch("value", () => {
  choicesAgain();
  const { since, until } = element.querySelector(".listing")?.dataset ?? {};
  tools.elements.since.value = since ?? "";
  tools.elements.until.value = until ?? "";
});

// --- removing

const confirm = within("confirm");
let leaving = [];

function confirmed({ ids, words }) {
  leaving = ids;
  within("confirm-words").textContent = words;
  confirm.showModal();
}

document.addEventListener("article:remove", ({ detail }) => confirmed(detail));
confirm.addEventListener("click", ({ target }) => {
  if (target.matches("[data-confirm]")) trigger("delete", { ids: leaving });
  if (target === confirm || target.closest("button")) confirm.close();
});

const undone = within("undone");
let passing;
undone.addEventListener("click", ({ target }) => {
  if (target.closest("[data-undo]")) trigger("undo", {});
  if (target.closest("[data-dismiss]")) trigger("clear", {});
});
new MutationObserver(() => {
  const button = undone.querySelector("[data-undo]");
  clearTimeout(passing);
  if (button) button.focus();
  else if (undone.querySelector(".undo")) passing = setTimeout(() => trigger("clear", {}), WORDS);
}).observe(undone, { childList: true, subtree: true, characterData: true });

// --- adding

const panel = within("adding");
const input = () => document.querySelector("#drop input[type=file]");

panel.addEventListener("click", ({ target }) => {
  if (target.closest("[data-files]")) input()?.click();
});
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  trigger("upload", { way: form.dataset.way, form: Object.fromEntries(new FormData(form)) });
});
let reporting = false;

new MutationObserver(() => {
  const busy = Boolean(within("added").querySelector("progress"));
  if (busy && !reporting) within("added").scrollIntoView({ block: "nearest" });
  reporting = busy;
  const done = within("added").querySelector("[data-done]")?.dataset.done;
  if (done) panel.querySelector(`form[data-way="${done}"]`)?.reset();
}).observe(within("added"), { childList: true, subtree: true, attributes: true });

library.addEventListener("dragover", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  library.classList.add("dropping");
});
library.addEventListener("dragleave", (event) => {
  if (!library.contains(event.relatedTarget)) library.classList.remove("dropping");
});
library.addEventListener("drop", (event) => {
  library.classList.remove("dropping");
  if (!event.dataTransfer?.files.length || !input()) return;
  event.preventDefault();
  input().files = event.dataTransfer.files;
  input().dispatchEvent(new Event("change", { bubbles: true }));
});
(function marked() { // the left column may be mounted after this
  const count = within("count");
  if (!count) requestAnimationFrame(marked);
  else new MutationObserver(mark).observe(count, { childList: true, subtree: true });
})();
