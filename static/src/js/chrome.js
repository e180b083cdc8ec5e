// The frame: navigation button, menus that close, messages that go, print and copy buttons, focus on the error summary.
import { say } from "./util.js";

export function chrome(document) {
  document.addEventListener("click", (event) => {
    const target = event.target;
    const toggle = target.closest(".nav-toggle");
    if (toggle) {
      const nav = document.getElementById(toggle.getAttribute("aria-controls"));
      const open = nav.classList.toggle("open");
      toggle.setAttribute("aria-expanded", String(open));
      return;
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
    const remove = target.closest("[data-remove]");
    if (remove) remove.closest(remove.dataset.remove)?.remove();
    if (target.closest("[data-print]")) window.print();
    const back = target.closest("[data-back]");
    if (back) goBack(back.dataset.back === "reload");
    const copy = target.closest("[data-copy]");
    if (copy) copyText(copy);
    const refused = target.closest("[data-refused]");
    if (refused) {
      event.preventDefault();
      say(refused.title);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.querySelector("[data-focus]")?.focus();
}

/** data-copy="text" or data-copy="#id": the text of that element. */
async function copyText(button) {
  const source = button.dataset.copy;
  const from = source.startsWith("#") ? document.querySelector(source) : null;
  const text = from ? (from.value ?? from.innerText).trim() : source;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "已复制";
    say("已复制");
  } catch {
    // No clipboard on plain HTTP: select the text so that Ctrl+C takes it.
    if (from) {
      const range = document.createRange();
      range.selectNodeContents(from);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    }
    button.textContent = "请按 Ctrl+C 复制";
  }
  setTimeout(() => (button.textContent = label), 2500);
}

/** One page back; what was typed there is kept by the browser. A page opened by itself has no way back but home. */
function goBack(reload) {
  if (reload && document.referrer.startsWith(location.origin)) location.assign(document.referrer);
  else if (history.length > 1) history.back();
  else location.assign("/");
}
