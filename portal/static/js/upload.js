// A form with files shows how far it is and how long still; the answer is shown as the browser would show it.
import { show } from "./swap.js";

function bar(form) {
  const box = document.createElement("div");
  const words = document.createElement("p");
  words.className = "small num";
  words.setAttribute("role", "status");
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.setAttribute("aria-label", form.dataset.saySending);
  box.append(words, progress);
  form.querySelector(".acts").before(box);
  return { box, words, progress };
}

function left(began, share) {
  const seconds = Math.round(((performance.now() - began) / share) * (1 - share) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

function send(form) {
  const shown = bar(form);
  const began = performance.now();
  const call = new XMLHttpRequest();
  call.open("POST", form.action);
  call.upload.onprogress = ({ loaded, total }) => {
    shown.progress.value = loaded / total;
    shown.words.textContent = `${form.dataset.saySending} ${Math.round((100 * loaded) / total)} % · ${left(began, loaded / total)}`;
  };
  call.onload = () => show(call.responseText, call.responseURL);
  // The network failed: let the browser try the plain way, which also shows its own error page.
  call.onerror = () => (shown.box.remove(), form.submit());
  call.send(new FormData(form));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.dataset.upload === undefined) return;
  if (![...form.querySelectorAll("input[type=file]")].some((input) => input.files.length)) return;
  event.preventDefault();
  send(form);
});

// Files dropped anywhere on the form count as chosen.
document.addEventListener("dragover", (event) => event.target.closest?.("form[data-upload]") && event.preventDefault());
document.addEventListener("drop", (event) => {
  const input = event.target.closest?.("form[data-upload]")?.querySelector("input[type=file]");
  if (!input || !event.dataTransfer.files.length) return;
  event.preventDefault();
  input.files = event.dataTransfer.files;
});
