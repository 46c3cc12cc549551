// The list of conversations: pressing one opens it, its menu renames, saves and deletes.
// Gradio runs this once, as js_on_load: element and trigger are its own.

function rename(item) {
  const button = item.querySelector(".title");
  const field = document.createElement("input");
  field.value = button.textContent;
  field.maxLength = 120;
  field.setAttribute("aria-label", "New title");
  button.hidden = true;
  button.after(field);
  field.select();
  let left = false;
  const leave = (keep) => {
    if (left) return;
    left = true;
    const title = field.value.trim();
    field.remove();
    button.hidden = false;
    if (keep && title && title !== button.textContent) {
      button.textContent = title;
      trigger("edit", { what: "rename", id: item.dataset.id, title });
    }
    button.focus();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") leave(true);
    if (event.key === "Escape") leave(false);
  });
  field.addEventListener("blur", () => leave(true));
}

// Deleting asks once more, in the menu itself.
function confirmed(button) {
  if (button.dataset.sure) return true;
  button.dataset.sure = "yes";
  button.textContent = "Delete for good?";
  return false;
}

element.addEventListener("click", (event) => {
  const item = event.target.closest("li[data-id]");
  if (!item) return;
  const { id } = item.dataset;
  if (event.target.closest(".title")) trigger("select", { id });
  const choice = event.target.closest("[data-do]");
  if (!choice) return;
  const what = choice.dataset.do;
  if (what === "delete" && !confirmed(choice)) return;
  choice.closest("details").open = false;
  if (what === "rename") rename(item);
  else if (what === "delete") trigger("edit", { what, id, title: "" });
  else trigger("download", { id, kind: what });
});

// One menu is open at a time, and none when the reader looks elsewhere.
const menus = () => element.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
