// The queue by keyboard: j and k move, Enter opens, c takes, a opens at the answer. Kept over refreshes.
import { bind } from "./keys.js";

const items = () => [...document.querySelectorAll("[data-item]")];
let current = "";

const link = (item) => item?.querySelector(".title a");
const found = () => items().find((item) => link(item).href === current);

function stand(item) {
  for (const other of items()) other.removeAttribute("aria-current");
  if (!item) return;
  item.setAttribute("aria-current", "true");
  current = link(item).href;
  item.scrollIntoView({ block: "nearest" });
  link(item).focus({ preventScroll: true });
}

function move(by) {
  const all = items();
  const at = all.indexOf(found());
  stand(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
}

const say = document.querySelector("[data-queue]")?.dataset;
if (say) {
  bind("j", say.sayDown, () => move(1));
  bind("k", say.sayUp, () => move(-1));
  bind("Enter", say.sayOpen, () => {
    if (!found() || document.activeElement.matches("button, a")) return false;
    location.assign(current);
    return true;
  });
  bind("c", say.sayClaim, () => found()?.querySelector(".end button")?.click());
  bind("a", say.sayOpen, () => found() && location.assign(`${current}#answer-body`));
  document.body.addEventListener("htmx:afterSwap", () => found()?.setAttribute("aria-current", "true"));
}
