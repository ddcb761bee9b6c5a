// App: brings the server's messages to the parts of the page, and the user's wishes to the server.

import { attachControls, keysOf } from "./bindings.js";
import { Palette, colour, pack } from "./colours.js";
import { Connection } from "./connection.js";
import { Keys } from "./keys.js";
import { showLegend } from "./legend.js";
import { Live } from "./live.js";
import { Notices } from "./notices.js";
import { Classes, Modes, Worst, byId, css, showAbout, showStages } from "./panel.js";
import { Player } from "./player.js";
import { Stage, boxesOf, fit } from "./stage.js";
import { Strip } from "./strip.js";
import { Theme } from "./theme.js";
import { Timeline } from "./timeline.js";

const RATE_WINDOW_MS = 2000; // over which frames a second are counted

export class App {
  constructor() {
    /** @type {any} */
    this.hello = null;
    /** @type {import("./protocol.js").Frame|null} */
    this.frame = null;
    this.unseen = false;
    this.mode = /** @type {import("./colours.js").Mode} */ ("class");
    /** @type {boolean[]} */
    this.shown = [];
    this.show = { truth: true, found: false, rings: true };
    this.dirty = { points: false, frames: false };
    /** @type {number[]} */
    this.times = [];
    this.notices = new Notices();
    this.theme = new Theme(() => this.restyle());
    this.stage = new Stage(new URLSearchParams(location.search).get("renderer"), () => this.ask());
    this.strip = new Strip(/** @type {HTMLCanvasElement} */ (byId("strip")), (point) => this.lookAt(point));
    this.player = new Player((position, direction) => this.want(position, direction), () => this.placeChanged());
    this.timeline = new Timeline(/** @type {HTMLCanvasElement} */ (byId("timeline")), byId("timeline-hint"), (k) => this.jump(k));
    this.modes = new Modes((mode) => this.colourBy(mode));
    this.classes = new Classes((k, on) => this.showClass(k, on));
    this.worst = new Worst((k) => this.jump(k));
    this.live = new Live((action) => this.connection.control(action));
    this.farewell = "";
    this.keys = new Keys();
    this.restyle();
    attachControls(this);
    this.keys.bind(keysOf(this));
    const url = new URL("feed", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.search = "";
    this.notices.busy("connecting");
    this.connection = new Connection(url.href, {
      message: (message) => this.hear(message),
      frame: (frame) => this.take(frame),
      state: (state, reason) => this.linkChanged(state, reason),
    });
  }

  // What the server says.

  /** @param {any} message */
  hear(message) {
    if (message.type === "hello") this.greet(message);
    else if (message.type === "news") this.news(message);
    else if (message.type === "failed") this.failed(message);
    else if (message.type === "bye") this.takeLeave(message.text);
  }

  /** @param {any} hello */
  greet(hello) {
    this.hello = hello;
    const live = hello.kind === "live";
    document.body.dataset.kind = hello.kind;
    this.setState("loading");
    byId("source").textContent = byId("source").title = hello.source;
    document.title = `${hello.source} · squeezeseg`;
    if (this.shown.length !== hello.classes.length + 1) this.shown = new Array(hello.classes.length + 1).fill(true);
    this.classes.reset(hello);
    this.worst.reset(hello);
    this.keys.bind(keysOf(this));
    this.restyle();
    showAbout(hello.about);
    this.live.reset(hello);
    byId("transport").hidden = live && !hello.controls;
    byId("place").textContent = "";
    byId("live-box").hidden = !live;
    byId("truth-row").hidden = live || !hello.labelled;
    this.notices.clear();
    this.notices.link("");
    this.timeline.reset(live ? [] : hello.frames, hello, hello.labelled);
    if (live) this.notices.busy("waiting for the first scan");
    else if (!hello.frames.length) this.empty();
    else this.player.reset(hello.frames.length, hello.hz);
  }

  empty() {
    this.setState("empty");
    this.notices.busy("");
    this.notices.message("No frames", "This recording has no scans to show.", "Check the folder, and --frames, --every and --split, then start 'squeezeseg view' again.");
  }

  /** @param {any} message */
  news(message) {
    if (!this.hello) return;
    for (const [k, counts, iou, mean, milliseconds, problem] of message.summaries ?? []) {
      this.timeline.entries[k] = { counts, iou, mean, milliseconds, problem };
    }
    if (message.summaries) {
      this.worst.set(this.timeline.entries, this.hello.frames, this.player.position);
      this.dirty.frames = true;
      this.ask();
    }
    if (message.stream) {
      this.live.set(message.stream, message.client);
      const state = message.stream.state;
      this.notices.link(state, state === "running" ? "good" : state === "paused" || state === "ended" ? "" : "warn");
      if (!this.frame) this.notices.busy(state === "ended" ? "ended without a scan" : `waiting for the first scan: ${state}`);
      else if (state === "ended") this.notices.note(this.live.controls ? "The recording has ended. This is its last scan." : "The stream has ended. This is its last scan.");
      else if (state === "paused") this.notices.note("Paused: space plays on, → shows the next scan.");
      else this.notices.busy("");
      this.dirty.frames = true;
      this.ask();
    }
    Object.assign(document.body.dataset, { seen: message.client.seen, skipped: message.client.skipped, seenFps: message.client.seen_fps });
  }

  /** @param {import("./protocol.js").Frame} frame */
  take(frame) {
    this.frame = frame;
    this.unseen = true;
    this.stage.point = -1;
    if (this.live.state !== "paused") this.notices.busy("");
    this.notices.clear();
    this.dirty.points = this.dirty.frames = true;
    this.ask();
  }

  /** @param {any} message */
  failed(message) {
    this.notices.busy("");
    this.setState("error");
    if (message.position !== undefined) byId("frame-name").textContent = this.hello?.frames?.[message.position] ?? "";
    this.notices.message("This frame can't be shown", message.message, "Other frames may well work: step on, or click in the timeline.", true);
    if (message.position !== undefined) this.player.arrived(message.position);
  }

  /** @param {"open"|"lost"|"refused"} state @param {string} reason */
  linkChanged(state, reason) {
    if (state === "open") {
      this.farewell = "";
      this.notices.clear();
      if (this.frame && this.hello?.kind === "drive") this.player.position = -1;
      return;
    }
    if (this.farewell && state === "lost") return; // what is on the screen stays
    this.setState(state === "lost" ? "disconnected" : "refused");
    this.player.pause();
    this.unseen = false;
    this.notices.busy("");
    if (state === "refused") this.notices.message("The server has sent this page away", reason, "It tries again by itself.", true);
    else {
      this.notices.message("No connection to the server", "It was ended, or can't be reached.", "Look at the SSH tunnel: this page connects by itself. Or start 'squeezeseg' again, and open the address that it prints.");
      this.notices.link("disconnected", "warn");
    }
  }

  /** The server ends, and that is no fault. @param {string} text */
  takeLeave(text) {
    this.farewell = text;
    this.player.pause();
    this.live.setState("ended");
    this.setState("ended");
    this.notices.link("ended", "");
    const what = this.frame ? " What you see stays." : "";
    this.notices.note(`${text}${what} To go on, start it again and open the address that it prints.`);
  }

  // What the user does.

  /** Play or pause, whatever is shown. */
  toggle() {
    if (this.hello?.kind === "live") this.live.toggle();
    else this.player.toggle();
  }

  /** @param {number} steps */
  step(steps) {
    if (this.hello?.kind === "drive") this.player.step(steps);
    else if (steps > 0) this.live.step();
  }

  /** @param {number} position @param {number} direction */
  want(position, direction) {
    if (!this.hello) return;
    this.notices.busy(`segmenting frame ${this.hello.frames[position]}`);
    this.connection.show(position, direction);
  }

  /** @param {number} position */
  jump(position) {
    if (position !== this.player.wanted || document.body.dataset.state === "error") {
      this.player.pause();
      this.player.go(position);
    }
  }

  /** @param {import("./colours.js").Mode} mode */
  colourBy(mode) {
    this.mode = mode;
    this.dirty.points = true;
    this.ask();
  }

  /** @param {number} k @param {boolean} on */
  showClass(k, on) {
    this.shown[k] = on;
    this.dirty.points = this.dirty.frames = true;
    this.ask();
  }

  /** @param {number} point */
  lookAt(point) {
    this.stage.lookAt(point, this.hello, this.palette);
    this.ask();
  }

  /** @param {keyof typeof import("./camera.js").VIEWS} name */
  look(name) {
    this.stage.camera.look(name);
    this.stage.turned();
  }

  save() {
    const { hello, frame } = this;
    if (!frame) return;
    this.render();
    const caption = `${hello.source} · ${frame.facts.name} · ${this.mode}`;
    const picture = this.stage.snapshot(caption, this.theme.colour("cloud"), this.theme.colour("ink"));
    const link = document.createElement("a");
    link.download = `${hello.source}_${frame.facts.name}_${this.mode}.png`;
    link.href = picture.toDataURL("image/png");
    link.click();
  }

  // What is on the screen.

  /** @param {string} state */
  setState(state) {
    document.body.dataset.state = state;
  }

  placeChanged() {
    const { player, hello } = this;
    if (!hello || hello.kind !== "drive") return;
    const playing = player.playing, slider = byId("timeline");
    byId("play-icon").setAttribute("href", playing ? "#i-pause" : "#i-play");
    byId("play").setAttribute("aria-pressed", String(playing));
    byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    byId("place").innerHTML = "";
    byId("place").append(Object.assign(document.createElement("b"), { textContent: player.wanted + 1 }), ` / ${player.count}`);
    slider.setAttribute("aria-valuemax", String(player.count));
    slider.setAttribute("aria-valuenow", String(player.wanted + 1));
    slider.setAttribute("aria-valuetext", hello.frames[player.wanted] ?? "");
    for (const id of ["play", "previous", "next"]) byId(id).toggleAttribute("disabled", player.count < 2);
    this.dirty.frames = true;
    this.ask();
  }

  restyle() {
    const { hello, theme } = this;
    this.palette = hello && new Palette(theme.dark, hello);
    this.background = theme.rgb("cloud");
    this.stage.stale = true;
    const names = /** @type {const} */ (["card", "ink", "soft", "accent", "bad", "ring", "halo", "mark", "edge"]);
    const [track, ink, soft, accent, bad, ring, halo, mark, edge] = names.map((name) => theme.colour(name));
    this.looks = { track, ink, soft, accent, bad, ring, halo, mark, edge, classes: this.palette?.classes.map(css) ?? [] };
    document.body.dataset.look = theme.dark ? "dark" : "light";
    this.dirty.points = this.dirty.frames = true;
    this.ask();
  }

  /** Draw at the next occasion. */
  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.render();
    });
  }

  render() {
    const { frame, hello, stage, palette, shown, looks: look } = this;
    const ratio = devicePixelRatio || 1;
    stage.resize();
    for (const canvas of [this.timeline.canvas, this.live.canvas]) fit(canvas, ratio);
    if (fit(this.strip.canvas, ratio)) this.strip.dirty = true;
    if (frame && this.dirty.points) this.recolour(frame);
    const boxes = frame && palette ? boxesOf(frame.facts, this.show.truth, this.show.found, palette, shown) : [];
    const took = stage.draw({ look, background: this.background, rings: this.show.rings, boxes, table: hello, palette });
    this.strip.draw(stage.point, ratio, look.ink, look.soft);
    if (this.dirty.frames) {
      this.dirty.frames = false;
      this.timeline.draw(ratio, look, this.player.wanted, shown);
      this.live.draw(ratio, look.accent, look.soft);
    }
    if (this.unseen && frame) this.tellSeen(frame, took);
  }

  /** @param {import("./protocol.js").Frame} frame */
  recolour(frame) {
    this.dirty.points = false;
    const { palette, shown, hello } = this, { facts } = frame;
    if (!palette) return;
    const possible = !(this.mode === "error" && !frame.truth) && !(this.mode === "confidence" && !facts.confident);
    const mode = possible ? this.mode : "class";
    const colours = colour(frame, mode, shown, palette);
    this.stage.set(frame, colours);
    this.strip.set(frame, colours, pack(/** @type {any} */ (this.background)));
    this.modes.set(mode, frame.truth != null, facts.confident);
    this.classes.set(facts.counts, facts.iou, shown, palette);
    showLegend(mode, palette, facts.height);
    showStages(facts.stages, facts.first);
    byId("frame-name").textContent = facts.name;
    byId("frame-name").hidden = false;
    byId("found-row").hidden = !facts.found.length && !facts.confident;
    if (facts.notice) this.notices.link("no ground truth", "warn");
    byId("link").title = facts.notice;
    Object.assign(document.body.dataset, { renderer: this.stage.renderer.name, mode, position: facts.position, frame: facts.name });
    if (hello.kind === "live" && this.unseen) this.live.add(facts.latency);
  }

  /** @param {import("./protocol.js").Frame} frame @param {number} took */
  tellSeen(frame, took) {
    this.unseen = false;
    this.setState("ready");
    this.connection.seen(frame.sequence, took);
    const now = performance.now();
    this.times = [...this.times.filter((time) => now - time < RATE_WINDOW_MS), now];
    const span = now - this.times[0];
    const rate = this.times.length > 2 ? `${(((this.times.length - 1) * 1000) / span).toFixed(0)} fps · ` : "";
    byId("draw-rate").textContent = `${rate}${took.toFixed(1)} ms ${this.stage.renderer.name}`;
    if (this.hello.kind === "drive") {
      this.player.arrived(frame.facts.position);
      this.worst.set(this.timeline.entries, this.hello.frames, this.player.position);
    }
  }

  /** @param {number} k */
  toggleClass(k) {
    if (k < this.shown.length) this.showClass(k, !this.shown[k]);
  }

  togglePanel() {
    const wide = document.body.classList.toggle("wide");
    byId("panel-toggle").setAttribute("aria-expanded", String(!wide));
    this.ask();
  }
}

new App();
