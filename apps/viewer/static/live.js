// How a stream is doing: what the sensor, the computer, the pipeline and this screen manage, told apart.

import { byId, element } from "./panel.js";

const KEPT = 300; // latencies drawn

export class Live {
  constructor() {
    /** @type {number[]} */
    this.latencies = [];
    this.canvas = /** @type {HTMLCanvasElement} */ (byId("latency"));
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  }

  /** @param {any} stream  the pipeline's facts @param {any} client  this browser's */
  set(stream, client) {
    const rate = (/** @type {number|null} */ v) => (v == null ? "–" : v.toFixed(1));
    const whole = (/** @type {number|null} */ v) => (v == null ? "–" : v.toFixed(0));
    const drops = Object.entries(stream.drops ?? {}).filter(([, n]) => n).map(([name, n]) => `${name} ${n}`).join(", ");
    const tiles = [
      ["sensor", rate(stream.sensor_fps), "Complete scans a second", "scans/s from the sensor"],
      ["compute", rate(stream.compute_fps), "Scans a second if none had to be waited for", "could be computed"],
      ["pipeline", rate(stream.pipeline_fps), "Labelled scans a second", "labelled"],
      ["seen", rate(client.seen_fps), "Scans a second that this screen has shown", "seen here"],
      ["latency", `${whole(stream.latency_p50)} / ${whole(stream.latency_p99)}`, "From a scan's last packet to its labels", "ms to labels, p50 / p99"],
      ["to-screen", client.latency_ms ? client.latency_ms.map(whole).join(" / ") : "–", "From a scan's last packet until it is on this screen", "ms to this screen"],
      ["skipped", whole(client.skipped), "Labelled scans that came while this screen was busy", "not shown here"],
      ["drops", whole(Object.values(stream.drops ?? {}).reduce((/** @type {any} */ a, b) => a + b, 0)), drops || "None lost", "dropped before"],
    ];
    byId("live-tiles").replaceChildren(...tiles.map(([id, value, title, name]) =>
      element("div", { title, "data-tile": id }, element("b", {}, value), element("span", {}, name))));
  }

  /** @param {number} ms */
  add(ms) {
    this.latencies.push(ms);
    if (this.latencies.length > KEPT) this.latencies.shift();
  }

  /** @param {number} ratio @param {string} accent @param {string} soft */
  draw(ratio, accent, soft) {
    const { canvas, context, latencies } = this, width = canvas.width / ratio, height = canvas.height / ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (latencies.length < 2) return;
    const highest = Math.max(50, ...latencies);
    context.strokeStyle = accent;
    context.lineWidth = 1.5;
    context.beginPath();
    latencies.forEach((ms, k) => context.lineTo((k / (KEPT - 1)) * width, height - 2 - (ms / highest) * (height - 14)));
    context.stroke();
    context.fillStyle = soft;
    context.font = "10px system-ui, sans-serif";
    context.fillText(`labels after up to ${highest.toFixed(0)} ms`, 0, 9);
  }
}
