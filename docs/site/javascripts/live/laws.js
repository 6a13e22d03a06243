/* The laws of the data, exact: how to draw from them, their densities and quantiles; how far a generator is from them, and
   which discriminator would be the best one. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const CELLS = 8000;
  const gauss = (random) => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const bell = (x, mean, sd) => Math.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * Math.sqrt(2 * Math.PI));

  class Law {
    /** `range` holds all mass that a float sees; distribution function and quantiles come from the density, integrated there. */
    constructor({ label, mean, sd, range, draw, density }) {
      Object.assign(this, { label, mean, sd, range, draw, density });
      const [low, high] = range, cell = (high - low) / CELLS;
      this.below = new Float64Array(CELLS + 1);
      for (let i = 0; i < CELLS; i++) {
        const x = low + i * cell; // Simpson's rule in each cell
        const mass = (density(x) + 4 * density(x + cell / 2) + density(x + cell)) * (cell / 6);
        this.below[i + 1] = this.below[i] + mass;
      }
    }

    quantile(u) {
      const { below, range: [low, high] } = this;
      let left = 0, right = CELLS;
      while (right - left > 1) {
        const middle = (left + right) >> 1;
        if (below[middle] <= u) left = middle;
        else right = middle;
      }
      const share = (u - below[left]) / (below[right] - below[left]);
      return low + ((left + Math.min(Math.max(share, 0), 1)) * (high - low)) / CELLS;
    }
  }

  const LAWS = {
    normal: new Law({
      label: "normal, N(4, 1.25²)",
      mean: 4,
      sd: 1.25,
      range: [-6, 14],
      draw: (random) => 4 + 1.25 * gauss(random),
      density: (x) => bell(x, 4, 1.25),
    }),
    humps: new Law({
      label: "two humps",
      mean: 4,
      sd: Math.hypot(1.5, 0.5),
      range: [-2, 10],
      draw: (random) => (random() < 0.5 ? 2.5 : 5.5) + 0.5 * gauss(random),
      density: (x) => (bell(x, 2.5, 0.5) + bell(x, 5.5, 0.5)) / 2,
    }),
    uniform: new Law({
      label: "uniform on (2, 6)",
      mean: 4,
      sd: 4 / Math.sqrt(12),
      range: [2, 6],
      draw: (random) => 2 + 4 * random(),
      density: (x) => (x >= 2 && x <= 6 ? 0.25 : 0),
    }),
  };

  /** Wasserstein-1 distance of equally weighted points, sorted, to a law: gantheory.metrics.wasserstein_1d. */
  const wasserstein = (sorted, law) =>
    sorted.reduce((sum, x, i) => sum + Math.abs(x - law.quantile((i + 0.5) / sorted.length)), 0) / sorted.length;

  /** Density of sorted points in the bins of a range. */
  function histogram(sorted, [low, high], bins) {
    const heights = new Float64Array(bins), width = (high - low) / bins;
    for (const x of sorted) {
      const bin = Math.floor((x - low) / width);
      if (bin >= 0 && bin < bins) heights[bin] += 1 / (sorted.length * width);
    }
    return heights;
  }

  /* What the best discriminator would say at points where data have density p and samples density q, and how a trained one's
     logits h are shown beside it. `middle` is the mean logit of the samples. */
  const share = (p, q) => p.map((value, i) => (value + q[i] > 1e-9 ? value / (value + q[i]) : NaN));
  const stretched = (values) => {
    const low = Math.min(...values), high = Math.max(...values);
    return values.map((value) => (2 * value - low - high) / (high - low));
  };
  /** The optimal critic rises where the samples lie further to the left than the data, and falls elsewhere. */
  const potential = (p, q) => {
    let lead = 0, height = 0;
    return p.map((value, i) => (height += Math.sign((lead += q[i] - value))));
  };
  const probability = { title: "D, probability of real", range: [0, 1], best: share, shown: (h) => h.map(live.sigmoid) };
  const BEST = {
    minimax: probability,
    nonsaturating: probability,
    relativistic: { ...probability, shown: (h, middle) => h.map((value) => live.sigmoid(value - middle)) },
    least_squares: { title: "D, score", range: [-0.5, 1.5], best: share, shown: (h) => h },
    hinge: { title: "D, score", range: [-2, 2], best: (p, q) => p.map((value, i) => Math.sign(value - q[i])), shown: (h) => h },
    wasserstein: { title: "Critic, stretched to ±1", range: [-1.1, 1.1], best: (p, q) => stretched(potential(p, q)), shown: stretched },
  };

  Object.assign(live, { BEST, LAWS, histogram, wasserstein });
})();
