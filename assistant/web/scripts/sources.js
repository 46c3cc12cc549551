// Markers and source cards point at each other.
// Gradio runs this once, as js_on_load: element, trigger and watch are its own.

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const glide = (target, block) =>
  target.scrollIntoView({ behavior: calm ? "auto" : "smooth", block });

const sheet = () => document.getElementById("sources");

function light(marker, { follow = true } = {}) {
  const card = document.getElementById(marker.dataset.card);
  if (!card) return;
  const panel = card.closest(".cards");
  for (const other of document.querySelectorAll(".cards.current")) {
    other.classList.toggle("current", other === panel);
  }
  panel.classList.add("current");
  for (const lit of document.querySelectorAll("#sources .lit, #talk .lit")) {
    lit.classList.remove("lit");
  }
  marker.classList.add("lit");
  card.classList.add("lit");
  const words = card.querySelectorAll(`mark[data-n~="${marker.dataset.n}"]`);
  words.forEach((word) => word.classList.add("lit"));
  if (follow) {
    sheet().classList.add("raised"); // a sheet, where the window is narrow
    card.focus({ preventScroll: true });
  }
  glide(words[0] ?? card, "center");
}

function lower() {
  sheet().classList.remove("raised");
  const marker = document.querySelector("#talk a.marker.lit");
  marker?.focus({ preventScroll: true });
}

element.addEventListener("click", (event) => {
  const day = event.target.closest(".moment");
  if (day) trigger("select", { since: day.dataset.since, until: day.dataset.until });
  const open = event.target.closest("[data-article]");
  if (open) trigger("click", { id: open.dataset.article, turn: Number(open.dataset.turn) });
  if (event.target.closest(".lower")) lower();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && sheet()?.classList.contains("raised")) lower();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("#talk a.marker, #sources a.number");
  if (!link) return;
  event.preventDefault(); // the page has a <base>, so a plain fragment could reload it
  if (link.matches(".marker")) {
    light(link);
    return;
  }
  const marker = document.getElementById(link.hash.slice(1));
  if (!marker) return;
  sheet().classList.remove("raised");
  marker.focus({ preventScroll: true });
  glide(marker, "center");
});

// The keyboard's way from marker to marker lights each card, and stays in the answer.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches("#talk a.marker:focus-visible")) light(target, { follow: false });
});
