/* Six pairs of losses of the logits r (real) and f (fake), penalties, and both players' gradients. High means real, logarithms are
   natural, everybody minimises: the formulas of gantheory.losses and gantheory.penalties. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
  const sigmoid = (t) => (t >= 0 ? 1 / (1 + Math.exp(-t)) : Math.exp(t) / (1 + Math.exp(t)));

  /* A side of a loss: its value for one pair, and the derivatives in the two logits. */
  const logistic = [(r, f) => softplus(-r) + softplus(f), (r) => -sigmoid(-r), (r, f) => sigmoid(f)];
  const critic = [(r, f) => f - r, () => -1, () => 1];
  const raise = [(r, f) => -f, null, () => -1];
  const LOSSES = {
    minimax: { discriminator: logistic, generator: [(r, f) => -softplus(f), null, (r, f) => -sigmoid(f)] },
    nonsaturating: { discriminator: logistic, generator: [(r, f) => softplus(-f), null, (r, f) => -sigmoid(-f)] },
    least_squares: {
      discriminator: [(r, f) => ((r - 1) ** 2 + f ** 2) / 2, (r) => r - 1, (r, f) => f],
      generator: [(r, f) => (f - 1) ** 2 / 2, null, (r, f) => f - 1],
    },
    wasserstein: { discriminator: critic, generator: raise },
    hinge: {
      discriminator: [
        (r, f) => Math.max(0, 1 - r) + Math.max(0, 1 + f),
        (r) => (r < 1 ? -1 : 0),
        (r, f) => (f > -1 ? 1 : 0),
      ],
      generator: raise,
    },
    relativistic: {
      discriminator: [(r, f) => softplus(f - r), (r, f) => -sigmoid(f - r), (r, f) => sigmoid(f - r)],
      generator: [(r, f) => softplus(r - f), null, (r, f) => -sigmoid(r - f)],
    },
  };

  /* A penalty of the length s of the slope: its value, and the factor of the slope in its derivative. */
  const half = [(s) => s * s / 2, () => 1];
  const centredAtOne = [(s) => (s - 1) ** 2, (s) => (s > 0 ? 2 * (1 - 1 / s) : 0)];
  const PENALTIES = {
    none: {},
    r1: { real: half },
    r1_r2: { real: half, fake: half },
    one: { mixed: centredAtOne },
    clip: {}, // a projection after the move, see training.js
  };

  /** Losses and gradients of a game on batches of one size; data and noise have the same dimension. */
  class Game {
    constructor({ dimension, width, batch }) {
      const shapes = live.shapes(dimension, width), judge = () => new live.Tape(shapes.discriminator, batch);
      Object.assign(this, { dimension, batch, fake: new live.Tape(shapes.generator, batch) });
      this.on = { real: judge(), fake: judge(), mixed: judge() };
      this.bars = [new Float64Array(batch), new Float64Array(batch * dimension)];
      const room = (name) => new Float64Array(live.parameterCount(shapes[name]));
      this.gradients = { discriminator: room("discriminator"), generator: room("generator") };
    }

    generate({ generator }, latent) {
      live.forward(generator, latent, this.fake);
      return this.fake.value;
    }

    /** The discriminator's loss with its penalty; the gradient is left in `this.gradients`. */
    discriminatorLoss({ loss, penalty, weight }, players, { real, latent, mix }) {
      const { batch, dimension, on, gradients: { discriminator: gradient }, bars: [valueBar, slopeBar] } = this;
      const [value, inReal, inFake] = LOSSES[loss].discriminator, terms = PENALTIES[penalty];
      const x = { real, fake: this.generate(players, latent) };
      if (terms.mixed) x.mixed = x.fake.map((fake, at) => fake + mix[Math.floor(at / dimension)] * (real[at] - fake));
      for (const side in x) live.forward(players.discriminator, x[side], on[side], side in terms);
      let total = 0;
      for (let i = 0; i < batch; i++) total += value(on.real.value[i], on.fake.value[i]) / batch;
      gradient.fill(0);
      for (const side in x) {
        const inLogit = { real: inReal, fake: inFake, mixed: () => 0 }[side], term = terms[side];
        for (let i = 0; i < batch; i++) valueBar[i] = inLogit(on.real.value[i], on.fake.value[i]) / batch;
        if (term) total += this.penalise(term, weight, on[side].slope);
        live.backward(players.discriminator, x[side], on[side], { valueBar, slopeBar: term && slopeBar, gradient });
      }
      return total;
    }

    /** A penalty on one side's slopes; its derivative in them is left in the second bar. */
    penalise([value, factor], weight, slope) {
      const { batch, dimension, bars: [, slopeBar] } = this;
      let total = 0;
      for (let i = 0; i < batch; i++) {
        let square = 0;
        for (let at = i * dimension; at < (i + 1) * dimension; at++) square += slope[at] ** 2;
        const length = Math.sqrt(square), times = (weight * factor(length)) / batch;
        total += (weight * value(length)) / batch;
        for (let at = i * dimension; at < (i + 1) * dimension; at++) slopeBar[at] = times * slope[at];
      }
      return total;
    }

    /** The generator's loss; the gradient is left in `this.gradients`, that in the samples in `this.inSamples`. */
    generatorLoss({ loss }, players, { real, latent }) {
      const { batch, on, gradients: { generator: gradient }, bars: [valueBar] } = this;
      const [value, , inFake] = LOSSES[loss].generator;
      const fake = this.generate(players, latent);
      live.forward(players.discriminator, fake, on.fake);
      live.forward(players.discriminator, real, on.real);
      let total = 0;
      for (let i = 0; i < batch; i++) {
        total += value(on.real.value[i], on.fake.value[i]) / batch;
        valueBar[i] = inFake(on.real.value[i], on.fake.value[i]) / batch;
      }
      this.inSamples = live.backward(players.discriminator, fake, on.fake, { valueBar });
      gradient.fill(0);
      live.backward(players.generator, latent, this.fake, { valueBar: this.inSamples, gradient });
      return total;
    }
  }

  Object.assign(live, { Game, LOSSES, PENALTIES, sigmoid });
})();
