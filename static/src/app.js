// One script for the whole portal. Each module looks for its own data attributes and leaves every other page alone;
// all of them also run over what htmx swaps in.
import "htmx.org";
import { chrome } from "./js/chrome.js";
import { dialogs } from "./js/dialogs.js";
import { forms } from "./js/forms.js";
import { kept } from "./js/kept.js";
import { autosave } from "./js/autosave.js";
import { idle } from "./js/idle.js";
import { queue } from "./js/queue.js";
import { progress } from "./js/progress.js";
import { upload } from "./js/upload.js";
import { picker } from "./js/picker.js";
import { order } from "./js/order.js";
import { viewer } from "./js/viewer.js";
import { regions } from "./js/regions.js";
import { months } from "./js/months.js";

const modules = [dialogs, forms, kept, autosave, queue, progress, upload, picker, order, viewer, regions, months];

function start(root) {
  for (const wake of modules) wake(root);
}

chrome(document);
idle(document);
start(document);
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) start(event.target);
});
