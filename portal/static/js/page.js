// What every page does beyond HTML: keys, live notices, the idle lock.
import "./keys.js";
import "./live.js";

if (document.body.dataset.lockUrl) import("./idle.js");

// What can be done only until a moment goes away with it.
for (const passing of document.querySelectorAll("[data-until]")) {
  setTimeout(() => passing.remove(), Math.max(0, new Date(passing.dataset.until) - Date.now()));
}

// A menu closes when something else is pressed.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".nav details[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A form is sent once, however often its button is pressed; coming back by history frees it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
