/* Runs the mathematics of the live pages on a fixture that gantheory made, for test_live.py and test_live_plane.py.

     node tests/docs/live_fixture.mjs fixture.json      prints the results as JSON

   The scripts are those of the page, run as a browser runs them: one after another, in one global scope. */

import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const folder = new URL("../../docs/site/javascripts/live/", import.meta.url);
for (const name of ["network", "game", "training", "laws", "places", "plane-start"]) {
  runInThisContext(readFileSync(new URL(`${name}.js`, folder), "utf8"), { filename: `${name}.js` });
}
const live = globalThis.ganLive;
const fixture = JSON.parse(readFileSync(process.argv[2], "utf8"));

const arrays = (numbers) => Object.fromEntries(Object.entries(numbers).map(([name, values]) => [name, Float64Array.from(values)]));
const listed = (players) => Object.fromEntries(Object.entries(players).map(([name, values]) => [name, [...values]]));

/** Both players' losses and gradients at one place, for each of the games. */
function gradients({ size, players, draw, games }) {
  const game = new live.Game(size), [playersHere, drawHere] = [arrays(players), arrays(draw)];
  return games.map((settings) =>
    Object.fromEntries(
      ["discriminator", "generator"].map((name) => {
        const loss = game[`${name}Loss`](settings, playersHere, drawHere);
        return [name, { loss, gradient: [...game.gradients[name]] }];
      }),
    ),
  );
}

/** The players after some steps on given draws. */
function run({ size, players, draws, settings, steps }) {
  const left = draws.map(arrays);
  const training = new live.Training({ size, settings, players: arrays(players), source: () => left.shift() });
  for (let step = 0; step < steps; step++) training.advance();
  return { players: listed(training.players), averaged: [...training.averaged], losses: training.losses, unused: left.length };
}

/** What the page says about laws: quantiles, densities, distances, and a large sample. */
function laws({ shares, points, seed, count }) {
  const describe = (law) => {
    const random = live.randomNumbers(seed);
    return {
      mean: law.mean,
      sd: law.sd,
      quantiles: shares.map((share) => law.quantile(share)),
      densities: points.map((point) => law.density(point)),
      wasserstein: live.wasserstein(Float64Array.from(points), law),
      sample: Array.from({ length: count }, () => law.draw(random)),
    };
  };
  return Object.fromEntries(Object.entries(live.LAWS).map(([name, law]) => [name, describe(law)]));
}

/** Samples of data in the plane, and how two samples are judged. */
function places({ seed, count, mixture, points, reference, minCount }) {
  const drawn = (one) => [...live.drawAround(one, count, live.randomNumbers(seed))];
  const { counts, found, share } = live.coverage(points, mixture, minCount);
  return {
    data: live.PLACES,
    samples: Object.fromEntries(Object.entries(live.PLACES).map(([name, one]) => [name, drawn(one)])),
    coverage: { counts: [...counts], found, share },
    slicedWasserstein: live.slicedWasserstein(points, reference),
  };
}

/** The arrows of the page, with what they are computed from. */
function pushes({ settings, seed, count, wide }) {
  const experiment = new live.PlaneExperiment({ settings, seed });
  for (let step = 0; step < 20; step++) experiment.training.advance();
  const { points, push } = experiment.push(count);
  const real = [...experiment.reference.subarray(0, 2 * count)];
  const { outside } = experiment.judge(Float64Array.from(wide));
  return { players: listed(experiment.training.players), real, points: [...points], push: [...push], outside };
}

const only = (name, function_) => (name in fixture ? { [name]: function_(fixture[name]) } : {});
const results = {
  names: { losses: Object.keys(live.LOSSES), penalties: Object.keys(live.PENALTIES), rules: Object.keys(live.RULES) },
  gradients: gradients(fixture.gradients),
  runs: fixture.runs.map(run),
  ...only("tanh", (values) => values.map(live.tanh)),
  ...only("laws", laws),
  ...only("places", places),
  ...only("pushes", (all) => all.map(pushes)),
};
process.stdout.write(JSON.stringify(results));
