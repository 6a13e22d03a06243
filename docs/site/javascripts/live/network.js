/* The network of the page: 1 - width - width - 1 with tanh, the MLP of gantheory.networks, and its derivatives by hand.

   Parameters are one flat array, layer by layer: weights stored (in, out), then biases. For a batch of inputs a tape keeps what
   the way back needs. Inputs are single numbers, so the slope dh/dx is carried forward beside the value (a tangent), and one
   reverse sweep over both gives the gradient of anything that depends on values and slopes: the double backward that gradient
   penalties need. Batches and widths are multiples of four. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const parameterCount = (width) => width * width + 4 * width + 1;

  /** Weights and biases uniform on ±gain/√in, as gantheory.networks.Linear draws them. */
  function drawParameters(width, firstLayerGain, random) {
    const bound = width ** -0.5;
    return Float64Array.from({ length: parameterCount(width) }, (_, index) =>
      (index < 2 * width ? firstLayerGain : bound) * (2 * random() - 1),
    );
  }

  /** The parts of a parameter array, as views on it. */
  function layers(theta) {
    const width = Math.sqrt(theta.length + 3) - 2;
    let at = 0;
    const [w1, b1, w2, b2, w3, b3] = [width, width, width * width, width, width, 1].map((size) =>
      theta.subarray(at, (at += size)),
    );
    return { w1, b1, w2: matrix(w2, width), b2, w3, b3 };
  }

  const matrix = (data, columns) => ({ data, rows: data.length / columns, columns, down: columns, across: 1 });
  const transposed = ({ data, rows, columns, down, across }) => ({ data, rows: columns, columns: rows, down: across, across: down });

  /** into += left right, in blocks of four rows and two columns, so that the sums stay in registers. */
  function addProduct(into, left, right) {
    const A = left.data, B = right.data, C = into.data, { down, across } = left, inner = left.columns, beside = right.across;
    for (let row = 0; row < left.rows; row += 4) {
      for (let column = 0; column < right.columns; column += 2) {
        let s0 = 0, s1 = 0, s2 = 0, s3 = 0, r0 = 0, r1 = 0, r2 = 0, r3 = 0;
        for (let k = 0, a = row * down, b = column * beside; k < inner; k++, a += across, b += right.down) {
          const v = B[b], w = B[b + beside], a0 = A[a], a1 = A[a + down], a2 = A[a + 2 * down], a3 = A[a + 3 * down];
          s0 += a0 * v; s1 += a1 * v; s2 += a2 * v; s3 += a3 * v;
          r0 += a0 * w; r1 += a1 * w; r2 += a2 * w; r3 += a3 * w;
        }
        let c = row * into.down + column;
        C[c] += s0; C[c + 1] += r0; c += into.down;
        C[c] += s1; C[c + 1] += r1; c += into.down;
        C[c] += s2; C[c + 1] += r2; c += into.down;
        C[c] += s3; C[c + 1] += r3;
      }
    }
  }

  /* tanh from a table by the addition theorem; between two entries three terms of its series reach double precision. */
  const FINE = 128, EDGE = 20;
  const TABLE = Float64Array.from({ length: 2 * EDGE * FINE + 1 }, (_, index) => Math.tanh(index / FINE - EDGE));
  function tanh(x) {
    const place = Math.min(Math.max(x, -EDGE), EDGE) + EDGE;
    const index = (place * FINE + 0.5) | 0;
    const rest = place - index / FINE, square = rest * rest;
    const small = rest * (1 - square * (1 / 3 - square * (2 / 15)));
    return (TABLE[index] + small) / (1 + TABLE[index] * small);
  }

  class Tape {
    constructor(width, count) {
      Object.assign(this, { width, count, value: new Float64Array(count), slope: new Float64Array(count) });
      for (const name of ["h1", "t1", "h2", "u2", "aBar", "uBar", "hBar", "tBar"]) {
        this[name] = matrix(new Float64Array(width * count), width);
      }
    }
  }

  /** Values, and with `slopes` also derivatives in the input, of a batch x; both are left on the tape. */
  function forward(theta, x, tape, slopes = false) {
    const { width, count, value, slope } = tape, { w1, b1, w2, b2, w3, b3 } = layers(theta);
    const h1 = tape.h1.data, t1 = tape.t1.data, h2 = tape.h2.data, u2 = tape.u2.data;
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < width; j++, at++) {
        h1[at] = tanh(w1[j] * x[i] + b1[j]);
        t1[at] = w1[j] * (1 - h1[at] * h1[at]);
        h2[at] = b2[j];
        u2[at] = 0;
      }
    }
    addProduct(tape.h2, tape.h1, w2);
    if (slopes) addProduct(tape.u2, tape.t1, w2);
    for (let i = 0, at = 0; i < count; i++) {
      let y = b3[0], dy = 0;
      for (let k = 0; k < width; k++, at++) {
        const h = (h2[at] = tanh(h2[at]));
        y += h * w3[k];
        dy += u2[at] * (1 - h * h) * w3[k];
      }
      value[i] = y;
      slope[i] = dy;
    }
  }

  /** From the derivatives of a loss in the values (and slopes) of the tape: adds those in the parameters to `gradient`, where one
      is given, and gives those in the inputs. */
  function backward(theta, x, tape, { valueBar, slopeBar = null, gradient = null }) {
    const { width, count } = tape, { w1, w2, w3 } = layers(theta), grad = layers(gradient ?? new Float64Array(theta.length));
    const [h1, t1, h2, u2, aBar, uBar, hBar, tBar] = ["h1", "t1", "h2", "u2", "aBar", "uBar", "hBar", "tBar"].map((name) => tape[name].data);
    for (let i = 0, at = 0; i < count; i++) {
      const yBar = valueBar[i], dyBar = slopeBar ? slopeBar[i] : 0;
      grad.b3[0] += yBar;
      for (let k = 0; k < width; k++, at++) {
        const h = h2[at], s = 1 - h * h, u = slopeBar ? u2[at] : 0;
        aBar[at] = (yBar - 2 * h * u * dyBar) * w3[k] * s;
        uBar[at] = dyBar * w3[k] * s;
        grad.w3[k] += yBar * h + dyBar * u * s;
        grad.b2[k] += aBar[at];
      }
    }
    hBar.fill(0);
    addProduct(tape.hBar, tape.aBar, transposed(w2));
    if (gradient) addProduct(grad.w2, transposed(tape.h1), tape.aBar);
    tBar.fill(0);
    if (slopeBar) {
      addProduct(tape.tBar, tape.uBar, transposed(w2));
      addProduct(grad.w2, transposed(tape.t1), tape.uBar);
    }
    return x.map((input, i) => {
      let inBar = 0;
      for (let j = 0, at = i * width; j < width; j++, at++) {
        const h = h1[at], s = 1 - h * h;
        const zBar = (hBar[at] - 2 * h * tBar[at] * w1[j]) * s;
        grad.w1[j] += input * zBar + tBar[at] * s;
        grad.b1[j] += zBar;
        inBar += zBar * w1[j];
      }
      return inBar;
    });
  }

  Object.assign(live, { Tape, backward, drawParameters, forward, parameterCount, tanh });
})();
