// The reading view: a modal dialog whose contents the server renders anew while it stays open.
// Gradio runs this once, as js_on_load: element, trigger and watch are its own.

let opening = "";

const shown = () => element.querySelector("dialog");

watch("value", () => {
  const dialog = shown();
  if (!dialog) return;
  if (!dialog.matches(":modal")) {
    dialog.removeAttribute("open"); // it comes open, so that a later rendering leaves it open
    dialog.showModal();
  }
  const form = dialog.querySelector("form");
  const sheet = dialog.querySelector(".sheet");
  const fresh = dialog.dataset.id !== opening;
  opening = dialog.dataset.id;
  if (form) {
    sheet.scrollTop = 0;
    form.elements[0].focus();
    return;
  }
  sheet.focus({ preventScroll: true });
  if (dialog.querySelector(".done")) {
    sheet.scrollTop = 0;
    return;
  }
  const lit = dialog.dataset.lit;
  const words = dialog.querySelectorAll(lit ? `mark[data-n~="${lit}"]` : "mark");
  if (lit) words.forEach((word) => word.classList.add("lit"));
  if (words[0]) words[0].scrollIntoView({ block: "center" });
  else if (fresh) sheet.scrollTop = 0;
});

element.addEventListener("close", () => (opening = ""), true);

function edit(what) {
  const { id, marks, lit } = shown().dataset;
  trigger("edit", { id, marks, lit, ...what });
}

element.addEventListener("click", (event) => {
  const dialog = shown();
  const pressed = (name) => event.target.closest(`[data-${name}]`);
  if (event.target === dialog || pressed("close")) {
    dialog.close();
  } else if (pressed("edit")) {
    const open = pressed("edit").getAttribute("aria-expanded") !== "true";
    edit({ open });
  } else if (pressed("cancel")) {
    edit({ open: false });
  } else if (pressed("open")) {
    trigger("click", { id: pressed("open").dataset.open });
  } else if (pressed("remove")) {
    const title = dialog.querySelector("h2").textContent;
    const detail = { ids: [dialog.dataset.id], words: `Remove “${title}”?` };
    document.dispatchEvent(new CustomEvent("article:remove", { detail }));
  }
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  edit({ form: Object.fromEntries(new FormData(event.target)) });
});
