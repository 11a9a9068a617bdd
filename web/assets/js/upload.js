// The list of files under a form: each with its bar, pause, retry and removal. Files go one after the other, in parts, and
// go on where a broken line stopped them, also after the page was loaded anew and the same file is chosen again.

import { shrink } from "./shrink.js";
import { Paused, Refused, Transfer } from "./transfer.js";

const managed = new WeakSet();

export function manage(root) {
  if (managed.has(root)) return;
  managed.add(root);
  const list = new UploadList(root);
  root.addEventListener("change", (event) => list.chosen(event));
  root.addEventListener("click", (event) => list.clicked(event));
  // What was chosen before this script had come.
  for (const input of root.querySelectorAll("input[type=file]")) list.chosen({ target: input });
  addEventListener("beforeunload", (event) => {
    if (list.busy) event.preventDefault();
  });
}

class UploadList {
  constructor(root) {
    this.root = root;
    this.texts = JSON.parse(root.dataset.texts);
    this.rows = new Map();
    this.queue = Promise.resolve();
    this.busy = 0;
  }

  chosen(event) {
    const input = event.target;
    if (input.type !== "file") return;
    const files = [...input.files];
    input.value = "";
    if (files.length && this.swapped) this.remove(this.swapped);
    this.swapped = null;
    for (const file of files) this.add(file);
  }

  add(file) {
    const row = this.root.querySelector("template").content.firstElementChild.cloneNode(true);
    row.querySelector("[data-name]").textContent = file.name;
    this.root.querySelector("[data-upload-list]").append(row);
    preview(row, file);
    const entry = { row, file, transfer: null };
    this.rows.set(row, entry);
    this.state(entry, "waiting", this.texts.waiting);
    this.enqueue(entry);
  }

  enqueue(entry) {
    this.busy += 1;
    this.queue = this.queue.then(() => this.run(entry)).finally(() => (this.busy -= 1));
  }

  async run(entry) {
    if (!entry.row.isConnected) return;
    const { purpose, subject } = this.root.dataset;
    try {
      if (!entry.transfer) {
        const file = this.root.dataset.shrink ? await shrink(entry.file) : entry.file;
        entry.transfer = await Transfer.of(file, { purpose, subject }, (what, share) => this.heard(entry, what, share));
        if (this.isDouble(entry)) return this.drop(entry, this.texts.double);
      }
      this.stored(entry, await entry.transfer.run());
    } catch (error) {
      if (error instanceof Paused || error.name === "AbortError") return;
      const told = error instanceof Refused && error.message;
      this.state(entry, told && error.final ? "rejected" : "refused", told || this.texts.refused);
    }
  }

  isDouble(entry) {
    return [...this.rows.values()].some((other) => other !== entry && other.transfer?.key === entry.transfer.key);
  }

  drop(entry, text) {
    this.rows.delete(entry.row);
    this.state(entry, "refused", text);
    unsentOf(entry).disabled = true;
    setTimeout(() => entry.row.remove(), 4000);
  }

  heard(entry, what, share) {
    if (share !== undefined) entry.row.querySelector("progress").value = share;
    const percent = `${Math.round(entry.row.querySelector("progress").value * 100)}%`;
    const words = { sending: percent, broken: `${percent} · ${this.texts.broken}`, paused: `${percent} · ${this.texts.paused}` };
    this.state(entry, what, words[what] ?? "");
  }

  state(entry, state, text) {
    entry.row.dataset.state = state;
    const status = entry.row.querySelector("[data-status]");
    if (status.textContent !== text) status.textContent = text;
    const unsent = unsentOf(entry);
    unsent.disabled = state === "done";
    unsent.value = `${entry.file.name}\t${["refused", "rejected"].includes(state) ? text : ""}`;
  }

  stored(entry, file) {
    entry.row.dataset.stored = file.id;
    const size = file.size < 1048576 ? `${Math.max(1, Math.round(file.size / 1024))} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
    this.state(entry, "done", `${this.texts.done} · ${size}`);
    const hidden = entry.row.querySelector("input[type=hidden]:not([name^=unsent-])");
    if (hidden) {
      hidden.value = file.id;
      hidden.disabled = false;
    }
    this.changed();
  }

  clicked(event) {
    const button = event.target.closest("[data-act]");
    const entry = button && this.rows.get(button.closest("[data-state]"));
    if (!entry) return;
    event.preventDefault();
    const act = button.dataset.act;
    if (act === "pause") entry.transfer?.pause();
    if (act === "resume" || act === "retry") {
      entry.transfer?.resume();
      this.state(entry, "waiting", this.texts.waiting);
      this.enqueue(entry);
    }
    if (act === "remove") this.remove(entry);
    if (act === "swap") this.swap(entry);
  }

  // Another file in the place of one that is not taken: it goes when the other one is chosen.
  swap(entry) {
    this.swapped = entry;
    this.root.querySelector("input[type=file]:not([capture])").click();
  }

  remove(entry) {
    entry.transfer?.cancel();
    this.rows.delete(entry.row);
    entry.row.remove();
    this.changed();
    this.root.querySelector("[data-upload-list] + * input")?.focus();
  }

  changed() {
    const count = this.root.querySelectorAll("[data-stored]").length;
    const line = this.root.querySelector("[data-count]");
    if (line) line.textContent = line.dataset.count.replace("{n}", count);
    this.root.dispatchEvent(new CustomEvent("xz:uploaded", { bubbles: true }));
  }
}

// What the form says of a file that does not go with it.
function unsentOf(entry) {
  return entry.row.querySelector("input[name^=unsent-]");
}

function preview(row, file) {
  const picture = row.querySelector("img");
  if (!picture || !file.type.startsWith("image/")) return;
  picture.src = URL.createObjectURL(file);
  picture.hidden = false;
  row.querySelector("[data-no-picture]").hidden = true;
  picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
}
