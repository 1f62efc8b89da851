// Keys: whatever carries data-key is pressed, opened or focused by it; "?" lists them.
const bound = new Map();

/** Let a key do something on this page; `says` is its line in the list. */
export function bind(key, says, act) {
  bound.set(key, { says, act });
}

const typing = (element) => element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

function use(element) {
  if (element.matches("textarea, input")) {
    element.focus();
    if (element.matches("textarea")) element.setSelectionRange(element.value.length, element.value.length);
    element.scrollIntoView({ block: "center" });
  } else if (element.matches("summary")) {
    element.parentElement.open = true;
    element.parentElement.querySelector("textarea, input:not([type=hidden])")?.focus();
  } else {
    element.click();
  }
}

function line(key, says) {
  const row = document.createElement("li");
  const cap = document.createElement("kbd");
  cap.textContent = key === "ctrl+enter" ? "Ctrl + Enter" : key;
  row.append(cap, " ", says);
  return row;
}

function list() {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog keys";
  const title = document.createElement("h2");
  title.textContent = document.body.dataset.sayKeys;
  const rows = document.createElement("ul");
  rows.append(...[...bound].map(([key, { says }]) => line(key, says)));
  const seen = new Set(bound.keys());
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!seen.has(element.dataset.key)) rows.append(line(element.dataset.key, element.dataset.keySays));
    seen.add(element.dataset.key);
  }
  rows.append(line("?", document.body.dataset.sayKeys));
  const close = document.createElement("button");
  close.className = "btn";
  close.textContent = document.body.dataset.sayClose;
  close.onclick = () => dialog.close();
  dialog.append(title, rows, close);
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (event.target.form && document.querySelector('[data-key="ctrl+enter"]')) event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    list();
    return;
  }
  const own = bound.get(event.key);
  const element = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!own && !element) return;
  if (own ? own.act(event) !== false : (use(element), true)) event.preventDefault();
});
