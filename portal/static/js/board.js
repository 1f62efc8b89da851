// What the page shows of files on their way: the whole, and a row for each that moves, rests or needs somebody.

const UNITS = ["B", "KB", "MB", "GB", "TB"];
const lang = () => document.documentElement.lang;

/** Bytes as people read them. */
export function bytes(count) {
  let unit = 0;
  while (count >= 1024 && unit < UNITS.length - 1) [count, unit] = [count / 1024, unit + 1];
  return `${new Intl.NumberFormat(lang(), { maximumFractionDigits: 1 }).format(count)} ${UNITS[unit]}`;
}

function duration(seconds) {
  const [count, unit] = seconds < 60 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return new Intl.NumberFormat(lang(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 }).format(Math.ceil(count));
}

const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const percent = (part, whole) => (whole ? Math.floor((100 * part) / whole) : 100);

function made(kind, parent, more = {}) {
  const element = Object.assign(document.createElement(kind), more);
  parent.append(element);
  return element;
}

function act(parent, words, name, press) {
  const button = made("button", parent, { type: "button", className: "btn plain", textContent: words, onclick: press });
  if (name) button.setAttribute("aria-label", `${words} ${name}`);
  return button;
}

/** The section `place`; `say` are the sentences of the page. */
export class Board {
  constructor(place, say, queue) {
    Object.assign(this, { place, say, queue, rows: new Map(), told: 0 });
    const head = made("div", place, { className: "row apart" });
    this.words = made("p", head, { className: "num" });
    this.acts = made("div", head, { className: "row" });
    this.progress = made("progress", place, { max: 1 });
    this.progress.setAttribute("aria-label", place.getAttribute("aria-label"));
    this.heard = made("p", place, { className: "hush" });
    this.heard.setAttribute("role", "status");
    this.list = made("ul", place, { className: "rows" });
    this.pauser = act(this.acts, say.sayPauseAll, "", () => this.pauseAll());
    this.canceller = act(this.acts, say.sayCancelAll, "", () => queue.open.forEach((one) => one.giveUp()));
    this.closer = act(this.acts, say.sayClose, "", () => this.close());
  }

  pauseAll() {
    const resting = this.queue.open.filter((one) => one.state === "paused");
    if (resting.length) resting.forEach((one) => one.start());
    else this.queue.open.forEach((one) => one.pause());
  }

  close() {
    this.queue.all = [];
    for (const row of this.rows.values()) row.item.remove();
    this.rows.clear();
    this.place.hidden = this.list.children.length === 0;
  }

  /** Show how the whole stands, and this one transfer. */
  show(transfer) {
    this.place.hidden = false;
    if (transfer) this.showOne(transfer);
    const { all, open } = this.queue;
    const counted = all.filter((one) => one.state !== "given-up");
    const kept = counted.filter((one) => one.state === "kept").length;
    const size = counted.reduce((sum, one) => sum + one.file.size, 0);
    const sent = counted.reduce((sum, one) => sum + one.sent, 0);
    const carried = all.reduce((sum, one) => sum + one.carried, 0);
    const seconds = ((Date.now() - this.queue.began) / 1000) * ((size - sent) / (carried || 1));
    const values = { done: kept, all: counted.length, percent: percent(sent, size), left: carried ? duration(seconds) : "…" };
    const ended = kept === counted.length ? this.say.sayAllKept : this.say.saySomeKept;
    this.words.textContent = fill(open.length ? this.say.sayWhole : ended, values);
    this.progress.value = size ? sent / size : Number(!open.length);
    this.progress.hidden = this.words.hidden = !counted.length;
    this.pauser.textContent = open.some((one) => one.state === "paused") ? this.say.sayResumeAll : this.say.sayPauseAll;
    this.pauser.hidden = this.canceller.hidden = !open.length;
    this.closer.hidden = open.length > 0;
    this.tell(open.length);
  }

  /** A reader of screens hears the whole now and then, not each step. */
  tell(open) {
    if (open && Date.now() - this.told < 10_000) return;
    this.told = Date.now();
    this.heard.textContent = this.words.textContent;
  }

  showOne(transfer) {
    if (transfer.state === "waiting") return;
    if (transfer.state === "kept") {
      this.rows.get(transfer)?.item.remove();
      this.rows.delete(transfer);
      return;
    }
    const row = this.rows.get(transfer) ?? this.row(transfer.path);
    this.rows.set(transfer, row);
    const values = { percent: percent(transfer.sent, transfer.file.size), size: bytes(transfer.file.size) };
    row.words.textContent = fill(this.sentence(transfer), values);
    row.item.classList.toggle("bad", ["failed", "signed-out", "unreadable"].includes(transfer.state));
    row.progress.value = transfer.file.size ? transfer.sent / transfer.file.size : 0;
    row.progress.hidden = transfer.isOver;
    if (row.state !== transfer.state) this.offer(row, transfer);
  }

  sentence(transfer) {
    const { say } = this;
    const words = { sending: say.saySending, paused: say.sayPaused, offline: say.sayOffline, failed: transfer.words || say.sayFailed };
    return { ...words, "signed-out": say.saySignedOut, unreadable: say.sayUnreadable, "given-up": say.sayGivenUp }[transfer.state];
  }

  offer(row, transfer) {
    const { say } = this;
    const focused = row.acts.contains(document.activeElement);
    row.state = transfer.state;
    row.acts.replaceChildren();
    if (transfer.state === "paused") act(row.acts, say.sayResume, transfer.path, () => transfer.start());
    else if (!transfer.isOver) act(row.acts, say.sayPause, transfer.path, () => transfer.pause());
    if (!transfer.isOver) act(row.acts, say.sayCancel, transfer.path, () => transfer.giveUp());
    else if (transfer.state !== "given-up") act(row.acts, say.sayRetry, transfer.path, () => (this.drop(transfer), this.queue.again(transfer)));
    if (focused) row.acts.querySelector("button")?.focus();
  }

  drop(transfer) {
    this.rows.get(transfer)?.item.remove();
    this.rows.delete(transfer);
  }

  row(path) {
    const item = made("li", this.list, { className: "item" });
    made("p", item, { className: "title", textContent: path });
    const words = made("p", item, { className: "small quiet num" });
    const progress = made("progress", item, { max: 1, value: 0 });
    progress.setAttribute("aria-label", path);
    const acts = made("div", item, { className: "end row" });
    return { item, words, progress, acts, state: "" };
  }

  /** A row for what was broken off in an earlier visit; `choose` and `giveUp` are its acts. */
  broken(one, choose, giveUp) {
    this.place.hidden = false;
    const row = this.row(one.path);
    row.words.textContent = fill(this.say.sayAgain, { percent: percent(one.offset, one.size) });
    row.progress.value = one.size ? one.offset / one.size : 0;
    act(row.acts, this.say.sayChoose, one.path, choose);
    act(row.acts, this.say.sayCancel, one.path, giveUp);
    if (!this.queue.all.length) this.pauser.hidden = this.canceller.hidden = this.closer.hidden = this.progress.hidden = true;
    return row;
  }
}
