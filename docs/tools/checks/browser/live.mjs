/* What must hold on the live page: it waits for the reader, trains, obeys its controls, and its presets do what the page says. */

const PAGE = "theory/live.html";
const RECIPE_STEPS = 600, RECIPE_W1 = 0.25; // gantheory's own runs are at 0.18 or below by step 500
const CLICK_FACTOR = 30; // the least by which the non-saturating loss multiplies the gradient, see the page
const SLOWEST = 10; // steps a second; a floor against a broken loop, not a target
const PATIENCE = 120_000; // milliseconds: a busy machine is no finding

/** Arrive by a click on a link, so that instant navigation brings the scripts, and drive the page. */
export async function live(page, home, open) {
  const found = [];
  const expect = (condition, text) => condition || found.push(text);
  const read = (take, argument) => page.locator("gan-live").evaluate(take, argument);
  const press = (name) => page.locator(`gan-live button[name=${name}]`).click();
  const until = (test, argument) => page.waitForFunction(test, argument, { timeout: PATIENCE }).then(() => true, () => false);

  await open(page, `${home}index.html`);
  await page.evaluate(() => (globalThis.sameDocument = true));
  await page.evaluate((address) => document.querySelector(`a[href$="${address}"]`).click(), PAGE);
  if (!(await until(() => document.querySelector("gan-live")?.training))) return ["its scripts do not run after a hop"];
  expect(await page.evaluate(() => globalThis.sameDocument), "the hop loads the document anew");
  await page.waitForTimeout(300);
  expect((await read((element) => element.training.done)) === 0, "it starts by itself");

  await press("run");
  expect(await until(() => document.querySelector("gan-live").training.done > 20), "Start does not start");
  await page.locator("gan-live select[name=loss]").selectOption("hinge");
  expect(await read(({ settings, training }) => settings.loss === "hinge" && training.done > 20), "the loss cannot be switched in a run");
  await press("run");
  const paused = await read((element) => element.training.done);
  await page.waitForTimeout(200);
  expect((await read((element) => element.training.done)) === paused, "Pause does not pause");
  await press("one");
  expect((await read((element) => element.training.done)) === paused + 1, "Step does not make one step");

  await press("recipe");
  const start = Date.now();
  expect(await until((steps) => document.querySelector("gan-live").training.done > steps, RECIPE_STEPS), "the recipe is too slow");
  const speed = (RECIPE_STEPS * 1000) / (Date.now() - start);
  const [first, last] = await read(({ trace }, steps) => [trace[0].w1, trace.findLast(({ step }) => step <= steps).w1], RECIPE_STEPS);
  expect(last < RECIPE_W1 && first > 2 * RECIPE_W1, `the recipe goes from W1 ${first} to ${last} in ${RECIPE_STEPS} steps`);
  expect(speed > SLOWEST, `only ${speed.toFixed(0)} steps a second`);

  await press("stuck");
  expect(await until(() => document.querySelector("gan-live").training.step > 50), "the first preset does not get ahead");
  const [stuck, freed] = await read((element) => {
    const before = element.training.norms.generator;
    element.querySelector("[name=freed]").click();
    element.one(); // the first step after the click, whatever the machine's speed
    return [before, element.training.norms.generator];
  });
  expect(freed > CLICK_FACTOR * stuck, `the click takes the gradient from ${stuck} to ${freed} only`);
  await press("run");
  expect(await until(() => document.querySelector("gan-live").w1 < 3), "the freed generator does not move");
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
