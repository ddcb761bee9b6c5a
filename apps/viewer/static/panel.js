// The panel beside the cloud.

import { MODES, hindrance } from "./colours.js";

/** @typedef {import("./timeline.js").Entry} Entry */

const WORST = 40; // frames listed

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} tag @param {Record<string, string>} attributes @param {...(Node|string)} children */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** @param {number[]} rgb */
export const css = (rgb) => `rgb(${rgb.join(",")})`;

/** @param {number|null|undefined} share */
export const percent = (share) => (share == null ? "-" : `${(share * 100).toFixed(1)}`);

export class Modes {
  /** @param {(mode: import("./colours.js").Mode) => void} chosen */
  constructor(chosen) {
    this.chosen = chosen;
    const box = byId("colour-by");
    this.buttons = MODES.map((mode) => {
      const button = element("button", { role: "radio", "data-mode": mode }, mode[0].toUpperCase() + mode.slice(1));
      button.addEventListener("click", () => chosen(mode));
      box.append(button);
      return button;
    });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const open = this.buttons.filter((button) => !button.hasAttribute("disabled"));
      const now = open.findIndex((button) => button.getAttribute("aria-checked") === "true");
      const next = open[(now + step + open.length) % open.length];
      next.click();
      next.focus();
    });
  }

  /** @param {string} mode @param {import("./protocol.js").Frame} frame @param {boolean} comparing */
  set(mode, frame, comparing) {
    for (const button of this.buttons) {
      const name = /** @type {import("./colours.js").Mode} */ (button.dataset.mode), why = hindrance(frame, name);
      button.setAttribute("aria-checked", String(name === mode));
      button.tabIndex = name === mode ? 0 : -1;
      button.toggleAttribute("disabled", why !== "");
      button.title = why;
      button.hidden = name === "difference" && !comparing;
    }
  }
}

export class Classes {
  /** @param {(k: number, on: boolean) => void} toggled */
  constructor(toggled) {
    this.toggled = toggled;
    /** @type {{row: HTMLElement, box: HTMLInputElement, swatch: HTMLElement, count: HTMLElement, iou: HTMLElement}[]} */
    this.rows = [];
  }

  /** @param {import("./protocol.js").Table} table */
  reset({ classes, no_label }) {
    this.rows = [...classes, no_label].map(({ name, key }, k) => {
      const box = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox", "data-class": String(k) }));
      box.addEventListener("change", () => this.toggled(k, box.checked));
      const swatch = element("i"), count = element("span", { class: "count" }), iou = element("span", { class: "iou" });
      const row = element("label", { class: "class-row", title: key ? `Show or hide (${key})` : "Show or hide" }, box, swatch, name, count, iou);
      return { row, box, swatch, count, iou };
    });
    byId("classes").replaceChildren(...this.rows.map(({ row }) => row));
  }

  /** @param {number[]} counts @param {(number|null)[]} iou @param {boolean[]} shown @param {import("./colours.js").Palette} palette */
  set(counts, iou, shown, palette) {
    this.rows.forEach(({ row, box, swatch, count, iou: score }, k) => {
      const last = k === this.rows.length - 1;
      box.checked = shown[k];
      swatch.style.background = css(last ? palette.noLabel : palette.of(k));
      count.textContent = (counts[k] ?? 0).toLocaleString("en");
      score.textContent = last || !iou.length ? "" : percent(iou[k]);
      row.classList.toggle("absent", !counts[k]);
    });
    byId("classes").classList.toggle("scored", iou.length > 0);
    byId("iou-head").textContent = iou.length ? "predicted points · IoU, %" : "predicted points";
  }
}

/** @param {number} ms */
const duration = (ms) => (ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`);

/** @param {Record<string, number>} stages  milliseconds @param {boolean} first  whether the time of loading is in them */
export function showStages(stages, first) {
  const { total, ...parts } = stages, longest = Math.max(1, ...Object.values(parts));
  const row = (/** @type {string} */ name, /** @type {number} */ ms, /** @type {string} */ kind) => {
    const fill = element("div", { class: "bar-fill" });
    fill.style.width = `${Math.min(100, (ms / longest) * 100)}%`;
    const track = kind ? element("span") : element("div", { class: "bar-track" }, fill);
    return element("div", { class: `stage-row ${kind}` }, element("span", {}, name), track, element("span", { class: "mono" }, duration(ms)));
  };
  const rows = Object.entries(parts).map(([name, ms]) => row(name, ms, ""));
  if (total != null) rows.push(row("all", total, "total"));
  byId("stages").replaceChildren(...rows);
  byId("stage-note").textContent = first ? "of the first frame: with loading" : "";
  byId("stage-box").hidden = rows.length < 2;
}

export class Worst {
  /** @param {(position: number) => void} go */
  constructor(go) {
    this.go = go;
    this.key = "";
    this.what = "";
  }

  /** @param {import("./protocol.js").Table} table @param {boolean} comparing  two runs: the worst frames are those where they differ most */
  reset({ classes, background }, comparing) {
    const names = classes.filter((_, k) => k !== background).map(({ plural }) => plural);
    const scored = names.join(", ").replace(/, ([^,]*)$/, " and $1");
    this.comparing = comparing;
    this.what = comparing ? `agreement on ${scored}` : `mean IoU of ${scored}`;
    byId("worst-title").textContent = comparing ? "Where the runs differ" : "Worst frames";
    this.set([], [], -1);
  }

  /** @param {(Entry|undefined)[]} entries @param {string[]} names @param {number} position */
  set(entries, names, position) {
    const scored = entries.flatMap((entry, k) => {
      const mean = this.comparing ? entry?.agreement : entry?.mean;
      return mean == null ? [] : [{ k, mean }];
    });
    byId("worst-box").hidden = !scored.length;
    byId("scored").textContent = `${this.comparing ? "agreement" : "mean IoU"}, % · ${scored.length} of ${entries.length}`;
    const rows = scored.sort((a, b) => a.mean - b.mean || a.k - b.k).slice(0, WORST);
    const key = rows.map(({ k, mean }) => `${k}:${mean}`).join();
    if (key !== this.key) {
      this.key = key;
      byId("worst").replaceChildren(...rows.map(({ k, mean }) => {
        const fill = element("div", { class: "bar-fill" });
        fill.style.width = `${mean * 100}%`;
        const button = element("button", { role: "listitem", "data-position": String(k), title: `${names[k]}: ${this.what}` },
          element("span", { class: "name" }, element("bdi", {}, names[k])), element("div", { class: "bar-track" }, fill), element("b", {}, percent(mean)));
        button.addEventListener("click", () => this.go(k));
        return button;
      }));
    }
    for (const button of byId("worst").children) {
      button.setAttribute("aria-current", String(/** @type {HTMLElement} */ (button).dataset.position === String(position)));
    }
  }
}

/** @param {Record<string, string>} about */
export function showAbout(about) {
  byId("about").replaceChildren(...Object.entries(about).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  byId("about-box").hidden = !Object.keys(about).length;
}
