/* Data in the plane: an equal mixture of round normals, one at each place; how near samples are to them: the formulas of
   gantheory.metrics.mode_coverage and sliced_wasserstein. Points are flat arrays, x and y in turn. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const EDGE = 2.5; // of the window, in all four directions
  const DIRECTIONS = Array.from({ length: 16 }, (_, i) => [Math.cos((Math.PI * i) / 16), Math.sin((Math.PI * i) / 16)]);

  const along = (count, place) => Array.from({ length: count }, (_, i) => place(i)).flat();
  const circle = (angle, radius) => [radius * Math.cos(angle), radius * Math.sin(angle)];
  const moon = (side, i) => {
    const angle = (Math.PI * i) / 11;
    return [side * (1.2 * Math.cos(angle) - 0.6), side * (1.2 * Math.sin(angle) - 0.35)];
  };
  /* Where the places are, and the standard deviation at each. */
  const PLACES = {
    ring: { sd: 0.1, places: along(8, (i) => circle((Math.PI * i) / 4, 1.5)) },
    grid: { sd: 0.1, places: along(9, (i) => [1.3 * ((i % 3) - 1), 1.3 * (Math.floor(i / 3) - 1)]) },
    moons: { sd: 0.1, places: [1, -1].flatMap((side) => along(12, (i) => moon(side, i))) },
    spiral: { sd: 0.1, places: along(24, (i) => circle(0.28 * i, 0.25 + 0.07 * i)) },
  };

  function drawAround({ places, sd }, count, random) {
    const points = new Float64Array(2 * count), modes = places.length / 2;
    for (let at = 0; at < 2 * count; at += 2) {
      const mode = Math.min(Math.floor(modes * random()), modes - 1);
      const length = sd * Math.sqrt(-2 * Math.log(random())), angle = 2 * Math.PI * random();
      points[at] = places[2 * mode] + length * Math.cos(angle);
      points[at + 1] = places[2 * mode + 1] + length * Math.sin(angle);
    }
    return points;
  }

  function nearest(places, x, y) {
    let [found, least] = [-1, Infinity];
    for (let at = 0; at < places.length; at += 2) {
      const square = (places[at] - x) ** 2 + (places[at + 1] - y) ** 2;
      if (square < least) [found, least] = [at / 2, square];
    }
    return [found, Math.sqrt(least)];
  }

  /** How many samples are within three standard deviations of each place, which they count for if it is the nearest. */
  function coverage(points, { places, sd }, minCount) {
    const counts = new Int32Array(places.length / 2);
    for (let at = 0; at < points.length; at += 2) {
      const [mode, distance] = nearest(places, points[at], points[at + 1]);
      if (distance <= 3 * sd) counts[mode] += 1;
    }
    const near = counts.reduce((sum, count) => sum + count, 0);
    return { counts, found: counts.filter((count) => count >= minCount).length, share: (2 * near) / points.length };
  }

  /** Mean Wasserstein-1 distance of two samples of equal size, projected on sixteen directions. */
  function slicedWasserstein(points, reference) {
    const project = (all, [across, up]) => Float64Array.from({ length: all.length / 2 }, (_, i) => across * all[2 * i] + up * all[2 * i + 1]).sort();
    let total = 0;
    for (const direction of DIRECTIONS) {
      const [one, other] = [project(points, direction), project(reference, direction)];
      total += one.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0) / one.length;
    }
    return total / DIRECTIONS.length;
  }

  Object.assign(live, { EDGE, PLACES, coverage, drawAround, nearest, slicedWasserstein });
})();
