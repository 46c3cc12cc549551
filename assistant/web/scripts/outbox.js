// What the server has made ready to be saved is handed to the reader as a file.
// Gradio runs this once, as js_on_load: element and watch are its own.

watch("value", () => {
  const ready = element.querySelector("[data-text]");
  if (!ready) return;
  const file = new Blob([ready.dataset.text], { type: ready.dataset.media });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = ready.dataset.name;
  link.click();
  URL.revokeObjectURL(link.href);
  ready.remove();
});
