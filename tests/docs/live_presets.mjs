/* Plays the first two presets of the live page as the page does, for tests/docs/test_live.py.

     node tests/docs/live_presets.mjs '{"seeds": [4, 2], "steps": 8000, "every": 100, "freed": 200}'

   Prints, for each seed, the page's own seed, W1 along the first preset from the end of the lead on, then along the second one, begun twice. */

import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const folder = new URL("../../docs/site/javascripts/live/", import.meta.url);
for (const name of ["network", "game", "training", "laws", "presets", "start"]) {
  runInThisContext(readFileSync(new URL(`${name}.js`, folder), "utf8"), { filename: `${name}.js` });
}
const live = globalThis.ganLive;
const { seeds, steps, every, freed } = JSON.parse(process.argv[2]);

/** W1 before the first of some steps and after every so many of them. */
function walk(experiment, count) {
  const seen = [experiment.w1(200)];
  for (let step = 1; step <= count; step++) {
    experiment.training.advance();
    if (step % every === 0) seen.push(experiment.w1(200));
  }
  return seen;
}

function play(seed) {
  const { settings, ahead } = live.PRESETS.stuck;
  const experiment = new live.Experiment({ settings: structuredClone(settings), seed, ahead });
  while (experiment.training.ahead) experiment.training.advance();
  const before = experiment.push(8).push;
  const stuck = walk(experiment, steps);
  const again = () => {
    experiment.takeUp();
    Object.assign(experiment.settings, structuredClone(live.PRESETS.freed.after));
    return { push: [...experiment.push(8).push], w1: walk(experiment, freed) };
  };
  return { stuck, push: [...before], freed: [again(), again()] };
}

process.stdout.write(JSON.stringify({ seed: live.SEED, runs: seeds.map(play) }));
