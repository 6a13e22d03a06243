/* The six panels, and what each of them shows of a training. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const BINS = 60, RANGE = [-2, 10];
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
        density: panel("Densities", "x", [{ ...generated, kind: "bars" }, { label: "data", role: "real" }]),
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

    /** `outputs`: samples on evenly spread noise; `sorted`: the same, sorted; `logits`: the discriminator, in the data's units. */
    draw({ law, loss, noise, outputs, sorted, logits, trace }) {
      const { panels } = this, p = CENTRES.map(law.density), q = live.histogram(sorted, RANGE, BINS);
      panels.density.draw({ x: RANGE, y: [0, 0.6], curves: [[CENTRES, q], [CENTRES, p]] });
      this.drawBest(live.BEST[loss], p, q, logits, outputs);
      this.drawMap(law, noise, outputs);
      const w1 = trace.map((entry) => entry.w1);
      const pair = (name) => ["discriminator", "generator"].map((player) => trace.map((entry) => entry[name][player]));
      this.drawTrace("w1", trace, decades(w1), [w1]);
      this.drawTrace("norms", trace, decades(pair("norms").flat()), pair("norms"));
      this.drawTrace("losses", trace, range(pair("losses").flat()), pair("losses"));
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

    drawTrace(name, trace, y, curves) {
      const steps = trace.map(({ step }) => step), x = [steps[0], Math.max(steps.at(-1), steps[0] + 100)];
      this.panels[name].draw({ x, y, curves: curves.map((values) => [steps, values]) });
    }
  }

  Object.assign(live, { Screen });
})();
