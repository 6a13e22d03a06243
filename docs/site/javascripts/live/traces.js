/* The traces of a run, a panel each: a distance to the data, the gradients, the losses, and what else is counted. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const range = (values) => [Math.min(...values) - 0.1, Math.max(...values) + 0.1];
  const decades = (values) => {
    const powers = values.filter((value) => value > 0).map(Math.log10), low = Math.floor(Math.min(...powers));
    return powers.length ? [10 ** low, 10 ** Math.max(Math.ceil(Math.max(...powers)), low + 1)] : [0.1, 1];
  };

  class Traces {
    /** `distance`: the title of the first panel, in which the marks have words. */
    constructor(distance) {
      const panel = (title, curves, log = false) => new live.Panel({ title, xLabel: "step", curves, log });
      const players = [{ label: "discriminator", role: "discriminator" }, { label: "generator", role: "fake" }];
      this.panels = {
        w1: panel(distance, [{ label: "generated", role: "fake" }], true),
        norms: panel("Norms of the gradients", players, true),
        losses: panel("Losses", players),
      };
    }

    draw(trace, marks) {
      const w1 = trace.map((entry) => entry.w1);
      const pair = (name) => ["discriminator", "generator"].map((player) => trace.map((entry) => entry[name][player]));
      this.drawOne(this.panels.w1, trace, decades(w1), [w1], marks);
      const unnamed = marks.map((mark) => ({ ...mark, label: "" }));
      this.drawOne(this.panels.norms, trace, decades(pair("norms").flat()), pair("norms"), unnamed);
      this.drawOne(this.panels.losses, trace, range(pair("losses").flat()), pair("losses"), unnamed);
    }

    drawOne(panel, trace, y, curves, marks) {
      const steps = trace.map(({ step }) => step), x = [steps[0], Math.max(steps.at(-1), steps[0] + 100)];
      panel.draw({ x, y, curves: curves.map((values) => [steps, values]), marks: marks.map(({ step, label }) => ({ at: step, label })) });
    }
  }

  Object.assign(live, { Traces, decades });
})();
