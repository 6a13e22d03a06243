/* Experiments in the plane: players and draws from a seed, samples to judge by, and presets. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const SIZE = { dimension: 2, width: 24, batch: 64 }; // of the networks, and of a batch
  const SHAPES = live.shapes(SIZE.dimension, SIZE.width);
  const GAIN = 3; // how much wider than usual the first layers are drawn
  const JUDGED = 400, JUDGES = 1; // samples that are judged, and the seed of their noise
  const DRAWN_SD = 0.1; // around a place that the reader has drawn

  const noise = (count, random) => Float64Array.from({ length: 2 * count }, () => 2 * random() - 1);

  class PlaneExperiment extends live.Start {
    constructor({ settings, seed, ahead = 0 }) {
      super(settings, seed);
      this.latent = noise(JUDGED, live.randomNumbers(JUDGES));
      const { batch } = SIZE;
      this.begin({
        size: SIZE,
        shapes: SHAPES,
        gain: GAIN,
        source: () => ({
          real: live.drawAround(this.mixture, batch, this.random),
          latent: noise(batch, this.random),
          mix: Float64Array.from({ length: batch }, this.random),
        }),
        ahead,
      });
    }

    get mixture() {
      const { data, places } = this.settings;
      return data === "drawn" && places.length ? { places, sd: DRAWN_SD } : (live.PLACES[data] ?? live.PLACES.ring);
    }

    /** A sample of the data, the same for the same places. */
    get reference() {
      const { mixture } = this;
      if (this.drawnFor !== mixture.places) Object.assign(this, { drawnFor: mixture.places, drawn: live.drawAround(mixture, JUDGED, live.randomNumbers(JUDGES)) });
      return this.drawn;
    }

    /** What the generator, or its average, makes of the same noise. */
    outputs() {
      const { training: { players, averaged }, settings } = this, tape = new live.Tape(SHAPES.generator, JUDGED);
      live.forward(settings.average ? averaged : players.generator, this.latent, tape);
      return tape.value;
    }

    logits(points) {
      const tape = new live.Tape(SHAPES.discriminator, points.length / 2);
      live.forward(this.training.players.discriminator, points, tape);
      return tape.value;
    }

    /** A place counts as found when it has a fifth of its fair share of the samples. */
    judge(points) {
      const { mixture } = this, modes = mixture.places.length / 2;
      const { found, share } = live.coverage(points, mixture, Math.ceil(JUDGED / (5 * modes)));
      const out = points.filter((_, at) => Math.max(Math.abs(points[at & ~1]), Math.abs(points[at | 1])) > live.EDGE);
      return { found, modes, share, outside: out.length / points.length, w1: live.slicedWasserstein(points, this.reference) };
    }

    /** Where descent would push some samples: minus the derivative of each one's loss. Takes no number from the run. */
    push(count) {
      const game = new live.Game({ ...SIZE, batch: count });
      const draw = { real: this.reference.subarray(0, 2 * count), latent: this.latent.subarray(0, 2 * count) };
      game.generatorLoss(this.settings, this.training.players, draw);
      return { points: game.fake.value, push: game.inSamples.map((slope) => -count * slope) };
    }
  }

  const shared = { penalty: "none", weight: 0, data: "ring", places: [], average: false };
  const hasty = {
    ...shared, loss: "nonsaturating",
    discriminator: { rule: "adam", rate: 5e-4, moves: 1 },
    generator: { rule: "adam", rate: 1e-2 },
  };
  const recipe = {
    ...shared, loss: "relativistic", penalty: "r1_r2", weight: 0.1, average: true,
    discriminator: { rule: "adam_no_momentum", rate: 4e-3, moves: 1 },
    generator: { rule: "adam_no_momentum", rate: 2e-3 },
  };
  const strong = {
    ...shared, loss: "minimax",
    discriminator: { rule: "adam", rate: 2e-3, moves: 1 },
    generator: { rule: "descent", rate: 3e-3 },
  };

  const PLANE_PRESETS = {
    collapse: { label: "1 Mode collapse", settings: hasty, ahead: 0 },
    recipe: { label: "2 The recipe", settings: recipe, ahead: 0 },
    stuck: { label: "3 Strong discriminator, minimax", settings: strong, ahead: 1000, after: {} },
    freed: { label: "4 Now non-saturating", settings: strong, ahead: 1000, after: { loss: "nonsaturating" } },
  };
  const PLANE_SEED = 1;

  Object.assign(live, { PLANE_PRESETS, PLANE_SEED, PlaneExperiment });
})();
