// The running totals of a month: <table data-running-totals> with [data-total="sum without this month"][data-of="field"].
// A total whose other months are not all known stays what the server says.
import { fresh } from "./util.js";

export function months(root) {
  for (const table of fresh(root, "[data-running-totals]", "totals")) {
    table.addEventListener("input", (event) => show(table, event.target));
  }
}

function show(table, input) {
  const cell = table.querySelector(`[data-of="${CSS.escape(input.name || "")}"]`);
  if (!cell || cell.dataset.total === "") return;
  const text = input.value.normalize("NFKC").replace(/[,\s]|万元/g, "");
  const value = text === "" ? NaN : Number(text);
  cell.textContent = Number.isFinite(value)
    ? (Number(cell.dataset.total) + value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })
    : "待定";
}
