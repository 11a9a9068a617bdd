// A figure that cannot be is said beside its field at once. data-wrong holds the sentence; the field's limits say what cannot be.

export function watchNumbers() {
  document.addEventListener("input", (event) => check(event.target, false));
  document.addEventListener("change", (event) => check(event.target, true));
}

// While somebody is still writing only what no further digit can mend is wrong: "0" may become "0.5".
function check(field, left) {
  if (!field.dataset?.wrong) return;
  const { badInput, rangeOverflow, rangeUnderflow } = field.validity;
  const valid = !badInput && !rangeOverflow && !rangeUnderflow;
  if (!valid && !left && !rangeOverflow && !(Number(field.value) < 0)) return;
  const place = field.closest(".field");
  const line = place.querySelector(".field-error") ?? place.appendChild(lineFor(field));
  line.hidden = valid;
  line.textContent = field.dataset.wrong;
  place.classList.toggle("is-wrong", !valid);
  if (valid) field.removeAttribute("aria-invalid");
  else field.setAttribute("aria-invalid", "true");
}

function lineFor(field) {
  const line = document.createElement("p");
  line.className = "field-error";
  line.id = `${field.id}-error`;
  line.setAttribute("role", "alert");
  return line;
}
