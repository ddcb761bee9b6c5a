// Boxes over the points: of the ground truth, drawn solid, and of what was predicted, dashed.

import { css } from "./panel.js";

/** @typedef {[class_id: number, kind: string, x: number, y: number, z: number, length: number, width: number, height: number, yaw: number]} Box  place of its middle; metres, radians */
/** @typedef {{number: number, points: number, confidence: number|null, box: Box}} Found  an object of a scan */
/** @typedef {{box: Box, colour: string, dashed: boolean, chosen: boolean, label: string}} Outline */

/**
 * @param {any} facts  of a frame
 * @param {object} how
 * @param {boolean} how.truth @param {boolean} how.found @param {boolean} how.labels  what is shown
 * @param {number} how.chosen  number of the object that is selected, which has its box whatever is shown; 0 for none
 * @param {boolean[]} how.shown  by class
 * @param {import("./colours.js").Palette} palette @param {import("./protocol.js").Table} table
 * @returns {Outline[]}
 */
export function outlines(facts, { truth, found, labels, chosen, shown }, palette, table) {
  const visible = (/** @type {Box} */ box) => shown[box[0]] ?? true;
  const line = (/** @type {Box} */ box) => css(palette.of(box[0]));
  const name = (/** @type {Found} */ { box, confidence }) =>
    `${table.classes[box[0]]?.name ?? box[1]}${confidence == null ? "" : ` ${confidence.toFixed(2)}`}`;
  const known = truth ? facts.boxes.filter(visible) : [];
  const objects = facts.found.filter((/** @type {Found} */ one) => one.number === chosen || (found && visible(one.box)));
  return [
    ...known.map((/** @type {Box} */ box) => ({ box, colour: line(box), dashed: false, chosen: false, label: labels ? box[1] : "" })),
    ...objects.map((/** @type {Found} */ one) => ({
      box: one.box, colour: line(one.box), dashed: true, chosen: one.number === chosen,
      label: labels || one.number === chosen ? name(one) : "",
    })),
  ];
}

/** Metres from the sensor to the middle of a box, along the ground. @param {Box} box */
export const distance = ([, , x, y]) => Math.hypot(x, y);

/**
 * The object of a new frame that probably is one of the frame before: the nearest of the class, within reach.
 * @param {Found[]} found @param {Found} before @returns {Found|undefined}
 */
export function again(found, before) {
  const away = (/** @type {Found} */ { box }) => Math.hypot(box[2] - before.box[2], box[3] - before.box[3]);
  const near = found.filter((one) => one.box[0] === before.box[0] && away(one) < REACH);
  return near.sort((a, b) => away(a) - away(b))[0];
}

const REACH = 2.5; // metres that an object may have moved between two frames, seen from the sensor
