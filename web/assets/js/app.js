// What every page needs. Pages work without it; it saves taps and lines.

import { watchConfirm } from "./confirm.js";
import { watchDrafts } from "./draft.js";
import { followOthers, watchFinding } from "./finding.js";
import { watchNumbers } from "./numbers.js";
import { watchHtmx } from "./requests.js";
import { watchScoring } from "./scoring.js";
import { watchScrolling } from "./scrolling.js";
import { watchSelection } from "./selection.js";

const html = document.documentElement;
html.classList.add("js");

watchConfirm();
watchDrafts();
watchFinding();
watchHtmx(prepare);
watchNumbers();
watchScoring();
watchSelection();

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[data-close-outside][open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// What is wrong leads to its field, into the middle of the screen: the bars above and below would cover it at the edge.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".form-errors a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details[data-close-outside][open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
  if (location.hash === "#menu") location.hash = "content";
});

// Called for the page and for each part that htmx puts in.
function prepare(root) {
  root.querySelector("#errors")?.focus();
  followOthers(root);
  watchScrolling(root);
  // Enter in a field presses its form's first button, also one that is not shown.
  for (const button of root.querySelectorAll("button.no-script")) button.remove();
  if (matchMedia("(min-width: 992px)").matches) {
    for (const folded of root.querySelectorAll("details[data-open-wide]")) folded.open = true;
  }
  const uploads = [...root.querySelectorAll("[data-upload]")];
  if (root.matches?.("[data-upload]")) uploads.push(root);
  if (uploads.length) import("./upload.js").then(({ manage }) => uploads.forEach(manage));
}

prepare(document);

// The first page brings what later pages need, so that a task opened on a poor line is light.
addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(() => import("./upload.js").catch(() => {})));
