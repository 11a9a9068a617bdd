// Dangerous acts ask once. A button with data-confirm asks in the shell's dialog and is clicked again on yes; a link with
// data-opens shows the dialog that its address names (without scripts, :target shows it).

export function watchConfirm() {
  document.addEventListener("click", ask, true);
  document.addEventListener("click", open);
}

function ask(event) {
  const button = event.target.closest?.("[data-confirm]");
  const dialog = document.getElementById("confirm");
  if (!button || !dialog?.showModal) return;
  if (button.dataset.confirmed) {
    delete button.dataset.confirmed;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  dialog.querySelector("[data-title]").textContent = button.textContent.trim();
  dialog.querySelector("[data-text]").textContent = button.dataset.confirm;
  const yes = dialog.querySelector("[value=yes]");
  yes.textContent = button.textContent.trim();
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "yes") return;
      button.dataset.confirmed = "1";
      button.click();
    },
    { once: true },
  );
}

function open(event) {
  const link = event.target.closest?.("a[data-opens]");
  const dialog = link && document.getElementById(link.hash.slice(1));
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const close = event.target.closest?.("dialog [data-close]");
  if (close) {
    event.preventDefault();
    close.closest("dialog").close();
  }
}
