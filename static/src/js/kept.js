// Forms that do not save by themselves (data-guard): when the visit ends, what was typed is kept in this tab and put back when the
// same person opens the same page again. Never passwords, never files.
import { clock, fresh, make } from "./util.js";

const NEVER = new Set(["password", "file", "hidden", "submit", "button"]);
const keyOf = () => `tidu-form:${document.body.dataset.user || ""}:${location.pathname}${location.search}`;

/** Called by the idle timer before it leaves. */
export function keepForms() {
  keep("idle");
}

/** Puts back what was kept; runs after the guard has noted what the server sent, so that leaving still asks. */
export function kept(root) {
  for (const form of fresh(root, "form[data-guard]", "kept")) {
    // Sent after the visit had ended unnoticed (the machine slept): the answer will be the sign-in page.
    form.addEventListener("submit", () => keep("sent"));
  }
  if (root !== document || !document.body.dataset.user) return;
  const found = take();
  if (!found || (found.why === "sent" && !fromSignIn())) return;
  const names = new Set();
  for (const [index, name, place, value] of found.fields) {
    const control = document.querySelectorAll("form[data-guard]")[index]?.querySelectorAll(`[name="${CSS.escape(name)}"]`)[place];
    if (!control || NEVER.has(control.type)) continue;
    if (control.type === "checkbox" || control.type === "radio") control.checked = value;
    else if (control.type === "select-multiple") for (const option of control.options) option.selected = value.includes(option.value);
    else control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    names.add((control.closest("fieldset")?.querySelector("legend") || control.labels?.[0])?.firstChild?.textContent?.trim() || name);
  }
  if (!names.size) return;
  const told = `已恢复 ${found.at} 未提交的内容：${[...names].join("、")}。请核对后提交。`;
  document.querySelector("form[data-guard]").prepend(make("div", { class: "alert alert-ok", role: "status" }, told));
}

function keep(why) {
  const fields = [];
  document.querySelectorAll("form[data-guard]").forEach((form, index) => {
    const places = new Map();
    for (const control of form.elements) {
      if (!control.name) continue;
      const place = places.get(control.name) || 0;
      places.set(control.name, place + 1);
      if (NEVER.has(control.type) || !changed(control)) continue;
      fields.push([index, control.name, place, valueOf(control)]);
    }
    if (why === "idle" && fields.length) form.dataset.leaving = "yes"; // kept: leaving need not be asked about
  });
  if (!fields.length) return;
  try {
    sessionStorage.setItem(keyOf(), JSON.stringify({ why, at: clock(), fields }));
  } catch {
    // Full or forbidden storage: the browser asks before leaving, as ever.
  }
}

function take() {
  try {
    const found = JSON.parse(sessionStorage.getItem(keyOf()));
    sessionStorage.removeItem(keyOf());
    return found;
  } catch {
    return null;
  }
}

function changed(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.options) return [...control.options].some((option) => option.selected !== option.defaultSelected);
  return control.value !== control.defaultValue;
}

function valueOf(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked;
  if (control.type === "select-multiple") return [...control.selectedOptions].map((option) => option.value);
  return control.value;
}

function fromSignIn() {
  try {
    return new URL(document.referrer).pathname.startsWith("/accounts/");
  } catch {
    return false;
  }
}
