/* <gan-plane>: the page in the plane. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const MOST = 64; // places that a reader may draw
  const data = { ring: "ring of eight", grid: "grid of nine", moons: "two moons", spiral: "spiral", drawn: "drawn by you" };
  const written = (point) => point.map((value) => value.toFixed(1).replace("-", "−")).join(", ");

  class GanPlane extends live.Machine {
    presets = live.PLANE_PRESETS;
    firstSeed = live.PLANE_SEED;
    restarts = ["seed"];
    words = { ...live.words, data };
    Experiment = live.PlaneExperiment;

    markup() {
      const { button } = live;
      const body = `<div class="gt-row" role="group" aria-label="Draw data">
          ${button("draw", "Draw")}${button("erase", "Erase")}${button("anew", "New drawing")}
          <span class="gt-hint">With Draw pressed, click or drag in the plane.</span></div>
        <div class="gt-both"><div class="gt-panels"></div></div>`;
      const last = live.part("Start", live.choice("data", "Data", data), live.seedField);
      return live.markup({ presets: live.PLANE_PRESETS, body, last });
    }

    build() {
      const [add, erase, moved] = ["add", "erase", "moved"].map((name) => this[name].bind(this));
      this.view = new live.PlaneView({ add, erase, moved });
      this.traces = new live.Traces("Sliced W1 to the data");
      this.found = new live.Panel({ title: "Places found", xLabel: "step", curves: [{ label: "all", role: "optimal" }, { label: "found", role: "fake" }] });
      this.querySelector(".gt-both").prepend(this.view.element);
      this.querySelector(".gt-panels").append(...[this.found, ...Object.values(this.traces.panels)].map(({ element }) => element));
      new MutationObserver(() => this.view.paint()).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
      this.take(matchMedia("(pointer: coarse)").matches ? "" : "draw");
    }

    kept() {
      const { data, places } = this.settings;
      return { data, places };
    }

    press(name) {
      if (name === "draw" || name === "erase") this.take(this.view.tool === name ? "" : name);
      else if (name === "anew") this.begin();
      else super.press(name);
    }

    take(tool) {
      this.view.tool = tool;
      for (const name of ["draw", "erase"]) this.querySelector(`[name=${name}]`).setAttribute("aria-pressed", name === tool);
    }

    get places() {
      return this.experiment.mixture.places;
    }

    set places(places) {
      Object.assign(this.settings, { data: "drawn", places });
      if (!this.marks.at(-1)?.label.endsWith(data.drawn)) this.touch("data", "drawn"); // a stroke is one switch
      this.touched = true;
      this.show();
    }

    begin() {
      this.blank = true;
      this.take("draw");
      this.say("The next stroke replaces the data.");
    }

    add(point) {
      if (this.places.length >= 2 * MOST) return this.say(`${MOST} places are as many as fit.`);
      this.places = [...(this.blank ? [] : this.places), ...point];
      this.blank = false;
      this.say(`Data at ${written(point)}: ${this.places.length / 2} places.`);
    }

    erase([x, y], within) {
      const [index, distance] = live.nearest(this.places, x, y), left = this.places.length / 2 - 1;
      if (distance > within) return this.say("No place is so near.");
      if (!left) return this.say("One place has to stay.");
      this.places = this.places.toSpliced(2 * index, 2);
      this.say(`One place less: ${left} places.`);
    }

    moved(point) {
      this.say(`Cursor at ${written(point)}.`);
    }

    measure() {
      this.outputs = this.experiment.outputs();
      this.judged = this.experiment.judge(this.outputs);
    }

    reached() {
      const { found, modes, share, outside, w1 } = this.judged, percent = (part) => `${(100 * part).toFixed(0)} %`;
      const gone = outside >= 0.005 ? `, ${percent(outside)} outside` : "";
      return `${found} of ${modes} places, ${percent(share)} near one, W1 ${w1.toFixed(2)}${gone}`;
    }

    drawScreen() {
      const { experiment, outputs, trace, marks } = this;
      this.view.draw(experiment, outputs);
      const most = Math.max(...trace.map(({ modes }) => modes), 1);
      this.traces.drawOne(this.found, trace, [0, 1.1 * most], ["modes", "found"].map((name) => trace.map((entry) => entry[name])), []);
      this.traces.draw(trace, marks);
    }
  }

  customElements.define("gan-plane", GanPlane);
})();
