// The WebSocket, opened again whenever it is lost.

import { decode } from "./protocol.js";

const FIRST_WAIT = 500, LONGEST_WAIT = 5000; // milliseconds
const SIGN_OF_LIFE = 10_000; // milliseconds between two; a page that says nothing for long loses its place

/**
 * @typedef {object} Listener
 * @property {(message: any) => void} message   a JSON message
 * @property {(frame: import("./protocol.js").Frame) => void} frame
 * @property {(state: "open"|"lost"|"refused", reason: string) => void} state
 */

export class Connection {
  /** @param {string} url @param {Listener} listener */
  constructor(url, listener) {
    this.url = url;
    this.listener = listener;
    this.wait = FIRST_WAIT;
    this.received = 0;
    this.open();
    setInterval(() => this.tell({ type: "here" }), SIGN_OF_LIFE);
  }

  open() {
    clearTimeout(this.timer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.tell({ type: "here" });
      this.listener.state("open", "");
    };
    socket.onmessage = (event) => this.hear(event.data);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.listener.state(event.code === 1013 || event.code === 1008 ? "refused" : "lost", event.reason);
      this.timer = setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 1.6, LONGEST_WAIT);
    };
  }

  /** @param {ArrayBuffer|string} data */
  hear(data) {
    this.wait = FIRST_WAIT;
    if (typeof data === "string") {
      this.listener.message(JSON.parse(data));
      return;
    }
    this.received += data.byteLength;
    try {
      this.listener.frame(decode(data));
    } catch (error) {
      this.listener.message({ type: "failed", message: `the server sent ${error instanceof Error ? error.message : error}` });
    }
  }

  /** @param {number} position @param {number} direction */
  show(position, direction) {
    this.tell({ type: "show", position, direction });
  }

  /** @param {number} sequence @param {number} draw_ms */
  seen(sequence, draw_ms) {
    this.tell({ type: "seen", sequence, draw_ms });
  }

  /** @param {"pause"|"resume"|"step"} action */
  control(action) {
    this.tell({ type: "control", action });
  }

  /** @param {object} message */
  tell(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
