/* What must hold on a page. Each check gives a list of findings. */

/** No sideways scroll, no formula left for a script. */
export async function layout(page) {
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
    return found;
  });
}

/** Accessibility, by axe. What formulas and drawings are made of is left out: thousands of marks, named as a whole. */
export async function accessibility(page, axeSource, { contrast }) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async (enabled) => {
    const result = await globalThis.axe.run(
      { exclude: [".katex", ".gt-svg > *"] },
      { resultTypes: ["violations"], rules: { "color-contrast": { enabled } } },
    );
    return result.violations.map(({ id, help, nodes }) => ({ id, help, places: nodes.map((node) => node.target.join(" ")) }));
  }, contrast);
  return violations.map(({ id, help, places }) => `axe ${id}: ${help}; at ${places.slice(0, 3).join(" | ")}`);
}

/** Every player draws what Python drew, moves with its slider, and plays. */
export async function players(page) {
  const found = [];
  for (const [index, player] of (await page.locator("gan-player").all()).entries()) {
    const say = (text) => found.push(`player ${index + 1}: ${text}`);
    const slider = player.locator("input[type=range]");
    if ((await slider.count()) !== 1) {
      say("has no slider, its script did not run");
      continue;
    }
    const drawing = () => player.locator("path[data-moves]").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
    const last = await drawing();
    if (JSON.stringify(last) !== JSON.stringify(await drawnByPython(page, index))) {
      say("the script does not draw the last frame as Python did");
    }
    await slider.focus();
    await page.keyboard.press("Home");
    if (JSON.stringify(await drawing()) === JSON.stringify(last)) say("Home does not change the drawing");
    const text = await slider.getAttribute("aria-valuetext");
    if (!/^step [\d,]+ of [\d,]+$/.test(text ?? "")) say(`its slider says ${JSON.stringify(text)}`);
    const button = player.getByRole("button", { name: "Play the training" });
    await button.click();
    await page.waitForTimeout(500);
    await player.getByRole("button", { name: /Pause|Play/ }).click();
    if ((await slider.inputValue()) === "0") say("does not play");
  }
  return found;
}

/** The paths in the page's source, before any script ran. */
function drawnByPython(page, index) {
  return page.evaluate(async (number) => {
    const source = location.protocol === "file:" ? null : await (await fetch(location.href)).text();
    const player = new DOMParser().parseFromString(source ?? "", "text/html").querySelectorAll("gan-player")[number];
    return [...player.querySelectorAll("path[data-moves]")].map((path) => path.getAttribute("d"));
  }, index);
}

/** With reduced motion nothing plays by itself or on request; the slider stays. */
export async function reducedMotion(page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const visible = await page.locator("gan-player button").evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  return visible ? ["a player offers to play in spite of reduced motion"] : [];
}

const SOUGHT = { "vanishing gradient": "vanishing-gradient", "WGAN-GP": "games.wgan", KL: "gaussian-kl" };

/** The search finds what readers look for: words to a part of the address of a hit. */
export async function search(page) {
  const missed = [];
  for (const [words, address] of Object.entries(SOUGHT)) {
    await page.keyboard.press("/");
    await page.locator(".md-search__input").fill("");
    await page.locator(".md-search__input").pressSequentially(words);
    const hit = page.locator(`.md-search-result__link[href*="${address}"]`).first();
    const came = await hit.waitFor({ state: "attached", timeout: 30_000 }).then(() => true, () => false);
    if (!came) missed.push(`the search does not find "${words}"`);
    await page.keyboard.press("Escape");
  }
  return missed;
}
