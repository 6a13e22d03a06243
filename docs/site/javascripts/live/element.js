/* <gan-live>: a training, its controls and its screen. A page loads this file; it brings its neighbours along. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});
  const here = document.currentScript.src;

  const WIDTH = 16, BATCH = 128, POINTS = 1000; // the networks, a batch, and the points at which a generator is judged
  const COMPUTE = 28, REDRAW = 50, REDRAW_CALM = 500; // milliseconds: computing in each frame, between two drawings
  const RECORD = 10, RECORDS = 240; // steps between entries of the trace; when it is full, every other one goes
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

  class GanLive extends HTMLElement {
    connectedCallback() {
      if (this.screen) return; // moved within the page
      this.innerHTML = live.markup();
      [this.reading, this.status, this.form] = [".gt-reading", ".gt-status", "form"].map((name) => this.querySelector(name));
      this.screen = new live.Screen();
      this.querySelector(".gt-panels").append(...this.screen.elements);
      this.addEventListener("click", ({ target }) => target.type === "button" && this.press(target.name));
      this.form.addEventListener("change", ({ target }) => this.change(target));
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.form.seed.value = 1;
      this.settings = structuredClone(live.PRESETS.stuck.settings);
      this.reset();
    }

    disconnectedCallback() {
      this.pause();
    }

    press(name) {
      if (name in live.PRESETS) this.preset(name);
      else if (name === "reset") this.reset();
      else if (name === "one") this.one();
      else if (this.running) this.pause(`Paused at ${this.where()}.`);
      else this.start("Running.");
    }

    /** Fresh players from the seed; with `ahead`, the discriminator moves alone for so many steps first, counted from below 0. */
    reset(ahead = 0) {
      this.pause();
      const { settings } = this, { prepared } = settings, random = live.randomNumbers(this.form.seed.valueAsNumber);
      const law = (this.law = live.LAWS[settings.law]);
      const unit = (this.unit = prepared ? law : { mean: 0, sd: 1 }); // of the numbers that the networks see
      const [low, high] = (this.noise = prepared ? [-Math.sqrt(3), Math.sqrt(3)] : [0, 1]);
      const batch = (make) => Float64Array.from({ length: BATCH }, make);
      const network = () => live.drawParameters(WIDTH, prepared ? 3 : 1, random);
      this.training = new live.Training({
        width: WIDTH,
        batch: BATCH,
        settings,
        players: { generator: network(), discriminator: network() },
        source: () => ({
          real: batch(() => (law.draw(random) - unit.mean) / unit.sd),
          latent: batch(() => low + (high - low) * random()),
          mix: batch(random),
        }),
        ahead,
      });
      Object.assign(this, { trace: [], every: RECORD, current: null, after: null });
      this.training.look("discriminator");
      this.record();
      this.show();
      this.status.textContent = "Ready.";
    }

    preset(name) {
      const { settings, ahead, after = null } = live.PRESETS[name];
      const inPlace = after && this.current === "stuck" && !this.training.ahead;
      if (!inPlace) {
        this.settings = structuredClone(settings);
        this.reset(ahead);
      }
      Object.assign(this, { after, current: name });
      this.show();
      this.start(this.training.ahead ? `The discriminator is trained ${whole.format(ahead)} steps ahead; then the generator moves too.` : "Running.");
    }

    change({ name, type, value, checked, validity }) {
      if (!validity.valid) return this.form.reportValidity();
      const path = name.split("."), owner = path.length > 1 ? this.settings[path[0]] : this.settings;
      if (name !== "seed") owner[path.at(-1)] = { checkbox: checked, number: Number(value) }[type] ?? value;
      if (name === "penalty") this.settings.weight = live.WEIGHTS[value];
      if (["seed", "law", "prepared"].includes(name)) return this.reset();
      this.current = null;
      this.show();
    }

    one() {
      this.pause();
      this.advance();
      this.draw();
      this.status.textContent = `One step: ${this.where()}.`;
    }

    /* The loop computes for a part of each frame and draws now and then. */

    start(message) {
      this.status.textContent = message;
      if (this.running) return;
      this.running = true;
      this.querySelector("[name=run]").textContent = "Pause";
      const redraw = matchMedia("(prefers-reduced-motion: reduce)").matches ? REDRAW_CALM : REDRAW;
      let drawn = 0, since = performance.now(), from = this.training.done;
      const frame = (now) => {
        if (!this.running) return;
        const start = performance.now();
        do this.advance();
        while (this.running && performance.now() - start < COMPUTE);
        if (start - since > 1000) {
          this.speed = Math.max(0, (this.training.done - from) * 1000) / (start - since);
          [since, from] = [start, this.training.done];
        }
        if (now - drawn > redraw) {
          this.draw();
          drawn = now;
        }
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    }

    pause(message = "") {
      Object.assign(this, { running: false, speed: null });
      this.querySelector("[name=run]").textContent = "Start";
      this.status.textContent = message;
      if (this.training) this.draw();
    }

    advance() {
      const { training } = this;
      if (this.after && !training.ahead) {
        Object.assign(this.settings, structuredClone(this.after));
        this.after = null;
        this.show();
      }
      training.advance();
      if (training.failed) this.pause(`A number grew beyond all bounds at ${this.where()}. Press Reset.`);
      else if (training.done % this.every === 0) this.record();
    }

    record() {
      const { training, trace } = this;
      if (training.ahead || !training.done) training.look("generator"); // it does not move, so its gradient is not known yet
      this.measure();
      trace.push({ step: training.step, w1: this.w1, losses: { ...training.losses }, norms: { ...training.norms } });
      if (trace.length < RECORDS) return;
      this.every *= 2;
      this.trace = trace.filter((_, index) => index % 2 === 0);
    }

    /** The quantiles of the generated law, and their distance to the data's. */
    measure() {
      const { players, averaged } = this.training, { mean, sd } = this.unit, [low, high] = this.noise;
      const latent = Float64Array.from({ length: POINTS }, (_, i) => low + ((high - low) * (i + 0.5)) / POINTS);
      this.outputs = this.values(this.settings.average ? averaged : players.generator, latent).map((value) => mean + sd * value);
      this.sorted = this.outputs.slice().sort();
      this.w1 = live.wasserstein(this.sorted, this.law);
    }

    values(theta, x) {
      const tape = new live.Tape(WIDTH, x.length);
      live.forward(theta, x, tape);
      return tape.value;
    }

    where() {
      return `step ${whole.format(this.training.step).replace("-", "−")}, W1 ${this.w1.toPrecision(2)}`;
    }

    /** Set the controls as the settings are. */
    show() {
      const { settings, form } = this;
      for (const field of form.querySelectorAll("[name]:not([name=seed])")) {
        const value = field.name.split(".").reduce((part, name) => part[name], settings);
        field[field.type === "checkbox" ? "checked" : "value"] = value;
      }
      form.weight.disabled = settings.penalty === "none";
      for (const name in live.PRESETS) this.querySelector(`[name=${name}]`).setAttribute("aria-pressed", name === this.current);
      if (!this.running) this.draw();
    }

    draw() {
      this.measure();
      const { unit: { mean, sd }, training, settings, law, noise, outputs, sorted, trace } = this;
      const logits = (x) => this.values(training.players.discriminator, x.map((value) => (value - mean) / sd));
      this.screen.draw({ law, loss: settings.loss, noise, outputs, sorted, logits, trace });
      this.reading.textContent = this.where() + (this.speed ? ` · ${whole.format(this.speed)} steps/s` : "");
    }
  }

  const bring = (name) =>
    new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: new URL(`${name}.js`, here), async: false, onload: done, onerror: failed });
      document.head.append(script);
    });
  if (!live.brought) {
    const neighbours = ["network", "game", "training", "laws", "drawing", "controls", "screen"];
    live.brought = Promise.all(neighbours.map(bring)).then(() => customElements.define("gan-live", GanLive));
  }
})();
