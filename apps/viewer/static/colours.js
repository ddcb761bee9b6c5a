// Colours of points, by what is known of them.

import { ALPHA } from "./point_style.js";
import { NONE } from "./protocol.js";

/** @typedef {import("./protocol.js").RGB} RGB */
/** @typedef {import("./protocol.js").Frame} Frame */

export const MODES = /** @type {const} */ (["class", "truth", "error", "object", "difference", "confidence", "range", "height", "intensity"]);
/** @typedef {typeof MODES[number]} Mode */

/** The colours of one theme. */
export class Palette {
  /** @param {boolean} dark @param {import("./protocol.js").Table} table  from the server */
  constructor(dark, { classes, no_label, background, errors, differences, objects, motions, scales }) {
    const shade = (/** @type {import("./protocol.js").Named} */ named) => (dark ? named.dark : named.light);
    this.dark = dark;
    this.classes = classes.map(shade);
    this.noLabel = shade(no_label);
    this.background = background;
    this.errors = errors.map((error) => ({ name: error.name, colour: shade(error) }));
    this.differences = differences.map((one) => ({ name: one.name, colour: shade(one) }));
    this.objects = objects.map(shade);
    /** @type {Record<string, RGB>} */
    this.motions = Object.fromEntries(Object.entries(motions).map(([name, named]) => [name, dark ? named.dark : named.light]));
    this.scales = scales;
    /** @type {Record<string, Uint32Array>} */
    this.ramps = {};
    for (const [mode, scale] of Object.entries(scales)) {
      const steps = dark ? scale.dark : scale.light;
      this.ramps[mode] = Uint32Array.from({ length: 256 }, (_, k) => pack(interpolate(steps, k / 255)));
    }
  }

  /** @param {number} k  a class, or NONE @returns {RGB} */
  of(k) {
    return this.classes[k] ?? this.noLabel;
  }

  /** @param {number} number  of an object @returns {RGB} */
  ofObject(number) {
    return this.objects[number % this.objects.length];
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

/** Why a frame can't be coloured by this; '' if it can. @param {Frame} frame @param {Mode} mode */
export function hindrance(frame, mode) {
  if ((mode === "truth" || mode === "error") && !frame.truth) return "This frame has no ground truth";
  if (mode === "object" && !frame.objects) return "Objects were not told apart";
  if (mode === "difference" && !frame.compared) return "There is no other run to compare with";
  if (mode === "confidence" && !frame.facts.confident) return "These labels have no confidence";
  return "";
}

/**
 * @param {Frame} frame
 * @param {Mode} mode
 * @param {boolean[]} shown  by class; the last is for points without a label
 * @param {Palette} palette
 * @returns {Uint32Array}
 */
export function colour(frame, mode, shown, palette) {
  const { count, classes, truth } = frame, out = new Uint32Array(count);
  const visible = new Uint8Array(256).fill(shown[shown.length - 1] ? 1 : 0);
  for (let k = 0; k < shown.length - 1; k++) visible[k] = shown[k] ? 1 : 0;
  const decisive = mode === "truth" && truth ? truth : classes;
  if (mode === "class" || mode === "truth") byClass(frame, decisive, out, palette);
  else if (mode === "object") byObject(frame, out, palette);
  else if (mode === "error" && truth) byKind(classes, truth, palette.errors, out, palette);
  else if (mode === "difference" && frame.compared) {
    // 'only in the first' stays what it is when the other run is on the screen.
    const [first, second] = frame.run ? [frame.compared, classes] : [classes, frame.compared];
    byKind(first, second, palette.differences, out, palette);
  } else byScale(frame, mode, out, palette);
  for (let i = 0; i < count; i++) if (!visible[decisive[i]]) out[i] = 0;
  return out;
}

/** Background in shades by height and intensity, so that walls and kerbs stand out of the road. @returns {(i: number) => number} */
function background(/** @type {Frame} */ frame, /** @type {Palette} */ palette) {
  const { intensity, xyz, scale } = frame, ground = -frame.facts.height, steps = 64, shades = new Uint32Array(steps);
  for (let k = 0; k < steps; k++) {
    const t = k / (steps - 1), f = palette.dark ? 0.6 + 0.95 * t : 1.15 - 0.62 * t;
    shades[k] = pack(faded(palette.of(palette.background), f));
  }
  return (i) => {
    const up = Math.min(1, Math.max(0, (xyz[3 * i + 2] * scale - ground) / 4));
    return shades[Math.min(steps - 1, (up * 0.6 + (intensity[i] / 255) * 0.5) * steps) | 0];
  };
}

function byClass(/** @type {Frame} */ frame, /** @type {Uint8Array} */ classes, /** @type {Uint32Array} */ out, /** @type {Palette} */ palette) {
  const table = new Uint32Array(256).fill(pack(palette.noLabel)), shade = background(frame, palette);
  palette.classes.forEach((rgb, k) => (table[k] = pack(rgb, ALPHA.large)));
  for (let i = 0; i < out.length; i++) out[i] = classes[i] === palette.background ? shade(i) : table[classes[i]];
}

function byObject(/** @type {Frame} */ frame, /** @type {Uint32Array} */ out, /** @type {Palette} */ palette) {
  const { classes, objects } = frame, shade = background(frame, palette), none = pack(palette.noLabel);
  const table = palette.objects.map((rgb) => pack(rgb, ALPHA.large));
  for (let i = 0; i < out.length; i++) {
    const number = objects ? objects[i] : 0;
    out[i] = number ? table[number % table.length] : classes[i] === NONE ? none : shade(i);
  }
}

/** By how two labels of a point go together: both the same, only the first an object, only the second, two objects. */
function byKind(/** @type {Uint8Array} */ first, /** @type {Uint8Array} */ second, /** @type {{colour: RGB}[]} */ kinds, /** @type {Uint32Array} */ out, /** @type {Palette} */ palette) {
  const dull = pack(faded(palette.of(palette.background), palette.dark ? 0.55 : 1.15)), unknown = pack(palette.noLabel);
  const [same, onlyFirst, onlySecond, other] = kinds.map((kind) => pack(kind.colour, ALPHA.large)), none = palette.background;
  for (let i = 0; i < out.length; i++) {
    const a = first[i], b = second[i];
    if (a === NONE || b === NONE) out[i] = unknown;
    else if (a === b) out[i] = a === none ? dull : same;
    else out[i] = b === none ? onlyFirst : a === none ? onlySecond : other;
  }
}

function byScale(/** @type {Frame} */ frame, /** @type {Mode} */ mode, /** @type {Uint32Array} */ out, /** @type {Palette} */ palette) {
  const { xyz, scale: s, classes, intensity, confidence, facts } = frame, scale = palette.scales[mode], ramp = palette.ramps[mode];
  const value = {
    intensity: (/** @type {number} */ i) => intensity[i] / 255,
    confidence: (/** @type {number} */ i) => confidence[i] / 255,
    height: (/** @type {number} */ i) => xyz[3 * i + 2] * s + facts.height,
    range: (/** @type {number} */ i) => Math.hypot(xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]) * s,
  }[/** @type {"intensity"} */ (mode)];
  const measure = scale.logarithmic ? Math.log : (/** @type {number} */ v) => v;
  const low = measure(scale.low), gain = 255 / (measure(scale.high) - low), none = pack(palette.noLabel);
  for (let i = 0; i < out.length; i++) {
    // Of points out of view nobody said anything, which is not doubt.
    if (mode === "confidence" && !confidence[i] && classes[i] === NONE) out[i] = none;
    else out[i] = ramp[Math.min(255, Math.max(0, (measure(value(i)) - low) * gain)) | 0];
  }
}

/** @param {RGB} rgb @param {number} factor @returns {RGB} */
function faded(rgb, factor) {
  return /** @type {RGB} */ (rgb.map((v) => Math.min(255, Math.round(v * factor))));
}
