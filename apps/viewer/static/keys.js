// The keyboard. Every key is listed by `?`.

import { around } from "./address.js";
import { byId, element } from "./panel.js";

/** @typedef {[keys: string, what: string, action: (event: KeyboardEvent) => void]} Binding */

const NAMES = { ArrowLeft: "←", ArrowRight: "→", PageUp: "page ↑", PageDown: "page ↓" };
const OWN = /^(Arrow.*|Home|End|Page.*)$/; // keys that a slider or a list uses itself

export class Keys {
  constructor() {
    /** @type {Map<string, Binding[2]>} */
    this.actions = new Map();
    this.pointed = false; // the last thing that was used is a pointer
    document.addEventListener("keydown", (event) => this.press(event));
    // Keys are for the page from the start, whatever is around it, and again after a button there was pressed.
    window.focus();
    const outside = around(), leaving = new AbortController();
    if (outside !== window) {
      outside.document.addEventListener("keydown", (event) => {
        if (event.target === outside.document.body) this.press(event);
      }, { signal: leaving.signal });
      window.addEventListener("pagehide", () => leaving.abort());
    }
    // What was clicked doesn't keep the keys to itself: space would press it again instead of playing.
    document.addEventListener("pointerdown", () => (this.pointed = true), true);
    document.addEventListener("keydown", () => (this.pointed = false), true);
    for (const kind of ["click", "change"]) {
      document.addEventListener(kind, ({ target }) => {
        const used = target instanceof Element && target.closest("button, select, input");
        if (this.pointed && used && !used.closest("dialog")) /** @type {HTMLElement} */ (used).blur();
      });
    }
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const on = event.target instanceof HTMLElement ? event.target : document.body;
    const typing = on.matches("select") || (on.matches("input[type=range]") && OWN.test(event.key));
    const pressing = event.key === " " && on.matches("button, input");
    const action = this.actions.get(event.key);
    if (!action || typing || pressing) return;
    event.preventDefault();
    action(event);
  }

  /** From now on these keys do something, and no others. @param {Binding[]} bindings  keys as KeyboardEvent.key has them, several divided by blanks; 'space' is the space */
  bind(bindings) {
    this.actions.clear();
    for (const [keys, , action] of bindings) for (const key of keys.split(" ")) this.actions.set(key === "space" ? " " : key, action);
    byId("key-list").replaceChildren(...bindings.flatMap(([keys, what]) => {
      const shown = keys.split(" ").filter((key) => key.length > 1 || key === key.toLowerCase());
      const caps = shown.map((key) => element("kbd", {}, /** @type {any} */ (NAMES)[key] ?? key));
      return [element("span", {}, ...caps.flatMap((cap, k) => (k ? [" ", cap] : [cap]))), element("span", {}, what)];
    }));
  }
}
