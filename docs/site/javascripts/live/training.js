/* Training: random numbers from a seed, the two optimisers, and who moves when. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  /** Numbers in (0, 1), 32 bits each, by the xorshift of period 2^128 - 1 (Marsaglia, 2003). */
  function randomNumbers(seed) {
    let [x, y, z, w] = [0x9e3779b9 ^ seed, 0x243f6a88, 0xb7e15162, 0x6a09e667 + seed];
    const next = () => {
      const t = x ^ (x << 11);
      [x, y, z] = [y, z, w];
      w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
      return ((w >>> 0) + 0.5) / 2 ** 32;
    };
    for (let i = 0; i < 64; i++) next();
    return next;
  }

  /* A rule changes parameters in place; `kept` is what it remembers of one player. */
  const descent = (theta, gradient, rate) => {
    for (let i = 0; i < theta.length; i++) theta[i] -= rate * gradient[i];
  };
  const adam = (beta1, beta2) => (theta, gradient, rate, kept) => {
    kept.mean ??= new Float64Array(theta.length);
    kept.square ??= new Float64Array(theta.length);
    kept.count = (kept.count ?? 0) + 1;
    const unbias1 = 1 - beta1 ** kept.count, unbias2 = 1 - beta2 ** kept.count;
    for (let i = 0; i < theta.length; i++) {
      const g = gradient[i];
      const mean = (kept.mean[i] = beta1 * kept.mean[i] + (1 - beta1) * g);
      const square = (kept.square[i] = beta2 * kept.square[i] + (1 - beta2) * g * g);
      theta[i] -= (rate * (mean / unbias1)) / (Math.sqrt(square / unbias2) + 1e-8);
    }
  };
  const RULES = { descent, adam: adam(0.5, 0.999), adam_no_momentum: adam(0, 0.99) };

  const AVERAGE = 0.995; // how much of the averaged generator stays at each step

  const norm = (vector) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

  class Training {
    /** `settings` may be changed between steps; `source` makes a fresh draw: real, latent, and mix for the points in between; for
        `ahead` steps the discriminator moves alone. Steps are counted from there, `done` from the start. */
    constructor({ size, settings, players, source, ahead = 0 }) {
      Object.assign(this, { settings, players, source, ahead, done: 0, step: 0 - ahead, failed: false });
      this.averaged = players.generator.slice();
      this.game = new live.Game(size);
      this.kept = {};
      this.losses = {};
      this.norms = {};
    }

    /** One step: the discriminator's moves, each on its own draw, then the generator's. */
    advance() {
      const moves = this.ahead > 0 ? 1 : this.settings.discriminator.moves;
      for (let move = 0; move < moves; move++) this.move("discriminator");
      if (this.ahead === 0) this.move("generator");
      this.count();
      if (this.ahead > 0 && --this.ahead === 0) this.leadEnds?.();
    }

    /** One player moves once, and counts as a step. */
    alone(name) {
      this.move(name);
      this.count();
    }

    count() {
      const { averaged, players } = this;
      this.step += 1;
      this.done += 1;
      const weight = (1 - AVERAGE) / (1 - AVERAGE ** this.done); // so that the untrained start has none
      for (let i = 0; i < averaged.length; i++) averaged[i] += weight * (players.generator[i] - averaged[i]);
    }

    /** What the next step needs, but for its draw; and back to it. */
    save() {
      const { players, averaged, kept, losses, norms, step, done } = this;
      return structuredClone({ players, averaged, kept, losses, norms, step, done });
    }
    restore(saved) {
      Object.assign(this, structuredClone(saved), { ahead: 0, failed: false });
    }

    move(name) {
      const { rule, rate } = this.settings[name];
      this.look(name);
      if (this.failed) return;
      if (this.kept[name]?.rule !== rule) this.kept[name] = { rule };
      RULES[rule](this.players[name], this.game.gradients[name], rate, this.kept[name]);
      if (name === "discriminator" && this.settings.penalty === "clip") this.clip(this.settings.weight);
    }

    /** A player's loss and gradient on a fresh draw, without a move. */
    look(name) {
      this.losses[name] = this.game[`${name}Loss`](this.settings, this.players, this.source());
      this.norms[name] = norm(this.game.gradients[name]);
      this.failed ||= !Number.isFinite(this.losses[name] + this.norms[name]);
    }

    clip(bound) {
      const theta = this.players.discriminator;
      for (let i = 0; i < theta.length; i++) theta[i] = Math.min(Math.max(theta[i], -bound), bound);
    }
  }

  const AFTER = 500_000; // added to the seed for the draws after a lead, so that they are the same whenever it is taken up again

  /** What an experiment starts from: draws from a seed, and the state that a discriminator's lead leaves behind. */
  class Start {
    constructor(settings, seed) {
      Object.assign(this, { settings, seed, random: live.randomNumbers(seed), stuck: null });
    }

    /** Fresh players; with `ahead`, the discriminator moves alone for so many steps first, counted from below 0. */
    begin({ size, shapes, gain, source, ahead }) {
      const { settings } = this, network = (name) => live.drawParameters(shapes[name], gain, this.random);
      const players = { generator: network("generator"), discriminator: network("discriminator") };
      this.training = new Training({ size, settings, players, source, ahead });
      this.training.leadEnds = () => {
        this.drawAfter();
        this.stuck = this.training.save();
      };
    }

    drawAfter() {
      this.random = live.randomNumbers(this.seed + AFTER);
    }

    /** Back to where the lead ended. */
    takeUp() {
      this.drawAfter();
      this.training.restore(this.stuck);
    }
  }

  Object.assign(live, { RULES, Start, Training, randomNumbers });
})();
