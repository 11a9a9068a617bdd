// htmx: our token with each request, and words when one fails.

export function token() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

export function watchHtmx(prepare) {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = token();
  });
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) prepare(event.detail.elt);
  });
  document.addEventListener("htmx:sendError", () => say(live().dataset.offline));
  document.addEventListener("htmx:timeout", () => say(live().dataset.offline));
  document.addEventListener("htmx:responseError", (event) => {
    const told = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").querySelector(".alert");
    say(live().dataset.failed, told);
  });
  document.addEventListener("htmx:beforeRequest", () => live().replaceChildren());
  // A form without htmx would leave the page for the browser's own, and lose the files that wait.
  document.addEventListener("submit", stayWhileOffline, true);
}

function stayWhileOffline(event) {
  if (navigator.onLine || event.target.method !== "post") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  say(live().dataset.offline);
  live().scrollIntoView({ block: "center" });
}

function live() {
  return document.getElementById("live");
}

function say(text, told) {
  const box = told ? document.adoptNode(told) : document.createElement("div");
  if (!told) {
    box.className = "alert tone-danger";
    box.textContent = text;
  }
  live().replaceChildren(box);
}
