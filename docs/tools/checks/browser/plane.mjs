/* What must hold on the live page in the plane: it waits, trains, switches its loss, and takes data by mouse, finger and keyboard. */

const ENOUGH = 300, PLACES = 6; // after so many steps of the recipe, so many of eight places are found, see tests/docs/test_live_plane.py
const PATIENCE = 180_000; // milliseconds: a busy machine is no finding

async function dragFinger(page, points) {
  const session = await page.context().newCDPSession(page);
  const touch = (type, touchPoints) => session.send("Input.dispatchTouchEvent", { type, touchPoints });
  await touch("touchStart", [{ x: points[0][0], y: points[0][1] }]);
  for (const [x, y] of points) await touch("touchMove", [{ x, y }]);
  await touch("touchEnd", []);
}

export async function plane(page, home, open, address) {
  const found = [];
  const expect = (condition, text) => condition || found.push(text);
  const element = page.locator("gan-plane"), canvas = element.locator("canvas");
  const press = (name) => element.locator(`button[name=${name}]`).click();
  const read = (take, argument) => element.evaluate(take, argument);
  const said = () => element.locator(".gt-status").textContent();
  const places = () => read((one) => one.places.length / 2);
  const picture = () => canvas.evaluate((one) => one.toDataURL());
  const until = (test, argument) => page.waitForFunction(test, argument, { timeout: PATIENCE }).then(() => true, () => false);

  await open(page, home + address);
  if (!(await until(() => document.querySelector("gan-plane")?.training))) return ["its scripts do not run"];
  await page.waitForTimeout(300);
  expect((await read((one) => one.training.done)) === 0, "it starts by itself");
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), "it scrolls sideways");

  const height = await read((one) => one.offsetHeight);
  if (await page.evaluate(() => matchMedia("(pointer: coarse)").matches)) {
    const least = await read((one) => Math.min(...[...one.querySelectorAll("select, input:not([type=checkbox])")].map((field) => parseFloat(getComputedStyle(field).fontSize))));
    expect(least >= 16, `a phone enlarges the page around a field with letters of ${least} px`);
  }

  const empty = await picture();
  await press("run");
  expect(await until(() => document.querySelector("gan-plane").training.done > 20), "Start does not start");
  expect((await picture()) !== empty, "the picture does not change while it trains");
  await element.locator("select[name=loss]").selectOption("hinge");
  expect(await read(({ settings, training }) => settings.loss === "hinge" && training.done > 20), "the loss cannot be switched in a run");
  expect(/hinge/.test(await said()), `after a switch to the hinge the status says "${await said()}"`);
  await press("run");
  const paused = await read((one) => one.training.done);
  await press("one");
  expect((await read((one) => one.training.done)) === paused + 1, "Step does not make one step");

  await element.locator("select[name=pace]").selectOption("full");
  await press("recipe");
  expect(await until((steps) => document.querySelector("gan-plane").training.done > steps, ENOUGH), "the recipe is too slow");
  expect((await read((one) => one.offsetHeight)) === height, "its height changes while it runs");
  const few = await read((one) => Object.assign(one.judged, { outside: 1 / 400 }) && one.reached());
  expect(!/\b0 % outside/.test(few), `one sample of 400 that the window cuts off is said as "${few}"`);
  expect((await read(({ judged }) => judged.found)) >= PLACES, `the recipe finds ${await read(({ judged }) => judged.found)} places`);
  await press("reset");

  await canvas.scrollIntoViewIfNeeded();
  if ((await element.locator("[name=draw]").getAttribute("aria-pressed")) === "false") await press("draw");
  const box = await canvas.boundingBox(), at = (across, down) => [box.x + across * box.width, box.y + down * box.height];
  await page.mouse.click(...at(0.5, 0.5));
  expect((await places()) === 9, `a click makes ${await places()} places of eight`);
  await page.mouse.move(...at(0.1, 0.1));
  await page.mouse.down();
  await page.mouse.move(...at(0.4, 0.1), { steps: 12 });
  await page.mouse.up();
  const stroke = await places();
  expect(stroke > 12 && stroke < 18, `a stroke makes ${stroke} places of nine`);
  await press("erase");
  await page.mouse.click(...at(0.5, 0.5));
  expect((await places()) === stroke - 1, "Erase does not take the place away");
  await press("anew");
  await page.mouse.click(...at(0.3, 0.6));
  expect((await places()) === 1, "New drawing leaves old data");
  expect((await element.locator("select[name=data]").inputValue()) === "drawn", "the control does not say that data were drawn");
  await canvas.focus();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowUp");
  expect(/0\.5, 0\.1/.test(await said()), `the cursor's place is said as "${await said()}"`);
  await page.keyboard.press("Enter");
  expect((await places()) === 2, "Enter adds no place");
  await page.keyboard.press("Delete");
  expect((await places()) === 1, "Delete takes no place away");
  if (await page.evaluate(() => navigator.maxTouchPoints > 0)) {
    await dragFinger(page, [0.3, 0.4, 0.5, 0.6, 0.7].map((across) => at(across, 0.3)));
    expect((await places()) > 3, "a finger adds no places");
  }
  const drawn = await places();
  await press("recipe");
  expect((await places()) === drawn, "a preset forgets the data that were drawn");
  expect(await until(() => document.querySelector("gan-plane").training.done > 20), "it does not train on drawn data");
  await press("defaults");
  expect((await places()) === 8, "Defaults does not take the ring back");

  const light = await picture();
  await page.evaluate(() => document.body.setAttribute("data-md-color-scheme", document.body.dataset.mdColorScheme === "slate" ? "default" : "slate"));
  await page.waitForTimeout(100);
  expect((await picture()) !== light, "the picture does not follow the scheme");
  await page.evaluate(() => (location.hash = "#preset=2"));
  expect(await until(() => document.querySelector("gan-plane").current === "recipe"), "a link to a preset does not press it");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForTimeout(300);
  const gone = await read((one) => [one.loop.inView, one.training.done]);
  await page.waitForTimeout(300);
  if (!gone[0]) expect((await read((one) => one.training.done)) === gone[1], "it trains out of view");
  return found;
}
