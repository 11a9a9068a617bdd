// A table wider than its panel is moved sideways. Where nothing in it takes the focus, the panel itself does, so that the
// arrow keys move it; a panel that shows everything stays out of the way of the tab key.

const PANELS = ".table-panel, .card-flush";
const TAKES_FOCUS = "a[href], button, input, select, textarea, summary, [tabindex]";

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => open(target)));

// Called for the page and for each part that htmx puts in.
export function watchScrolling(root) {
  const found = [...root.querySelectorAll(PANELS)];
  if (root.matches?.(PANELS)) found.push(root);
  for (const panel of found) {
    sizes.observe(panel);
    const table = panel.querySelector("table");
    if (table) sizes.observe(table);
  }
}

function open(target) {
  const panel = target.closest(PANELS);
  if (!panel) return;
  const wanted = panel.scrollWidth > panel.clientWidth && !panel.querySelector(TAKES_FOCUS);
  if (wanted === panel.hasAttribute("tabindex")) return;
  if (!wanted) {
    for (const name of ["tabindex", "role", "aria-label"]) panel.removeAttribute(name);
    return;
  }
  panel.tabIndex = 0;
  const name = panel.querySelector("caption, h2")?.textContent.trim();
  if (!name) return;
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", name);
}
