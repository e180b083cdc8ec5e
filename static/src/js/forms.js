// Plain forms: one press sends once; leaving with typed text is asked about (data-guard); filters send themselves
// (data-submit-on-change); textareas count what is left (data-count).
import { fresh, make } from "./util.js";

const guarded = new Set();

export function forms(root) {
  for (const form of fresh(root, "form[method=post]", "once")) {
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      // A page that comes back from the history must work again.
      setTimeout(() => delete form.dataset.sent, 8000);
    });
  }
  for (const form of fresh(root, "form[data-guard]", "guard")) {
    const before = snapshot(form);
    guarded.add({ form, before });
    form.addEventListener("submit", () => (form.dataset.leaving = "yes"));
  }
  for (const node of fresh(root, "[data-submit-on-change]", "change")) {
    node.addEventListener("change", () => node.form?.requestSubmit());
  }
  for (const area of fresh(root, "textarea[data-count][maxlength]", "count")) {
    const line = make("div", { class: "form-text" });
    area.after(line);
    const show = () => (line.textContent = `还可填 ${area.maxLength - area.value.length} 字`);
    area.addEventListener("input", show);
    show();
  }
}

const snapshot = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

window.addEventListener("beforeunload", (event) => {
  for (const { form, before } of guarded) {
    if (!form.isConnected || form.dataset.leaving) continue;
    if (snapshot(form) !== before) {
      event.preventDefault();
      event.returnValue = "";
      return;
    }
  }
});
