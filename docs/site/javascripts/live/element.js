/* <gan-live>: the one-dimensional page. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const POINTS = 1000; // at which a generator is judged
  const laws = { normal: "normal", humps: "two humps", uniform: "uniform" };

  class GanLive extends live.Machine {
    presets = live.PRESETS;
    firstSeed = live.SEED;
    restarts = ["seed", "law", "prepared"];
    words = live.words;
    Experiment = live.Experiment;

    markup() {
      const last = live.part("Start again with", live.choice("law", "Data", laws), live.seedField, live.tick("prepared", "prepared inputs"));
      return live.markup({ presets: live.PRESETS, body: '<div class="gt-panels"></div>', last });
    }

    build() {
      this.screen = new live.Screen();
      this.querySelector(".gt-panels").append(...this.screen.elements);
    }

    /** The quantiles of the generated distribution, and their distance to the data's. */
    measure() {
      this.outputs = this.experiment.outputs(POINTS);
      this.judged = { w1: live.wasserstein(this.outputs.slice().sort(), this.experiment.law) };
    }

    reached() {
      return `W1 ${this.w1.toPrecision(2)}`;
    }

    drawScreen() {
      const { experiment, outputs, trace, marks } = this;
      this.screen.draw({ experiment, outputs, trace, marks });
    }
  }

  customElements.define("gan-live", GanLive);
})();
