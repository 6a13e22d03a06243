/* What both large machines share: controls, presets and the record of a run. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const HURRY = 5; // how many times faster than the chosen pace the lead is trained
  const RECORD = 10, RECORDS = 240; // steps between entries of the trace; when it is full, every other one goes
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const counted = (number) => whole.format(number).replace("-", "−");

  /** A page gives `presets`, `firstSeed`, `restarts` (settings that need fresh networks), `words`, `Experiment`, `markup`,
      `build`, `kept` (settings that a preset leaves alone), `measure` (sets `judged`), `reached` (in words) and `drawScreen`. */
  class Machine extends HTMLElement {
    connectedCallback() {
      if (this.form) return; // moved within the page
      this.innerHTML = this.markup();
      [this.reading, this.status, this.form] = [".gt-reading", ".gt-status", "form"].map((name) => this.querySelector(name));
      this.paceField = this.querySelector("[name=pace]");
      this.build();
      const pace = () => live.PACES[this.paceField.value][1] * (this.training.ahead ? HURRY : 1);
      this.loop = new live.Loop(this, { advance: () => this.advance(), draw: () => this.draw(), pace });
      this.addEventListener("click", ({ target }) => target.type === "button" && this.press(target.name));
      this.form.addEventListener("change", ({ target }) => this.change(target));
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.follow = () => this.followLink(location.hash);
      this.clicked = ({ target, ctrlKey, metaKey }) => {
        const link = target.closest?.("a");
        if (link?.pathname === location.pathname && !ctrlKey && !metaKey) this.followLink(link.hash);
      };
      addEventListener("hashchange", this.follow);
      addEventListener("click", this.clicked); // of a link within the page instant navigation makes no change of the hash
      this.defaults();
      this.follow();
    }

    disconnectedCallback() {
      removeEventListener("hashchange", this.follow);
      removeEventListener("click", this.clicked);
      this.pause();
    }

    get training() {
      return this.experiment?.training;
    }

    get w1() {
      return this.judged.w1;
    }

    /** `#preset=2` presses the second preset, and shows it. */
    followLink(hash) {
      const name = Object.keys(this.presets)[Number(hash.match(/^#preset=(\d)$/)?.[1]) - 1];
      if (!name) return;
      this.preset(name);
      this.scrollIntoView();
    }

    press(name) {
      if (name in this.presets) this.preset(name);
      else if (name === "reset") this.reset();
      else if (name === "defaults") this.defaults();
      else if (name === "run") this.loop.running ? this.pause(`Paused at ${this.where()}.`) : this.start();
      else this.one(name);
    }

    defaults() {
      this.settings = structuredClone(Object.values(this.presets)[0].settings);
      this.seed = this.firstSeed;
      this.paceField.value = "usual";
      this.reset();
    }

    /** Fresh players; with `ahead`, the discriminator moves alone for so many steps first, counted from below 0. */
    reset(ahead = 0) {
      this.pause();
      const { seed, settings } = this;
      this.experiment = new this.Experiment({ settings, seed, ahead });
      Object.assign(this, { trace: [], marks: [], every: RECORD, current: null, after: null, touched: false });
      this.training.look("discriminator");
      this.record();
      this.show();
      this.say("Ready: fresh networks.");
    }

    kept() {
      return {};
    }

    get origin() {
      return JSON.stringify([this.seed, this.kept()]);
    }

    /** From the state that the lead left behind, where there is one; else the lead comes first. */
    preset(name) {
      const { ahead, after = null } = this.presets[name], settings = { ...this.presets[name].settings, ...this.kept() };
      const again = after && this.lead?.origin === this.origin;
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
      if (name === "seed") this.seed = Number(value);
      else owner[path.at(-1)] = { checkbox: checked, number: Number(value) }[type] ?? value;
      if (name === "penalty") this.settings.weight = live.WEIGHTS[value];
      if (this.restarts.includes(name)) return this.reset();
      this.touch(path.at(-1), value);
      this.show();
      this.tell();
    }

    /** Something was switched: a mark on the traces, which switches at one step share. */
    touch(what, value) {
      Object.assign(this, { current: null, touched: true });
      const { step } = this.training, label = this.words[what]?.[value] ?? `${what} ${value}`, last = this.marks.at(-1);
      if (last?.step !== step) this.marks.push({ step, label });
      else if (!last.label.endsWith(label)) last.label += `, ${label}`;
    }

    one(name) {
      this.pause();
      const { training } = this;
      this.leave();
      if (name === "one") this.advance();
      else training.alone(name);
      this.draw();
      this.say(`${this.querySelector(`[name=${name}]`).textContent}: ${this.where()}.`);
    }

    start() {
      if (!this.loop.running) {
        this.loop.start();
        this.querySelector("[name=run]").textContent = "Pause";
      }
      this.tell();
    }

    pause(message = "") {
      this.loop.stop();
      this.querySelector("[name=run]").textContent = "Start";
      this.say(message);
      if (this.training) this.draw();
    }

    leave() {
      if (!this.after || this.training.ahead) return;
      const { settings, marks, training } = this, changes = structuredClone(this.after);
      this.after = null;
      Object.assign(settings, changes);
      const label = changes.loss ? this.words.loss[changes.loss] : changes.generator ? "Adam" : "both move";
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
      if (arrived && !this.touched) {
        this.lead = { origin: this.origin, experiment: this.experiment, trace: this.trace.slice(), every: this.every };
      }
    }

    record() {
      const { training, trace } = this;
      if (training.ahead || !training.done) training.look("generator"); // not known yet: it does not move
      this.measure();
      trace.push({ step: training.step, ...this.judged, losses: { ...training.losses }, norms: { ...training.norms } });
      if (trace.length < RECORDS) return;
      this.every *= 2;
      this.trace = trace.filter((_, index) => index % 2 === 0);
    }

    where() {
      return `step ${counted(this.training.step)}, ${this.reached()}`;
    }

    /** What happens now; a new phase only, since it is read out. */
    tell() {
      const { training, settings, loop } = this, { loss, rule } = this.words;
      const game = `${loss[settings.loss]} loss, ${rule[settings.generator.rule]} for the generator`;
      const phase = training.ahead ? "The discriminator trains alone, up to step 0" : "Both players move";
      this.say(loop.running ? `${phase}: ${game}.` : `Set: ${game}.`);
    }

    say(text) {
      if (this.status.textContent !== text) this.status.textContent = text;
    }

    show() {
      const { settings, form } = this;
      for (const field of form.querySelectorAll("[name]:not([name=seed])")) {
        const value = field.name.split(".").reduce((part, name) => part[name], settings);
        field[field.type === "checkbox" ? "checked" : "value"] = value;
      }
      form.seed.value = this.seed;
      form.weight.disabled = settings.penalty === "none";
      for (const name in this.presets) this.querySelector(`[name=${name}]`).setAttribute("aria-pressed", name === this.current);
      if (!this.loop.running) this.draw();
    }

    draw() {
      this.measure();
      this.drawScreen();
      this.reading.textContent = this.where() + (this.loop.speed ? ` · ${counted(this.loop.speed)} steps/s` : "");
    }
  }

  Object.assign(live, { Machine });
})();
