// Scoring without a mouse: ↑ ↓ between rows with data-score-row, 1 to 9 choose the row's first to ninth quality, Enter sends.

export function watchScoring() {
  let sent = null;
  let after = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    sent = event.target.closest?.("[data-score-row]");
    after = sent && neighbour(sent, 1);
  });
  // A row that is still there was not scored: something is wrong in it.
  document.addEventListener("htmx:afterSettle", () => {
    const next = sent?.isConnected ? sent : after;
    if (next?.isConnected && !document.activeElement?.closest("[data-score-row]")) enter(next);
    sent = after = null;
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest?.("[data-score-row]");
    if (!row) return begin(event);
    const writing = event.target.matches("textarea, input:not([type=radio]):not([type=checkbox]), select");
    if (writing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(row, event.key === "ArrowDown" ? 1 : -1);
    } else if (/^[1-9]$/.test(event.key)) {
      const choice = row.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
      if (!choice) return;
      event.preventDefault();
      choice.checked = true;
      choice.focus();
      choice.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

// Nothing has the focus yet: an arrow leads to the first row.
function begin(event) {
  if (event.target !== document.body || !/^Arrow(Down|Up)$/.test(event.key)) return;
  const first = document.querySelector("[data-scoring] [data-score-row]");
  if (!first) return;
  event.preventDefault();
  enter(first);
}

function move(row, step) {
  const next = neighbour(row, step);
  if (next) enter(next);
}

function neighbour(row, step) {
  const rows = [...(row.closest("[data-scoring]") ?? document).querySelectorAll("[data-score-row]")];
  return rows[rows.indexOf(row) + step];
}

function enter(next) {
  (next.querySelector("input[type=radio]:checked") ?? next.querySelector("input[type=radio]") ?? next).focus();
}
