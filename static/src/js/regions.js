// A table wider than its region scrolls inside it (and gives up the head that sticks to the window) instead of widening the page.
import { fresh } from "./util.js";

export function regions(root) {
  for (const region of fresh(root, ".table-region:not(.scroll)", "regions")) {
    const table = region.querySelector("table");
    if (!table) continue;
    const measure = () => region.classList.toggle("too-wide", table.scrollWidth > region.clientWidth + 1);
    new ResizeObserver(measure).observe(region);
    measure();
  }
}
