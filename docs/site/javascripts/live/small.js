/* <gan-live-small>: one generator in front of a strong discriminator, and a switch for its loss. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const PACE = 80, POINTS = 500, RECORD = 5, RECORDS = 200; // steps a second; samples; steps between entries, and most entries
  const LOSSES = { minimax: "minimax", nonsaturating: "non-saturating" };

  class GanLiveSmall extends HTMLElement {
    connectedCallback() {
      if (this.loop) return; // moved within the page
      const button = ([name, label]) => `<button type="button" name="${name}">${label}</button>`;
      const losses = Object.entries(LOSSES).map(button).join("");
      this.innerHTML = `<div class="gt-row">${button(["run", "Start"])}
          <span class="gt-choice" role="group" aria-label="The generator's loss">Loss ${losses}</span>${button(["again", "Again"])}</div>
        <p class="gt-status" role="status"></p><div class="gt-panels"></div>`;
      this.densities = new live.Densities();
      this.norms = new live.Panel({ title: "The generator's gradient", xLabel: "step", log: true, curves: [{ label: "generator", role: "fake" }] });
      this.querySelector(".gt-panels").append(this.densities.panel.element, this.norms.element);
      const pace = () => (this.training.ahead ? Infinity : PACE);
      this.loop = new live.Loop(this, { advance: () => this.advance(), draw: () => this.draw(), pace });
      this.addEventListener("click", ({ target }) => target.type === "button" && this.press(target.name));
      const { settings, ahead } = live.PRESETS.stuck;
      this.settings = structuredClone(settings);
      this.experiment = new live.Experiment({ settings: this.settings, seed: live.SEED, ahead });
      Object.assign(this, { trace: [], marks: [] });
      this.record();
      this.draw();
      this.say("Press Start: a discriminator is trained first, then the generator moves too.");
      this.show();
    }

    disconnectedCallback() {
      this.loop.stop();
    }

    get training() {
      return this.experiment.training;
    }

    press(name) {
      if (name === "run") this.loop.running ? this.loop.stop() : this.loop.start();
      else if (name === "again") this.again();
      else this.choose(name);
      this.show();
      this.tell();
      this.draw();
    }

    /** Another loss for the generator, at once. */
    choose(loss) {
      if (this.settings.loss === loss) return;
      this.settings.loss = loss;
      this.marks.push({ at: this.training.step, label: LOSSES[loss] });
    }

    /** Back to the strong discriminator, with the minimax loss. */
    again() {
      if (this.training.ahead) return;
      this.settings.loss = "minimax";
      this.experiment.takeUp();
      Object.assign(this, { trace: this.lead.slice(), marks: [] });
      this.loop.start();
    }

    advance() {
      const led = this.training.ahead > 0;
      this.training.advance();
      if (this.training.step % RECORD === 0) this.record();
      if (!led || this.training.ahead) return;
      this.lead = this.trace.slice();
      this.tell();
    }

    record() {
      if (this.training.ahead) this.training.look("generator"); // it does not move, so its gradient is not known yet
      this.trace.push([this.training.step, this.training.norms.generator]);
      if (this.trace.length > RECORDS) this.trace = this.trace.filter((_, index) => index % 2 === 0);
    }

    show() {
      this.querySelector("[name=run]").textContent = this.loop.running ? "Pause" : "Start";
      for (const name in LOSSES) this.querySelector(`[name=${name}]`).setAttribute("aria-pressed", name === this.settings.loss);
    }

    tell() {
      const { ahead } = this.training, { running } = this.loop;
      if (!running) this.say("Paused.");
      else if (ahead) this.say("The discriminator trains alone, up to step 0.");
      else this.say(`Both move, and the generator has the ${LOSSES[this.settings.loss]} loss.`);
    }

    say(text) {
      const status = this.querySelector(".gt-status");
      if (status.textContent !== text) status.textContent = text;
    }

    draw() {
      const { trace, experiment } = this;
      this.densities.draw(experiment, experiment.outputs(POINTS));
      const steps = trace.map(([step]) => step), norms = trace.map(([, norm]) => norm);
      const x = [steps[0], Math.max(steps.at(-1), steps[0] + 100)];
      this.norms.draw({ x, y: live.decades(norms), curves: [[steps, norms]], marks: this.marks });
    }
  }

  customElements.define("gan-live-small", GanLiveSmall);
})();
