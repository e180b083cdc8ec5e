// Choosing from a long catalogue (industries, regions, enterprises): an ARIA combobox over a JSON address.
// <div class="picker" data-picker-url="…?on=2018-03-12"><input type="text" name="industry" …></div>
// Answer: {results: [{value, label, note}]}. With data-picker-value="name" the value goes to a hidden input of that name and
// the label stays in the text box; without it the value itself is what is sent. Without script it is a plain text box.
import { ask, body, fresh, make, say } from "./util.js";

let number = 0;

export function picker(root) {
  for (const box of fresh(root, "[data-picker-url]", "picker")) new Picker(box);
}

class Picker {
  constructor(box) {
    this.box = box;
    box.classList.add("picker");
    this.input = box.querySelector("input:not([type=hidden])");
    this.hidden = box.dataset.pickerValue ? box.querySelector(`input[name="${box.dataset.pickerValue}"]`) : null;
    number += 1;
    this.list = make("ul", { class: "picker-list", role: "listbox", id: `picker-${number}`, hidden: true });
    this.list.setAttribute("aria-label", this.input.labels?.[0]?.firstChild?.textContent.trim() || this.input.getAttribute("aria-label") || "备选");
    box.append(this.list);
    const attributes = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": this.list.id, autocomplete: "off", spellcheck: "false" };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
    this.at = -1;
    this.results = [];
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(Number(option.dataset.at));
    });
  }

  typed() {
    if (this.hidden) this.set("");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), 180);
  }

  async search() {
    const words = this.input.value.trim();
    if (!words) return this.close();
    this.turn = (this.turn || 0) + 1;
    const turn = this.turn;
    const url = new URL(this.box.dataset.pickerUrl, location.href);
    url.searchParams.set("q", words);
    let data = {};
    try {
      const response = await ask(url);
      if (!response.ok) throw new Error(String(response.status));
      data = await body(response);
    } catch {
      if (turn === this.turn) this.show([], "暂时查不到，请稍后再试");
      return;
    }
    if (turn === this.turn) this.show(data.results || [], "没有相符的条目，换个词或代码试试");
  }

  show(results, nothing) {
    this.results = results;
    this.at = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(
      ...results.map((row, at) =>
        make(
          "li",
          { role: "option", id: `${this.list.id}-${at}`, "data-at": String(at), "aria-selected": "false" },
          make("span", {}, row.label),
          row.note && make("span", { class: "note" }, row.note),
        ),
      ),
    );
    // An option that cannot be chosen keeps the listbox valid and tells why it is empty.
    if (!results.length) this.list.append(make("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "nothing" }, nothing));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    say(results.length ? `${results.length} 条备选` : nothing);
  }

  key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.search();
      else this.go(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !this.list.hidden && this.at >= 0) {
      event.preventDefault();
      this.choose(this.at);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  go(step) {
    if (!this.results.length) return;
    this.at = (this.at + step + this.results.length) % this.results.length;
    [...this.list.children].forEach((option, at) => {
      option.classList.toggle("here", at === this.at);
      option.setAttribute("aria-selected", String(at === this.at));
      if (at === this.at) option.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  choose(at) {
    const row = this.results[at];
    if (!row) return;
    this.input.value = this.hidden ? row.label : row.value;
    if (this.hidden) this.set(row.value);
    const note = this.box.parentElement.querySelector("[data-picker-note]");
    if (note) note.textContent = [row.label, row.note].filter(Boolean).join(" · ");
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.box.dispatchEvent(new CustomEvent("tidu:picked", { bubbles: true, detail: row }));
    this.close();
  }

  set(value) {
    this.hidden.value = value;
    this.hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
