// Colours of points, by what is known of them.

import { ALPHA } from "./point_style.js";
import { NONE } from "./protocol.js";

/** @typedef {import("./protocol.js").RGB} RGB */

export const MODES = /** @type {const} */ (["class", "range", "height", "intensity", "confidence", "error"]);
/** @typedef {typeof MODES[number]} Mode */

/** The colours of one theme. */
export class Palette {
  /** @param {boolean} dark @param {import("./protocol.js").Table} table  from the server */
  constructor(dark, { classes, no_label, background, errors, ramp }) {
    const shade = (/** @type {import("./protocol.js").Named} */ named) => (dark ? named.dark : named.light);
    this.dark = dark;
    this.classes = classes.map(shade);
    this.noLabel = shade(no_label);
    this.background = background;
    this.errors = errors.map((error) => ({ name: error.name, colour: shade(error) }));
    this.ramp = new Uint32Array(256);
    for (let k = 0; k < 256; k++) { // the ramp's dark end would not show on dark paper, nor its bright end on light paper
      const t = dark ? 0.22 + 0.78 * (k / 255) : 0.86 * (k / 255);
      this.ramp[k] = pack(interpolate(ramp, t));
    }
  }

  /** @param {number} k  a class, or NONE @returns {RGB} */
  of(k) {
    return this.classes[k] ?? this.noLabel;
  }
}

/** @param {RGB[]} steps @param {number} t @returns {RGB} */
function interpolate(steps, t) {
  const at = Math.min(t, 0.9999) * (steps.length - 1), k = Math.floor(at), f = at - k;
  return /** @type {RGB} */ ([0, 1, 2].map((c) => Math.round(steps[k][c] * (1 - f) + steps[k + 1][c] * f)));
}

/** @param {RGB} rgb @param {number} alpha */
export function pack([r, g, b], alpha = ALPHA.normal) {
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** What the ends of a mode's ramp stand for. @param {Mode} mode @param {number} height  of the sensor */
export function ends(mode, height) {
  return {
    range: { low: 0, high: 60, unit: "m" }, height: { low: -height - 0.3, high: 2.5, unit: "m" },
    intensity: { low: 0, high: 1, unit: "" }, confidence: { low: 0, high: 1, unit: "" }, class: null, error: null,
  }[mode];
}

/**
 * @param {import("./protocol.js").Frame} frame
 * @param {Mode} mode
 * @param {boolean[]} shown  by class; the last is for points without a label
 * @param {Palette} palette
 * @returns {Uint32Array}
 */
export function colour(frame, mode, shown, palette) {
  const { count, classes, truth } = frame, out = new Uint32Array(count);
  const visible = new Uint8Array(256).fill(shown[shown.length - 1] ? 1 : 0);
  for (let k = 0; k < shown.length - 1; k++) visible[k] = shown[k] ? 1 : 0;
  if (mode === "class") byClass(frame, out, palette);
  else if (mode === "error" && truth) byError(classes, truth, out, palette);
  else byRamp(frame, mode, out, palette);
  for (let i = 0; i < count; i++) if (!visible[classes[i]]) out[i] = 0;
  return out;
}

/** Background in shades by height and intensity, so that walls and kerbs stand out of the road. */
function byClass(/** @type {import("./protocol.js").Frame} */ frame, /** @type {Uint32Array} */ out, /** @type {Palette} */ palette) {
  const { classes, intensity, xyz, scale } = frame, { background } = palette;
  const table = new Uint32Array(256).fill(pack(palette.noLabel));
  palette.classes.forEach((rgb, k) => (table[k] = pack(rgb, ALPHA.large)));
  const steps = 64, shades = new Uint32Array(steps), ground = -frame.facts.height;
  for (let k = 0; k < steps; k++) {
    const t = k / (steps - 1), f = palette.dark ? 0.6 + 0.95 * t : 1.15 - 0.62 * t;
    shades[k] = pack(/** @type {RGB} */ (palette.of(background).map((v) => Math.min(255, Math.round(v * f)))));
  }
  for (let i = 0; i < out.length; i++) {
    const k = classes[i];
    if (k !== background) out[i] = table[k];
    else {
      const up = Math.min(1, Math.max(0, (xyz[3 * i + 2] * scale - ground) / 4));
      out[i] = shades[Math.min(steps - 1, (up * 0.6 + (intensity[i] / 255) * 0.5) * steps) | 0];
    }
  }
}

function byError(/** @type {Uint8Array} */ classes, /** @type {Uint8Array} */ truth, /** @type {Uint32Array} */ out, /** @type {Palette} */ palette) {
  const faint = palette.dark ? 0.55 : 1.15, { background } = palette;
  const dull = pack(/** @type {RGB} */ (palette.of(background).map((v) => Math.min(255, Math.round(v * faint)))));
  const unknown = pack(palette.noLabel);
  const [right, wrong, missed, confused] = palette.errors.map((error) => pack(error.colour, ALPHA.large));
  for (let i = 0; i < out.length; i++) {
    const given = classes[i], true_ = truth[i];
    if (true_ === NONE || given === NONE) out[i] = unknown;
    else if (given === true_) out[i] = given === background ? dull : right;
    else out[i] = true_ === background ? wrong : given === background ? missed : confused;
  }
}

function byRamp(/** @type {import("./protocol.js").Frame} */ frame, /** @type {Mode} */ mode, /** @type {Uint32Array} */ out, /** @type {Palette} */ palette) {
  const { xyz, scale, classes, intensity, confidence } = frame, { ramp } = palette;
  if (mode === "intensity") for (let i = 0; i < out.length; i++) out[i] = ramp[Math.sqrt(intensity[i] * 255) | 0];
  else if (mode === "confidence") {
    const none = pack(palette.noLabel); // of points out of view nobody said anything, which is not doubt
    for (let i = 0; i < out.length; i++) out[i] = confidence[i] || classes[i] !== NONE ? ramp[confidence[i]] : none;
  }
  else {
    const span = ends(mode, frame.facts.height) ?? { low: 0, high: 1 };
    const gain = 255 / (span.high - span.low);
    for (let i = 0, j = 0; i < out.length; i++, j += 3) {
      const value = mode === "height" ? xyz[j + 2] * scale : Math.hypot(xyz[j], xyz[j + 1], xyz[j + 2]) * scale;
      out[i] = ramp[Math.min(255, Math.max(0, (value - span.low) * gain)) | 0];
    }
  }
}
