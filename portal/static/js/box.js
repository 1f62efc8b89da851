// The light-box: arrows, Esc, zoom to pixels, pinch and drag; on a sheet that can be marked, rings.
import { add, clear, draw, ringsOf } from "./marks.js";

const words = (sheet) => (sheet ?? document.querySelector("[data-sheet]"))?.dataset ?? {};
let box, stage, fit, picture, label, original, marker, eraser;
let group = [];
let at = 0;
let view = { scale: 1, x: 0, y: 0 };

function tool(parent, text, says, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.title = says ?? "";
  button.setAttribute("aria-label", says ?? text);
  button.onclick = act;
  parent.append(button);
  return button;
}

function build(say) {
  box = document.createElement("dialog");
  box.className = "light";
  const bar = document.createElement("div");
  bar.className = "light-bar";
  label = document.createElement("span");
  label.setAttribute("role", "status");
  bar.append(label);
  marker = tool(bar, `◯ ${say.sayMark}`, say.sayMark, () => marking(!stage.classList.contains("marking")));
  eraser = tool(bar, say.sayUnmark, say.sayUnmark, () => (clear(group[at]), paint()));
  tool(bar, "←", say.sayPrevious, () => step(-1));
  tool(bar, "→", say.sayNext, () => step(1));
  tool(bar, "⌕", say.sayZoom, () => zoom());
  original = document.createElement("a");
  original.textContent = say.sayOriginal;
  bar.append(original);
  tool(bar, "✕", say.sayClose, () => box.close());
  stage = document.createElement("div");
  stage.className = "light-stage";
  stage.tabIndex = 0;
  fit = document.createElement("div");
  fit.className = "light-fit";
  picture = document.createElement("img");
  picture.alt = "";
  picture.onload = () => (zoom(0), paint());
  fit.append(picture);
  stage.append(fit);
  box.append(bar, stage);
  document.body.append(box);
  box.addEventListener("keydown", key);
  box.addEventListener("close", () => group[at]?.focus());
  gestures();
}

function marking(on) {
  stage.classList.toggle("marking", on);
  marker.setAttribute("aria-pressed", String(on));
}

function paint() {
  draw(fit, ringsOf(group[at]), picture.naturalWidth, picture.naturalHeight);
}

function show() {
  const link = group[at];
  const say = words(link.closest("[data-sheet]"));
  label.textContent = `${at + 1} ${say.sayOf ?? "/"} ${group.length}`;
  picture.src = link.href;
  original.href = link.dataset.original;
  const markable = Boolean(link.closest("[data-markable]"));
  marker.hidden = eraser.hidden = !markable;
  marking(false);
}

function step(by) {
  at = (at + by + group.length) % group.length;
  show();
}

const whole = () => Math.min(stage.clientWidth / picture.naturalWidth, stage.clientHeight / picture.naturalHeight, 1) || 1;

function place() {
  picture.style.width = `${picture.naturalWidth * view.scale}px`;
  fit.style.transform = `translate(${view.x}px, ${view.y}px)`;
}

/** To the scale given (0: the whole picture), else between the whole and its pixels. */
function zoom(scale) {
  const next = scale === 0 ? whole() : (scale ?? (view.scale < 1 ? 1 : view.scale < 2 && whole() >= 1 ? 2 : whole()));
  view = { scale: Math.min(8, Math.max(whole(), next)), x: scale === 0 ? 0 : view.x, y: scale === 0 ? 0 : view.y };
  if (view.scale === whole()) view.x = view.y = 0;
  place();
}

function key(event) {
  const acts = { ArrowRight: () => step(1), ArrowLeft: () => step(-1), z: () => zoom(), "+": () => zoom(view.scale * 1.5), "-": () => zoom(view.scale / 1.5) };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

function gestures() {
  const fingers = new Map();
  let spread = 0;
  let moved = 0;
  let from = 0;
  const apart = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  stage.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved = 0;
    from = event.clientX;
    if (fingers.size === 2) spread = apart() / view.scale;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const was = fingers.get(event.pointerId);
    if (!was) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved += Math.abs(event.clientX - was.x) + Math.abs(event.clientY - was.y);
    if (fingers.size === 2) return zoom(apart() / spread);
    if (view.scale > whole()) {
      view.x += event.clientX - was.x;
      view.y += event.clientY - was.y;
      place();
    }
  });
  stage.addEventListener("pointerup", (event) => {
    const alone = fingers.size === 1;
    const was = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    if (!alone || !was) return;
    const area = picture.getBoundingClientRect();
    const [x, y] = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    if (moved < 8 && stage.classList.contains("marking") && x >= 0 && x <= 1 && y >= 0 && y <= 1) {
      add(group[at], x, y);
      paint();
    } else if (view.scale <= whole() && event.pointerType === "touch" && moved > 60) {
      step(event.clientX > from ? -1 : 1);
    }
  });
  stage.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  stage.addEventListener("dblclick", () => zoom());
  stage.addEventListener("wheel", (event) => (event.preventDefault(), zoom(view.scale * (event.deltaY < 0 ? 1.2 : 1 / 1.2))), { passive: false });
}

/** Open the light-box at this image, among those of its sheet or else of the page. */
export function open(link) {
  if (!box?.isConnected) build(words(link.closest("[data-sheet]")));
  group = [...(link.closest("[data-sheet]") ?? document).querySelectorAll("a[data-light]")];
  at = group.indexOf(link);
  show();
  box.showModal();
  stage.focus();
}
