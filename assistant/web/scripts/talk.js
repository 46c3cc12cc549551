// The conversation: chips ask, tools copy, ask again, edit and judge; a new question is scrolled into view.
// Gradio runs this once, as js_on_load: element, trigger and watch are its own.

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

function turnOf(node) {
  return node.closest(".turn");
}

async function copy(button) {
  const text = button.dataset.text;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no clipboard where the page is not served over HTTPS or from this computer
    const field = document.createElement("textarea");
    field.value = text;
    element.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}

// The question becomes a field of its own; the conversation goes on from there.
function edit(turn) {
  const heading = turn.querySelector(".question");
  if (turn.querySelector("form.editing")) return;
  const form = document.createElement("form");
  form.className = "editing";
  const field = document.createElement("textarea");
  field.value = turn.dataset.question;
  field.rows = 2;
  field.setAttribute("aria-label", "Edit the question");
  const ask = document.createElement("button");
  ask.className = "tool";
  ask.textContent = "Ask";
  const leave = document.createElement("button");
  leave.className = "tool";
  leave.type = "button";
  leave.textContent = "Cancel";
  form.append(field, ask, leave);
  heading.hidden = true;
  heading.after(form);
  field.focus();
  const close = () => {
    form.remove();
    heading.hidden = false;
    turn.querySelector('[data-do="edit"]')?.focus();
  };
  const send = (event) => {
    event.preventDefault();
    if (field.value.trim()) {
      trigger("submit", { question: field.value, number: Number(turn.dataset.number) });
    }
    close();
  };
  leave.addEventListener("click", close);
  form.addEventListener("submit", send);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  });
}

function judge(button) {
  const turn = turnOf(button);
  const verdict = button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.verdict;
  const remark = turn.querySelector("form.remark");
  remark.hidden = verdict !== "bad";
  if (verdict === "bad") { // the judgement is sent at once, the word when it is there
    for (const other of turn.querySelectorAll('[data-do="judge"]')) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    remark.querySelector("input").focus();
    return;
  }
  trigger("select", { number: Number(turn.dataset.number), verdict, remark: "" });
}

const does = {
  copy,
  judge,
  edit: (button) => edit(turnOf(button)),
  again: (button) => {
    const { question, number } = turnOf(button).dataset;
    trigger("submit", { question, number: Number(number) });
  },
};

element.addEventListener("click", (event) => {
  const chip = event.target.closest(".chip");
  if (chip) trigger("submit", { question: chip.dataset.question, number: 0 });
  const tool = event.target.closest("[data-do]");
  if (tool) does[tool.dataset.do]?.(tool);
});

element.addEventListener("submit", (event) => {
  if (!event.target.matches("form.remark")) return;
  event.preventDefault();
  event.target.hidden = true;
  const number = Number(turnOf(event.target).dataset.number);
  trigger("select", { number, verdict: "bad", remark: event.target.querySelector("input").value });
});

let turns = 0;
let last = null;
watch("value", () => {
  const log = element.querySelector(".log");
  const shown = element.querySelectorAll(".turn");
  if (shown.length > turns || (shown.length && log.dataset.kept !== last && last !== null)) {
    shown[shown.length - 1].scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  }
  turns = shown.length;
  const kept = log?.dataset.kept ?? "";
  const address = new URL(location.href);
  if (kept) address.searchParams.set("c", kept);
  else address.searchParams.delete("c");
  if (last !== null || kept) history.replaceState(null, "", address);
  last = kept;
});
