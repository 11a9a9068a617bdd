// A box that narrows a select by a part of the name (data-finds), and selects that follow another one (data-within).

const whole = new WeakMap();

export function watchFinding() {
  document.addEventListener("input", (event) => {
    const { finds } = event.target.dataset ?? {};
    if (finds) find(document.getElementById(finds));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.dataset?.finds) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("select")) chosen(event.target);
  });
}

// What was chosen before the page was shown decides what its followers offer.
export function followOthers(root) {
  for (const select of root.querySelectorAll("select[data-within]")) find(select);
}

// "请选择" and what is offered everywhere (a place of "*") stay.
const always = ({ value, dataset }) => !value || dataset.place === "*";

function find(select) {
  if (!whole.has(select)) whole.set(select, [...select.options]);
  const wanted = document.querySelector(`[data-finds="${select.id}"]`)?.value.trim() ?? "";
  const place = document.getElementById(select.dataset.within ?? "")?.value;
  const here = ({ dataset }) => !place || !dataset.place || dataset.place === place;
  const fits = whole.get(select).filter((option) => always(option) || (here(option) && option.text.includes(wanted)));
  const found = fits.filter((option) => !always(option));
  const before = select.value;
  const only = wanted && found.length === 1 ? found[0] : fits.find((option) => option.value === before);
  select.replaceChildren(...fits);
  select.value = (only ?? fits.find(always))?.value ?? "";
  select.size = wanted && found.length > 1 ? Math.min(fits.length, 8) : 0;
  say(select, wanted, found.length);
  if (select.value !== before) select.dispatchEvent(new Event("change", { bubbles: true }));
}

function say(select, wanted, count) {
  const line = document.querySelector(`[data-found="${select.id}"]`);
  if (line) line.textContent = !wanted ? "" : count ? line.dataset.some.replace("{n}", count) : line.dataset.none;
}

// A chosen one folds the list again; those that depend on it offer what belongs to it.
function chosen(select) {
  if (select.value && whole.has(select)) select.size = 0;
  for (const follower of document.querySelectorAll(`select[data-within="${select.id}"]`)) find(follower);
}
