/* Computes at a pace, for a part of each frame at most, and draws now and then; out of view it waits. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const COMPUTE = 28, REDRAW = 50, REDRAW_CALM = 500; // milliseconds: computing in each frame at most, between two drawings

  class Loop {
    /** `pace` says how many steps a second are wished for. */
    constructor(element, { advance, draw, pace }) {
      Object.assign(this, { advance, draw, pace, run: null, speed: null, inView: true });
      new IntersectionObserver(([{ isIntersecting }]) => (this.inView = isIntersecting)).observe(element);
    }

    get running() {
      return this.run !== null;
    }

    start() {
      const run = (this.run = {}); // a pause and a start in one go leave no second loop behind
      const redraw = matchMedia("(prefers-reduced-motion: reduce)").matches ? REDRAW_CALM : REDRAW;
      let drawn = 0, before = performance.now(), due = 1, since = before, made = 0;
      const frame = (now) => {
        if (this.run !== run) return;
        requestAnimationFrame(frame);
        const start = performance.now(), pace = this.pace();
        const passed = start - before || Number.EPSILON; // a coarse clock may stand still, and 0 times an endless pace is no number
        due = this.inView ? Math.min(due + (passed * pace) / 1000, pace / 4 + 1) : 0;
        before = start;
        while (due >= 1 && this.run === run && performance.now() - start < COMPUTE) {
          this.advance();
          due -= 1;
          made += 1;
        }
        if (start - since > 1000) {
          this.speed = (made * 1000) / (start - since);
          [since, made] = [start, 0];
        }
        if (this.inView && this.run === run && now - drawn > redraw) {
          this.draw();
          drawn = now;
        }
      };
      requestAnimationFrame(frame);
    }

    stop() {
      Object.assign(this, { run: null, speed: null });
    }
  }

  Object.assign(live, { Loop });
})();
