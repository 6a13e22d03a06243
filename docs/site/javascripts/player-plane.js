/* Panels of the plane for <gan-player>: a heat map, samples, and an arrow on each. Loaded before player.js, which reads
   `ganPanels`: kind of panel to the `d` of its moving paths in a frame. Text and rules are those of docs/tools/drawing/plane_text.py. */
(() => {
  "use strict";

  const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
  const LEVELS = 16, UNITS = DIGITS.length ** 2, RADIUS = 46;
  const BACK = 5, ASIDE = 3, WHOLE = 20;

  function readSamples(text) {
    const number = (at) => DIGITS.length * DIGITS.indexOf(text[at]) + DIGITS.indexOf(text[at + 1]);
    const found = [];
    for (let at = 0; at < text.length; at += 9) {
      if (text[at] === ".") continue; // outside of the window
      const [x, y, across, down] = [0, 2, 4, 6].map((place) => number(at + place));
      found.push({ x, y, across: across - UNITS / 2, down: down - UNITS / 2, cut: text[at + 8] === "1" });
    }
    return found;
  }

  function levelPaths(heat) {
    const side = Math.round(Math.sqrt(heat.length));
    const paths = Array(LEVELS).fill("");
    for (let row = 0; row < side; row++) {
      for (const { 0: run, 1: digit, index } of heat.slice(row * side, (row + 1) * side).matchAll(/(.)\1*/g)) {
        paths[DIGITS.indexOf(digit)] += `M${index} ${row}h${run.length}v1h-${run.length}z`;
      }
    }
    return paths;
  }

  function dot({ x, y }) {
    const half = `a${RADIUS} ${RADIUS} 0 1 0`;
    return `M${x - RADIUS} ${y}${half} ${2 * RADIUS} 0${half} -${2 * RADIUS} 0z`;
  }

  function arrow({ x, y, across, down }) {
    const barb = (side) => [
      Math.floor((-BACK * across - side * ASIDE * down) / WHOLE),
      Math.floor((-BACK * down + side * ASIDE * across) / WHOLE),
    ];
    const [left, right] = [barb(1), barb(-1)];
    return `M${x} ${y}l${across} ${down}m${left.join(" ")}l${-left[0]} ${-left[1]}l${right.join(" ")}`;
  }

  function plane({ heat, samples }, frame) {
    const found = readSamples(samples[frame]);
    return [
      ...levelPaths(heat[frame]).slice(1),
      found.filter(({ cut }) => !cut).map(arrow).join(""),
      found.filter(({ cut }) => cut).map(arrow).join(""),
      found.map(dot).join(""),
    ];
  }

  globalThis.ganPanels = { ...globalThis.ganPanels, plane };
})();
