/* Sets every formula of the built site, so that no reader needs a script for it.

     node docs/tools/checks/render_math.mjs [site]

   KaTeX comes from build/node (see assets.py). A formula that KaTeX refuses or only warns about, and TeX that was not
   recognised as a formula, stops the build. Running it again changes nothing. */

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import "../../site/javascripts/macros.js";

const support = dirname(fileURLToPath(import.meta.url));
const site = resolve(process.argv[2] ?? "site");
const katex = createRequire(join(support, "../../../build/node/package.json"))("katex");

const FORMULA = /([("\[“]?)<(span|div) class="arithmatex">([^<]*)<\/\2>([^\s<]*)/g; // and what touches it: a bracket, a comma, …
const NOT_PROSE = /<(script|style|template|pre|code|svg|math)\b[^]*?<\/\1>|<[^>]*>/g;
const LEFTOVER = /\$\$|\\\[|\\\(|\\begin\{/;

const problems = [];
let count = 0;

const decode = (html) =>
  html.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name]);

function render(before, element, html, after, page) {
  const source = decode(html).trim();
  count += 1;
  try {
    const set = katex.renderToString(source.slice(2, -2), {
      displayMode: source.startsWith("\\["),
      macros: { ...globalThis.gantheoryMacros },
      strict: "error",
      throwOnError: true,
    });
    const formula = `<${element} class="arithmatex">${set}</${element}>`;
    return before || after ? together(before + formula + after) : formula;
  } catch (error) {
    problems.push(`${page}: ${error.message}\n    in ${source}`);
    return null;
  }
}

/** A browser may begin a line with the comma after a formula; this one may break inside of the formula alone, where it could before. */
function together(html) {
  const between = /(?<=<span class="katex-base">[^]*)<span class="katex-base">/g;
  return `<span class="gt-tight">${html.replace(between, "<wbr>$&")}</span>`;
}

function checkLeftovers(html, page) {
  const prose = html.replace(NOT_PROSE, " ");
  const found = LEFTOVER.exec(decode(prose));
  if (!found) return;
  const around = prose.slice(Math.max(found.index - 40, 0), found.index + 60).replace(/\s+/g, " ");
  problems.push(`${page}: TeX that is no formula (a display formula needs blank lines around it): …${around}…`);
}

for (const entry of readdirSync(site, { recursive: true })) {
  if (!entry.endsWith(".html")) continue;
  const path = join(site, entry);
  const page = relative(site, path);
  const html = readFileSync(path, "utf8");
  const set = html.replace(FORMULA, (whole, before, element, source, after) => render(before, element, source, after, page) ?? whole);
  checkLeftovers(set.replace(FORMULA, ""), page);
  if (set !== html) writeFileSync(path, set);
}

if (problems.length) {
  console.error(`${problems.length} formula(s) cannot be set:\n  ${problems.join("\n  ")}`);
  process.exit(1);
}
console.log(`${count} formulas set`);
