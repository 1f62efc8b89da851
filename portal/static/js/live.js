// Live notices: the event stream moves the figures, refreshes what it concerns and says so, without patient data.
import { read, refresh } from "./swap.js";

const body = document.body.dataset;
const title = document.title;
let unseen = 0;
let waiting = null;

function toast(words) {
  document.querySelector(".toast")?.remove();
  const box = document.createElement("div");
  box.className = "toast";
  box.setAttribute("role", "status");
  box.append(words);
  const inbox = document.querySelector('[data-count="facility.inbox"]')?.closest("a");
  if (inbox) {
    const link = document.createElement("a");
    link.href = inbox.href;
    link.textContent = body.sayOpen;
    box.append(link);
  }
  const close = document.createElement("button");
  close.textContent = body.sayClose;
  close.onclick = () => box.remove();
  box.append(close);
  document.body.append(box);
}

function heard(event) {
  document.body.dispatchEvent(new CustomEvent(`kura:${event}`));
  if (event === "answer.ready") {
    toast(body.sayAnswer);
    if (document.hidden) document.title = `(${(unseen += 1)}) ${title}`;
  }
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const fresh = await read(location.href);
    if (fresh) refresh(fresh, event);
  }, 250);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = title;
});

if (body.eventsUrl) {
  const stream = new EventSource(body.eventsUrl);
  for (const event of ["answer.ready", "request.changed", "assignment.changed"]) {
    stream.addEventListener(event, () => heard(event));
  }
  // A page kept for "back" must not hold one of the browser's few connections.
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (shown) => shown.persisted && location.reload());
}
