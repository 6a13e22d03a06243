/* The six panels, and what each of them shows of a training. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const BINS = 60, RANGE = [-2, 10], HIGHEST = 0.6;
  const ARROWS = 8, REACH = 1.5, LONGEST = 3; // arrows on samples: their length at slope 1, and at most
  const CENTRES = Float64Array.from({ length: BINS }, (_, i) => RANGE[0] + ((RANGE[1] - RANGE[0]) * (i + 0.5)) / BINS);

  const range = (values) => [Math.min(...values) - 0.1, Math.max(...values) + 0.1];
  const decades = (values) => {
    const powers = values.filter((value) => value > 0).map(Math.log10), low = Math.floor(Math.min(...powers));
    return powers.length ? [10 ** low, 10 ** Math.max(Math.ceil(Math.max(...powers)), low + 1)] : [0.1, 1];
  };

  class Screen {
    constructor() {
      const panel = (title, xLabel, curves, log = false) => new live.Panel({ title, xLabel, curves, log });
      const generated = { label: "generated", role: "fake" };
      const players = [{ label: "discriminator", role: "discriminator" }, { label: "generator", role: "fake" }];
      this.panels = {
        density: panel("Densities", "x", [
          { ...generated, kind: "bars" },
          { label: "data", role: "real" },
          { label: "push on samples", role: "accent", kind: "arrows" },
        ]),
        best: panel("D", "x", [{ label: "the best one", role: "optimal" }, { label: "trained", role: "discriminator" }]),
        map: panel("Generator", "noise", [{ label: "exact", role: "optimal" }, { label: "learned", role: "fake" }]),
        w1: panel("W1 to the data", "step", [generated], true),
        norms: panel("Norms of the gradients", "step", players, true),
        losses: panel("Losses", "step", players),
      };
    }

    get elements() {
      return Object.values(this.panels).map(({ element }) => element);
    }

    /** `experiment`: what is trained; `outputs`: its samples on evenly spread noise; `marks`: where something was switched. */
    draw({ experiment, outputs, trace, marks }) {
      const { law, noise, settings } = experiment, sorted = outputs.slice().sort();
      const { panels } = this, p = CENTRES.map(law.density), q = live.histogram(sorted, RANGE, BINS);
      panels.density.draw({ x: RANGE, y: [0, HIGHEST], curves: [[CENTRES, q], [CENTRES, p], this.arrows(experiment)] });
      panels.density.note = this.outside(sorted, q);
      this.drawBest(live.BEST[settings.loss], p, q, (x) => experiment.logits(x), outputs);
      this.drawMap(law, noise, outputs);
      const w1 = trace.map((entry) => entry.w1);
      const pair = (name) => ["discriminator", "generator"].map((player) => trace.map((entry) => entry[name][player]));
      this.drawTrace("w1", trace, decades(w1), [w1], marks);
      this.drawTrace("norms", trace, decades(pair("norms").flat()), pair("norms"), marks);
      this.drawTrace("losses", trace, range(pair("losses").flat()), pair("losses"), marks);
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

    drawBest({ title, range: y, best, shown }, p, q, logits, outputs) {
      const middle = logits(outputs).reduce((sum, value) => sum + value, 0) / outputs.length;
      this.panels.best.title = title;
      this.panels.best.draw({ x: RANGE, y, curves: [[CENTRES, best(p, q)], [CENTRES, shown(logits(CENTRES), middle)]] });
    }

    drawMap(law, [low, high], outputs) {
      const rising = outputs.at(-1) >= outputs[0], learned = outputs.filter((_, i) => i % 10 === 5);
      const shares = learned.map((_, i) => (i + 0.5) / learned.length), at = shares.map((u) => low + (high - low) * u);
      const exact = shares.map((u) => law.quantile(rising ? u : 1 - u));
      this.panels.map.draw({ x: [low, high], y: RANGE, curves: [[at, exact], [at, learned]] });
    }

    drawTrace(name, trace, y, curves, marks) {
      const steps = trace.map(({ step }) => step), x = [steps[0], Math.max(steps.at(-1), steps[0] + 100)];
      const labelled = marks.map(({ step, label }) => ({ at: step, label: name === "w1" ? label : "" }));
      this.panels[name].draw({ x, y, curves: curves.map((values) => [steps, values]), marks: labelled });
    }
  }

  Object.assign(live, { Screen });
})();
