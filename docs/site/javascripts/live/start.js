/* Experiments on the line: players and draws from a seed, and what is drawn of them. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const SIZE = { dimension: 1, width: 16, batch: 128 }; // of the networks, and of a batch
  const SHAPES = live.shapes(SIZE.dimension, SIZE.width);

  class Experiment extends live.Start {
    constructor({ settings, seed, ahead = 0 }) {
      super(settings, seed);
      const { prepared } = settings, law = live.LAWS[settings.law];
      const unit = prepared ? law : { mean: 0, sd: 1 }; // of the numbers that the networks see
      const noise = prepared ? [-Math.sqrt(3), Math.sqrt(3)] : [0, 1];
      Object.assign(this, { law, unit, noise });
      const batch = (make) => Float64Array.from({ length: SIZE.batch }, make);
      const [low, high] = noise;
      this.begin({
        size: SIZE,
        shapes: SHAPES,
        gain: prepared ? 3 : 1,
        source: () => ({
          real: batch(() => (law.draw(this.random) - unit.mean) / unit.sd),
          latent: batch(() => low + (high - low) * this.random()),
          mix: batch(() => this.random()),
        }),
        ahead,
      });
    }

    /** The generator's outputs on evenly spread noise, in the data's units. */
    outputs(points) {
      const { training: { players, averaged }, settings, noise: [low, high], unit: { mean, sd } } = this;
      const latent = Float64Array.from({ length: points }, (_, i) => low + ((high - low) * (i + 0.5)) / points);
      const tape = new live.Tape(SHAPES.generator, points);
      live.forward(settings.average ? averaged : players.generator, latent, tape);
      return tape.value.map((value) => mean + sd * value);
    }

    /** The discriminator's logits at points in the data's units. */
    logits(x) {
      const { unit: { mean, sd } } = this, tape = new live.Tape(SHAPES.discriminator, x.length);
      live.forward(this.training.players.discriminator, x.map((value) => (value - mean) / sd), tape);
      return tape.value;
    }

    w1(points = 1000) {
      return live.wasserstein(this.outputs(points).sort(), this.law);
    }

    /** Where descent of the generator's loss would push some of its samples: minus the derivative of each sample's loss, in the
        networks' units. Real samples are spread evenly, each fake beside one from elsewhere. Takes no number from the run. */
    push(count) {
      const { training: { players }, noise: [low, high], law, unit: { mean, sd } } = this;
      const game = new live.Game({ ...SIZE, batch: count }), share = (i) => ((i % count) + 0.5) / count;
      const even = (make) => Float64Array.from({ length: count }, (_, i) => make(i));
      const real = even((i) => (law.quantile(share(i * 3 + 1)) - mean) / sd);
      game.generatorLoss(this.settings, players, { real, latent: even((i) => low + (high - low) * share(i)) });
      return { x: game.fake.value.map((value) => mean + sd * value), push: game.inSamples.map((slope) => -count * slope) };
    }
  }

  Object.assign(live, { Experiment });
})();
