// Legend: the meaning of colours in the cloud, where the panel doesn't tell it.

import { ends } from "./colours.js";
import { byId, css, element } from "./panel.js";

/** @param {import("./colours.js").Mode} mode @param {import("./colours.js").Palette} palette @param {number} height */
export function showLegend(mode, palette, height) {
  const box = byId("legend"), span = ends(mode, height);
  if (mode === "error") {
    box.replaceChildren(...palette.errors.map(({ name, colour }) => {
      const swatch = element("i");
      swatch.style.background = css(colour);
      return element("span", {}, swatch, name);
    }));
  } else if (span) {
    const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { width: "256", height: "1" }));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), image = context.createImageData(256, 1);
    new Uint32Array(image.data.buffer).set(palette.ramp);
    context.putImageData(image, 0, 0);
    const unit = span.unit && ` ${span.unit}`;
    box.replaceChildren(`${mode} ${Math.round(span.low * 10) / 10}${unit}`, canvas, `${span.high}${unit}`);
  } else box.replaceChildren();
}
