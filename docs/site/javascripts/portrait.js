/* <gan-portrait>: gradient play of the smallest GAN, from a start that the reader moves. */
(() => {
  "use strict";
  const RATE = 0.2, STEPS = 500, EDGE = 1.75, REACH = 1.7, HOME = [1, -1]; // as in the portraits of theory/dynamics.md

  /* Each player's part of the field at θ, ψ, and the bound of a clipped ψ; tests/docs/test_portrait.py holds them against gantheory. */
  const sigma = (u) => 1 / (1 + Math.exp(-u));
  const logistic = (t, p) => -sigma(t * p) * t, saved = (t, p) => sigma(-t * p) * p, linear = (_, p) => p;
  const damped = (weight) => ({ psi: (t, p) => logistic(t, p) - weight * p, theta: saved });
  const GAMES = {
    minimax: { psi: logistic, theta: (t, p) => sigma(t * p) * p },
    "non-saturating": damped(0),
    "clipped WGAN": { psi: (t) => -t, theta: linear, bound: 1 },
    "WGAN-GP": { psi: (t, p) => -t - 1.4 * (Math.abs(p) - 1) * Math.sign(p), theta: linear },
    R1: damped(0.3),
    "critical R1": damped(1),
  };
  const ORDERS = { together: "fake", "in turn": "real" };

  function play(name, order, [theta, psi], steps = STEPS) {
    const field = GAMES[name], { bound = Infinity } = field, path = [[theta, psi]];
    while (path.length <= steps) {
      const moved = Math.min(Math.max(psi + RATE * field.psi(theta, psi), -bound), bound);
      theta += RATE * field.theta(theta, order === "in turn" ? moved : psi);
      psi = moved;
      path.push([theta, psi]);
    }
    return path;
  }

  /** What became of a play. */
  function verdict(path) {
    const far = path.map((place) => Math.hypot(...place)), first = far[0], last = far.at(-1);
    if (!first) return "stays at the equilibrium";
    if (last < 1e-3) return `reaches the equilibrium, to a thousandth, in ${far.findLastIndex((r) => r >= 1e-3) + 1} steps`;
    if (path.at(-1).some((value) => Math.abs(value) > EDGE)) return "leaves the frame";
    const change = last < 0.95 * first ? "nearer than" : last > 1.05 * first ? "farther than" : "about as far as";
    return `ends ${last.toFixed(2)} from the equilibrium, ${change} it began`;
  }

  globalThis.ganPortrait = { GAMES, play, verdict };
  if (!globalThis.customElements || customElements.get("gan-portrait")) return;

  const LEFT = 470, TOP = 80, UNIT = 3050 / 2 / EDGE, X = LEFT + 1525, Y = TOP + 1525; // of a square panel of the player
  const short = (value) => String(value).replace("-", "−");
  const within = (value) => Math.round(Math.min(Math.max(value, -9999), 19999));
  const at = ([theta, psi]) => `${within(X + UNIT * theta)} ${within(Y - UNIT * psi)}`;

  /** The field on a grid, by the square root of its length. */
  function arrows({ theta, psi }) {
    const grid = Array.from({ length: 11 }, (_, i) => (i - 5) * 0.32);
    const one = (t, p) => {
      const x = theta(t, p), y = psi(t, p), scale = 0.2 / Math.sqrt(Math.hypot(x, y) || 1), [a, b] = [x * scale, y * scale];
      const tip = [t + a, p + b], barb = (side) => at([t + 0.75 * a + side * b, p + 0.75 * b - side * a]);
      return `M${at([t, p])}L${at(tip)}M${barb(0.15)}L${at(tip)}L${barb(-0.15)}`;
    };
    return grid.flatMap((p) => grid.map((t) => one(t, p))).join("");
  }

  const path = (kind, role) => `<path class="gt-${kind} gt-${role}" style="--c: var(--gt-${role})"/>`;
  const label = (text, place) => `<text text-anchor="middle" ${place}>${text}</text>`;
  const tick = (value) => label(short(value), `x="${X + UNIT * value}" y="3290"`) + label(short(value), `x="360" y="${Y - UNIT * value + 40}"`);
  const CONTENT = `<div class="gt-row"><label>Game <select>${Object.keys(GAMES).map((name) => `<option>${name}</option>`).join("")}</select></label></div>
    <div class="gt-panel"><p class="gt-panel-title"></p>
    <svg class="gt-svg" role="group" aria-label="The plane of θ and ψ" viewBox="0 0 3600 3570">${[-1, 0, 1].map(tick).join("")}
      ${label("θ, the generator", `class="gt-label" x="${X}" y="3490"`)}${label("ψ, the discriminator", `class="gt-label" transform="translate(110 ${Y}) rotate(-90)"`)}
      <svg x="${LEFT}" y="${TOP}" width="3050" height="3050" viewBox="${LEFT} ${TOP} 3050 3050">${path("arrows", "reference")}${path("line", "fake")}${path("line", "real")}</svg>
      <path class="gt-frame" d="M${LEFT} ${TOP}v3050h3050M${X - 70} ${Y}h140m-70 -70v140"/>
      <g tabindex="0" role="slider" aria-valuemin="-${REACH}" aria-valuemax="${REACH}"
        aria-label="Start: arrow keys, left and right for θ, up and down for ψ; Home for 1, −1"><circle r="220"/><circle r="62"/></g></svg>
    <ul class="gt-legend">${Object.entries(ORDERS).map(([order, role]) => `<li class="gt-key gt-line gt-${role}" style="--c: var(--gt-${role})">${order}</li>`).join("")}</ul></div>
    <p class="gt-status" role="status"></p>`;
  const KEYS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };

  class GanPortrait extends HTMLElement {
    connectedCallback() {
      if (this.start) return; // moved within the page
      this.innerHTML = CONTENT;
      const [svg, start] = ["svg", "g"].map((name) => this.querySelector(name));
      this.onchange = () => this.move(this.start);
      svg.onclick = start.onpointermove = (event) => {
        if (event.type === "pointermove" && !start.hasPointerCapture(event.pointerId)) return;
        const { left, top, width } = svg.getBoundingClientRect(), size = 3600 / width;
        this.move([((event.clientX - left) * size - X) / UNIT, (Y - (event.clientY - top) * size) / UNIT]);
      };
      start.onpointerdown = ({ pointerId }) => start.setPointerCapture(pointerId);
      start.ontouchstart = (event) => event.preventDefault(); // a finger on the dot does not scroll
      start.onkeydown = (event) => {
        const by = KEYS[event.key];
        if (!by && event.key !== "Home") return;
        event.preventDefault();
        this.move(by ? by.map((step, i) => this.start[i] + step) : HOME);
      };
      this.move(HOME);
    }

    move(place) {
      this.start = place.map((value) => Math.round(Math.min(Math.max(value, -REACH), REACH) * 100) / 100);
      const name = this.querySelector("select").value, set = (query, key, value) => this.querySelector(query).setAttribute(key, value);
      const [theta, psi] = this.start, where = `θ = ${short(theta)}, ψ = ${short(psi)}`;
      set("g", "transform", `translate(${at(this.start)})`);
      set("g", "aria-valuenow", theta);
      set("g", "aria-valuetext", where);
      set(".gt-arrows", "d", arrows(GAMES[name]));
      const found = Object.entries(ORDERS).map(([order, role]) => {
        const places = play(name, order, this.start);
        set(`path.gt-${role}`, "d", `M${places.map(at).join("L")}`);
        return `${order} it ${verdict(places)}`;
      });
      this.querySelector(".gt-panel-title").textContent = `${name}, ${STEPS} steps from ${where}`;
      this.querySelector(".gt-status").textContent = `From ${where}: played ${found.reverse().join("; ")}.`;
    }
  }
  customElements.define("gan-portrait", GanPortrait);
})();
