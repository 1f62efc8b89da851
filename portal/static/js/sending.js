// Sending files by tus: some at once, each going on by itself after a cut, and after a reload once its file is given again.

const AT_ONCE = 3;
const RETRIES = [300, 1000, 3000];
const LONGEST_PAUSE = 30_000;
const BUSY = new Set([409, 423, 460]);

/** One file on its way. `state` is waiting, sending, paused, offline, kept, failed, signed-out, unreadable or given-up. */
export class Transfer {
  constructor(queue, file, path) {
    Object.assign(this, { queue, file, path, state: "waiting", sent: 0, carried: 0, words: "", tries: 0 });
    this.seen = false;
    this.upload = new window.tus.Upload(file, {
      endpoint: queue.endpoint,
      metadata: { path, filename: file.name, filetype: file.type },
      fingerprint: async () => [queue.mark, path, file.size, file.lastModified].join("-"),
      retryDelays: RETRIES,
      removeFingerprintOnSuccess: true,
      onProgress: (sent) => this.moved(sent),
      onSuccess: () => this.turn("kept"),
      onError: (problem) => this.failed(problem),
    });
  }

  get isOver() {
    return ["kept", "failed", "signed-out", "unreadable", "given-up"].includes(this.state);
  }

  turn(state, words = "") {
    if (this.state === "given-up") return;
    clearTimeout(this.timer);
    this.state = state;
    this.words = words;
    if (state === "kept") this.sent = this.file.size;
    this.queue.changed(this);
  }

  moved(sent) {
    if (this.seen) this.carried += Math.max(0, sent - this.sent);
    this.seen = true;
    this.sent = sent;
    this.tries = 0;
    if (this.state !== "paused" && !this.isOver) this.turn("sending");
  }

  async start() {
    this.turn("sending");
    if (!this.upload.url) {
      const [before] = await this.upload.findPreviousUploads();
      if (before) this.upload.resumeFromPreviousUpload(before);
    }
    if (this.state === "sending") this.upload.start();
  }

  pause() {
    this.upload.abort();
    this.turn("paused");
  }

  async giveUp() {
    this.turn("given-up");
    try {
      await this.upload.abort(Boolean(this.upload.url));
    } catch {
      // Nobody goes on with it: the server gives its room back by itself.
    }
  }

  async failed(problem) {
    if (this.state === "given-up" || this.state === "paused") return;
    const answer = problem.originalResponse;
    const status = answer?.getStatus() ?? 0;
    if (status === 401) return this.turn("signed-out");
    if (status && status < 500 && !BUSY.has(status)) return this.turn("failed", said(answer));
    if (status === 507) return this.turn("failed", said(answer));
    if (!(await this.isReadable())) return this.turn("unreadable");
    this.turn(BUSY.has(status) ? "sending" : "offline");
    this.tries += 1;
    this.timer = setTimeout(() => this.start(), Math.min(LONGEST_PAUSE, 1000 * 2 ** this.tries));
  }

  async isReadable() {
    try {
      await this.file.slice(0, 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }
}

/** The sentence that the server gave as its reason. */
function said(answer) {
  try {
    return JSON.parse(answer.getBody()).detail;
  } catch {
    return "";
  }
}

/** All transfers of the page, a few of them at once. */
export class Queue {
  constructor(endpoint, area, onChange) {
    Object.assign(this, { endpoint, mark: `kura-${area}`, onChange, all: [], began: 0 });
    addEventListener("online", () => this.all.filter((one) => one.state === "offline").forEach((one) => one.start()));
  }

  get open() {
    return this.all.filter((one) => !one.isOver);
  }

  add(file, path) {
    const same = this.all.find((one) => one.path === path && !one.isOver);
    if (same) return;
    if (!this.open.length) Object.assign(this, { all: this.all.filter((one) => one.state !== "kept" && one.path !== path), began: Date.now() });
    this.all.push(new Transfer(this, file, path));
  }

  again(transfer) {
    this.all = this.all.filter((one) => one !== transfer);
    this.add(transfer.file, transfer.path);
    this.next();
  }

  next() {
    const busy = this.all.filter((one) => one.state === "sending" || one.state === "offline").length;
    for (const one of this.all.filter((one) => one.state === "waiting").slice(0, Math.max(0, AT_ONCE - busy))) one.start();
  }

  changed(transfer) {
    this.onChange(transfer);
    if (transfer.isOver || transfer.state === "paused") this.next();
  }
}

/** What was broken off in this browser: [{ key, path, size, offset, url }]; what the server no longer has is forgotten. */
export async function brokenOff(mark) {
  const storage = window.tus.defaultOptions.urlStorage;
  const found = [];
  for (const one of await storage.findAllUploads()) {
    if (!one.urlStorageKey.startsWith(`tus::${mark}-`)) continue;
    const answer = await fetch(one.uploadUrl, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => null);
    if (!answer || answer.status === 401) continue;
    const offset = Number(answer.headers.get("Upload-Offset"));
    if (!answer.ok || offset === one.size) await storage.removeUpload(one.urlStorageKey);
    else found.push({ key: one.urlStorageKey, path: one.metadata.path, size: one.size, offset, url: one.uploadUrl });
  }
  return found;
}

/** Give up what was broken off. */
export async function forget(one) {
  await fetch(one.url, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => null);
  await window.tus.defaultOptions.urlStorage.removeUpload(one.key);
}
