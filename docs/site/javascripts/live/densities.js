/* The panel of densities: the data's, the generator's, and the push on some samples. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const BINS = 60, RANGE = [-2, 10], HIGHEST = 0.6;
  const ARROWS = 8, REACH = 1.5, LONGEST = 3; // arrows on samples: their length at slope 1, and at most
  const CENTRES = Float64Array.from({ length: BINS }, (_, i) => RANGE[0] + ((RANGE[1] - RANGE[0]) * (i + 0.5)) / BINS);

  /** Around their centres, evenly spaced. */
  live.PENS.bars = ([xs, ys], across, down, bottom) => {
    const half = Math.max(1, (across(xs[1]) - across(xs[0])) >> 1);
    return Array.from(xs, (x, i) => `M${across(x) - half} ${bottom}V${down(ys[i])}h${2 * half}V${bottom}Z`).join("");
  };
  /** Along the x axis, to the x of their heads; with a head where there is room for one. */
  live.PENS.arrows = ([xs, ys, heads], across, down) =>
    xs.map((x, i) => {
      const [from, to] = [across(x), across(heads[i])], head = Math.sign(to - from) * Math.min(60, Math.abs(to - from));
      return `M${from} ${down(ys[i])}H${to}` + (Math.abs(head) > 15 ? `m${-head} ${-45}l${head} 45l${-head} 45` : "");
    }).join("");

  class Densities {
    constructor() {
      this.panel = new live.Panel({
        title: "Densities",
        xLabel: "x",
        curves: [
          { label: "generated", role: "fake", kind: "bars" },
          { label: "data", role: "real" },
          { label: "push on samples", role: "accent", kind: "arrows" },
        ],
      });
      this.note = document.createElement("p");
      this.note.className = "gt-note";
      this.panel.element.append(this.note);
    }

    /** Gives both densities at the centres. */
    draw(experiment, outputs) {
      const sorted = outputs.slice().sort(), p = CENTRES.map(experiment.law.density), q = live.histogram(sorted, RANGE, BINS);
      this.panel.draw({ x: RANGE, y: [0, HIGHEST], curves: [[CENTRES, q], [CENTRES, p], this.arrows(experiment)] });
      const note = this.outside(sorted, q);
      if (this.note.textContent !== note) this.note.textContent = note;
      return [p, q];
    }

    /** One above another, from left to right by sample, since the mass may be a needle. */
    arrows(experiment) {
      const { x, push } = experiment.push(ARROWS), order = [...x.keys()].sort((i, j) => x[i] - x[j]);
      const heights = order.map((_, place) => (HIGHEST * (place + 1)) / (ARROWS + 1));
      const length = (slope) => Math.sign(slope) * Math.min(REACH * Math.abs(slope), LONGEST);
      return [order.map((i) => x[i]), heights, order.map((i) => x[i] + length(push[i]))];
    }

    /** What the window cuts off. */
    outside(sorted, q) {
      const [low, high] = RANGE, gone = sorted.filter((x) => x < low || x > high).length / sorted.length;
      const [least, most] = [sorted[0], sorted.at(-1)].map((x) => x.toFixed(1).replace("-", "−"));
      const top = Math.max(...q);
      return [
        gone > 0 && `${(100 * gone).toFixed(0)} % of the samples are outside: they reach from ${least} to ${most}.`,
        top > HIGHEST && `Bars are cut off at ${HIGHEST}; the highest is ${top.toFixed(1)}.`,
      ].filter(Boolean).join(" ");
    }
  }

  Object.assign(live, { CENTRES, Densities, RANGE });
})();
