// Autosave: <form data-autosave-url="…" data-version="3"> sends the fields that changed.
//
// Request:  POST JSON {"version": 3, "fields": {"revenue_2017": "12,345.67"}}
// Answers:  200 {"version": 4, "saved_at": "9:42", "errors": {"revenue_2017": "…"}}   errors do not stop the saving of the rest
//           409 {"who": "李敏", "when": "9:40", "version": 5, "reason": "…"}           somebody else saved in between
//           401 (or a redirect to the sign-in page), 403                              the text is kept and comes back after sign-in
// The state is always visible in [data-save-state]; the first failure is told loudly and stays until it is mended.
import { ask, body, clock, fresh, make, reasonOf, signedOut } from "./util.js";

const WAIT = 900;
const RETRY = [3000, 8000, 20000, 60000];
const START = "填写后自动保存";
const running = new Set();

export function autosave(root) {
  for (const form of fresh(root, "form[data-autosave-url]", "autosave")) running.add(new Saver(form));
}

class Saver {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosaveUrl;
    this.version = form.dataset.version || null;
    this.changed = new Map(); // name -> value not yet accepted by the server
    this.base = new Map(); // name -> value the server is known to hold
    for (const { name } of form.elements) if (name) this.base.set(name, valueOf(form, name));
    this.failures = 0;
    this.sending = false;
    this.stopped = false;
    this.line = form.querySelector("[data-save-state]") || document.querySelector("[data-save-state]");
    if (!this.line) {
      this.line = make("p", { class: "save-state", "data-save-state": "" });
      form.prepend(this.line);
    }
    this.line.classList.add("save-state");
    this.line.setAttribute("role", "status");
    form.addEventListener("input", (event) => this.touch(event.target));
    form.addEventListener("change", (event) => this.touch(event.target));
    form.addEventListener("focusout", () => this.soon(0));
    // Before every other listener: a form held back here has not been sent.
    form.addEventListener("submit", (event) => this.submitted(event), { capture: true });
    if (!this.line.textContent) this.line.textContent = START;
    this.restore();
  }

  get key() {
    // Per person and page: another person on the same machine never meets this text.
    return `tidu-kept:${document.body.dataset.user || ""}:${this.url}`;
  }

  touch(control) {
    const name = control.name;
    if (!name || name === "csrfmiddlewaretoken" || control.type === "file" || control.closest("[data-no-autosave]")) return;
    const value = valueOf(this.form, name);
    if (!this.sending && same(value, this.base.get(name))) {
      // Typed and taken back, or only left: nothing to save.
      this.changed.delete(name);
      if (!this.changed.size && this.line.dataset.state === "dirty") this.show(this.last ? "saved" : "", this.last || START);
      return;
    }
    this.changed.set(name, value);
    this.leaving = false;
    if (this.stopped) {
      this.keep();
      return;
    }
    if (!this.failures) this.show("dirty", "正在填写，稍后自动保存");
    this.soon(WAIT);
  }

  /** Pressing a button leaves the field, and leaving the field saves: the form then waits for that answer, or it would arrive
   *  with a version that its own autosave has just used up. */
  submitted(event) {
    clearTimeout(this.timer);
    if (this.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.held = { button: event.submitter };
      return;
    }
    this.leaving = true;
  }

  /** Send the form that was held back. What is wrong with the save itself has been told by now; the form may still be right. */
  release() {
    const held = this.held;
    this.held = null;
    if (held && !this.stopped) this.form.requestSubmit(held.button);
    return Boolean(held) && !this.stopped;
  }

  soon(delay) {
    if (this.stopped || this.leaving || !this.changed.size) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  async send() {
    if (this.sending || this.stopped || !this.changed.size) return;
    this.sending = true;
    const sent = new Map(this.changed);
    if (!this.failures) this.show("saving", "正在保存");
    let response = null;
    let data = {};
    try {
      response = await ask(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ version: this.version, fields: Object.fromEntries(sent) }),
      });
      data = await body(response);
    } catch {
      response = null;
    }
    this.sending = false;
    if (response && signedOut(response)) return this.expired();
    if (response?.status === 409) return this.conflict(data);
    if (!response || !response.ok) {
      // 403 may be an expired session as well as a lost right: the text is kept either way.
      if (response?.status === 403) this.keep();
      return this.failed(reasonOf(response, data), response);
    }
    for (const [name, value] of sent) {
      if (same(this.changed.get(name), value)) this.changed.delete(name);
      this.base.set(name, value);
    }
    this.version = data.version ?? this.version;
    this.form.dataset.version = this.version ?? "";
    for (const input of this.form.querySelectorAll("input[name=version]")) input.value = this.version;
    this.failures = 0;
    this.quiet();
    sessionStorage.removeItem(this.key);
    this.marks(sent, data.errors || {});
    const wrong = Object.keys(data.errors || {}).length;
    if (this.release()) return;
    if (this.changed.size) return this.soon(WAIT);
    this.last = `已自动保存 ${data.saved_at || clock()}${wrong ? `，${wrong} 处需要核对` : ""}`;
    this.show("saved", this.last);
    this.form.dispatchEvent(new CustomEvent("tidu:saved", { bubbles: true, detail: data }));
  }

  failed(reason, response) {
    this.failures += 1;
    this.held = null;
    this.keep();
    this.show("failed", `未保存：${reason}`);
    const again = make("button", { type: "button", class: "btn btn-sm" }, "重试");
    again.addEventListener("click", () => this.send());
    this.loud(`未保存：${reason.replace(/。$/, "")}。已填内容还在本页，请勿关闭。`, again);
    // A refusal does not mend itself; everything else is tried again.
    if (!response || response.status >= 500) {
      this.timer = setTimeout(() => this.send(), RETRY[Math.min(this.failures, RETRY.length) - 1]);
    }
  }

  expired() {
    this.stopped = true;
    this.keep();
    this.show("failed", "未保存：登录已过期");
    const next = encodeURIComponent(location.pathname + location.search);
    const link = make("a", { class: "btn btn-sm", href: `${document.body.dataset.signInUrl || "/"}?next=${next}` }, "重新登录");
    link.addEventListener("click", () => (this.leaving = true));
    this.loud("登录已过期，最近的内容还没有保存。重新登录后会回到本页并自动恢复。", link);
  }

  conflict(data) {
    this.stopped = true;
    this.keep();
    const who = [data.who, data.when && `于 ${data.when}`].filter(Boolean).join(" ");
    this.show("failed", "未保存：内容已被他人修改");
    const reload = make("button", { type: "button", class: "btn btn-sm" }, "载入最新内容，保留我填的");
    reload.addEventListener("click", () => {
      this.leaving = true;
      location.reload();
    });
    this.loud(`${data.reason || `${who || "另一处"}修改并保存了这份材料`}。您填的内容已留存，载入后逐项列出供您取舍。`, reload);
  }

  loud(text, button) {
    if (this.alert?.isConnected && this.alert.firstChild.textContent === text) return; // told already; it stays
    this.quiet();
    this.alert = make("div", { class: "save-alert on-dark", role: "alert" }, make("span", {}, text), button);
    this.form.prepend(this.alert);
  }

  quiet() {
    this.alert?.remove();
    this.alert = null;
  }

  show(state, text) {
    this.line.dataset.state = state;
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  /** Error texts of the server beside the fields, removed once the field is right. */
  marks(sent, errors) {
    for (const name of new Set([...sent.keys(), ...Object.keys(errors)])) {
      const control = this.form.elements[name]?.[0] ?? this.form.elements[name];
      const first = control instanceof Element ? control : null;
      if (!first) continue;
      const holder = first.closest(".field") || first.parentElement;
      const id = `${first.id || name}_error`;
      holder.querySelector(`[id="${CSS.escape(id)}"]`)?.remove();
      holder.classList.toggle("has-error", Boolean(errors[name]));
      const described = (first.getAttribute("aria-describedby") || "").split(" ").filter((part) => part && part !== id);
      if (errors[name]) {
        const list = make("ul", { class: "field-error", id }, make("li", {}, errors[name]));
        (first.closest(".input-unit, .picker") || first).before(list);
        described.push(id);
        first.setAttribute("aria-invalid", "true");
      } else {
        first.removeAttribute("aria-invalid");
      }
      if (described.length) first.setAttribute("aria-describedby", described.join(" "));
      else first.removeAttribute("aria-describedby");
    }
  }

  keep() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ at: clock(), fields: Object.fromEntries([...this.changed].map(([name, value]) => [name, { value, base: this.base.get(name) }])) }));
    } catch {
      // Full or forbidden storage: the page itself still holds the text, and leaving it asks first.
    }
  }

  /** What could not be saved before: put back by itself where the server's value is still the one it was typed over, offered
   *  line by line where somebody has changed it since. */
  restore() {
    let kept;
    try {
      kept = JSON.parse(sessionStorage.getItem(this.key));
    } catch {
      kept = null;
    }
    if (!kept) return;
    sessionStorage.removeItem(this.key);
    const back = [];
    const disputed = [];
    for (const [name, { value, base }] of Object.entries(kept.fields)) {
      if (!this.form.elements[name]) continue;
      const now = valueOf(this.form, name);
      if (!same(now, value)) (same(now, base) ? back : disputed).push([name, value, now]);
    }
    for (const [name, value] of back) setValue(this.form, name, value);
    if (back.length) {
      const names = back.map(([name]) => labelOf(this.form, name)).join("、");
      this.form.prepend(make("div", { class: "alert alert-ok", role: "status" }, `已恢复 ${kept.at} 未能保存的内容：${names}。`));
    }
    if (disputed.length) this.offer(kept.at, disputed);
  }

  offer(at, rows) {
    const list = make("ul");
    const box = make("div", { class: "alert alert-wait", role: "status" }, make("h2", {}, `有 ${rows.length} 项您填的内容与最新内容不同`), list);
    for (const [name, value, now] of rows) {
      const mine = make("button", { type: "button", class: "btn-line" }, "用我填的");
      const theirs = make("button", { type: "button", class: "btn-line" }, "保留最新的");
      const line = make("li", {}, `${labelOf(this.form, name)}：最新“${now}”，您 ${at} 填“${value}” `, mine, " ", theirs);
      const settle = () => {
        line.remove();
        if (!list.children.length) box.remove();
      };
      mine.addEventListener("click", () => {
        setValue(this.form, name, value);
        settle();
      });
      theirs.addEventListener("click", settle);
      list.append(line);
    }
    this.form.prepend(box);
  }

  get unsaved() {
    return this.form.isConnected && !this.leaving && (this.changed.size > 0 || this.sending);
  }
}

function controls(form, name) {
  const found = form.elements[name];
  if (!found) return [];
  return found instanceof Element ? [found] : [...found];
}

/** Text of a field; a list for several checkboxes of one name; "" / "on" for a single one. */
function valueOf(form, name) {
  const all = controls(form, name);
  const first = all[0];
  if (!first) return "";
  if (first.type === "radio") return all.find((one) => one.checked)?.value ?? "";
  if (first.type === "checkbox") return all.length > 1 ? all.filter((one) => one.checked).map((one) => one.value) : first.checked ? first.value : "";
  if (first.type === "select-multiple") return [...first.selectedOptions].map((one) => one.value);
  return first.value;
}

function setValue(form, name, value) {
  const wanted = new Set([].concat(value));
  for (const control of controls(form, name)) {
    if (control.type === "radio" || control.type === "checkbox") control.checked = wanted.has(control.value);
    else if (control.type === "select-multiple") for (const option of control.options) option.selected = wanted.has(option.value);
    else control.value = value;
  }
  controls(form, name)[0]?.dispatchEvent(new Event("change", { bubbles: true }));
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function labelOf(form, name) {
  const control = controls(form, name)[0];
  const label = control?.labels?.[0]?.firstChild?.textContent || control?.getAttribute("aria-label");
  return (label || name).trim();
}

/** Used by the idle timer: everything typed is put where it survives signing out. */
export function keepAll() {
  for (const saver of running) if (saver.changed.size) saver.keep();
}

window.addEventListener("beforeunload", (event) => {
  for (const saver of running) {
    if (!saver.unsaved) continue;
    saver.keep();
    saver.send();
    event.preventDefault();
    event.returnValue = "";
  }
});
window.addEventListener("online", () => running.forEach((saver) => saver.soon(0)));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") running.forEach((saver) => saver.soon(0));
});
