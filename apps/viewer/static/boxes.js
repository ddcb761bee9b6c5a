// Boxes over the points: of the ground truth, drawn solid, of what was predicted, dashed, and of tracks, with their trails.

import { css } from "./panel.js";

/** @typedef {[class_id: number, kind: string, x: number, y: number, z: number, length: number, width: number, height: number, yaw: number]} Box  place of its middle; metres, radians */
/** @typedef {{number: number, points: number, confidence: number|null, box: Box}} Found  an object of a scan */
/** @typedef {{number: number, instance: number, title: string, motion: import("./protocol.js").Motion, speed: number|null, seen: boolean, confirmed: boolean, box: Box, trail: number[][]}} Track  instance: its number as the points have it */
/** @typedef {Found & {track?: Track}} Listed  an object, or a track that the scan shows */
/** @typedef {{box: Box, colour: string, dashed: boolean, chosen: boolean, label: string, headed?: boolean, faint?: boolean, trail?: number[][]}} Outline */

/** The objects of a frame: its tracks where they are followed, else those that one scan shows. @param {any} facts @returns {Listed[]} */
export function listed({ found, tracks }) {
  if (!tracks) return found;
  const seen = new Map(found.map((/** @type {Found} */ one) => [one.number, one]));
  return tracks.filter(worthShowing).map((/** @type {Track} */ track) => {
    const { points, confidence } = seen.get(track.instance) ?? { points: 0, confidence: null };
    return { number: track.instance, points, confidence, box: track.box, track };
  });
}

/** What is hidden and was seen once only is probably nothing. @param {Track} track */
const worthShowing = ({ seen, confirmed }) => seen || confirmed;

/**
 * @param {any} facts  of a frame
 * @param {object} how
 * @param {boolean} how.truth @param {boolean} how.found @param {boolean} how.tracks @param {boolean} how.labels  what is shown
 * @param {number} how.chosen  number of the object that is selected, which has its box whatever is shown; 0 for none
 * @param {boolean[]} how.shown  by class
 * @param {import("./colours.js").Palette} palette @param {import("./protocol.js").Table} table
 * @returns {Outline[]}
 */
export function outlines(facts, { truth, found, tracks, labels, chosen, shown }, palette, table) {
  const visible = (/** @type {Box} */ box) => shown[box[0]] ?? true;
  const line = (/** @type {Box} */ box) => css(palette.of(box[0]));
  const name = (/** @type {Found} */ { box, confidence }) =>
    `${table.classes[box[0]]?.name ?? box[1]}${confidence == null ? "" : ` ${confidence.toFixed(2)}`}`;
  const known = truth ? facts.boxes.filter(visible) : [];
  const followed = listed(facts).filter(({ track, number, box }) => track && (number === chosen || (tracks && visible(box))));
  const drawn = new Set(followed.map(({ number }) => number));
  const objects = facts.found.filter((/** @type {Found} */ { number, box }) => !drawn.has(number) && (number === chosen || (found && visible(box))));
  return [
    ...known.map((/** @type {Box} */ box) => ({ box, colour: line(box), dashed: false, chosen: false, label: labels ? box[1] : "" })),
    ...objects.map((/** @type {Found} */ one) => ({
      box: one.box, colour: line(one.box), dashed: true, chosen: one.number === chosen,
      label: labels || one.number === chosen ? name(one) : "",
    })),
    ...followed.map(({ number, box, track }) => {
      const { title, motion, seen, confirmed, trail } = /** @type {Track} */ (track);
      return {
        box, colour: css(palette.motions[motion]), dashed: !seen, headed: motion === "moving", faint: !seen || !confirmed, chosen: number === chosen,
        label: labels || number === chosen ? title : "", trail,
      };
    }),
  ];
}

/** Metres from the sensor to the middle of a box, along the ground. @param {Box} box */
export const distance = ([, , x, y]) => Math.hypot(x, y);

/**
 * The object of a new frame that is one of the frame before: the same track, else the nearest of the class, within reach.
 * @param {Listed[]} found @param {Listed} before @returns {Listed|undefined}
 */
export function again(found, before) {
  if (before.track) return found.find(({ track }) => track?.number === before.track?.number);
  const away = (/** @type {Found} */ { box }) => Math.hypot(box[2] - before.box[2], box[3] - before.box[3]);
  const near = found.filter((one) => one.box[0] === before.box[0] && away(one) < REACH);
  return near.sort((a, b) => away(a) - away(b))[0];
}

const REACH = 2.5; // metres that an object may have moved between two frames, seen from the sensor
