// Evidence beside the figures: <div class="viewer" data-viewer> with links data-view="image|pdf|other" href data-name.
// Images zoom here; a PDF opens in the browser's own viewer (pages, zoom, search) in a frame of the same host, at the page
// asked for. The two arrows go through the files of the page.
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
      if (act === "prev" || act === "next") this.go(act === "next" ? 1 : -1);
    });
    const first = document.querySelector("a[data-view][data-view-first]") || box.querySelector("a[data-view]");
    if (first) this.open(first, true);
    else box.classList.add("nothing");
  }

  open(link, quiet = false) {
    this.box.classList.remove("nothing");
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
      const src = `${this.link.href.split("#")[0]}#page=${this.page}&navpanes=0&view=FitH`;
      this.stage.replaceChildren(make("iframe", { src, title: name }));
    } else {
      const open = make("a", { class: "btn", href: this.link.href, download: "" }, "下载后查看");
      this.stage.replaceChildren(make("div", { class: "viewer-none" }, make("p", {}, "这种文件不能在页面里打开。"), open));
    }
    for (const node of this.box.querySelectorAll("[data-viewer-act=in], [data-viewer-act=out]")) node.hidden = this.kind !== "image";
    const links = this.links;
    const at = links.indexOf(this.link);
    for (const node of this.box.querySelectorAll("[data-viewer-act=prev], [data-viewer-act=next]")) {
      node.hidden = links.length < 2;
      node.disabled = node.dataset.viewerAct === "prev" ? at <= 0 : at >= links.length - 1;
    }
  }

  get links() {
    return [...document.querySelectorAll("a[data-view]")];
  }

  scale(step) {
    const next = Math.min(STEPS - 1, Math.max(0, this.zoom + step));
    if (next === this.zoom) return;
    this.zoom = next;
    this.stage.className = `viewer-stage z${next}`;
  }

  go(step) {
    const links = this.links;
    const next = links[links.indexOf(this.link) + step];
    if (next) this.open(next);
  }
}
