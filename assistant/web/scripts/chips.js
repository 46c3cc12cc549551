// Questions to go on with ask themselves when they are pressed.
// Gradio runs this once, as js_on_load: element and trigger are its own.

element.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-question]");
  if (chip) trigger("submit", { question: chip.dataset.question, number: 0 });
});
