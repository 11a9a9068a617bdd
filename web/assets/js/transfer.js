// One file on its way: announced, sent in parts with a hash each, finished. A broken line is waited out (2, 4, 8 … 30 s, or
// until the browser says it is online); what the server has is asked again first, so that no part goes twice.

import { token } from "./requests.js";
import { sha256 } from "./sha256.js";

const WHOLE_HASH = 32 * 1024 * 1024;
const LONGEST_WAIT = 30000;
const memory = "xz-upload:";

// The server's no, with its words; trying again by ourselves would not help. With final the file itself is not taken:
// the same one would be refused again.
export class Refused extends Error {}

// Not an error: the person wants the line for something else. run() begins again where it stopped.
export class Paused extends Error {}

export class Transfer {
  static async of(file, target, tell) {
    const hash = file.size <= WHOLE_HASH ? await sha256(await file.arrayBuffer()) : "";
    return new Transfer(file, target, hash, tell);
  }

  constructor(file, target, hash, tell) {
    Object.assign(this, { file, target, hash, tell });
    this.key = [hash || `${file.name}:${file.lastModified}`, file.size, target.purpose, target.subject].join(":");
    this.id = remembered(this.key);
    this.received = new Set();
    this.spoiled = 0;
    this.state = "ready";
  }

  async run() {
    let wait = 2000;
    for (;;) {
      if (this.state === "cancelled") throw new DOMException("", "AbortError");
      if (this.state === "paused") throw new Paused();
      this.line = new AbortController();
      try {
        return await this.attempt(() => (wait = 2000));
      } catch (error) {
        if (this.state !== "ready") continue;
        if (error instanceof Refused) {
          if (error.final) forget(this.key);
          throw error;
        }
        this.tell("broken");
        await this.sleep(wait);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  async attempt(progressed) {
    const finished = await this.announce();
    if (finished) return this.done(finished);
    const parts = Math.max(1, Math.ceil(this.file.size / this.partSize));
    for (let part = 0; part < parts; part++) {
      if (this.received.has(part)) continue;
      this.tell("sending", this.received.size / parts);
      await this.send(part, parts);
      progressed();
    }
    this.tell("sending", 1);
    const { file } = await this.ask("POST", `/uploads/${this.id}/finish`);
    return this.done(file);
  }

  done(file) {
    forget(this.key);
    return file;
  }

  // Answers the file when an earlier finish came through and only its answer was lost.
  async announce() {
    let known = this.id && (await this.ask("GET", `/uploads/${this.id}`).catch(lost));
    if (!known) {
      const { name, size, type } = this.file;
      known = await this.ask("POST", "/uploads", { name, size, type, sha256: this.hash || undefined, ...this.target });
      this.id = known.id;
      remember(this.key, known.id);
    }
    this.partSize = known.part_size ?? 524288;
    this.received = new Set(known.received);
    return known.file ?? null;
  }

  async send(part, parts) {
    const body = this.file.slice(part * this.partSize, (part + 1) * this.partSize);
    const hash = await sha256(await body.arrayBuffer());
    const moved = (share) => this.tell("sending", (this.received.size + share) / parts);
    const answer = await put(`/uploads/${this.id}/parts/${part}`, body, hash, this.line.signal, moved).catch((error) => {
      throw this.spoiledPart(error) ? new Error("spoiled on the way") : error;
    });
    this.received = new Set(answer.received).add(part);
  }

  // A part whose hash did not fit was spoiled on the way: three times are tried before the server's no counts.
  spoiledPart(error) {
    return error instanceof Refused && [409, 422].includes(error.status) && ++this.spoiled <= 3;
  }

  async ask(method, url, data) {
    const headers = { Accept: "application/json", "X-CSRF-Token": token() };
    if (data) headers["Content-Type"] = "application/json";
    const answer = await fetch(url, { method, headers, body: data && JSON.stringify(data), signal: this.line.signal });
    try {
      return read(answer.status, await answer.text());
    } catch (error) {
      throw error.status === 422 ? Object.assign(error, { final: true }) : error;
    }
  }

  pause() {
    this.stop("paused");
    this.tell("paused");
  }

  resume() {
    this.state = "ready";
  }

  stop(state) {
    this.state = state;
    this.line?.abort();
    this.wake?.();
  }

  cancel() {
    this.stop("cancelled");
    forget(this.key);
    if (this.id) fetch(`/uploads/${this.id}`, { method: "DELETE", headers: { "X-CSRF-Token": token() } }).catch(() => {});
  }

  sleep(time) {
    return new Promise((done) => {
      this.wake = done;
      setTimeout(done, time);
      addEventListener("online", done, { once: true });
    });
  }
}

function put(url, body, hash, signal, moved) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.timeout = 120000;
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Part-SHA256", hash);
    request.setRequestHeader("X-CSRF-Token", token());
    request.upload.onprogress = (event) => moved(event.loaded / event.total);
    request.onload = () => {
      try {
        done(read(request.status, request.responseText));
      } catch (error) {
        failed(error);
      }
    };
    request.onerror = request.ontimeout = () => failed(new Error("line"));
    request.onabort = () => failed(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });
}

function read(status, text) {
  if (status >= 200 && status < 300) return text ? JSON.parse(text) : {};
  if (status >= 500 || status === 408 || status === 429) throw new Error(`answer ${status}`);
  let message = "";
  try {
    message = JSON.parse(text).message ?? "";
  } catch {
    // not our own answer: the row says it in general words
  }
  throw Object.assign(new Refused(message), { status });
}

// An upload that the server no longer knows is begun anew; any other trouble is the caller's.
function lost(error) {
  if (error instanceof Refused && error.status === 404) return null;
  throw error;
}

function remembered(key) {
  try {
    return localStorage.getItem(memory + key);
  } catch {
    return null;
  }
}

function remember(key, id) {
  try {
    localStorage.setItem(memory + key, id);
  } catch {
    // a private window: the upload still works, it only cannot go on after a reload
  }
}

function forget(key) {
  try {
    localStorage.removeItem(memory + key);
  } catch {
    // as above
  }
}
