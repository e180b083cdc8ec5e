// Native <dialog>: data-open="#id" opens, data-close closes, focus returns to the button that opened it.
// Also takes dialogs that htmx brings: <dialog data-open-now>.
import { fresh } from "./util.js";

let wired = false;

export function dialogs(root) {
  for (const dialog of fresh(root, "dialog[data-open-now]", "dialogs")) open(dialog, document.activeElement);
  if (wired) return;
  wired = true;
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener && opener.getAttribute("aria-disabled") !== "true") {
      event.preventDefault();
      const dialog = document.querySelector(opener.dataset.open);
      if (dialog) open(dialog, opener);
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog")?.close();
    }
  });
}

function open(dialog, opener) {
  // What the bulk bar or a row hands over: data-fill-<name>="value" sets the dialog's [name=<name>] or [data-fill=<name>].
  for (const { name, value } of opener?.attributes ?? []) {
    if (!name.startsWith("data-fill-")) continue;
    const key = name.slice("data-fill-".length);
    for (const slot of dialog.querySelectorAll(`[data-fill="${key}"]`)) slot.textContent = value;
    for (const input of dialog.querySelectorAll(`[name="${key}"]`)) input.value = value;
  }
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus], textarea, input:not([type=hidden]), select, button")?.focus();
  dialog.addEventListener("close", () => opener?.isConnected && opener.focus(), { once: true });
}
