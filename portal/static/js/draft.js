// Drafts by themselves: a form with data-draft-url is kept on the server a moment after each change.
const PAUSE = 800;
const AGAIN = 5000;
const timers = new WeakMap();

const places = (form) => form.querySelector("[data-draft-status]");

function say(form, words) {
  const status = places(form);
  if (status) status.textContent = words;
}

async function keep(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
  const status = places(form)?.dataset ?? {};
  const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  try {
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: fields, headers: { "X-CSRFToken": token }, keepalive: true });
    if (!answer.ok) throw new Error(answer.status);
    const { saved_at: at } = await answer.json();
    const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    say(form, `${status.saved ?? ""} ${clock.format(at ? new Date(at) : new Date())}`);
  } catch {
    say(form, status.unsaved ?? "");
    if (form.isConnected) timers.set(form, setTimeout(keep, AGAIN, form));
  }
}

function changed(event) {
  const form = event.target.form ?? event.target;
  if (!form?.dataset?.draftUrl || event.target.type === "file") return;
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(keep, PAUSE, form));
  say(form, places(form)?.dataset.saving ?? "");
}

const unkept = () => [...document.querySelectorAll("form[data-draft-url]")].filter((form) => timers.has(form));

document.addEventListener("input", changed);
document.addEventListener("change", changed);
document.addEventListener("submit", (event) => {
  clearTimeout(timers.get(event.target));
  timers.delete(event.target);
});
document.addEventListener("kura:keep-drafts", (event) => event.detail.push(...unkept().map(keep)));
document.addEventListener("visibilitychange", () => document.hidden && unkept().forEach(keep));
