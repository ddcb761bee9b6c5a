// List of the objects that were found in the frame.

import { distance } from "./boxes.js";
import { byId, css, element } from "./panel.js";

/** @typedef {import("./boxes.js").Found} Found */

export class ObjectList {
  /** @param {(number: number) => void} chosen */
  constructor(chosen) {
    this.chosen = chosen;
    /** @type {number[]} */
    this.order = [];
  }

  /**
   * @param {Found[]} found @param {boolean[]} shown  by class
   * @param {number} selected  number of an object, 0 for none
   * @param {import("./colours.js").Palette} palette @param {import("./protocol.js").Table} table
   * @param {boolean} coloured  whether the points have the objects' colours
   */
  set(found, shown, selected, palette, table, coloured) {
    const rows = found.filter(({ box }) => shown[box[0]] ?? true).sort((a, b) => distance(a.box) - distance(b.box));
    this.order = rows.map(({ number }) => number);
    byId("objects-box").hidden = !rows.length;
    byId("object-count").textContent = `${rows.length} · m, points${rows.some(({ confidence }) => confidence != null) ? ", confidence" : ""}`;
    byId("objects").replaceChildren(...rows.map(({ number, points, confidence, box }) => {
      const swatch = element("i");
      swatch.style.background = css(coloured ? palette.ofObject(number) : palette.of(box[0]));
      const row = element("button", { role: "option", "data-object": String(number), "aria-selected": String(number === selected) },
        swatch, element("span", { class: "name" }, table.classes[box[0]]?.name ?? box[1]),
        element("span", {}, distance(box).toFixed(1)), element("span", {}, points.toLocaleString("en")),
        element("b", {}, confidence == null ? "" : confidence.toFixed(2)));
      row.addEventListener("click", () => this.chosen(number === selected ? 0 : number));
      return row;
    }));
    if (selected !== this.selected) byId("objects").querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    this.selected = selected;
  }

  /** The object so many steps further in the list, by distance. @param {number} selected @param {number} step @returns {number} 0 where there is none */
  next(selected, step) {
    const { order } = this, at = order.indexOf(selected);
    if (!order.length) return 0;
    return order[at < 0 ? (step > 0 ? 0 : order.length - 1) : (at + step + order.length) % order.length];
  }
}
