// Address: the frame on the screen is named in the page's address, so that it can be kept and passed on.

const WAIT = 300; // milliseconds until a frame that stays is written down: browsers bound how often that may be done

export class Address {
  constructor() {
    this.window = around();
    this.timer = 0;
  }

  /** Which of these frames the address names, by name or by number; -1 for none. @param {string[]} names */
  find(names) {
    const wanted = this.wanted();
    if (!wanted) return -1;
    const number = (/** @type {string} */ name) => Number(name.split("/").at(-1));
    const named = names.indexOf(wanted);
    return named >= 0 || !/^[0-9]+$/.test(wanted) ? named : names.findIndex((name) => number(name) === Number(wanted));
  }

  /** The frame that the address names, or ''. */
  wanted() {
    return new URLSearchParams(this.window.location.search).get("frame") ?? "";
  }

  /** @param {string} name  of a frame */
  link(name) {
    const url = new URL(this.window.location.href);
    url.searchParams.set("frame", name);
    url.hash = "";
    return url.href;
  }

  /** @param {string} name  of the frame on the screen */
  remember(name) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.wanted() !== name) this.window.history.replaceState(this.window.history.state, "", this.link(name));
    }, WAIT);
  }
}

/** The page around this one, if it is ours, else this one. @returns {Window} */
export function around() {
  try {
    return window.parent.location.origin === location.origin ? window.parent : window;
  } catch {
    return window; // it is somebody else's
  }
}

/** @param {string} text @returns {Promise<boolean>} whether it is in the clipboard */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // over plain HTTP, browsers lend the clipboard to pages of this machine only
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
