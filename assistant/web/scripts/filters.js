// A chip of the chosen filters takes its filter away; the keyboard's place is not lost with it.
// Gradio runs this once, as js_on_load: element, trigger and watch are its own.

let pressed = -1;

element.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-drop]");
  if (!chip) return;
  pressed = [...element.querySelectorAll("[data-drop]")].indexOf(chip);
  trigger("select", { drop: chip.dataset.drop });
});

watch("value", () => {
  if (pressed < 0) return;
  const left = element.querySelectorAll("[data-drop]");
  left[Math.min(pressed, left.length - 1)]?.focus();
  pressed = -1;
});
