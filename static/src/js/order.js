// The order of rows is data: <tbody data-order-url="…"> with <tr class="order-row" data-id="7"> holding .handle and two
// buttons data-move="up" / "down". Dragging, the buttons and Alt+arrow do the same; each change posts {ids: [...], version}.
import { ask, body, fresh, make, reasonOf, say } from "./util.js";

export function order(root) {
  for (const list of fresh(root, "[data-order-url]", "order")) new Order(list);
}

class Order {
  constructor(list) {
    this.list = list;
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move]");
      if (!button) return;
      event.preventDefault();
      this.move(button.closest(".order-row"), button.dataset.move === "up" ? -1 : 1, button);
    });
    list.addEventListener("keydown", (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      const row = event.target.closest(".order-row");
      if (!row) return;
      event.preventDefault();
      this.move(row, event.key === "ArrowUp" ? -1 : 1, event.target);
    });
    list.addEventListener("pointerdown", (event) => {
      const handle = event.target.closest(".handle");
      if (handle && event.button === 0) this.drag(event, handle);
    });
    this.state();
  }

  get rows() {
    return [...this.list.querySelectorAll(".order-row")];
  }

  get ids() {
    return this.rows.map((row) => row.dataset.id);
  }

  move(row, step, focus) {
    const rows = this.rows;
    const to = rows.indexOf(row) + step;
    if (to < 0 || to >= rows.length) return;
    const before = this.ids;
    if (step < 0) rows[to].before(row);
    else rows[to].after(row);
    this.state();
    (focus.disabled ? row.querySelector("[data-move]:not(:disabled)") : focus)?.focus();
    say(`${row.dataset.name || "这一行"} 现在是第 ${to + 1} 位，共 ${rows.length} 位`);
    this.save(before);
  }

  drag(event, handle) {
    const row = handle.closest(".order-row");
    const before = this.ids;
    event.preventDefault();
    row.classList.add("dragging");
    const follow = (move) => {
      for (const other of this.rows) {
        if (other === row) continue;
        const box = other.getBoundingClientRect();
        if (move.clientY < box.top || move.clientY > box.bottom) continue;
        if (move.clientY < box.top + box.height / 2) other.before(row);
        else other.after(row);
        break;
      }
      if (move.clientY < 60) scrollBy(0, -12);
      if (move.clientY > innerHeight - 60) scrollBy(0, 12);
    };
    const drop = () => {
      document.removeEventListener("pointermove", follow);
      document.removeEventListener("pointerup", drop);
      document.removeEventListener("pointercancel", drop);
      row.classList.remove("dragging");
      this.state();
      if (this.ids.join() !== before.join()) this.save(before);
    };
    // On the document: the handle moves in the tree with its row, which would end a pointer capture.
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerup", drop);
    document.addEventListener("pointercancel", drop);
  }

  state() {
    const rows = this.rows;
    rows.forEach((row, at) => {
      const slot = row.querySelector("[data-place]");
      if (slot) slot.textContent = String(at + 1);
      const up = row.querySelector("[data-move=up]");
      const down = row.querySelector("[data-move=down]");
      if (up) up.disabled = at === 0;
      if (down) down.disabled = at === rows.length - 1;
    });
  }

  async save(before) {
    let response = null;
    let data = {};
    try {
      response = await ask(this.list.dataset.orderUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ids: this.ids, version: this.list.dataset.version ?? null }),
      });
      data = await body(response);
    } catch {
      response = null;
    }
    const note = this.note();
    if (response?.ok) {
      if (data.version !== undefined) this.list.dataset.version = data.version;
      note.className = "save-state";
      note.dataset.state = "saved";
      note.setAttribute("role", "status");
      note.textContent = "顺序已保存";
      return;
    }
    // Put the rows back where the server has them, and say so.
    const byId = new Map(this.rows.map((row) => [row.dataset.id, row]));
    this.list.append(...before.map((id) => byId.get(id)));
    this.state();
    note.className = "alert alert-no";
    note.setAttribute("role", "alert");
    note.textContent = `顺序没有保存，已恢复原样：${reasonOf(response, data)}`;
  }

  note() {
    if (!this.line) {
      this.line = document.querySelector("[data-order-state]") || make("p");
      if (!this.line.isConnected) this.list.closest("table, ul, ol")?.before(this.line);
    }
    return this.line;
  }
}
