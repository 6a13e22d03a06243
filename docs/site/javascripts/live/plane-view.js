/* The plane: a heat map, data, samples and the push on some of them; the reader draws data on it. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});
  const { EDGE } = live;

  const CELLS = 36; // of the heat map, on a side
  const ARROWS = 48, REACH = 1, LONGEST = 0.7; // arrows on samples: their length at slope 1, and at most
  const SHOWN = 250; // samples, and as many of the data
  const STROKE = 0.2, WITHIN = 0.3; // between two places of one stroke; what erasing reaches
  const MOVE = 0.1, LEAP = 0.5; // of the cursor

  const MIDDLES = Float64Array.from({ length: 2 * CELLS ** 2 }, (_, at) => {
    const cell = at >> 1, index = at % 2 ? CELLS - 1 - Math.floor(cell / CELLS) : cell % CELLS; // rows from the top down
    return EDGE * ((2 * index + 1) / CELLS - 1);
  });

  /* How far a logit h leans to real (1) or fake (-1); 2D - 1 for logistic losses. */
  const logistic = (h) => Math.tanh(h / 2);
  const LEAN = {
    minimax: logistic,
    nonsaturating: logistic,
    relativistic: (h, { middle }) => logistic(h - middle),
    least_squares: (h) => 2 * h - 1,
    hinge: (h) => h,
    wasserstein: (h, { low, high }) => (2 * h - low - high) / (high - low),
  };

  const SHOWS = [
    { label: "D says fake, or real", role: "discriminator", kind: "heat" },
    { label: "data", role: "real", kind: "dots" },
    { label: "generated", role: "fake", kind: "dots" },
    { label: "push on samples", role: "accent", kind: "arrows" },
  ];
  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const HELP = "Data and samples. Arrow keys move a cursor, with Shift further; Enter adds data there, Delete takes the nearest away.";

  class PlaneView {
    constructor({ add, erase, moved }) {
      Object.assign(this, { add, erase, moved, cursor: [0, 0] });
      this.element = document.createElement("div");
      this.element.className = "gt-plane";
      this.element.innerHTML = `<canvas tabindex="0" role="application" aria-label="${HELP}"></canvas>${live.legend(SHOWS)}`;
      const canvas = (this.canvas = this.element.firstChild);
      this.heat = new OffscreenCanvas(CELLS, CELLS);
      new ResizeObserver(([{ contentRect: { width } }]) => {
        canvas.width = canvas.height = Math.round(width * devicePixelRatio);
        this.paint();
      }).observe(canvas);
      canvas.addEventListener("pointerdown", (event) => {
        if (!this.tool || event.button) return;
        canvas.setPointerCapture(event.pointerId);
        this.stroke = null;
        this.draught(event);
      });
      canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && this.draught(event));
      canvas.addEventListener("keydown", (event) => this.key(event));
      for (const name of ["focus", "blur"]) canvas.addEventListener(name, () => this.paint());
    }

    /** What the pointer does; a finger scrolls if it does nothing. */
    set tool(name) {
      this.canvas.dataset.tool = name;
    }
    get tool() {
      return this.canvas.dataset.tool;
    }

    /** A point of a stroke; places keep a distance. */
    draught({ clientX, clientY }) {
      const { left, top, width } = this.canvas.getBoundingClientRect(), unit = (2 * EDGE) / width;
      const point = [(clientX - left) * unit - EDGE, EDGE - (clientY - top) * unit], last = this.stroke ?? [Infinity, 0];
      if (Math.max(...point.map(Math.abs)) > EDGE || Math.hypot(point[0] - last[0], point[1] - last[1]) < STROKE) return;
      this.stroke = point;
      if (this.tool === "draw") this.add(point);
      else this.erase(point, WITHIN);
    }

    key(event) {
      const { key, shiftKey } = event, way = KEYS[key];
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (way) {
        const step = (value, sign) => Math.min(Math.max(value + sign * (shiftKey ? LEAP : MOVE), -EDGE), EDGE);
        this.cursor = this.cursor.map((value, axis) => step(value, way[axis]));
        this.moved(this.cursor);
        this.paint();
      } else if (key === "Enter" || key === " ") this.add(this.cursor);
      else if (key === "Delete" || key === "Backspace") this.erase(this.cursor, Infinity);
      else return;
      event.preventDefault();
    }

    draw(experiment, outputs) {
      this.last = { experiment, outputs };
      this.paint();
    }

    paint() {
      const { canvas, last } = this, side = canvas.width;
      if (!last || !side || !canvas.isConnected) return;
      const { experiment, outputs } = last, pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
      const colour = (role) => style.getPropertyValue(`--gt-${role}`).trim();
      const scale = side / (2 * EDGE), radius = side / 200;
      const place = (points, at) => [(points[at] + EDGE) * scale, (EDGE - points[at + 1]) * scale];
      const dots = (points, role) => {
        pen.fillStyle = colour(role);
        pen.beginPath();
        for (let at = 0; at < 2 * SHOWN; at += 2) {
          const [x, y] = place(points, at);
          pen.moveTo(x, y);
          pen.arc(x, y, radius, 0, 2 * Math.PI);
        }
        pen.fill();
      };
      const lines = (role, draw) => {
        Object.assign(pen, { strokeStyle: colour(role), lineWidth: side / 250, lineJoin: "round" });
        pen.beginPath();
        draw();
        pen.stroke();
      };
      pen.clearRect(0, 0, side, side);
      this.paintHeat(pen, experiment, outputs, ["optimal", "discriminator"].map(colour));
      const some = experiment.mixture.places.length > 0;
      if (some) dots(experiment.reference, "real");
      dots(outputs, "fake");
      if (some) {
        const { points, push } = experiment.push(ARROWS);
        lines("accent", () => {
          for (let at = 0; at < push.length; at += 2) this.arrow(pen, place(points, at), push[at] * scale, -push[at + 1] * scale, LONGEST * scale);
        });
      }
      if (!canvas.matches(":focus-visible")) return;
      const [x, y] = place(this.cursor, 0), half = side / 40;
      lines("ink", () => pen.rect(x - half, y - half, 2 * half, 2 * half));
    }

    arrow(pen, [x, y], across, down, longest) {
      const length = Math.hypot(across, down), times = Math.min(REACH, longest / length);
      if (!(length * times > 1)) return;
      const [dx, dy] = [across * times, down * times], barb = (side) => [x + 0.75 * dx - side * 0.15 * dy, y + 0.75 * dy + side * 0.15 * dx];
      pen.moveTo(x, y);
      for (const point of [[x + dx, y + dy], barb(1), [x + dx, y + dy], barb(-1)]) pen.lineTo(...point);
    }

    paintHeat(pen, experiment, outputs, colours) {
      const logits = experiment.logits(MIDDLES), middle = experiment.logits(outputs).reduce((sum, value) => sum + value, 0) / (outputs.length / 2);
      const scale = { middle, low: Math.min(...logits), high: Math.max(...logits) }, lean = LEAN[experiment.settings.loss];
      const [fake, real] = colours.map((colour) => colour.match(/\w\w/g).map((part) => Number.parseInt(part, 16)));
      const small = this.heat.getContext("2d"), image = small.createImageData(CELLS, CELLS);
      logits.forEach((h, cell) => {
        const leaning = lean(h, scale), colour = leaning < 0 ? fake : real;
        for (let part = 0; part < 3; part++) image.data[4 * cell + part] = colour[part];
        image.data[4 * cell + 3] = 150 * Math.min(Math.abs(leaning), 1);
      });
      small.putImageData(image, 0, 0);
      pen.drawImage(this.heat, 0, 0, pen.canvas.width, pen.canvas.width);
    }
  }

  Object.assign(live, { PlaneView });
})();
