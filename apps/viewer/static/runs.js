// Runs: which of two is on the screen, and how far they agree.

import { shortName } from "./legend.js";
import { byId, percent } from "./panel.js";

/** @param {string[]} runs  their names; none where nothing is compared */
export function nameRuns(runs) {
  byId("runs-box").hidden = runs.length < 2;
  runs.forEach((name, k) => {
    byId(`run-${k}`).textContent = shortName(name);
    byId(`run-${k}`).title = `${name} (V)`;
  });
}

/** @param {number} run @param {number|null} agreement  in this frame */
export function showRun(run, agreement) {
  for (const k of [0, 1]) byId(`run-${k}`).setAttribute("aria-checked", String(k === run));
  byId("agreement").textContent = agreement == null ? "no objects" : `agree on ${percent(agreement)} % of object points`;
}
