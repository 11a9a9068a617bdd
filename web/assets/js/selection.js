// 全选, 反选 and 上次这些 over checkboxes; the sentence that says what will happen; what is still missing.

export function watchSelection() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-select]");
    if (button) select(button);
  });
  document.addEventListener("input", (event) => {
    if (event.target.dataset.narrows) narrow(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.dataset?.narrows) event.preventDefault();
  });
  for (const kind of ["input", "change", "xz:uploaded", "htmx:afterSettle"]) {
    document.addEventListener(kind, () => {
      document.querySelectorAll("[data-sum]").forEach(sum);
      document.querySelectorAll("[data-missing-for]").forEach(missing);
    });
  }
}

function select(button) {
  const found = document.getElementById(button.dataset.of).querySelectorAll("input[type=checkbox]:not(:disabled)");
  const boxes = [...found].filter((box) => button.dataset.select === "these" || !box.closest("[hidden]"));
  const these = new Set((button.dataset.ids ?? "").split(","));
  const wanted = {
    all: () => true,
    invert: (box) => !box.checked,
    these: (box) => these.has(box.value),
  }[button.dataset.select];
  for (const box of boxes) box.checked = wanted(box);
  boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
}

// data-narrows names a list; what has another name than the one that is looked for is hidden, but stays ticked.
function narrow(box) {
  const list = document.getElementById(box.dataset.narrows);
  const wanted = box.value.trim();
  for (const item of list.querySelectorAll("[data-named]")) item.hidden = !item.dataset.named.includes(wanted);
  for (const group of list.querySelectorAll(".pick-group")) group.hidden = !group.querySelector("[data-named]:not([hidden])");
  list.querySelector("[data-none]").hidden = Boolean(list.querySelector("[data-named]:not([hidden])"));
}

// data-sum holds the sentence with {count} and {field names}; data-of names the checkboxes, of one name or several.
function sum(line) {
  const form = line.dataset.form ? document.getElementById(line.dataset.form) : line.closest("form");
  if (!form) return;
  const fields = [...form.elements];
  const names = line.dataset.of.split(" ");
  const count = fields.filter((field) => names.includes(field.name) && field.checked).length;
  const value = (name) => (name === "count" ? String(count) : written(fields.find((field) => field.name === name)));
  const parts = line.dataset.sum.split(/\{(\w+)\}/);
  const nodes = parts.map((part, place) => {
    if (place % 2 === 0) return part;
    const strong = document.createElement("strong");
    strong.textContent = value(part) || "…";
    return strong;
  });
  line.replaceChildren(...nodes);
}

const DAYS = { zh: ["日", "一", "二", "三", "四", "五", "六"], en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] };

function written(field) {
  if (!field?.value || field.validity.rangeUnderflow || field.validity.rangeOverflow) return "";
  if (!field.type.startsWith("date")) return field.value;
  const time = new Date(field.type === "date" ? `${field.value}T00:00` : field.value);
  const chinese = document.documentElement.lang.startsWith("zh");
  const clock = field.type === "date" ? "" : ` ${field.value.slice(11, 16)}`;
  const day = DAYS[chinese ? "zh" : "en"][time.getDay()];
  const year = time.getFullYear() === new Date().getFullYear() ? "" : time.getFullYear();
  if (chinese) return `${year && `${year}年`}${time.getMonth() + 1}月${time.getDate()}日 周${day}${clock}`;
  return `${time.toLocaleDateString("en", { month: "short", day: "numeric" })}${year && `, ${year}`}, ${day}${clock}`;
}

// A line for a field goes when the field is filled, a line for an upload when there are enough.
function missing(line) {
  const target = document.getElementById(line.dataset.missingFor);
  if (!target) return;
  if (!target.matches("[data-upload]")) {
    line.hidden = Boolean(target.value?.trim());
    line.textContent ||= line.dataset.text;
    return;
  }
  const short = Number(target.dataset.minimum) - target.querySelectorAll("[data-stored]").length;
  line.hidden = short <= 0;
  if (short > 0) line.textContent = line.dataset.text.replace("{n}", short);
}
