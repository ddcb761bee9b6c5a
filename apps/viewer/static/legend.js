// Legend: the meaning of colours and lines in the cloud, where the panel doesn't tell it.

import { byId, css, element } from "./panel.js";

/**
 * What the colours of a mode mean, where names say it.
 * @param {import("./colours.js").Mode} mode @param {import("./colours.js").Palette} palette @param {string[]} runs  names of the two that are compared
 * @returns {{name: string, colour: import("./protocol.js").RGB}[]}
 */
export function meanings(mode, palette, runs) {
  if (mode === "error") return palette.errors;
  if (mode !== "difference") return [];
  const [same, first, second, other] = palette.differences, [a, b] = runs.map(shortName);
  return [same, { ...first, name: `only ${a}` }, { ...second, name: `only ${b}` }, other];
}

/** The last part of a path. @param {string} name */
export const shortName = (name) => name.replace(/[\\/]+$/, "").split(/[\\/]/).at(-1) || name;

/**
 * @param {import("./colours.js").Mode} mode @param {import("./colours.js").Palette} palette @param {string[]} runs
 * @param {{truth: boolean, found: boolean, motions: Set<import("./protocol.js").Motion>}} boxes  which kinds are on the screen
 */
export function showLegend(mode, palette, runs, boxes) {
  const scale = palette.scales[mode];
  const parts = meanings(mode, palette, runs).map(({ name, colour }) => {
    const swatch = element("i");
    swatch.style.background = css(colour);
    return element("span", {}, swatch, name);
  });
  if (scale) parts.push(ramp(scale, palette.ramps[mode]));
  if (boxes.truth) parts.push(element("span", { class: "box-key" }, element("i", { class: "line" }), "ground truth"));
  if (boxes.found) parts.push(element("span", { class: "box-key" }, element("i", { class: "line dashed" }), "predicted"));
  for (const motion of Object.keys(palette.motions)) {
    if (!boxes.motions.has(/** @type {import("./protocol.js").Motion} */ (motion))) continue;
    const line = element("i", { class: "line" });
    line.style.borderTopColor = css(palette.motions[motion]);
    parts.push(element("span", { class: "box-key" }, line, motion));
  }
  byId("legend").replaceChildren(...parts);
}

/** @param {import("./protocol.js").Scale} scale @param {Uint32Array} colours */
function ramp(scale, colours) {
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { width: "256", height: "1" }));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), image = context.createImageData(256, 1);
  new Uint32Array(image.data.buffer).set(colours);
  context.putImageData(image, 0, 0);
  const unit = scale.unit && ` ${scale.unit}`;
  return element("span", { class: "ramp" }, `${scale.name} ${scale.low}${unit}`, canvas, `${scale.high}${unit}`);
}
