// Evidence file by file: <div class="upload" data-upload-url="…"> around an <input type="file">. Each file is its own request
// (field "file", plus every data-send-<name>="value"); answer 200 {name, url, size_text, remove?} or 4xx {reason}.
// Without script the input is a plain form field. Dragging is an extra; the button is always there.
import { ask, body, csrf, fresh, make, reasonOf, say } from "./util.js";

export function upload(root) {
  for (const box of fresh(root, "[data-upload-url]", "upload")) new Upload(box);
}

class Upload {
  constructor(box) {
    this.box = box;
    this.input = box.querySelector("input[type=file]");
    this.list = box.querySelector(".upload-list");
    if (!this.list) {
      this.list = make("ul", { class: "upload-list", "aria-label": "正在上传的文件" });
      box.append(this.list);
    }
    this.queue = [];
    this.busy = false;
    this.input.addEventListener("change", () => {
      this.take(this.input.files);
      this.input.value = "";
    });
    for (const name of ["dragenter", "dragover"]) {
      box.addEventListener(name, (event) => {
        if (![...(event.dataTransfer?.types || [])].includes("Files")) return;
        event.preventDefault();
        box.classList.add("over");
      });
    }
    box.addEventListener("dragleave", (event) => !box.contains(event.relatedTarget) && box.classList.remove("over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("over");
      this.take(event.dataTransfer.files);
    });
  }

  take(files) {
    for (const file of files) {
      const bar = make("progress", { max: "100", value: "0", "aria-label": `${file.name} 上传进度` });
      const state = make("span", { class: "muted" }, "等待");
      const line = make("li", {}, make("span", { class: "file-name" }, file.name), state, bar);
      this.list.append(line);
      const refusal = this.refusal(file);
      if (refusal) this.refuse({ file, line, bar, state }, refusal, false);
      else this.queue.push({ file, line, bar, state });
    }
    this.next();
  }

  /** What can be told before sending; the server looks at the content and decides. */
  refusal(file) {
    const most = Number(this.box.dataset.maxBytes || 0);
    if (!file.size) return "文件是空的";
    if (most && file.size > most) return `文件 ${mb(file.size)}，超过 ${mb(most)} 的上限`;
    return "";
  }

  async next() {
    if (this.busy) return;
    const job = this.queue.shift();
    if (!job) return;
    this.busy = true;
    try {
      await this.send(job);
    } finally {
      this.busy = false;
      this.next();
    }
  }

  send(job) {
    const form = new FormData();
    form.append("file", job.file);
    for (const { name, value } of this.box.attributes) if (name.startsWith("data-send-")) form.append(name.slice("data-send-".length), value);
    job.state.textContent = "正在上传";
    return new Promise((finish) => {
      const request = new XMLHttpRequest(); // fetch cannot tell how much is sent
      request.open("POST", this.box.dataset.uploadUrl);
      request.setRequestHeader("X-CSRFToken", csrf());
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-Requested-With", "fetch");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) job.bar.value = Math.round((event.loaded / event.total) * 100);
      });
      request.addEventListener("loadend", () => {
        let data = {};
        try {
          data = JSON.parse(request.responseText);
        } catch {
          data = {};
        }
        if (request.status >= 200 && request.status < 300) this.done(job, data);
        else this.refuse(job, request.status ? reasonOf(request, data) : "网络不通", !request.status || request.status >= 500);
        finish();
      });
      request.send(form);
    });
  }

  done(job, data) {
    const target = document.querySelector(this.box.dataset.uploadTarget || "#-");
    say(`${job.file.name} 已上传`);
    if (target && data.url) {
      target.append(
        make(
          "li",
          {},
          make(
            "a",
            { class: "file", href: data.url },
            make("span", { class: "ext" }, (data.name || job.file.name).split(".").pop().toUpperCase().slice(0, 4)),
            make("span", { class: "file-name" }, data.name || job.file.name),
            data.size_text && make("span", { class: "size" }, data.size_text),
          ),
          data.remove && " ",
          data.remove && make("button", { type: "button", class: "btn-line", "data-post": data.remove, "data-gone": "li", "data-confirm": `删除“${data.name}”？` }, "删除"),
        ),
      );
      job.line.remove();
    } else {
      job.bar.remove();
      job.state.textContent = "已上传";
      job.state.className = "text-success";
    }
    this.box.dispatchEvent(new CustomEvent("tidu:uploaded", { bubbles: true, detail: data }));
    if (this.box.hasAttribute("data-reload") && !this.queue.length) location.reload();
  }

  refuse(job, reason, again) {
    job.bar.remove();
    job.state.textContent = "未上传";
    job.state.className = "tag t-no";
    const line = make("span", { class: "refused", role: "alert" }, reason);
    if (again) {
      const retry = make("button", { type: "button", class: "btn-line" }, "重试");
      retry.addEventListener("click", () => {
        job.line.remove();
        this.take([job.file]);
      });
      line.append(" ", retry);
    }
    job.line.append(line);
  }
}

const mb = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

/** DELETE-like buttons of files: <button data-post="url" data-remove="li">. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-post]");
  if (!button) return;
  event.preventDefault();
  if (button.dataset.confirm && !window.confirm(button.dataset.confirm)) return;
  const response = await ask(button.dataset.post, { method: "POST" }).catch(() => null);
  const data = response ? await body(response) : {};
  if (response?.ok) {
    if (button.dataset.gone) button.closest(button.dataset.gone)?.remove();
    say(data.message || "已完成");
  } else {
    const line = make("span", { class: "refused text-danger", role: "alert" }, ` ${reasonOf(response, data)}`);
    button.parentElement.querySelector(".refused")?.remove();
    button.after(line);
  }
});
