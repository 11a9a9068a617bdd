// Saves a form with data-draft while it is written: 1.5 s after the last key, and at once when the line
// comes back or the page is left.
// The answer is JSON {"saved": "14:32"}; without it our own clock is shown.

import { token } from "./requests.js";

const PAUSE = 1500;
const RETRY = 15000;
const waiting = new WeakMap();

export function watchDrafts() {
  const changed = (event) => {
    const form = event.target.form ?? event.target.closest?.("form");
    if (form?.dataset.draft && event.target.type !== "file") plan(form, PAUSE);
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  document.addEventListener("submit", (event) => cancel(event.target));
  window.addEventListener("online", () => {
    for (const form of document.querySelectorAll("form[data-draft]")) if (waiting.has(form)) save(form, false);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    for (const form of document.querySelectorAll("form[data-draft]")) if (waiting.has(form)) save(form, true);
  });
}

function cancel(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
}

function plan(form, delay) {
  clearTimeout(waiting.get(form));
  waiting.set(
    form,
    setTimeout(() => save(form, false), delay),
  );
}

async function save(form, leaving) {
  cancel(form);
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  let answer;
  try {
    answer = await fetch(form.dataset.draft, {
      method: "POST",
      body,
      keepalive: leaving,
      headers: { "X-CSRF-Token": token(), Accept: "application/json" },
    });
  } catch {
    answer = null;
  }
  if (answer?.ok) return show(form, await savedAt(answer), false);
  show(form, "", true);
  if (!answer || answer.status >= 500) plan(form, RETRY);
}

async function savedAt(answer) {
  const told = await answer.json().catch(() => ({}));
  return told.saved ?? new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
}

function show(form, time, failed) {
  const mark = form.querySelector("[data-draft-mark]") ?? document.querySelector(`[data-draft-mark="${form.id}"]`);
  if (!mark) return;
  mark.textContent = failed ? mark.dataset.failed : `${mark.dataset.saved} ${time}`;
  mark.classList.toggle("text-soon", failed);
}
