// Rings on images: kept as shares of width and height in the form's "marks" field, drawn as a layer over the picture.
const RADIUS = 0.07;
const SVG = "http://www.w3.org/2000/svg";

const field = (link) => link.closest("form")?.elements.marks;
const all = (link) => {
  const text = field(link)?.value;
  return text ? JSON.parse(text) : {};
};

/** The rings on the image behind `link`: those of the form, else those it came with. */
export function ringsOf(link) {
  return field(link) ? (all(link)[link.dataset.image] ?? []) : JSON.parse(link.dataset.marks || "[]");
}

/** A layer of rings over what fills `parent`; `width` and `height` are the picture's pixels. */
export function draw(parent, rings, width, height) {
  parent.querySelector("svg.rings")?.remove();
  if (!rings.length) return;
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("class", "rings");
  layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
  for (const { x, y, r } of rings) {
    const ring = document.createElementNS(SVG, "ellipse");
    const shape = { cx: x * width, cy: y * height, rx: r * width, ry: r * width };
    for (const [name, value] of Object.entries(shape)) ring.setAttribute(name, String(value));
    layer.append(ring);
  }
  parent.append(layer);
}

function keep(link, rings) {
  const marks = all(link);
  if (rings.length) marks[link.dataset.image] = rings;
  else delete marks[link.dataset.image];
  const input = field(link);
  input.value = Object.keys(marks).length ? JSON.stringify(marks) : "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  redraw(link);
}

function redraw(link) {
  const small = link.querySelector("img");
  draw(link, ringsOf(link), small?.naturalWidth || 4, small?.naturalHeight || 3);
}

/** Ring a place and count the image as asked about. */
export function add(link, x, y) {
  const round = (share) => Math.round(share * 1e4) / 1e4;
  keep(link, [...ringsOf(link), { type: "ring", x: round(x), y: round(y), r: RADIUS }]);
  const tick = link.closest(".frame")?.querySelector("input[name=images]");
  if (tick) tick.checked = true;
}

/** Take all rings off the image. */
export function clear(link) {
  keep(link, []);
}

// Rings of a kept draft are there again when the form is shown.
for (const link of document.querySelectorAll("[data-markable] a[data-light]")) {
  const small = link.querySelector("img");
  if (!small || small.complete) redraw(link);
  else small.addEventListener("load", () => redraw(link), { once: true });
}
