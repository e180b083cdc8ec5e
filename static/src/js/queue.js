// Lists worked through by keyboard: <table data-queue>. j/k (or the buttons) move, space selects, enter opens, x clears.
// <div class="bulk" data-bulk="#table-id" hidden> appears with the number selected; its buttons belong to the form around both.
// "Select all of the filter": <button data-select-filter> sets the hidden input[name=all] so that the server takes the filter, not ids.
import { fresh, say, typing } from "./util.js";

export function queue(root) {
  for (const table of fresh(root, "table[data-queue]", "queue")) new Queue(table);
  for (const pair of fresh(root, "[data-keys]", "keys")) pageKeys(pair);
}

class Queue {
  constructor(table) {
    this.table = table;
    this.at = -1;
    this.bar = table.id ? document.querySelector(`[data-bulk="#${table.id}"]`) : null;
    this.all = this.bar?.querySelector("input[name=all]");
    this.lastBox = null;
    table.addEventListener("change", (event) => this.changed(event));
    table.addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("keydown", (event) => this.key(event));
    this.bar?.addEventListener("click", (event) => this.barClick(event));
    this.count();
  }

  get rows() {
    return [...this.table.tBodies].flatMap((body) => [...body.rows]);
  }

  get boxes() {
    return [...this.table.querySelectorAll("td.pick input[type=checkbox]")];
  }

  key(event) {
    if (!this.table.isConnected || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    // A focused link or button keeps its own enter and space.
    const own = event.target.closest("a, button, summary, input");
    if (event.key === "j" || event.key === "k") this.move(event.key === "j" ? 1 : -1);
    else if (event.key === "x") this.clear();
    else if (event.key === " " && !own && this.at >= 0) this.pick(this.rows[this.at]);
    else if (event.key === "Enter" && !own && this.at >= 0) this.rows[this.at].querySelector("td.name a, th a, a")?.click();
    else return;
    event.preventDefault();
  }

  move(step) {
    const rows = this.rows;
    if (!rows.length) return;
    rows[this.at]?.classList.remove("here");
    this.at = this.at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, this.at + step));
    const row = rows[this.at];
    row.classList.add("here");
    document.activeElement?.closest?.("table[data-queue]") && document.activeElement.blur();
    row.scrollIntoView({ block: "nearest" });
    const bar = this.bar?.hidden === false ? this.bar.offsetHeight : 0;
    const below = row.getBoundingClientRect().bottom - (innerHeight - bar);
    if (below > 0) scrollBy(0, below + 4);
    const name = row.querySelector("td.name, th")?.innerText.trim() ?? "";
    say(`第 ${this.at + 1} 行，${name}${row.classList.contains("sel") ? "，已选" : ""}`);
  }

  pick(row) {
    const box = row.querySelector("td.pick input[type=checkbox]");
    if (!box || box.disabled) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  changed(event) {
    const box = event.target;
    if (box.matches("th.pick input")) for (const one of this.boxes) if (!one.disabled) one.checked = box.checked;
    if (box.matches("th.pick input, td.pick input")) {
      if (this.all) this.all.value = "";
      this.count();
    }
  }

  clicked(event) {
    const box = event.target.closest("td.pick input[type=checkbox]");
    if (!box) return;
    if (event.shiftKey && this.lastBox?.isConnected) {
      const boxes = this.boxes;
      const [from, to] = [boxes.indexOf(this.lastBox), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes.slice(from, to + 1)) if (!one.disabled) one.checked = box.checked;
      this.count();
    }
    this.lastBox = box;
  }

  clear() {
    for (const box of this.boxes) box.checked = false;
    if (this.all) this.all.value = "";
    this.count();
  }

  count() {
    let chosen = 0;
    for (const box of this.boxes) {
      box.closest("tr").classList.toggle("sel", box.checked);
      if (box.checked) chosen += 1;
    }
    const head = this.table.querySelector("th.pick input");
    if (head) {
      head.checked = chosen > 0 && chosen === this.boxes.length;
      head.indeterminate = chosen > 0 && chosen < this.boxes.length;
    }
    if (!this.bar) return;
    this.bar.hidden = chosen === 0;
    const total = Number(this.bar.dataset.total || 0);
    const whole = Boolean(this.all?.value);
    const slot = this.bar.querySelector("[data-chosen]");
    if (slot) slot.textContent = String(whole ? total : chosen);
    const more = this.bar.querySelector("[data-select-filter]");
    if (more) more.hidden = whole || !total || chosen < this.boxes.length || total <= chosen;
  }

  barClick(event) {
    if (event.target.closest("[data-select-filter]") && this.all) {
      this.all.value = "1";
      this.count();
      say(`已选择全部 ${this.bar.dataset.total} 份`);
    } else if (event.target.closest("[data-clear]")) {
      this.clear();
    }
  }
}

/** <a data-keys="k" href="…">: the key presses the link or button; the link itself stands beside it. */
function pageKeys(node) {
  document.addEventListener("keydown", (event) => {
    if (!node.isConnected || event.key !== node.dataset.keys || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    node.click();
  });
}
