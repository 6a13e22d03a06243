/* The game: six pairs of losses of the logits r (real) and f (fake), penalties of the discriminator, both players' gradients.
   High means real, logarithms are natural, everybody minimises: the formulas of gantheory.losses and gantheory.penalties. */
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

  /* A penalty of the slope s, summed over a batch's mean: its value and its derivative in s. */
  const half = [(s) => s * s / 2, (s) => s];
  const centredAtOne = [(s) => (Math.abs(s) - 1) ** 2, (s) => 2 * (s - Math.sign(s))];
  const PENALTIES = {
    none: {},
    r1: { real: half },
    r1_r2: { real: half, fake: half },
    one: { mixed: centredAtOne },
    clip: {}, // a projection after the move, see training.js
  };

  /** Losses and gradients of a game with networks of one width, on batches of one size. */
  class Game {
    constructor(width, batch) {
      Object.assign(this, { width, batch, fake: new live.Tape(width, batch) });
      this.on = { real: new live.Tape(width, batch), fake: new live.Tape(width, batch), mixed: new live.Tape(width, batch) };
      this.bars = [new Float64Array(batch), new Float64Array(batch)];
      this.gradient = new Float64Array(live.parameterCount(width));
    }

    generate(players, latent) {
      live.forward(players.generator, latent, this.fake);
      return this.fake.value;
    }

    /** The discriminator's loss with its penalty; the gradient is left in `this.gradient`. */
    discriminatorLoss({ loss, penalty, weight }, players, { real, latent, mix }) {
      const { batch, on, gradient, bars: [valueBar, slopeBar] } = this;
      const [value, inReal, inFake] = LOSSES[loss].discriminator, terms = PENALTIES[penalty];
      const x = { real, fake: this.generate(players, latent) };
      if (terms.mixed) x.mixed = x.fake.map((fake, i) => fake + mix[i] * (real[i] - fake));
      for (const side in x) live.forward(players.discriminator, x[side], on[side], side in terms);
      let total = 0;
      for (let i = 0; i < batch; i++) total += value(on.real.value[i], on.fake.value[i]) / batch;
      gradient.fill(0);
      for (const side in x) {
        const inLogit = { real: inReal, fake: inFake, mixed: () => 0 }[side], term = terms[side];
        for (let i = 0; i < batch; i++) {
          valueBar[i] = inLogit(on.real.value[i], on.fake.value[i]) / batch;
          if (!term) continue;
          total += weight * term[0](on[side].slope[i]) / batch;
          slopeBar[i] = weight * term[1](on[side].slope[i]) / batch;
        }
        live.backward(players.discriminator, x[side], on[side], { valueBar, slopeBar: term && slopeBar, gradient });
      }
      return total;
    }

    /** The generator's loss; the gradient is left in `this.gradient`, that in the samples in `this.inSamples`. */
    generatorLoss({ loss }, players, { real, latent }) {
      const { batch, on, gradient, bars: [valueBar] } = this;
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
