// The shared screen locks itself; drafts are kept first. Activity in any window of this browser counts.
const { idleSeconds, lockUrl } = document.body.dataset;
const LIMIT = Number(idleSeconds) * 1000;
const MARK = "kura-active";

let last = 0;
function active() {
  const now = Date.now();
  if (now - last < 1000) return;
  last = now;
  localStorage.setItem(MARK, String(now));
}

async function lock() {
  const kept = [];
  document.dispatchEvent(new CustomEvent("kura:keep-drafts", { detail: kept }));
  await Promise.race([Promise.allSettled(kept), new Promise((done) => setTimeout(done, 2000))]);
  const token = document.querySelector('meta[name="csrf-token"]').content;
  await fetch(lockUrl, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
  location.replace(`${lockUrl}?next=${encodeURIComponent(location.pathname + location.search)}`);
}

if (LIMIT > 0 && lockUrl) {
  active();
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) addEventListener(kind, active, { passive: true });
  const watch = setInterval(() => {
    if (Date.now() - Number(localStorage.getItem(MARK)) < LIMIT) return;
    clearInterval(watch);
    lock();
  }, 1000);
}
