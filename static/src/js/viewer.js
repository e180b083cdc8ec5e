// Evidence beside the figures: <div class="viewer" data-viewer> with links data-view="image|pdf|other" href data-name.
// Images zoom here; a PDF opens in the browser's own viewer in a frame of the same host, at the page asked for.
import { fresh, make, say } from "./util.js";

const STEPS = 5; // z0 (fit) … z4

export function viewer(root) {
  for (const box of fresh(root, "[data-viewer]", "viewer")) new Viewer(box);
}

class Viewer {
  constructor(box) {
    this.box = box;
    this.stage = box.querySelector(".viewer-stage");
    this.title = box.querySelector("[data-viewer-title]") || document.querySelector("[data-viewer-title]");
    this.zoom = 0;
    this.page = 1;
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-view]");
      if (!link || !this.box.isConnected || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.open(link);
    });
    box.addEventListener("click", (event) => {
      const act = event.target.closest("[data-viewer-act]")?.dataset.viewerAct;
      if (act === "in" || act === "out") this.scale(act === "in" ? 1 : -1);
      if (act === "prev" || act === "next") this.turn(act === "next" ? 1 : -1);
    });
    const first = document.querySelector("a[data-view][data-view-first]") || box.querySelector("a[data-view]");
    if (first) this.open(first, true);
  }

  open(link, quiet = false) {
    this.link = link;
    this.kind = link.dataset.view;
    this.page = Number(link.dataset.page || 1);
    this.zoom = 0;
    for (const one of document.querySelectorAll("a[data-view][aria-current]")) one.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    if (this.title) this.title.textContent = link.dataset.name || link.textContent.trim();
    this.draw();
    const original = this.box.querySelector("[data-viewer-original]");
    if (original) original.href = link.href;
    if (!quiet) say(`正在查看 ${link.dataset.name || link.textContent.trim()}`);
  }

  draw() {
    const name = this.link.dataset.name || this.link.textContent.trim();
    this.stage.className = `viewer-stage z${this.zoom}`;
    if (this.kind === "image") {
      this.stage.replaceChildren(make("img", { src: this.link.href, alt: name }));
    } else if (this.kind === "pdf") {
      const scale = this.zoom ? `&zoom=${100 + this.zoom * 40}` : "&view=FitH";
      this.stage.replaceChildren(make("iframe", { src: `${this.link.href.split("#")[0]}#page=${this.page}${scale}`, title: name }));
    } else {
      const open = make("a", { class: "btn", href: this.link.href, download: "" }, "下载后查看");
      this.stage.replaceChildren(make("div", { class: "viewer-none" }, make("p", {}, "这种文件不能在页面里打开。"), open));
    }
    for (const node of this.box.querySelectorAll("[data-viewer-act=prev], [data-viewer-act=next]")) node.hidden = this.kind !== "pdf";
    for (const node of this.box.querySelectorAll("[data-viewer-act=in], [data-viewer-act=out]")) node.hidden = this.kind === "other";
    const place = this.box.querySelector("[data-viewer-page]");
    if (place) place.textContent = this.kind === "pdf" ? `第 ${this.page} 页` : "";
  }

  scale(step) {
    const next = Math.min(STEPS - 1, Math.max(0, this.zoom + step));
    if (next === this.zoom) return;
    this.zoom = next;
    if (this.kind === "image") this.stage.className = `viewer-stage z${next}`;
    else this.draw();
  }

  turn(step) {
    const last = Number(this.link.dataset.pages || 0);
    const next = this.page + step;
    if (next < 1 || (last && next > last)) return;
    this.page = next;
    this.draw();
  }
}
