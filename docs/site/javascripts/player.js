/* <gan-player>: moves the paths that docs/tools/drawing/player.py drew, or changes its picture, one frame at a time. */
(() => {
  "use strict";

  const MILLISECONDS_A_FRAME = 90; // or more, where a few frames would be gone before they were seen
  const MILLISECONDS_AT_LEAST = 3000;
  const numbers = new Intl.NumberFormat("en");

  /* The same rules as in docs/tools/drawing/curves.py. A kind added there is added here. */
  function runs(curve, heights) {
    const found = [[]];
    heights.forEach((y, index) => {
      if (y === null) found.push([]);
      else found.at(-1).push([curve.x[index], y]);
    });
    return found.filter((run) => run.length > 0);
  }
  const joined = (run) => run.map(([x, y]) => `${x} ${y}`).join("L");
  const paths = {
    line: (curve, heights) => runs(curve, heights).map((run) => `M${joined(run)}`).join(""),
    area: (curve, heights) =>
      runs(curve, heights)
        .map((run) => `M${run[0][0]} ${curve.base}L${joined(run)}L${run.at(-1)[0]} ${curve.base}Z`)
        .join(""),
    bars: (curve, heights) => {
      const half = Math.floor(curve.width / 2);
      return runs(curve, heights)
        .flat()
        .map(([x, y]) => `M${x - half} ${curve.base}V${y}H${x + half}V${curve.base}Z`)
        .join("");
    },
    drawn: (curve, d) => d, // from docs/tools/drawing/arrows.py
  };

  /* The `d` of a panel's moving paths in a frame, or the `src` of its picture; other kinds of panels come from files loaded before this one. */
  const curves = ({ curves }, frame) => curves.map((curve) => paths[curve.kind](curve, curve.frames[frame]));
  const pictures = ({ pictures }, frame) => [pictures[frame]];
  const kinds = { ...globalThis.ganPanels, curves, pictures };

  class GanPlayer extends HTMLElement {
    connectedCallback() {
      if (this.slider) return; // moved within the page: everything is there already
      const data = JSON.parse(this.querySelector("template").content.textContent);
      this.steps = data.steps;
      this.counter = data.counter;
      this.notes = data.notes;
      this.counted = data.counter.replace(/\s*=$/, "");
      this.panels = [...this.querySelectorAll(".gt-panel")].map((panel, index) => ({
        moving: [...panel.querySelectorAll("[data-moves]")],
        data: data.panels[index],
      }));
      this.append(this.controls());
      this.show(data.still);
    }

    disconnectedCallback() {
      this.pause();
    }

    controls() {
      const bar = document.createElement("div");
      bar.className = "gt-controls";
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
      this.slider = document.createElement("input");
      Object.assign(this.slider, { type: "range", min: 0, max: this.steps.length - 1, step: 1 });
      this.slider.setAttribute("aria-label", this.counted === "step" ? "Training step" : this.counted);
      this.slider.addEventListener("input", () => {
        this.pause();
        this.show(this.slider.valueAsNumber);
      });
      this.reading = document.createElement("span");
      this.reading.className = "gt-reading";
      this.reading.setAttribute("aria-hidden", "true"); // the slider says it
      bar.append(this.button, this.slider, ...(this.notes ? [] : [this.reading])); // a note says it, too
      this.pause();
      return bar;
    }

    show(frame) {
      for (const { moving, data } of this.panels) {
        kinds[data.kind](data, frame).forEach((value, place) => moving[place].setAttribute(moving[place].dataset.moves || "d", value));
      }
      const now = `${this.counter} ${numbers.format(this.steps[frame]).replace("-", "−")}`;
      this.slider.value = frame;
      this.slider.setAttribute("aria-valuetext", this.notes?.[frame] ?? `${now} of ${numbers.format(this.steps.at(-1))}`);
      this.slider.style.setProperty("--share", frame / Math.max(this.steps.length - 1, 1));
      this.reading.textContent = now;
      if (this.notes) this.querySelector(".gt-moment").textContent = this.notes[frame];
    }

    play() {
      const last = this.steps.length - 1;
      if (this.slider.valueAsNumber === last) this.show(0);
      this.timer = setInterval(() => {
        const next = this.slider.valueAsNumber + 1;
        if (next <= last) this.show(next);
        if (next >= last) this.pause();
      }, Math.max(MILLISECONDS_A_FRAME, MILLISECONDS_AT_LEAST / this.steps.length));
      this.label("Pause", "playing");
    }

    pause() {
      clearInterval(this.timer);
      this.timer = null;
      this.label("Play", "paused");
    }

    label(name, state) {
      if (!this.button) return;
      this.button.setAttribute("aria-label", `${name} the ${this.counted === "step" ? "training" : `values of ${this.counted}`}`);
      this.button.dataset.state = state;
    }
  }

  if (!customElements.get("gan-player")) customElements.define("gan-player", GanPlayer);
})();
