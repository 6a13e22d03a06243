/* Plays the games of the portrait as the page does, for tests/docs/test_portrait.py.

     node tests/docs/portrait_plays.mjs '{"plays": [["R1", "in turn", [1, -1], 500]], "paths": [[[1, 0], [0, 0]]]}'

   Prints the games' names, the path of each play, and what the page says of each of the paths. */

import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const file = new URL("../../docs/site/javascripts/portrait.js", import.meta.url);
runInThisContext(readFileSync(file, "utf8"), { filename: "portrait.js" });
const { GAMES, play, verdict } = globalThis.ganPortrait;
const { plays, paths } = JSON.parse(process.argv[2]);
const result = { games: Object.keys(GAMES), plays: plays.map((one) => play(...one)), verdicts: paths.map(verdict) };
process.stdout.write(JSON.stringify(result));
