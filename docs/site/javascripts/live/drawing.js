/* Panels, and the traces of a run: axes and curves as SVG, in the classes of the player (figures.css). A unit is a tenth of a pixel. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const LEFT = 430, RIGHT = 130, TOP = 70, BOTTOM = 360;
  const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, notation: "compact" });
  const tiny = (value) => Number(value.toPrecision(2)).toExponential(); // in full it would not fit beside the axis
  const written = (value) => (value && Math.abs(value) < 1e-3 ? tiny(value) : short.format(value)).replaceAll("-", "−");

  function ticks([low, high], log) {
    if (log) {
      const first = Math.ceil(Math.log10(low)), last = Math.floor(Math.log10(high)), every = Math.ceil((last - first + 1) / 5);
      return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => 10 ** (first + i * every));
    }
    const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((times) => times * power >= rough * 0.999);
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
  }

  /* How a kind of curve is drawn, from its arrays and the two scales. NaN leaves a gap. */
  const PENS = {
    line: ([xs, ys], across, down) => {
      let d = "", pen = "M";
      for (let i = 0; i < xs.length; i++) {
        const height = down(ys[i]), gap = !Number.isFinite(height);
        if (!gap) d += `${pen}${across(xs[i])} ${height}`;
        pen = gap ? "M" : "L";
      }
      return d;
    },
  };

  const key = ({ label, role, kind = "line" }) => `<li class="gt-key gt-${kind}" style="--c: var(--gt-${role})">${label}</li>`;
  const legend = (curves) => `<ul class="gt-legend">${curves.map(key).join("")}</ul>`;

  class Panel {
    /** `curves`: label, role (a colour of the palette) and kind (of pen) of each. */
    constructor({ title, xLabel, log = false, curves }) {
      Object.assign(this, { xLabel, log, kinds: curves.map(({ kind = "line" }) => kind) });
      this.element = document.createElement("div");
      this.element.className = "gt-panel";
      const path = ({ role, kind = "line" }) => `<path class="gt-${kind}" style="--c: var(--gt-${role})"/>`;
      this.element.innerHTML = `<p class="gt-panel-title"></p>
        <svg class="gt-svg" role="img"><g class="gt-axes"></g><svg>${curves.map(path).join("")}<g class="gt-marks"></g></svg><path class="gt-frame"/></svg>
        ${legend(curves)}`;
      [this.svg, this.inner] = this.element.querySelectorAll("svg");
      this.title = title;
      new ResizeObserver(([{ contentRect }]) => this.resize(contentRect)).observe(this.svg);
    }

    set title(text) {
      this.element.firstChild.textContent = text;
      this.svg.setAttribute("aria-label", `${text} against ${this.xLabel}`);
    }

    resize({ width, height }) {
      Object.assign(this, { right: 10 * width - RIGHT, bottom: 10 * height - BOTTOM, axes: "", marks: "" });
      const inner = { x: LEFT, y: TOP, width: this.right - LEFT, height: this.bottom - TOP };
      if (inner.width <= 0 || inner.height <= 0) return;
      this.svg.setAttribute("viewBox", `0 0 ${10 * width} ${10 * height}`);
      for (const [name, value] of Object.entries(inner)) this.inner.setAttribute(name, value);
      this.inner.setAttribute("viewBox", Object.values(inner).join(" "));
      this.svg.lastChild.setAttribute("d", `M${LEFT} ${TOP}V${this.bottom}H${this.right}`);
      if (this.last) this.draw(this.last);
    }

    /** `curves`: the arrays that each one's pen takes, x and y first. `marks`: places on the x axis, with words. */
    draw({ x, y, curves, marks = [] }) {
      this.last = { x, y, curves, marks };
      if (!this.bottom) return;
      const scale = this.log ? Math.log10 : (value) => value;
      const [low, high] = y.map(scale), { right, bottom } = this;
      const across = (value) => Math.round(LEFT + ((value - x[0]) / (x[1] - x[0])) * (right - LEFT));
      const height = (value) => (Number.isFinite(value) ? bottom - ((value - low) / (high - low)) * (bottom - TOP) : NaN);
      const down = (value) => Math.round(Math.min(Math.max(height(scale(value)), -9999), 19999));
      this.drawAxes(x, y, across, down);
      this.drawMarks(marks, across);
      curves.forEach((curve, index) => this.inner.children[index].setAttribute("d", PENS[this.kinds[index]](curve, across, down, bottom)));
    }

    drawMarks(marks, across) {
      const shown = marks.map(({ at, label }) => [across(at), label]).join();
      if (shown === this.marks) return;
      this.marks = shown;
      const row = (index) => TOP + 110 + 120 * (index % 3);
      this.inner.lastChild.innerHTML = marks
        .map(({ at, label }, index) => {
          const place = across(at), turned = place > (LEFT + this.right) / 2;
          return `<path d="M${place} ${TOP}V${this.bottom}"/>
            <text x="${place + (turned ? -40 : 40)}" y="${row(index)}" text-anchor="${turned ? "end" : "start"}">${label}</text>`;
        })
        .join("");
    }

    drawAxes(x, y, across, down) {
      const axes = [...x, ...y].join();
      if (axes === this.axes) return;
      this.axes = axes;
      const { right, bottom } = this;
      const below = ticks(x).map((value) => `<path class="gt-tick" d="M${across(value)} ${bottom}v40"/>
        <text x="${across(value)}" y="${bottom + 160}" text-anchor="middle">${written(value)}</text>`);
      const beside = ticks(y, this.log).map((value) => `<path class="gt-rule" d="M${LEFT} ${down(value)}H${right}"/>
        <text x="${LEFT - 50}" y="${down(value) + 40}" text-anchor="end">${written(value)}</text>`);
      this.svg.firstChild.innerHTML = `${beside.join("")}${below.join("")}
        <text x="${(LEFT + right) / 2}" y="${bottom + 310}" text-anchor="middle">${this.xLabel}</text>`;
    }
  }

  const range = (values) => [Math.min(...values) - 0.1, Math.max(...values) + 0.1];
  const decades = (values) => {
    const powers = values.filter((value) => value > 0).map(Math.log10), low = Math.floor(Math.min(...powers));
    return powers.length ? [10 ** low, 10 ** Math.max(Math.ceil(Math.max(...powers)), low + 1)] : [0.1, 1];
  };

  class Traces {
    /** `distance`: the title of the first panel, in which the marks have words. */
    constructor(distance) {
      const panel = (title, curves, log = false) => new live.Panel({ title, xLabel: "step", curves, log });
      const players = [{ label: "discriminator", role: "discriminator" }, { label: "generator", role: "fake" }];
      this.panels = {
        w1: panel(distance, [{ label: "generated", role: "fake" }], true),
        norms: panel("Norms of the gradients", players, true),
        losses: panel("Losses", players),
      };
    }

    draw(trace, marks) {
      const w1 = trace.map((entry) => entry.w1);
      const pair = (name) => ["discriminator", "generator"].map((player) => trace.map((entry) => entry[name][player]));
      this.drawOne(this.panels.w1, trace, decades(w1), [w1], marks);
      const unnamed = marks.map((mark) => ({ ...mark, label: "" }));
      this.drawOne(this.panels.norms, trace, decades(pair("norms").flat()), pair("norms"), unnamed);
      this.drawOne(this.panels.losses, trace, range(pair("losses").flat()), pair("losses"), unnamed);
    }

    drawOne(panel, trace, y, curves, marks) {
      const steps = trace.map(({ step }) => step), x = [steps[0], Math.max(steps.at(-1), steps[0] + 100)];
      panel.draw({ x, y, curves: curves.map((values) => [steps, values]), marks: marks.map(({ step, label }) => ({ at: step, label })) });
    }
  }

  Object.assign(live, { PENS, Panel, Traces, decades, legend });
})();
