// Idle time: a dialog counts down before the session ends, and nothing typed is lost when it does.
// <body data-idle-seconds="1800" data-idle-url="…" data-sign-in-url="…">; the tabs of one browser share the last activity.
import { ask, make, signedOut } from "./util.js";
import { keepAll } from "./autosave.js";
import { keepForms } from "./kept.js";

const WARN = 120; // seconds before the end

export function idle(document) {
  const { idleSeconds, idleUrl, signInUrl } = document.body.dataset;
  if (!idleSeconds || !idleUrl) return;
  const limit = Number(idleSeconds) * 1000;
  const warn = Math.min(WARN * 1000, limit / 3);
  let seen = Date.now();
  let told = Date.now();
  let dialog = null;

  const share = () => {
    try {
      localStorage.setItem("tidu-seen", String(seen));
    } catch {
      // Private mode: this tab counts alone.
    }
  };
  const active = () => {
    if (dialog?.open) return; // only the dialog's button counts now
    seen = Date.now();
    share();
    if (seen - told > limit / 3) alive();
  };
  async function alive() {
    told = Date.now();
    try {
      const response = await ask(idleUrl, { method: "POST" });
      if (signedOut(response)) end();
    } catch {
      // No network: the next act will tell.
    }
  }
  function end() {
    keepAll();
    keepForms();
    const next = encodeURIComponent(location.pathname + location.search);
    location.assign(`${signInUrl || "/"}?next=${next}&idle=1`);
  }

  for (const name of ["keydown", "pointerdown", "input", "scroll"]) {
    document.addEventListener(name, active, { passive: true, capture: true });
  }
  window.addEventListener("storage", (event) => {
    if (event.key === "tidu-seen") seen = Math.max(seen, Number(event.newValue) || 0);
  });
  share();

  setInterval(() => {
    const left = limit - (Date.now() - seen);
    if (left <= 0) return end();
    if (left > warn) {
      if (dialog?.open) dialog.close();
      return;
    }
    dialog ||= build();
    if (!dialog.open) {
      keepAll();
      dialog.showModal();
    }
    dialog.querySelector("[data-left]").textContent = `${Math.floor(left / 60000)} 分 ${Math.floor((left % 60000) / 1000)} 秒`;
  }, 1000);

  function build() {
    const stay = make("button", { type: "button", class: "btn btn-primary", autofocus: true }, "继续使用");
    const box = make(
      "dialog",
      { class: "sheet", "aria-labelledby": "idle-title" },
      make(
        "div",
        {},
        make("h2", { id: "idle-title" }, "您还在吗？"),
        make("p", {}, "较长时间没有操作，为保护材料，", make("b", { "data-left": "", class: "tnum" }), " 后将退出登录。已填内容会保留，重新登录后恢复。"),
        make("div", { class: "form-actions" }, stay),
      ),
    );
    const carryOn = () => {
      seen = Date.now();
      share();
      alive();
    };
    stay.addEventListener("click", () => box.close());
    box.addEventListener("close", carryOn);
    document.body.append(box);
    return box;
  }
}
