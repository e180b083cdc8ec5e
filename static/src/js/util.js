// Small helpers shared by the modules.

/** Elements below root (root included) that match and were not woken by this module before. */
export function fresh(root, selector, module) {
  const found = [...root.querySelectorAll(selector)];
  if (root.matches?.(selector)) found.unshift(root);
  return found.filter((node) => {
    const woken = (node.tiduWoken ||= new Set());
    if (woken.has(module)) return false;
    woken.add(module);
    return true;
  });
}

/** make("p", {class: "sub"}, "text", child …): text is always text, never HTML. */
export function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

export const csrf = () => document.body.dataset.csrf || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

/** fetch() as the pages' own request: same host, JSON wanted, CSRF token set. */
export function ask(url, options = {}) {
  const headers = { Accept: "application/json", "X-Requested-With": "fetch", ...options.headers };
  if (options.method && options.method !== "GET") headers["X-CSRFToken"] = csrf();
  return fetch(url, { credentials: "same-origin", redirect: "follow", ...options, headers });
}

/** True when an answer means that nobody is signed in any more. */
export function signedOut(response) {
  if (response.status === 401) return true;
  const signIn = document.body.dataset.signInUrl;
  return Boolean(response.redirected && signIn && new URL(response.url).pathname.startsWith(signIn));
}

/** The JSON body, or {} where there is none. */
export async function body(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}

/** Chinese sentence for a request that failed. */
export function reasonOf(response, data) {
  if (data.reason) return [data.reason, data.hint].filter(Boolean).join("");
  if (!response) return "网络不通";
  if (response.status === 403) return "没有权限，或登录已过期";
  if (response.status === 413) return "内容过大";
  if (response.status >= 500) return "服务器暂时不可用";
  return `服务器未接受（${response.status}）`;
}

export const clock = (date = new Date()) => `${date.getHours()}:${String(date.getMinutes()).padStart(2, "0")}`;

/** Speak a line to screen readers without moving anything. */
export function say(text) {
  let live = document.getElementById("say");
  if (!live) {
    live = make("div", { id: "say", class: "visually-hidden", role: "status" });
    document.body.append(live);
  }
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 30);
}

/** Whether a key press belongs to a control the person is typing in. */
export function typing(target) {
  return Boolean(target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog, [role=combobox]"));
}
