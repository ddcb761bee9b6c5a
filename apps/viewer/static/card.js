// Card: the values of the point under the pointer.

import { byId, css, element } from "./panel.js";
import { NONE, place } from "./protocol.js";

/**
 * @param {import("./protocol.js").Frame} frame @param {number} point
 * @param {{table: import("./protocol.js").Table, palette: import("./colours.js").Palette, x: number, y: number}} how  x, y: of the pointer, in the stage
 */
export function showCard(frame, point, { table, palette, x, y }) {
  const [px, py, pz] = place(frame, point), given = frame.classes[point];
  const range = Math.hypot(px, py, pz), azimuth = (Math.atan2(py, px) * 180) / Math.PI;
  const name = (/** @type {number} */ k) => (table.classes[k] ?? table.no_label).name;
  const swatch = element("i");
  swatch.style.background = css(palette.of(given));
  const rows = [
    ...(frame.truth ? [["truth", frame.truth[point] === NONE ? "not scored" : name(frame.truth[point])]] : []),
    ...(frame.facts.confident ? [["confidence", (frame.confidence[point] / 255).toFixed(2)]] : []),
    ["intensity", (frame.intensity[point] / 255).toFixed(2)],
    ["range", `${range.toFixed(2)} m`],
    ["x, y, z", `${px.toFixed(2)}, ${py.toFixed(2)}, ${pz.toFixed(2)}`],
    ["azimuth", `${azimuth.toFixed(1)}°`],
    ["beam", point < frame.pixelOf.length ? `${Math.floor(frame.pixelOf[point] / frame.columns)}` : "hidden or out of view"],
  ];
  const card = byId("card"), stage = byId("stage");
  card.replaceChildren(element("dd", { class: "title" }, swatch, name(given)),
    ...rows.flatMap(([label, value]) => [element("dt", {}, label), element("dd", {}, value)]));
  card.hidden = false;
  const right = x + 18 + card.offsetWidth > stage.clientWidth, low = y + 14 + card.offsetHeight > stage.clientHeight;
  card.style.left = `${Math.max(4, right ? x - 18 - card.offsetWidth : x + 18)}px`;
  card.style.top = `${Math.max(4, low ? y - 14 - card.offsetHeight : y + 14)}px`;
}

export function hideCard() {
  byId("card").hidden = true;
}
