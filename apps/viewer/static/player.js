// Goes from frame to frame; a frame is asked for when the one before is on the screen, so none is passed over.

export class Player {
  /** @param {(position: number, direction: number) => void} show @param {() => void} changed */
  constructor(show, changed) {
    this.show = show;
    this.changed = changed;
    this.count = 0;
    this.hz = 10;
    this.speed = 1;
    this.playing = false;
    this.position = -1; // on the screen
    this.wanted = 0;    // asked for
  }

  /** @param {number} count @param {number} hz */
  reset(count, hz) {
    this.count = count;
    this.hz = hz;
    this.position = -1;
    this.go(Math.min(this.wanted, count - 1));
  }

  /** @param {number} position @param {number} [direction] */
  go(position, direction) {
    const to = Math.min(this.count - 1, Math.max(0, position));
    clearTimeout(this.timer);
    this.show(to, direction ?? (to >= this.wanted ? 1 : -1));
    this.wanted = to;
    this.asked = performance.now();
    this.changed();
  }

  /** @param {number} steps */
  step(steps) {
    this.pause();
    this.go(this.wanted + steps);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.count < 2) return;
    this.playing = true;
    this.go(this.wanted + 1 >= this.count ? 0 : this.wanted + 1, 1);
  }

  pause() {
    clearTimeout(this.timer);
    this.playing = false;
    this.changed();
  }

  /** A frame is on the screen, or can't be. @param {number} position */
  arrived(position) {
    this.position = position;
    if (this.playing && position === this.wanted) {
      const due = (this.asked ?? 0) + 1000 / (this.hz * this.speed);
      this.timer = setTimeout(() => this.go(position + 1 >= this.count ? 0 : position + 1, 1), Math.max(0, due - performance.now()));
    }
    this.changed();
  }
}
