// The drive's page: files and folders that are chosen, or dropped anywhere on it, are kept in the folder that is shown.
import { Board, bytes } from "./board.js";
import { chosen, dropped } from "./entries.js";
import { Queue, brokenOff, forget } from "./sending.js";
import { read } from "./swap.js";

const drive = document.querySelector("[data-drive]");
const say = drive.dataset;
const form = drive.querySelector("[data-drive-form]");
const queue = new Queue(new URL(say.endpoint, location).href, say.area, changed);
const board = new Board(drive.querySelector("[data-uploads]"), say, queue);
const unfinished = new Map();
let refreshing = null;

const below = (path) => (say.folder ? `${say.folder}/${path}` : path).normalize("NFC");

let loading = null;

/** tus-js-client, loaded once something is sent: whoever only reads does not wait for it. */
function library() {
  loading ??= new Promise((done, failed) => {
    document.head.append(Object.assign(document.createElement("script"), { src: say.tus, onload: done, onerror: failed }));
  });
  return loading;
}

function changed(transfer) {
  board.show(transfer);
  if (transfer.state === "kept") refreshing ??= setTimeout(refresh, queue.open.length ? 3000 : 200);
}

/** The list and the space left, as they are now. */
async function refresh() {
  refreshing = null;
  const fresh = await read(location.href);
  for (const id of ["listing", "room"]) {
    const [old, now] = [document.getElementById(id), fresh?.getElementById(id)];
    if (now && !old.contains(document.activeElement)) old.replaceWith(now);
  }
}

async function makeFolder(path) {
  const [folder, name] = [path.split("/").slice(0, -1).join("/"), path.split("/").pop()];
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const body = new URLSearchParams({ folder, name });
  await fetch(say.makeUrl, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" } });
}

async function take(found) {
  await library();
  for (const { file, path } of found.files) give(file, below(path));
  board.show();
  queue.next();
  await Promise.all(found.folders.map((path) => makeFolder(below(path))));
  if (found.folders.length) await refresh();
}

function give(file, path) {
  unfinished.get(path)?.item.remove();
  unfinished.delete(path);
  queue.add(file, path);
  if (file.size > Number(say.largest)) queue.all.at(-1).turn("failed", say.sayTooLarge.replace("{size}", bytes(Number(say.largest))));
}

/** A field that is never seen, for choosing what a button says. */
function choosing(more, taken) {
  const input = Object.assign(document.createElement("input"), { type: "file", ...more });
  input.onchange = () => taken(input.files);
  input.click();
}

async function listUnfinished() {
  await library();
  for (const one of await brokenOff(queue.mark)) {
    if (queue.all.some((transfer) => transfer.path === one.path)) continue;
    const choose = () => choosing({}, ([file]) => (give(file, one.path), board.show(), queue.next()));
    const row = board.broken(one, choose, () => (row.item.remove(), unfinished.delete(one.path), forget(one)));
    unfinished.set(one.path, row);
  }
}

function fields() {
  const input = form.querySelector("input[type=file]");
  form.querySelector("button").hidden = true;
  input.addEventListener("change", () => {
    take(chosen(input.files));
    input.value = "";
  });
  if (!("webkitdirectory" in input)) return;
  const folder = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: say.sayChooseFolder });
  folder.onclick = () => choosing({ webkitdirectory: true }, (files) => take(chosen(files)));
  form.querySelector(".acts").append(folder);
}

function dropping() {
  const veil = Object.assign(document.createElement("div"), { className: "drop-veil", textContent: say.sayDrop, hidden: true });
  document.body.append(veil);
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && (veil.hidden = true));
  addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!brings(event)) return;
    event.preventDefault();
    dropped(event.dataTransfer).then(take);
  });
}

fields();
dropping();
addEventListener("beforeunload", (event) => queue.open.length && event.preventDefault());
if (Object.keys(localStorage).some((key) => key.startsWith(`tus::${queue.mark}-`))) listUnfinished();
