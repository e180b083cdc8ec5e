// A background job: <div class="progress-box" data-job-url="…"> polls JSON {state, done, total, message, url, label}
// until state is done or failed. With data-reload the page is loaded anew at the end (results are on it).
import { ask, body, fresh, make, signedOut } from "./util.js";

const STATES = { waiting: "排队中", running: "进行中", done: "已完成", failed: "没有完成" };

export function progress(root) {
  for (const box of fresh(root, "[data-job-url]", "progress")) watch(box);
}

function watch(box) {
  box.classList.add("progress-box");
  let bar = box.querySelector("progress");
  if (!bar) {
    bar = make("progress", { max: "1", "aria-label": box.dataset.label || "进度" });
    box.append(bar);
  }
  let line = box.querySelector("[data-job-line]");
  if (!line) {
    line = make("p", { class: "m-0", "data-job-line": "", role: "status" });
    box.append(line);
  }
  let wait = 700;
  let misses = 0;

  async function turn() {
    if (!box.isConnected) return;
    let data;
    try {
      const response = await ask(box.dataset.jobUrl, { headers: { "X-Background": "1" } });
      if (signedOut(response)) {
        line.textContent = "登录已过期，任务仍在后台进行；重新登录后可在“我的任务”中查看。";
        return;
      }
      if (!response.ok) throw new Error(String(response.status));
      data = await body(response);
      misses = 0;
    } catch {
      misses += 1;
      line.textContent = "暂时读不到进度，正在重试；任务不受影响。";
      setTimeout(turn, Math.min(15000, 2000 * misses));
      return;
    }
    show(data);
    if (data.state === "done" || data.state === "failed") return;
    wait = Math.min(3000, wait * 1.25);
    setTimeout(turn, document.hidden ? 5000 : wait);
  }

  function show(data) {
    box.dataset.state = data.state;
    const total = Number(data.total) || 0;
    if (total) {
      bar.max = total;
      bar.value = Number(data.done) || 0;
    } else if (data.state === "done") {
      bar.max = 1;
      bar.value = 1;
    } else {
      bar.removeAttribute("value");
    }
    const amount = total ? ` ${data.done} / ${total}` : "";
    const text = [`${STATES[data.state] || data.state}${amount}`, data.message].filter(Boolean).join(" · ");
    if (line.dataset.text !== text) {
      line.dataset.text = text;
      line.textContent = text;
    }
    if (data.state === "failed") line.setAttribute("role", "alert");
    if (data.state === "done" && data.url) line.append(" ", make("a", { href: data.url, class: "btn btn-primary btn-sm" }, data.label || "打开结果"));
    if ((data.state === "done" || data.state === "failed") && box.hasAttribute("data-reload")) setTimeout(() => location.reload(), 600);
    if (data.state === "done") box.dispatchEvent(new CustomEvent("tidu:done", { bubbles: true, detail: data }));
  }
  turn();
}
