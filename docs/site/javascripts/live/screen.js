/* The six panels of the one-dimensional page, and what each of them shows of a training. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});
  const { CENTRES, RANGE } = live;

  class Screen {
    constructor() {
      const panel = (title, xLabel, curves) => new live.Panel({ title, xLabel, curves });
      this.densities = new live.Densities();
      this.traces = new live.Traces("W1 to the data");
      this.best = panel("D", "x", [{ label: "the best one", role: "optimal" }, { label: "trained", role: "discriminator" }]);
      this.map = panel("Generator", "noise", [{ label: "exact", role: "optimal" }, { label: "learned", role: "fake" }]);
    }

    get elements() {
      return [this.densities.panel, this.best, this.map, ...Object.values(this.traces.panels)].map(({ element }) => element);
    }

    /** `experiment`: what is trained; `outputs`: its samples on evenly spread noise; `marks`: where something was switched. */
    draw({ experiment, outputs, trace, marks }) {
      const [p, q] = this.densities.draw(experiment, outputs);
      this.drawBest(live.BEST[experiment.settings.loss], p, q, (x) => experiment.logits(x), outputs);
      this.drawMap(experiment.law, experiment.noise, outputs);
      this.traces.draw(trace, marks);
    }

    drawBest({ title, range: y, best, shown }, p, q, logits, outputs) {
      const middle = logits(outputs).reduce((sum, value) => sum + value, 0) / outputs.length;
      this.best.title = title;
      this.best.draw({ x: RANGE, y, curves: [[CENTRES, best(p, q)], [CENTRES, shown(logits(CENTRES), middle)]] });
    }

    drawMap(law, [low, high], outputs) {
      const rising = outputs.at(-1) >= outputs[0], learned = outputs.filter((_, i) => i % 10 === 5);
      const shares = learned.map((_, i) => (i + 0.5) / learned.length), at = shares.map((u) => low + (high - low) * u);
      const exact = shares.map((u) => law.quantile(rising ? u : 1 - u));
      this.map.draw({ x: [low, high], y: RANGE, curves: [[at, exact], [at, learned]] });
    }
  }

  Object.assign(live, { Screen });
})();
