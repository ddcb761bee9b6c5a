// List of the objects that were found in the frame.

import { distance } from "./boxes.js";
import { byId, css, element } from "./panel.js";

/** @typedef {import("./boxes.js").Listed} Listed */

export class ObjectList {
  /** @param {(number: number) => void} chosen */
  constructor(chosen) {
    this.chosen = chosen;
    /** @type {number[]} */
    this.order = [];
  }

  /**
   * @param {Listed[]} found @param {boolean[]} shown  by class
   * @param {number} selected  number of an object, 0 for none
   * @param {import("./colours.js").Palette} palette @param {import("./protocol.js").Table} table
   * @param {boolean} coloured  whether the points have the objects' colours
   */
  set(found, shown, selected, palette, table, coloured) {
    const rows = found.filter(({ box }) => shown[box[0]] ?? true).sort((a, b) => distance(a.box) - distance(b.box));
    this.order = rows.map(({ number }) => number);
    byId("objects-box").hidden = !rows.length;
    const followed = rows.some(({ track }) => track), confident = rows.some(({ confidence }) => confidence != null);
    byId("objects-title").textContent = followed ? "Tracks" : "Objects";
    byId("object-count").textContent = `${rows.length} · m, points${followed ? ", km/h" : confident ? ", confidence" : ""}`;
    byId("objects").replaceChildren(...rows.map(({ number, points, confidence, box, track }) => {
      const swatch = element("i");
      swatch.style.background = css(coloured ? palette.ofObject(number) : track ? palette.motions[track.motion] : palette.of(box[0]));
      const name = table.classes[box[0]]?.name ?? box[1], speed = track?.speed == null ? "" : (3.6 * track.speed).toFixed(0);
      const last = track ? speed : confidence == null ? "" : confidence.toFixed(2);
      const row = element("button", { role: "option", "data-object": String(number), "aria-selected": String(number === selected), title: track ? `${track.motion}${track.seen ? "" : ", hidden now"}` : "" },
        swatch, element("span", { class: "name" }, track ? `${name} ${track.number}${track.confirmed ? "" : "?"}` : name),
        element("span", {}, distance(box).toFixed(1)), element("span", {}, points.toLocaleString("en")),
        element("b", {}, last));
      row.classList.toggle("absent", track?.seen === false);
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
