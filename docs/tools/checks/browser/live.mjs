/* What must hold on the live page: it waits for the reader, trains, obeys its controls, and its presets do what the page says. */

const PAGE = "theory/live.html";
const RECIPE_STEPS = 600, RECIPE_W1 = 0.25; // gantheory's own runs are at 0.18 or below by step 500
const CLICK_FACTOR = 30; // the least by which the non-saturating loss multiplies the gradient, see the page
const SLOWEST = 10; // steps a second at full speed; a floor against a broken loop, not a target
const USUAL = 80, HASTE = 1.3; // steps a second that a visitor sees at first, and by how much they may be exceeded
const PATIENCE = 120_000; // milliseconds: a busy machine is no finding

/** Arrive by a click on a link, so that instant navigation brings the scripts, and drive the page. */
export async function live(page, home, open) {
  const found = [];
  const expect = (condition, text) => condition || found.push(text);
  const read = (take, argument) => page.locator("gan-live").evaluate(take, argument);
  const press = (name) => page.locator(`gan-live button[name=${name}]`).click();
  const pace = (name) => page.locator("gan-live select[name=pace]").selectOption(name);
  const said = () => page.locator("gan-live .gt-status").textContent();
  const until = (test, argument) => page.waitForFunction(test, argument, { timeout: PATIENCE }).then(() => true, () => false);

  await open(page, `${home}index.html`);
  await page.evaluate(() => (globalThis.sameDocument = true));
  await page.evaluate((address) => document.querySelector(`a[href$="${address}"]`).click(), PAGE);
  if (!(await until(() => document.querySelector("gan-live")?.training))) return ["its scripts do not run after a hop"];
  expect(await page.evaluate(() => globalThis.sameDocument), "the hop loads the document anew");
  await page.waitForTimeout(300);
  expect((await read((element) => element.training.done)) === 0, "it starts by itself");
  const height = await read((element) => element.offsetHeight);

  await press("run");
  expect(await until(() => document.querySelector("gan-live").training.done > 20), "Start does not start");
  const [counted, began] = [await read((element) => element.training.done), Date.now()];
  await page.waitForTimeout(2000);
  const usual = (1000 * ((await read((element) => element.training.done)) - counted)) / (Date.now() - began);
  expect(usual < HASTE * USUAL, `the usual pace is ${usual.toFixed(0)} steps a second`);
  await page.locator("gan-live select[name=loss]").selectOption("hinge");
  expect(await read(({ settings, training }) => settings.loss === "hinge" && training.done > 20), "the loss cannot be switched in a run");
  expect(/hinge/.test(await said()), `after a switch to the hinge the status says "${await said()}"`);
  expect((await read(({ marks }) => marks.map(({ label }) => label).join())) === "hinge", "a switch leaves no mark on the traces");
  await press("run");
  const paused = await read((element) => element.training.done);
  await page.waitForTimeout(200);
  expect((await read((element) => element.training.done)) === paused, "Pause does not pause");
  await press("one");
  expect((await read((element) => element.training.done)) === paused + 1, "Step does not make one step");
  for (const name of ["discriminator", "generator"]) {
    const other = name === "generator" ? "discriminator" : "generator";
    const before = await read(({ training: { players } }) => structuredClone(players));
    await press(name);
    const after = await read(({ training: { players } }) => structuredClone(players));
    const moved = (who) => Object.keys(after[who]).some((index) => after[who][index] !== before[who][index]);
    expect(moved(name) && !moved(other), `the single step of the ${name} moves somebody else, or nobody`);
  }

  await pace("full");
  await press("recipe");
  const start = Date.now();
  expect(await until((steps) => document.querySelector("gan-live").training.done > steps, RECIPE_STEPS), "the recipe is too slow");
  const speed = (RECIPE_STEPS * 1000) / (Date.now() - start);
  const [first, last] = await read(({ trace }, steps) => [trace[0].w1, trace.findLast(({ step }) => step <= steps).w1], RECIPE_STEPS);
  expect(last < RECIPE_W1 && first > 2 * RECIPE_W1, `the recipe goes from W1 ${first} to ${last} in ${RECIPE_STEPS} steps`);
  expect((await read((element) => element.offsetHeight)) === height, "its height changes while it runs");
  expect(speed > SLOWEST, `only ${speed.toFixed(0)} steps a second`);

  await page.locator("gan-live input[name='generator.rate']").fill("1000");
  await press("defaults");
  expect(await read(({ settings, form }) => settings.generator.rate < 1 && form["generator.rate"].value === "0.001"), "Defaults leaves a rate of 1000");
  await page.locator("gan-live input[name=seed]").fill("1.5");
  await press("reset");
  const seeds = await read(({ experiment, form }) => `${experiment.seed}, ${form.seed.value}`);
  expect(seeds === "4, 4", `with 1.5 as the seed, Reset takes (and shows) the seeds ${seeds}`);
  await pace("full");
  await press("stuck");
  expect(await until(() => document.querySelector("gan-live").training.step > 300), "the first preset does not get ahead");
  expect((await read(({ w1 }) => w1)) > 3.5, "the first preset does not stay stuck");
  const [stuck, freed, at] = await read((element) => {
    const before = element.training.norms.generator;
    element.querySelector("[name=freed]").click();
    element.one("one"); // the first step after the click, whatever the machine's speed
    return [before, element.training.norms.generator, element.training.step];
  });
  expect(at === 1, `the second preset is at step ${at} after one step: it does not start from the stored state`);
  expect(freed > CLICK_FACTOR * stuck, `the click takes the gradient from ${stuck} to ${freed} only`);
  await press("run");
  expect(await until(() => document.querySelector("gan-live").w1 < 3), "the freed generator does not move");
  await press("reset");
  await page.locator('article a[href$="#preset=2"]').first().click();
  expect(await until(() => document.querySelector("gan-live").current === "freed"), "a link to a preset does not press it");
  const top = await read((element) => element.getBoundingClientRect().top);
  expect(top >= 0 && top < 300, `a link to a preset leaves the machine at ${top.toFixed(0)} px`);
  await press("reset");

  await press("defaults");
  await page.locator("gan-live select[name=penalty]").selectOption("clip");
  await page.locator("gan-live input[name=weight]").fill("0.01");
  await press("reset");
  await press("run");
  expect(await until(() => document.querySelector("gan-live").training.step > 200), "clipped at 0.01 it does not run");
  const cut = await read((element) =>
    [...element.querySelectorAll(".gt-axes text")].filter((label) => label.getBoundingClientRect().left < label.closest("svg").getBoundingClientRect().left).map((label) => label.textContent),
  );
  expect(cut.length === 0, `clipped at 0.01, these numbers beside an axis are cut: ${cut.join(", ")}`);
  await press("run");
  await press("defaults");
  await press("reset");

  await page.emulateMedia({ reducedMotion: "reduce" });
  await press("run");
  const drawn = await read(async (element) => {
    let times = 0;
    const observer = new MutationObserver(() => (times += 1));
    observer.observe(element.querySelector(".gt-reading"), { childList: true });
    await new Promise((done) => setTimeout(done, 1500));
    observer.disconnect();
    return times;
  });
  expect(drawn <= 4, `with reduced motion it draws ${drawn} times in 1.5 seconds`);
  await page.evaluate(() => document.querySelector('a[href$="index.html"]').click()); // leaves while it runs
  await page.waitForFunction(() => !document.querySelector("gan-live"));
  console.log(`live page: ${speed.toFixed(0)} steps a second, W1 ${last.toFixed(3)} after ${RECIPE_STEPS} steps of the recipe`);
  return found;
}
