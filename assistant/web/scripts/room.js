// Where the window is narrow, the left column is a drawer.
// Gradio runs this once, as js_on_load: element is its own.

const room = () => document.getElementById("room");
const button = () => element.querySelector("button");

function drawer(open) {
  room().toggleAttribute("data-drawer", open);
  button().setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("#side button, #side input")?.focus();
}

element.addEventListener("click", (event) => {
  if (event.target.closest("button")) drawer(!room().hasAttribute("data-drawer"));
});

document.addEventListener("click", (event) => {
  if (!room()?.hasAttribute("data-drawer") || element.contains(event.target)) return;
  const inside = event.target.closest("#side");
  // these show something in the middle
  const leaves = event.target.closest("#renew, #list .title, [data-view], [data-adding]");
  if (!inside || leaves) drawer(false);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !room()?.hasAttribute("data-drawer")) return;
  drawer(false);
  button().focus();
});
