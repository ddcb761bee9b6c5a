// Live: rates and latency of a stream, those of the sensor, the computer, the pipeline and this screen told apart.

import { byId, element } from "./panel.js";

const KEPT = 300; // latencies drawn

export class Live {
  /** @param {(action: "pause"|"resume"|"step") => void} control */
  constructor(control) {
    this.control = control;
    this.controls = false; // a recording can be paused, a sensor can't
    this.state = "";
    /** @type {number[]} */
    this.latencies = [];
    this.canvas = /** @type {HTMLCanvasElement} */ (byId("latency"));
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  }

  /** @param {any} hello  the server's greeting */
  reset(hello) {
    this.controls = hello.kind === "live" && hello.controls;
    this.latencies = [];
    this.setState("");
  }

  /** Pause, or play on. */
  toggle() {
    if (!this.controls || this.over) return;
    const paused = this.state === "paused";
    this.control(paused ? "resume" : "pause");
    this.setState(paused ? "running" : "paused");
  }

  step() {
    if (!this.controls || this.over) return;
    this.control("step");
    this.setState("paused");
  }

  get over() {
    return this.state === "ended" || this.state === "failed";
  }

  /** @param {string} state */
  setState(state) {
    this.state = state;
    if (!this.controls) return;
    const playing = state !== "paused" && !this.over;
    byId("play-icon").setAttribute("href", playing ? "#i-pause" : "#i-play");
    byId("play").setAttribute("aria-pressed", String(playing));
    byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    for (const id of ["play", "next"]) byId(id).toggleAttribute("disabled", this.over);
  }

  /** @param {any} stream  the pipeline's facts @param {any} client  this browser's */
  set(stream, client) {
    this.setState(stream.state);
    if (this.controls) byId("place").textContent = `${stream.frames.toLocaleString("en")} scans`;
    const rate = (/** @type {number|null} */ v) => (v == null ? "–" : v.toFixed(1));
    const whole = (/** @type {number|null} */ v) => (v == null ? "–" : v.toFixed(0));
    const drops = Object.entries(stream.drops ?? {}).filter(([, n]) => n).map(([name, n]) => `${name} ${n}`).join(", ");
    const lost = Object.values(stream.drops ?? {}).reduce((/** @type {number} */ sum, n) => sum + n, 0);
    const tiles = [
      ["sensor", "sensor", rate(stream.sensor_fps), "fps", "Complete scans a second"],
      ["compute", "compute", rate(stream.compute_fps), "fps", "Scans a second if none had to be waited for"],
      ["pipeline", "pipeline", rate(stream.pipeline_fps), "fps", "Labelled scans a second"],
      ["seen", "seen here", rate(client.seen_fps), "fps", "Scans a second that this screen has shown"],
      ["latency", "labelled after", whole(stream.latency_p50), `ms · p99 ${whole(stream.latency_p99)}`, "From a scan's last packet to its labels, median"],
      ["to-screen", "on screen after", whole(client.latency_ms?.[0] ?? null), `ms · p99 ${whole(client.latency_ms?.[1] ?? null)}`, "From a scan's last packet until this screen has shown it, median"],
      ["skipped", "not shown here", whole(client.skipped), "", "Labelled scans that came while this screen was busy"],
      ["drops", "dropped before", whole(lost), "", drops || "None was lost"],
    ];
    byId("live-tiles").replaceChildren(...tiles.map(([id, name, value, unit, title]) =>
      element("div", { title, "data-tile": id }, element("span", {}, name), element("b", {}, value), element("small", {}, ` ${unit}`))));
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
    const median = [...latencies].sort((a, b) => a - b)[latencies.length >> 1], highest = Math.max(20, 2 * median);
    context.strokeStyle = accent;
    context.lineWidth = 1.5;
    context.beginPath();
    latencies.forEach((ms, k) => context.lineTo((k / (latencies.length - 1)) * width, height - 2 - Math.min(1, ms / highest) * (height - 14)));
    context.stroke();
    context.fillStyle = soft;
    context.font = "10px system-ui, sans-serif";
    context.fillText(`labelled after, 0 to ${highest.toFixed(0)} ms`, 0, 9);
  }
}
