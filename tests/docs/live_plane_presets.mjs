/* Plays the presets of the page in the plane as the page does, for tests/docs/test_live_plane.py.

     node tests/docs/live_plane_presets.mjs '{"steps": {"collapse": 1000, …}, "every": 50}'

   Prints, for each preset, what the page counts along the run, and the lengths of the arrows before its first step; and for the
   determinism of a run, the players after some steps. */

import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const folder = new URL("../../docs/site/javascripts/live/", import.meta.url);
const run = (name) => runInThisContext(readFileSync(new URL(`${name}.js`, folder), "utf8"), { filename: `${name}.js` });
["network", "game", "training", "places", "plane-start"].forEach(run);
const live = globalThis.ganLive;
const { steps, every } = JSON.parse(process.argv[2]);

const begin = (name, seed = live.PLANE_SEED) => {
  const { settings, ahead } = live.PLANE_PRESETS[name];
  return new live.PlaneExperiment({ settings: structuredClone(settings), seed, ahead });
};
const lengths = ({ push }) => Array.from({ length: push.length / 2 }, (_, i) => Math.hypot(push[2 * i], push[2 * i + 1]));

function walk(experiment, name) {
  Object.assign(experiment.settings, structuredClone(live.PLANE_PRESETS[name].after ?? {}));
  const arrows = lengths(experiment.push(48)), seen = [];
  for (let step = 1; step <= steps[name]; step++) {
    experiment.training.advance();
    if (step % every === 0) seen.push(experiment.judge(experiment.outputs()));
  }
  return { arrows, seen };
}

function lead(name) {
  const experiment = begin(name);
  while (experiment.training.ahead) experiment.training.advance();
  return experiment;
}

const strong = lead("stuck");
const presets = { collapse: walk(begin("collapse"), "collapse"), recipe: walk(begin("recipe"), "recipe"), stuck: walk(strong, "stuck") };
strong.takeUp();
presets.freed = walk(strong, "freed");

function after(seed) {
  const experiment = begin("recipe", seed);
  for (let step = 0; step < 10; step++) experiment.training.advance();
  return [...experiment.training.players.generator];
}

process.stdout.write(JSON.stringify({ presets, once: after(1), again: after(1), other: after(2) }));
