/* What must hold where a page has the small live GAN: it waits, keeps its height, trains, and obeys its switch. */

const CLICK_FACTOR = 30; // the least by which the non-saturating loss multiplies the gradient, see theory/live.md
const PATIENCE = 120_000; // milliseconds: a busy machine is no finding

export async function small(page, home, open, address) {
  const found = [];
  const expect = (condition, text) => condition || found.push(text);
  const element = page.locator("gan-live-small");
  const press = (name) => element.locator(`button[name=${name}]`).click();
  const read = (take) => element.evaluate(take);
  const until = (test) => page.waitForFunction(`(${test})(document.querySelector("gan-live-small"))`, null, { timeout: PATIENCE }).then(() => true, () => false);
  const height = () => read((one) => one.offsetHeight);

  // a coarse clock, as browsers have that keep a visitor from being told by its ticks
  await page.addInitScript(() => {
    const exact = performance.now.bind(performance);
    performance.now = () => 100 * Math.floor(exact() / 100);
  });
  const asked = [];
  page.on("request", (request) => asked.push(request.url().replace(/.*javascripts\//, "")));
  await page.route("**/live/small.js", async (route) => {
    const before = await height();
    await route.continue();
    page.heightBefore = before;
  });
  await open(page, home + address);
  await element.scrollIntoViewIfNeeded();
  if (!(await until((one) => one?.loop))) return ["its scripts do not run"];
  expect(!asked.some((name) => /live\/(machine|controls|plane)/.test(name)), "it loads scripts of the large machines");
  expect((await height()) === page.heightBefore, `its height changes from ${page.heightBefore} to ${await height()} px when its scripts come`);
  await page.waitForTimeout(300);
  expect((await read((one) => one.training.done)) === 0, "it starts by itself");

  await press("run");
  expect(await until((one) => one.training.step > 30), "Start does not lead to the generator's moves");
  expect(/minimax/.test(await element.locator(".gt-status").textContent()), "the status does not name the loss");
  const before = await read((one) => one.training.norms.generator);
  await press("nonsaturating");
  const after = await read(async (one) => {
    one.advance();
    return one.training.norms.generator;
  });
  expect(after > CLICK_FACTOR * before, `the switch takes the gradient from ${before} to ${after} only`);
  expect((await height()) === page.heightBefore, "its height changes while it runs");
  await press("run");
  const paused = await read((one) => one.training.done);
  await page.waitForTimeout(200);
  expect((await read((one) => one.training.done)) === paused, "Pause does not pause");
  const again = await read((one) => {
    one.querySelector("[name=again]").click();
    return [one.training.step, one.settings.loss].join();
  });
  expect(again === "0,minimax", `Again goes back to ${again}`);
  expect(await until((one) => one.training.step > 0), "Again does not start");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  if (!(await read((one) => one.loop.inView))) {
    const gone = await read((one) => one.training.done);
    await page.waitForTimeout(300);
    expect((await read((one) => one.training.done)) === gone, "it trains out of view");
  }
  return found;
}
