/* Networks inputs - width - width - outputs with tanh, the MLP of gantheory.networks, and their derivatives by hand.

   Parameters are one flat array, layer by layer: weights (in, out), then biases; a batch is one, sample by sample. A tape keeps
   what the way back needs. Beside the value of a network with one output, its slope in each input is carried forward (a tangent),
   and one reverse sweep gives the gradient of anything that depends on values and slopes: the double backward that gradient
   penalties need. Batches and widths are multiples of four. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const partSizes = ({ inputs, width, outputs }) => [inputs * width, width, width * width, width, width * outputs, outputs];
  const parameterCount = (shape) => partSizes(shape).reduce((sum, size) => sum + size, 0);

  const shapes = (dimension, width) => ({
    generator: { inputs: dimension, width, outputs: dimension },
    discriminator: { inputs: dimension, width, outputs: 1 },
  });

  /** Weights and biases uniform on ±gain/√in, as gantheory.networks.Linear draws them. */
  function drawParameters(shape, firstLayerGain, random) {
    const { inputs, width } = shape, first = (inputs + 1) * width;
    const [bound, firstBound] = [width ** -0.5, firstLayerGain * inputs ** -0.5];
    return Float64Array.from({ length: parameterCount(shape) }, (_, index) => (index < first ? firstBound : bound) * (2 * random() - 1));
  }

  function layers(theta, shape) {
    let at = 0;
    const [w1, b1, w2, ...rest] = partSizes(shape).map((size) => theta.subarray(at, (at += size)));
    return [w1, b1, matrix(w2, shape.width), ...rest];
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
    constructor(shape, count) {
      const { inputs, width, outputs } = shape, units = () => matrix(new Float64Array(width * count), width);
      const perInput = () => Array.from({ length: inputs }, units);
      Object.assign(this, { shape, count, value: new Float64Array(outputs * count), slope: new Float64Array(inputs * count) });
      Object.assign(this, { h1: units(), h2: units(), hBar: units(), aBar: units() }); // both layers, and derivatives in them
      Object.assign(this, { t1: perInput(), u2: perInput(), tBar: perInput(), uBar: perInput() }); // and of their tangents
    }
  }

  /** Leaves on the tape values, and with `slopes` also derivatives in the inputs, of a batch x. */
  function forward(theta, x, tape, slopes = false) {
    const { shape: { inputs, width, outputs }, count, value, slope } = tape, [w1, b1, w2, b2, w3, b3] = layers(theta, tape.shape);
    const h1 = tape.h1.data, h2 = tape.h2.data;
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < width; j++, at++) {
        let z = b1[j];
        for (let d = 0; d < inputs; d++) z += w1[d * width + j] * x[i * inputs + d];
        h1[at] = tanh(z);
        h2[at] = b2[j];
      }
    }
    addProduct(tape.h2, tape.h1, w2);
    for (let i = 0, at = 0; i < count; i++, at += width) {
      for (let k = 0; k < width; k++) h2[at + k] = tanh(h2[at + k]);
      for (let o = 0; o < outputs; o++) {
        let y = b3[o];
        for (let k = 0; k < width; k++) y += h2[at + k] * w3[k * outputs + o];
        value[i * outputs + o] = y;
      }
    }
    for (let d = 0; slopes && d < inputs; d++) {
      const t1 = tape.t1[d].data, u2 = tape.u2[d].data;
      for (let at = 0; at < t1.length; at++) t1[at] = w1[d * width + (at % width)] * (1 - h1[at] * h1[at]);
      u2.fill(0);
      addProduct(tape.u2[d], tape.t1[d], w2);
      for (let i = 0, at = 0; i < count; i++) {
        let dy = 0;
        for (let k = 0; k < width; k++, at++) dy += u2[at] * (1 - h2[at] * h2[at]) * w3[k];
        slope[i * inputs + d] = dy;
      }
    }
  }

  /** From a loss's derivatives in values (and slopes): adds those in the parameters to `gradient`, and gives those in the inputs. */
  function backward(theta, x, tape, { valueBar, slopeBar = null, gradient = null }) {
    const { shape, count } = tape, { inputs, width, outputs } = shape, directions = slopeBar ? inputs : 0;
    const [w1, , w2, , w3] = layers(theta, shape);
    const [inW1, inB1, inW2, inB2, inW3, inB3] = layers(gradient ?? new Float64Array(theta.length), shape);
    const [h1, h2, aBar, hBar] = [tape.h1, tape.h2, tape.aBar, tape.hBar].map(({ data }) => data);
    for (let i = 0, at = 0; i < count; i++) {
      for (let o = 0; o < outputs; o++) inB3[o] += valueBar[i * outputs + o];
      for (let k = 0; k < width; k++, at++) {
        const h = h2[at], s = 1 - h * h;
        let inUnit = 0;
        for (let o = 0; o < outputs; o++) {
          const bar = valueBar[i * outputs + o];
          inUnit += bar * w3[k * outputs + o];
          inW3[k * outputs + o] += bar * h;
        }
        for (let d = 0; d < directions; d++) {
          const bar = slopeBar[i * inputs + d], u = tape.u2[d].data[at];
          inUnit -= 2 * h * u * bar * w3[k];
          inW3[k] += bar * u * s;
          tape.uBar[d].data[at] = bar * w3[k] * s;
        }
        aBar[at] = inUnit * s;
        inB2[k] += aBar[at];
      }
    }
    hBar.fill(0);
    addProduct(tape.hBar, tape.aBar, transposed(w2));
    if (gradient) addProduct(inW2, transposed(tape.h1), tape.aBar);
    for (let d = 0; d < directions; d++) {
      tape.tBar[d].data.fill(0);
      addProduct(tape.tBar[d], tape.uBar[d], transposed(w2));
      addProduct(inW2, transposed(tape.t1[d]), tape.uBar[d]);
    }
    const inBar = new Float64Array(inputs * count);
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < width; j++, at++) {
        const h = h1[at], s = 1 - h * h;
        let zBar = hBar[at];
        for (let d = 0; d < directions; d++) {
          const bar = tape.tBar[d].data[at];
          zBar -= 2 * h * bar * w1[d * width + j];
          inW1[d * width + j] += bar * s;
        }
        zBar *= s;
        inB1[j] += zBar;
        for (let d = 0; d < inputs; d++) {
          inW1[d * width + j] += x[i * inputs + d] * zBar;
          inBar[i * inputs + d] += zBar * w1[d * width + j];
        }
      }
    }
    return inBar;
  }

  Object.assign(live, { Tape, backward, drawParameters, forward, parameterCount, shapes, tanh });
})();
