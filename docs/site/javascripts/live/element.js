/* <gan-live>: an experiment, its controls and its screen. A page loads this file; it brings its neighbours along. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});
  const here = document.currentScript.src;

  const POINTS = 1000; // at which a generator is judged
  const COMPUTE = 28, REDRAW = 50, REDRAW_CALM = 500; // milliseconds: computing in each frame at most, between two drawings
  const HURRY = 5; // how many times faster than the chosen pace the lead is trained
  const RECORD = 10, RECORDS = 240; // steps between entries of the trace; when it is full, every other one goes
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

  class GanLive extends HTMLElement {
    connectedCallback() {
      if (this.screen) return; // moved within the page
      this.innerHTML = live.markup();
      [this.reading, this.status, this.form] = [".gt-reading", ".gt-status", "form"].map((name) => this.querySelector(name));
      this.paceField = this.querySelector("[name=pace]");
      this.paceField.value = "usual";
      this.screen = new live.Screen();
      this.querySelector(".gt-panels").append(...this.screen.elements);
      this.addEventListener("click", ({ target }) => target.type === "button" && this.press(target.name));
      this.form.addEventListener("change", ({ target }) => this.change(target));
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.follow = () => this.followLink();
      addEventListener("hashchange", this.follow);
      this.defaults();
      this.followLink();
    }

    disconnectedCallback() {
      removeEventListener("hashchange", this.follow);
      this.pause();
    }

    get training() {
      return this.experiment?.training;
    }

    get pace() {
      return live.PACES[this.paceField.value][1] * (this.training.ahead ? HURRY : 1);
    }

    /** `#preset=2` presses the second preset. */
    followLink() {
      const name = Object.keys(live.PRESETS)[Number(location.hash.match(/^#preset=(\d)$/)?.[1]) - 1];
      if (name) this.preset(name);
    }

    press(name) {
      if (name in live.PRESETS) this.preset(name);
      else if (name === "reset") this.reset();
      else if (name === "defaults") this.defaults();
      else if (name === "run") this.running ? this.pause(`Paused at ${this.where()}.`) : this.start();
      else this.one(name);
    }

    /** The settings that the page has when it is opened. */
    defaults() {
      this.settings = structuredClone(live.PRESETS.stuck.settings);
      this.form.seed.value = live.SEED;
      this.paceField.value = "usual";
      this.reset();
    }

    /** Fresh players from the seed; with `ahead`, the discriminator moves alone for so many steps first. */
    reset(ahead = 0) {
      this.pause();
      const seed = this.form.seed.valueAsNumber, settings = this.settings;
      this.experiment = new live.Experiment({ settings, seed, ahead });
      Object.assign(this, { trace: [], marks: [], every: RECORD, current: null, after: null, touched: false });
      this.training.look("discriminator");
      this.record();
      this.show();
      this.say("Ready: fresh networks.");
    }

    /** From the state that the lead left behind, where there is one of this seed; else the lead comes first. */
    preset(name) {
      const { settings, ahead, after = null } = live.PRESETS[name];
      const again = after && this.lead?.experiment.seed === this.form.seed.valueAsNumber;
      const leading = after && this.training.ahead > 0 && !this.touched;
      if (again) {
        this.pause();
        this.experiment = this.lead.experiment;
        this.settings = Object.assign(this.experiment.settings, structuredClone(settings));
        this.experiment.takeUp();
        Object.assign(this, { trace: this.lead.trace.slice(), marks: [], every: this.lead.every });
      } else if (!leading) {
        this.settings = structuredClone(settings);
        this.reset(ahead);
      }
      Object.assign(this, { after, current: name });
      this.show();
      this.start();
    }

    change({ name, type, value, checked, validity }) {
      if (!validity.valid) return this.form.reportValidity();
      const path = name.split("."), owner = path.length > 1 ? this.settings[path[0]] : this.settings;
      if (name !== "seed") owner[path.at(-1)] = { checkbox: checked, number: Number(value) }[type] ?? value;
      if (name === "penalty") this.settings.weight = live.WEIGHTS[value];
      if (["seed", "law", "prepared"].includes(name)) return this.reset();
      Object.assign(this, { current: null, touched: true });
      this.mark(path.at(-1), value);
      this.show();
      this.tell();
    }

    /** A place on the traces where something was switched; several switches at one step share it. */
    mark(what, value) {
      const { step } = this.training, label = live.words[what]?.[value] ?? `${what} ${value}`, last = this.marks.at(-1);
      if (last?.step === step) last.label += `, ${label}`;
      else this.marks.push({ step, label });
    }

    one(name) {
      this.pause();
      const { training } = this;
      this.leave();
      if (name === "one") this.advance();
      else training.alone(name);
      this.draw();
      const who = { one: "One step of each", discriminator: "The discriminator moved once", generator: "The generator moved once" }[name];
      this.say(`${who}: ${this.where()}.`);
    }

    /* The loop computes at the chosen pace, for a part of each frame at most, and draws now and then. */

    start() {
      if (this.running) return this.tell();
      const run = (this.running = {}); // a loop of its own: a pause and a start in one go leave no second one behind
      this.tell();
      this.querySelector("[name=run]").textContent = "Pause";
      const redraw = matchMedia("(prefers-reduced-motion: reduce)").matches ? REDRAW_CALM : REDRAW;
      let drawn = 0, before = performance.now(), due = 1, since = before, from = this.training.done;
      const frame = (now) => {
        if (this.running !== run) return;
        const start = performance.now();
        due = Math.min(due + ((start - before) * this.pace) / 1000, this.pace / 4 + 1);
        before = start;
        while (due >= 1 && this.running === run && performance.now() - start < COMPUTE) {
          this.advance();
          due -= 1;
        }
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
      Object.assign(this, { running: null, speed: null });
      this.querySelector("[name=run]").textContent = "Start";
      this.say(message);
      if (this.training) this.draw();
    }

    /** At the end of the lead, what the preset changes. */
    leave() {
      if (!this.after || this.training.ahead) return;
      const { settings, marks, training } = this, changes = structuredClone(this.after);
      this.after = null;
      Object.assign(settings, changes);
      const label = changes.loss ? live.words.loss[changes.loss] : changes.generator ? "Adam" : "both move";
      marks.push({ step: training.step, label });
      this.show();
      this.tell();
    }

    advance() {
      const { training } = this;
      this.leave();
      const led = training.ahead > 0;
      training.advance();
      if (training.failed) return this.pause(`A number grew beyond all bounds at ${this.where()}. Press Reset.`);
      const arrived = led && !training.ahead;
      if (arrived || training.done % this.every === 0) this.record();
      if (arrived && !this.touched) this.lead = { experiment: this.experiment, trace: this.trace.slice(), every: this.every };
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

    /** The quantiles of the generated distribution, and their distance to the data's. */
    measure() {
      this.outputs = this.experiment.outputs(POINTS);
      this.w1 = live.wasserstein(this.outputs.slice().sort(), this.experiment.law);
    }

    where() {
      return `step ${whole.format(this.training.step).replace("-", "−")}, W1 ${this.w1.toPrecision(2)}`;
    }

    /** What happens now, in words; a new phase only, since it is read out. */
    tell() {
      const { training, settings, running } = this, { loss, rule } = live.words;
      if (!training) return;
      const game = `${loss[settings.loss]} loss, ${rule[settings.generator.rule]} for the generator`;
      const phase = training.ahead ? "The discriminator trains alone, up to step 0; then the generator moves too" : "Both players move";
      this.say(running ? `${phase}: ${game}.` : `Set: ${game}.`);
    }

    say(text) {
      if (this.status.textContent !== text) this.status.textContent = text;
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
      const { experiment, outputs, trace, marks } = this;
      this.screen.draw({ experiment, outputs, trace, marks });
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
    const neighbours = ["network", "game", "training", "laws", "start", "drawing", "controls", "screen"];
    live.brought = Promise.all(neighbours.map(bring)).then(() => customElements.define("gan-live", GanLive));
  }
})();
