// The keyboard. Every key is listed by `?`.

import { byId, element } from "./panel.js";

/** @typedef {[keys: string, what: string, action: (event: KeyboardEvent) => void]} Binding */

const NAMES = { ArrowLeft: "←", ArrowRight: "→", PageUp: "page ↑", PageDown: "page ↓" };

export class Keys {
  constructor() {
    /** @type {Map<string, Binding[2]>} */
    this.actions = new Map();
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || /** @type {HTMLDialogElement} */ (byId("keys")).open) return;
      const on = event.target instanceof HTMLElement ? event.target : document.body;
      const typing = on.matches("select, input[type=range]");
      const pressing = event.key === " " && on.matches("button, input");
      const action = this.actions.get(event.key);
      if (!action || typing || pressing) return;
      event.preventDefault();
      action(event);
    });
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
