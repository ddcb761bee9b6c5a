// Timeline: points of each class and IoU over the frames of a drive.

/** @typedef {{counts: number[], iou: (number|null)[], mean: number|null, milliseconds: number|null, problem: string, agreement: number|null}} Entry */

const GAP = 4;
const GUTTER = 42; // CSS pixels for the rows' names

export class Timeline {
  /** @param {HTMLCanvasElement} canvas @param {HTMLElement} hint @param {(position: number) => void} go */
  constructor(canvas, hint, go) {
    this.canvas = canvas;
    this.hint = hint;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** @type {(Entry|undefined)[]} */
    this.entries = [];
    /** @type {string[]} */
    this.names = [];
    this.labelled = this.comparing = false;
    /** @type {{position: number, x: number}|null} */
    this.pointed = null;
    let dragged = -1;
    const at = (/** @type {PointerEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      const share = (event.clientX - box.left - GUTTER) / (box.width - GUTTER);
      return Math.min(this.entries.length - 1, Math.max(0, Math.floor(share * this.entries.length)));
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      go((dragged = at(event)));
    });
    canvas.addEventListener("pointermove", (event) => {
      this.tell(at(event), event.clientX);
      if (dragged >= 0 && at(event) !== dragged) go((dragged = at(event)));
    });
    const end = () => (dragged = -1);
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    const leave = () => {
      this.pointed = null;
      hint.hidden = true;
    };
    canvas.addEventListener("pointerleave", leave);
    window.addEventListener("blur", leave);
  }

  /** @param {string[]} names @param {import("./protocol.js").Table} table @param {{labelled: boolean, comparing: boolean}} kind */
  reset(names, table, { labelled, comparing }) {
    this.pointed = null;
    this.hint.hidden = true;
    this.names = names;
    this.table = table;
    this.labelled = labelled;
    this.comparing = comparing;
    this.entries = new Array(names.length).fill(undefined);
  }

  /** Whether every frame has its entry. */
  get complete() {
    return this.entries.every(Boolean); // of an array filled with undefined
  }

  /** An entry has come: what the pointer is at may have more to say. */
  refresh() {
    if (this.pointed) this.tell(this.pointed.position, this.pointed.x);
  }

  /** @param {number} position @param {number} x */
  tell(position, x) {
    if (position < 0) return;
    this.pointed = { position, x };
    const entry = this.entries[position], lines = [`${this.names[position]}`];
    if (!entry) lines.push("not segmented yet");
    else if (entry.problem) lines.push("can't be shown");
    else {
      if (this.comparing) lines.push(`agreement ${entry.agreement == null ? "-" : `${(entry.agreement * 100).toFixed(1)} %`}`);
      (this.table?.classes ?? []).forEach(({ name }, k) => {
        if (k === this.table?.background) return;
        const iou = entry.iou[k];
        lines.push(`${name} ${entry.counts[k].toLocaleString("en")}${iou == null ? "" : `, IoU ${(iou * 100).toFixed(0)} %`}`);
      });
    }
    this.hint.textContent = lines.join("\n");
    this.hint.hidden = false;
    const box = this.canvas.getBoundingClientRect(), half = this.hint.offsetWidth / 2;
    this.hint.style.left = `${Math.min(box.width - half, Math.max(half, x - box.left))}px`;
  }

  /**
   * @param {number} ratio
   * @param {object} look
   * @param {string[]} look.classes  colours
   * @param {string} look.track @param {string} look.ink @param {string} look.soft @param {string} look.accent @param {string} look.bad
   * @param {number} position @param {boolean[]} shown
   */
  draw(ratio, look, position, shown) {
    const { canvas, context, entries } = this, count = entries.length;
    const width = canvas.width / ratio, height = canvas.height / ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!count) return;
    const upper = this.labelled || this.comparing ? Math.round(height * 0.42) : 0;
    const floor = height - 2, room = floor - upper - (upper ? GAP : 2);
    const step = (width - GUTTER) / count, bar = Math.max(1, step > 4 ? step - 1 : step);
    context.fillStyle = look.track;
    if (upper) context.fillRect(GUTTER, 0, width - GUTTER, upper);
    context.fillRect(GUTTER, upper + (upper ? GAP : 0), width - GUTTER, height - upper - (upper ? GAP : 0));
    const kinds = look.classes.map((_, k) => k).filter((k) => k !== this.table?.background && shown[k]);
    const total = (/** @type {Entry} */ entry) => kinds.reduce((sum, k) => sum + (entry.counts[k] ?? 0), 0);
    const highest = entries.reduce((most, entry) => (entry ? Math.max(most, total(entry)) : most), 1);
    entries.forEach((entry, k) => {
      if (!entry) return;
      const x = GUTTER + k * step;
      if (entry.problem) {
        context.fillStyle = look.bad;
        context.fillRect(x, height - 4, bar, 4);
        return;
      }
      let y = floor;
      for (const kind of kinds) {
        const points = entry.counts[kind];
        if (!points) continue;
        const tall = Math.max(1, (points / highest) * room);
        context.fillStyle = look.classes[kind];
        context.fillRect(x, y - tall, bar, tall);
        y -= tall;
      }
      const share = this.comparing ? entry.agreement : entry.mean;
      if (share != null) {
        context.fillStyle = look.ink;
        context.globalAlpha = 0.75;
        const tall = Math.max(1, share * (upper - 2));
        context.fillRect(x, upper - tall, bar, tall);
        context.globalAlpha = 1;
      }
      if (!kinds.length || y === floor) { // segmented, and nothing found
        context.fillStyle = look.soft;
        context.fillRect(x, floor - 1, bar, 1);
      }
    });
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = look.soft;
    context.textAlign = "right";
    context.textBaseline = "middle";
    if (upper) context.fillText(this.comparing ? "same" : "IoU", GUTTER - 7, upper / 2);
    context.fillText("points", GUTTER - 7, (upper + height) / 2);
    if (position >= 0) {
      const x = GUTTER + (position + 0.5) * step;
      context.fillStyle = look.accent;
      context.globalAlpha = 0.22;
      context.fillRect(GUTTER + position * step, 0, Math.max(step, 2), height);
      context.globalAlpha = 1;
      context.fillRect(x - 1, 0, 2, height);
    }
  }
}
