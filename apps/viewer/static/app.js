// App: brings the server's messages to the parts of the page, and the user's wishes to the server.

import { Address, copy } from "./address.js";
import { attachControls, keysOf } from "./bindings.js";
import { follow, select, tap } from "./choice.js";
import { Connection } from "./connection.js";
import { Keys } from "./keys.js";
import { livesOf } from "./life.js";
import { Live } from "./live.js";
import { Notices } from "./notices.js";
import { ObjectList } from "./objects.js";
import { Classes, Modes, Worst, byId, showAbout } from "./panel.js";
import { PictureDialog } from "./picture.js";
import { Player } from "./player.js";
import { otherRun } from "./protocol.js";
import { nameRuns } from "./runs.js";
import { render, restyle, save } from "./screen.js";
import { Stage } from "./stage.js";
import { Strip } from "./strip.js";
import { Theme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { showPlace } from "./transport.js";

const LONGEST_STATE = 40; // characters that the bar has room for
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
    this.show = { truth: true, found: false, tracks: true, labels: true, rings: true };
    /** @type {Map<number, import("./life.js").Life>} */
    this.lives = new Map();
    this.run = 0; // of two that are compared, the one on the screen
    this.chosen = 0; // the object that is selected, by its number in the frame
    this.dirty = { points: false, frames: false };
    /** @type {number[]} */
    this.times = [];
    this.notices = new Notices();
    this.theme = new Theme(() => restyle(this));
    this.stage = new Stage(new URLSearchParams(location.search).get("renderer"), () => this.ask(), (point) => tap(this, point));
    this.strip = new Strip(/** @type {HTMLCanvasElement} */ (byId("strip")), (point) => this.lookAt(point));
    this.player = new Player((position, direction) => this.want(position, direction), () => this.placeChanged());
    this.timeline = new Timeline(/** @type {HTMLCanvasElement} */ (byId("timeline")), byId("timeline-hint"), (k) => this.jump(k));
    this.modes = new Modes((mode) => this.colourBy(mode));
    this.classes = new Classes((k, on) => this.showClass(k, on));
    this.worst = new Worst((k) => this.jump(k));
    this.live = new Live((action) => this.connection.control(action));
    this.farewell = "";
    this.objects = new ObjectList((number) => select(this, number));
    this.pictures = new PictureDialog(() => ({ width: this.stage.over.width, height: this.stage.over.height }), (size) => save(this, size));
    this.address = new Address();
    this.keys = new Keys();
    restyle(this);
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
    else if (message.type === "bye") this.takeLeave(message.text, message.failed);
  }

  /** @param {any} hello */
  greet(hello) {
    const greeted = this.hello != null, live = hello.kind === "live";
    this.hello = hello;
    document.body.dataset.kind = hello.kind;
    this.setState("loading");
    byId("source").textContent = byId("source").title = hello.source;
    document.title = `${hello.source} · squeezeseg`;
    if (this.shown.length !== hello.classes.length + 1) this.shown = new Array(hello.classes.length + 1).fill(true);
    this.classes.reset(hello);
    this.worst.reset(hello, this.comparing);
    this.lives = livesOf(hello);
    nameRuns(hello.runs ?? []);
    if (!greeted && !hello.labelled && !hello.tracked) byId("found").click(); // nothing else would have a box
    this.keys.bind(keysOf(this));
    restyle(this);
    showAbout(hello.about);
    this.live.reset(hello);
    if (this.palette && !this.frame) this.classes.set([], [], this.shown, this.palette);
    byId("transport").hidden = live && !hello.controls;
    byId("place").textContent = "";
    byId("live-box").hidden = !live;
    byId("truth-row").hidden = live || !hello.labelled;
    this.notices.clear();
    this.notices.link("");
    this.timeline.reset(live ? [] : hello.frames, hello, { labelled: hello.labelled, comparing: this.comparing });
    if (live) this.notices.busy("waiting for the first scan");
    else if (!hello.frames.length) this.empty();
    else {
      if (!greeted) this.player.wanted = Math.max(0, this.openAt(hello.frames));
      this.player.reset(hello.frames.length, hello.hz);
    }
  }

  get comparing() {
    return this.hello?.runs?.length === 2;
  }

  /** @param {string[]} names @returns {number} position of the frame that the address names */
  openAt(names) {
    const { address } = this, at = address.find(names);
    if (at < 0 && address.wanted()) this.notices.flash(`No frame ${address.wanted()} here: this is the first`);
    return at;
  }

  empty() {
    this.setState("empty");
    this.notices.busy("");
    this.notices.message("No frames", "This recording has no scans to show.", "Check the folder, and --frames, --every and --split, then start 'squeezeseg view' again.");
  }

  /** @param {any} message */
  news(message) {
    if (!this.hello) return;
    for (const [k, counts, iou, mean, milliseconds, problem, agreement] of message.summaries ?? []) {
      this.timeline.entries[k] = { counts, iou, mean, milliseconds, problem, agreement };
    }
    if (message.summaries) {
      this.timeline.refresh();
      this.worst.set(this.timeline.entries, this.hello.frames, this.player.position);
      if (this.timeline.complete) document.body.dataset.complete = "yes";
      this.dirty.frames = true;
      this.ask();
    }
    if (message.stream) {
      this.live.set(message.stream, message.client);
      const state = message.stream.state;
      this.tellState(state);
      this.dirty.frames = true;
      this.ask();
    }
    Object.assign(document.body.dataset, { seen: message.client.seen, skipped: message.client.skipped, seenFps: message.client.seen_fps });
  }

  /** @param {import("./protocol.js").Frame} frame */
  take(frame) {
    const before = this.frame;
    this.frame = this.run && frame.compared ? otherRun(frame) : frame;
    follow(this, before);
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
    this.stage.forget();
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
    this.stage.forget();
    this.player.pause();
    this.unseen = false;
    this.notices.busy("");
    if (state === "refused") this.notices.message("The server has sent this page away", reason, "It tries again by itself.", true);
    else {
      this.notices.message("No connection to the server", "It was ended, or can't be reached.", "Look at the SSH tunnel: this page connects by itself. Or start 'squeezeseg' again, and open the address that it prints.");
      this.notices.link("disconnected", "warn");
    }
  }

  /** @param {string} state  of the stream */
  tellState(state) {
    const calm = state === "paused" || state === "ended";
    this.notices.link(state.length < LONGEST_STATE ? state : "no scans", state === "running" ? "good" : calm ? "" : "warn");
    if (state === "ended") this.notices.note(this.frame ? `The ${this.live.controls ? "recording" : "stream"} has ended. This is its last scan.` : "Ended without a scan.");
    else if (!this.frame) this.notices.busy(state === "running" ? "waiting for the first scan" : state);
    else if (state === "paused") this.notices.note("Paused: space plays on, → shows the next scan.");
    else this.notices.busy("");
  }

  /** The server ends. @param {string} text @param {boolean} failed  whether something went wrong */
  takeLeave(text, failed) {
    this.farewell = text;
    this.player.pause();
    this.live.setState("ended");
    this.setState("ended");
    for (const id of ["play", "previous", "next"]) byId(id).toggleAttribute("disabled", true);
    this.notices.link(failed ? "failed" : "ended", failed ? "warn" : "");
    const what = this.frame ? " The last picture stays here." : "";
    this.notices.note(`${text.replace(/[.]?$/, ".")}${what} To go on, start squeezeseg again and open the address that it prints.`);
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
    if (!this.hello || this.farewell) return;
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

  /** @param {keyof App["show"]} name @param {boolean} on */
  showLines(name, on) {
    this.show[name] = on;
    this.dirty.points = true; // their key is in the legend
    this.ask();
  }

  async copyLink() {
    if (!this.frame) return;
    const link = this.address.link(this.frame.facts.name);
    this.notices.flash((await copy(link)) ? "The link to this frame is in the clipboard" : link);
  }

  // What is on the screen.

  /** @param {string} state */
  setState(state) {
    document.body.dataset.state = state;
  }

  placeChanged() {
    const { player, hello } = this;
    if (!hello || hello.kind !== "drive") return;
    showPlace(player, hello.frames);
    this.dirty.frames = true;
    this.ask();
  }

  /** Draw at the next occasion. */
  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      render(this);
    });
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
