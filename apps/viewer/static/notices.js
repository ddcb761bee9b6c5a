// Notices: words on what is being waited for, what went wrong, and what to do about it.

import { byId } from "./panel.js";

const BUSY_AFTER = 250; // milliseconds before waiting is worth a word
const FLASH = 1800; // milliseconds

export class Notices {
  constructor() {
    this.timer = 0;
  }

  /** @param {string} title @param {string} text @param {string} help @param {boolean} bad */
  message(title, text, help, bad = false) {
    byId("message-title").textContent = title;
    byId("message-text").textContent = text;
    byId("message-help").textContent = help;
    byId("message").classList.toggle("bad", bad);
    byId("message").hidden = false;
  }

  clear() {
    byId("message").hidden = true;
  }

  /** @param {string} text  what is being waited for; empty: nothing is */
  busy(text) {
    clearTimeout(this.timer);
    byId("busy").classList.remove("note");
    if (!text) byId("busy").hidden = true;
    else this.timer = setTimeout(() => {
      byId("busy-text").textContent = text;
      byId("busy").hidden = false;
    }, BUSY_AFTER);
  }

  /** @param {string} text  what is to be known beside the scan, without anything being waited for */
  note(text) {
    clearTimeout(this.timer);
    byId("busy").classList.add("note");
    byId("busy-text").textContent = text;
    byId("busy").hidden = false;
  }

  /** For a moment. @param {string} text */
  flash(text) {
    clearTimeout(this.flashing);
    byId("flash").textContent = text;
    byId("flash").hidden = false;
    this.flashing = setTimeout(() => (byId("flash").hidden = true), FLASH);
  }

  /** @param {string} text @param {""|"good"|"warn"} kind */
  link(text, kind = "") {
    byId("link").textContent = text;
    byId("link").className = `chip ${kind}`;
  }
}
