/* Opens every page of the built site in Chromium: light, dark, at a phone's width, and from disk.

     CHROMIUM=<its program> node docs/tools/checks/browser.mjs [site [page…]]

   With pages, such as theory/live-2d.html, only these. Prints one line for each page and exits with 1 on any finding. playwright-core and axe-core come from build/node
   (`python -m tools.assets.fetch --browser`). */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { answer } from "./browser/answer.mjs";
import { brief } from "./browser/brief.mjs";
import { accessibility, figureContrast, folding, keyboard, layout, players, reducedMotion, search, searchResults } from "./browser/checks.mjs";
import { labels } from "./browser/labels.mjs";
import { live } from "./browser/live.mjs";
import { plane } from "./browser/plane.mjs";
import { portrait } from "./browser/portrait.mjs";
import { listPages, serve } from "./browser/server.mjs";
import { small } from "./browser/small.mjs";

const support = dirname(fileURLToPath(import.meta.url));
const modules = createRequire(join(support, "../../../build/node/package.json"));
const { chromium } = modules("playwright-core");
const axeSource = readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");

if (!process.env.CHROMIUM) throw new Error("name the program of a Chromium in the variable CHROMIUM");
const [site, ...wanted] = [resolve(process.argv[2] ?? "site"), ...process.argv.slice(3)];
const isWanted = (page) => !wanted.length || wanted.includes(page);
const pages = listPages(site).filter(isWanted);
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PASSES = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
];

const WIDE = { width: 1440, height: 900 };

const findings = new Map();
const note = (page, name, texts) => {
  findings.set(page, [...(findings.get(page) ?? []), ...texts.map((text) => `${name}: ${text}`)]);
};

/** A tab that notes errors and whatever is asked of anybody else than `home`. */
async function watchedTab(context, home, report) {
  const tab = await context.newPage();
  tab.on("console", (message) => message.type() === "error" && report(`console error: ${message.text()}`));
  tab.on("response", (response) => response.status() >= 400 && report(`${response.status()} at ${response.url()}`));
  tab.on("pageerror", (error) => report(`page error: ${error.message}`));
  tab.on("request", (request) => {
    if (!request.url().startsWith(home) && !/^(data|blob|about):/.test(request.url())) report(`asks ${request.url()}`);
  });
  return tab;
}

/** Nothing to search for, where nobody searches: each page would index the whole site anew, in most of its time. */
const NO_SEARCH = JSON.stringify({ config: { lang: ["en"], separator: " ", pipeline: [], fields: {} }, docs: [] });
const withoutSearch = async (context) => {
  await context.route(/search_index\.json$/, (route) => route.fulfill({ contentType: "application/json", body: NO_SEARCH }));
  await context.route(/search_index\.js$/, (route) => route.fulfill({ contentType: "text/javascript", body: `var __index = ${NO_SEARCH}` }));
};

async function open(tab, address) {
  await tab.goto(address, { waitUntil: "load" });
  await tab.evaluate(() => document.fonts.ready);
}

async function checkPass(browser, home, pass) {
  const context = await browser.newContext(pass);
  await withoutSearch(context);
  let current = "";
  const tab = await watchedTab(context, home, (text) => note(current, pass.name, [text]));
  for (current of pages) {
    await open(tab, home + current);
    note(current, pass.name, await layout(tab));
    if (pass.name !== "phone") note(current, pass.name, await figureContrast(tab));
    if (pass.name === "light") {
      if (/^(answers|theory)\/(?!index\.)/.test(current)) note(current, pass.name, await brief(tab));
      note(current, pass.name, await answer(tab));
      note(current, pass.name, await reducedMotion(tab));
      await tab.setViewportSize(WIDE);
      await tab.waitForTimeout(300); // the header moves to its new place
      note(current, "wide", await layout(tab));
      await tab.setViewportSize(pass.viewport);
    }
    if (pass.name === "phone") note(current, pass.name, await labels(tab));
    if (pass.name !== "dark") note(current, pass.name, await players(tab));
    note(current, pass.name, await accessibility(tab, axeSource, pass.name));
  }
  await context.close();
}

/** Search, and a hop by instant navigation that keeps the document and starts the players of the new page. */
async function checkNavigation(browser, home) {
  const context = await browser.newContext();
  const tab = await watchedTab(context, home, (text) => note("index.html", "navigation", [text]));
  await open(tab, `${home}index.html`);
  note("index.html", "navigation", await search(tab));
  note("index.html", "search", await searchResults(tab, axeSource));
  await tab.keyboard.press("Escape");
  await tab.evaluate(() => (globalThis.sameDocument = true));
  await tab.evaluate(() => document.querySelector('a[href*="uniform-to-normal.html"], a[href*="vanishing-gradient.html"]').click());
  await tab.waitForURL(/answers/);
  await tab.waitForTimeout(500);
  if (!(await tab.evaluate(() => globalThis.sameDocument))) note("index.html", "navigation", ["a link loads the document anew"]);
  const dead = await tab.evaluate(() => [...document.querySelectorAll("gan-player")].filter((one) => !one.slider).length);
  if (dead) note("index.html", "navigation", [`${dead} players did not start after a hop`]);
  await open(tab, `${home}answers/uniform-to-normal.html`);
  note("answers/uniform-to-normal.html", "folding", await folding(tab));
  note("answers/uniform-to-normal.html", "keyboard", await keyboard(tab));
  await context.close();
}

/* The pages that compute in the browser, one at a time, because speeds are measured: what drives each, and in which settings. */
const [LIGHT, DARK, PHONE] = PASSES;
const LIVE = [
  ["theory/live.html", live, LIGHT],
  ["theory/live-2d.html", plane, LIGHT],
  ["theory/live-2d.html", plane, { ...DARK, ...PHONE, name: "dark phone", colorScheme: "dark", hasTouch: true }],
  ["theory/dynamics.html", portrait, LIGHT],
  ["theory/dynamics.html", portrait, { ...PHONE, hasTouch: true }],
  ["index.html", small, DARK],
  ["answers/vanishing-gradient.html", small, PHONE],
];

async function checkLive(browser, home) {
  for (const [page, drive, pass] of LIVE.filter(([name]) => isWanted(name))) {
    const context = await browser.newContext(pass);
    const report = (text) => note(page, `live, ${pass.name}`, [text]);
    const tab = await watchedTab(context, home, report);
    for (const text of await drive(tab, home, open, page)) report(text);
    await context.close();
  }
}

/** Without its scripts the home page keeps no room for them. */
async function checkUnscripted(browser, home) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const tab = await context.newPage();
  await tab.goto(`${home}index.html`);
  const { height } = await tab.locator("gan-live-small").boundingBox();
  if (height > 100) note("index.html", "without scripts", [`the small live GAN takes ${height} px for one sentence`]);
  await context.close();
}

/** The same site without a server. */
async function checkDisk(browser) {
  const home = `${pathToFileURL(site).href}/`;
  const context = await browser.newContext();
  await withoutSearch(context);
  let current = "";
  const tab = await watchedTab(context, home, (text) => note(current, "from disk", [text]));
  for (current of pages) {
    await open(tab, home + current); // what it asks of others, and errors, are noted; its layout is that of `light`
  }
  current = "index.html";
  if (!wanted.length) {
    await context.unrouteAll();
    await open(tab, home + current);
    note(current, "from disk", await search(tab));
  }
  await context.close();
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
const server = await serve(site);
const start = Date.now();
try {
  const [light, dark, phone] = PASSES.map((pass) => () => checkPass(browser, server.address, pass));
  await Promise.all([light().then(() => checkDisk(browser)), dark().then(phone)]);
  if (!wanted.length) await checkNavigation(browser, server.address);
  if (isWanted("index.html")) await checkUnscripted(browser, server.address);
  await checkLive(browser, server.address);
} finally {
  await browser.close();
  await server.stop();
}

let total = 0;
for (const [page, found] of [...findings].sort()) {
  total += found.length;
  console.log(`${found.length ? "✗" : "✓"} ${page}${found.map((text) => `\n    ${text}`).join("")}`);
}
console.log(`${findings.size} pages, ${total} findings, ${Math.round((Date.now() - start) / 1000)} s`);
process.exit(total ? 1 : 0);
