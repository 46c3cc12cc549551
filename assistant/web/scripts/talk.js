// Markers and source cards point at each other; chips ask; a new question is scrolled into view.
// Gradio runs this once, as the conversation's js_on_load: element, trigger and watch are its own.

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const glide = (target, block) =>
  target.scrollIntoView({ behavior: calm ? "auto" : "smooth", block });

function light(marker) {
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
  card.focus({ preventScroll: true });
  glide(words[0] ?? card, "center");
}

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
  marker.focus({ preventScroll: true });
  glide(marker, "center");
});

element.addEventListener("click", (event) => {
  const chip = event.target.closest(".chip");
  if (chip) trigger("submit", { question: chip.dataset.question });
});

let turns = 0;
watch("value", () => {
  const shown = element.querySelectorAll(".turn");
  if (shown.length > turns) glide(shown[shown.length - 1], "start");
  turns = shown.length;
});
