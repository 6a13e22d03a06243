/* What must hold on a page. Each check gives a list of findings. */

import { ENOUGH, QUERIES } from "./queries.mjs";

/** No sideways scroll, nothing cut off or hidden without a sign, no formula left for a script, and no TeX in the text. */
export async function layout(page) {
  const found = await laidOut(page);
  if (!found.length) return found;
  await page.waitForTimeout(500); // on a busy machine the marks may follow later; what is wrong stays wrong
  return laidOut(page);
}

async function laidOut(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))); // marks follow the layout
  return page.evaluate(() => {
    const found = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) {
      const wide = [...document.querySelectorAll("main *")].find(
        (element) => element.getBoundingClientRect().right > clientWidth + 1 && !element.closest("svg svg"),
      );
      found.push(`scrolls sideways: ${scrollWidth} px wide in ${clientWidth}, because of ${wide?.outerHTML.slice(0, 120)}`);
    }
    const raw = document.querySelectorAll(".arithmatex:not(:has(.katex))").length;
    if (raw) found.push(`${raw} formulas were not set`);
    return [...found, ...tooWide(), ...namesGone(), ...rawTeX()];

    /** A box that is narrower than its content, or content that sticks out of the page's column. */
    function tooWide() {
      const article = document.querySelector("article"), places = [];
      const edge = article ? article.getBoundingClientRect().right + 1 : Infinity;
      for (const element of article?.querySelectorAll("*:not(svg *, .katex *, input, select, option, template *, .tabbed-control)") ?? []) {
        if (!element.checkVisibility() || !element.clientWidth) continue;
        const { overflowX, maskImage, display } = getComputedStyle(element), over = element.scrollWidth - element.clientWidth;
        const name = () => `${element.tagName.toLowerCase()}.${element.className?.baseVal ?? element.className} "${element.textContent.trim().slice(0, 40)}"`;
        if (overflowX !== "visible" && display !== "inline" && over > 1) {
          if (!element.dataset.more || maskImage === "none") places.push(`cut off by ${over} px without a sign: ${name()}`);
        } else if (element.getBoundingClientRect().right > edge && !element.parentElement.closest("[data-more], .tabbed-labels")) {
          places.push(`sticks out of the column: ${name()}`);
        }
      }
      return places.slice(0, 5);
    }

    /** Tables that scroll, and their rows' names with them. */
    function namesGone() {
      const gone = [...document.querySelectorAll("article :is(table, .md-typeset__scrollwrap)[data-more]")].filter((box) => {
        box.scrollLeft = 60;
        const left = box.querySelector("tbody tr > *")?.getBoundingClientRect().left;
        const hidden = left < box.getBoundingClientRect().left - 1;
        box.scrollLeft = 0;
        return hidden;
      });
      return gone.map((box) => `scrolls without the names of its rows: "${box.textContent.trim().slice(0, 40)}"`);
    }

    /** Dollars and commands in the text that a reader sees. */
    function rawTeX() {
      const walker = document.createTreeWalker(document.querySelector("article") ?? document.body, NodeFilter.SHOW_TEXT);
      const texts = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.closest("pre, code, script, style, template, .katex, .arithmatex")) continue;
        const tex = /[^$]{0,20}(?:\$|\\(?:[([]|(?:frac|log|mathcal|operatorname|sigma|theta|lambda|quad)\b))[^$]{0,30}/.exec(node.data);
        if (tex) texts.push(`TeX in the text: "${tex[0].trim()}"`);
      }
      return texts.slice(0, 3);
    }
  });
}

/** Listings longer than a screen's half are folded; the switch in the header unfolds all, and is remembered. */
export async function folding(page) {
  const found = [];
  const states = () => page.locator(".gt-long").evaluateAll((boxes) => boxes.map((box) => box.hasAttribute("data-folded")));
  const before = await states();
  if (!before.length) return ["no page has a long listing"];
  if (!before.every(Boolean)) found.push("a long listing is not folded at first");
  const buttons = page.locator(".gt-unfold:visible"); // others lie in a folded part or behind a tab
  if (!(await buttons.count())) return ["no long listing is in sight"];
  await buttons.first().click();
  if ((await states()).every(Boolean)) found.push("the button under a listing does not unfold it");
  await page.locator(".gt-code-switch").click();
  if ((await states()).some(Boolean)) found.push("the switch in the header leaves a listing folded");
  await page.reload({ waitUntil: "load" });
  if ((await states()).some(Boolean)) found.push("the switch is forgotten on the next page");
  await page.locator(".gt-code-switch").click();
  if (!(await states()).every(Boolean)) found.push("the switch in the header does not fold again");
  return found;
}

/** Accessibility, by axe: in the dark only what depends on colours. What formulas and drawings are made of,
    thousands of marks that are named as a whole, is taken out of the page before, its room kept: no check may follow. */
export async function accessibility(page, axeSource, name) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async (pass) => {
    const wholes = [...document.querySelectorAll(".katex, .gt-svg")].map((whole) => {
      const { width, height } = whole.getBoundingClientRect();
      return [whole, Math.max(width, whole.scrollWidth), height]; // a long formula sticks out of its box
    });
    for (const [whole, width, height] of wholes) {
      whole.replaceChildren();
      Object.assign(whole.style, { display: "inline-block", width: `${width}px`, height: `${height}px` });
    }
    const contrast = pass === "dark" ? { runOnly: ["color-contrast", "link-in-text-block"] } : { rules: { "color-contrast": { enabled: pass !== "phone" } } }; // a phone has the colours of light
    const result = await globalThis.axe.run({ resultTypes: ["violations"], ...contrast });
    return result.violations.map(({ id, help, nodes }) => ({ id, help, places: nodes.map((node) => node.target.join(" ")) }));
  }, name);
  return violations.map(({ id, help, places }) => `axe ${id}: ${help}; at ${places.slice(0, 3).join(" | ")}`);
}

/** What the search shows has contrast, says axe, and no TeX. */
export async function searchResults(page, axeSource) {
  await found3(page, "mode collapse");
  await page.waitForTimeout(300); // it fades in
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => (await globalThis.axe.run(".md-search", { runOnly: "color-contrast" })).violations);
  const tex = /.{20}\\[([].{20}/.exec(await page.locator(".md-search-result").textContent());
  await page.keyboard.press("Escape");
  const faint = violations.flatMap(({ nodes }) => nodes.slice(0, 2).map(({ any }) => any[0].message));
  return [...faint, ...(tex ? [`TeX in a result: "${tex[0]}"`] : [])];
}

/** Letters in figures stand out from the page by 4.5 to 1. */
export async function figureContrast(page) {
  return page.evaluate(() => {
    const channels = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
    const light = (colour) => {
      const [red, green, blue] = channels(colour).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    };
    const paper = light(getComputedStyle(document.body).backgroundColor), found = new Map();
    for (const text of document.querySelectorAll("article .gt-svg :is(text, tspan):not(:has(*))")) {
      const { fill } = getComputedStyle(text), ratio = Math.max(light(fill) / paper, paper / light(fill));
      if (ratio < 4.5 && text.textContent.trim()) found.set(fill, `"${text.textContent.trim()}" in a figure has a contrast of ${ratio.toFixed(2)}: ${fill}`);
    }
    return [...found.values()];
  });
}

/** By keyboard: tabs show that they have the focus, and Tab leaves the search for something that can be seen. */
export async function keyboard(page) {
  const found = [];
  await page.locator(".tabbed-set > input").first().focus();
  await page.keyboard.press("ArrowRight");
  const ring = (labels) => getComputedStyle(labels).outlineStyle;
  if ((await page.locator(".tabbed-labels").first().evaluate(ring)) === "none") found.push("tabs do not show that they have the focus");
  await page.locator(".md-search__input").focus();
  await page.keyboard.press("Tab");
  const next = await page.evaluate(() => {
    const { top, bottom, height } = document.activeElement.getBoundingClientRect();
    return height > 1 && bottom > 0 && top < innerHeight ? "" : document.activeElement.outerHTML.slice(0, 80);
  });
  if (next) found.push(`behind the search the focus is out of sight: ${next}`);
  return found;
}

/** Every player draws what Python drew, moves with its slider, and plays. */
export async function players(page) {
  const found = [];
  for (const [index, player] of (await page.locator("gan-player").all()).entries()) {
    const say = (text) => found.push(`player ${index + 1}: ${text}`);
    await player.evaluate((element) => {
      for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    });
    const slider = player.locator("input[type=range]");
    if ((await slider.count()) !== 1) {
      say("has no slider, its script did not run");
      continue;
    }
    const drawing = () => player.locator("[data-moves]").evaluateAll((moving) => moving.map((one) => one.getAttribute(one.dataset.moves || "d")));
    const still = await drawing();
    if (JSON.stringify(still) !== JSON.stringify(await drawnByPython(page, index))) {
      say("the script does not draw the still frame as Python did");
    }
    await slider.focus();
    await page.keyboard.press("End");
    const last = await drawing();
    await page.keyboard.press("Home");
    if (JSON.stringify(await drawing()) === JSON.stringify(last)) say("Home and End show the same drawing");
    const name = await slider.getAttribute("aria-label");
    if (!/^(Training step|λ|h)$/.test(name ?? "")) say(`its slider is called ${JSON.stringify(name)}`);
    const text = await slider.getAttribute("aria-valuetext");
    if (!/^((step|λ =) [\d,.]+ of [\d,.]+|h = −?[\d.]+: .+)$/.test(text ?? "")) say(`its slider says ${JSON.stringify(text)}`);
    const button = player.getByRole("button", { name: name === "Training step" ? "Play the training" : `Play the values of ${name}` });
    await button.click();
    const moved = await page.waitForFunction((input) => input.value !== "0", await slider.elementHandle(), { timeout: 5000 }).catch(() => null);
    if (!moved) say("does not play");
    const pause = player.getByRole("button", { name: /^Pause/ });
    await pause.click({ timeout: 1000 }).catch(() => null); // it may be at its end
  }
  return found;
}

/** The paths and pictures in the page's source, before any script ran. */
function drawnByPython(page, index) {
  return page.evaluate(async (number) => {
    const source = location.protocol === "file:" ? null : await (await fetch(location.href)).text();
    const player = new DOMParser().parseFromString(source ?? "", "text/html").querySelectorAll("gan-player")[number];
    return [...player.querySelectorAll("[data-moves]")].map((one) => one.getAttribute(one.dataset.moves || "d"));
  }, index);
}

/** With reduced motion nothing plays by itself or on request; the slider stays. */
export async function reducedMotion(page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const visible = await page.locator("gan-player button").evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  return visible ? ["a player offers to play in spite of reduced motion"] : [];
}

/** The addresses of the first three pages that the search shows for some words. */
export async function found3(page, words) {
  const input = page.locator(".md-search__input");
  if (!(await input.evaluate((element) => element === document.activeElement))) await page.keyboard.press("/");
  const meta = () => document.querySelector(".md-search-result__meta");
  await page.evaluate(`(${meta})().textContent = "?"`); // the theme writes there when it has an answer
  await input.fill(words);
  await input.dispatchEvent("keyup"); // which is what the theme listens to
  await page.waitForFunction(`!/^(\\?|Initializing search)$/.test((${meta})().textContent.trim())`, null, { timeout: 60_000 });
  await page.waitForTimeout(100);
  const items = page.locator(".md-search-result__item");
  return items.evaluateAll((all) => all.slice(0, 3).map((one) => one.querySelector("a").href.replace(/[?#].*/, "")));
}

/** Of the queries that people make, enough have a right page among the first three. */
export async function search(page) {
  const missed = [];
  for (const [words, right] of Object.entries(QUERIES)) {
    const first = await found3(page, words);
    if (!first.some((address) => right.some((name) => address.endsWith(`/${name.split("/").at(-1)}.html`)))) missed.push(words);
  }
  await page.keyboard.press("Escape");
  const found = Object.keys(QUERIES).length - missed.length;
  console.log(`search: ${found} of ${Object.keys(QUERIES).length} queries, without ${missed.join(", ")}`);
  return found < ENOUGH ? [`the search finds ${found} of ${Object.keys(QUERIES).length} queries, without ${missed.join(", ")}`] : [];
}
