/* What must hold of the portrait whose start is moved: by keyboard, by mouse, by choosing a game; the words follow. */

export async function portrait(page, home, open, address) {
  const found = [];
  const expect = (condition, text) => condition || found.push(text);
  await open(page, home + address);
  const state = () =>
    page.evaluate(() => {
      const one = document.querySelector("gan-portrait"), start = one.querySelector("[role=slider]");
      if (!start) return null;
      const box = start.lastElementChild.getBoundingClientRect(), text = (name) => one.querySelector(name).textContent;
      const paths = [...one.querySelectorAll("path.gt-line")].map((path) => path.getAttribute("d")).join();
      const at = [box.x + box.width / 2, box.y + box.height / 2];
      return { where: start.getAttribute("aria-valuetext"), title: text(".gt-panel-title"), status: text(".gt-status"), paths, at, height: one.offsetHeight };
    });
  const first = await state();
  if (!first) return ["the portrait's script does not run"];
  expect(first.where === "θ = 1, ψ = −1", `it begins at ${first.where}`);

  await page.evaluate(() => {
    document.querySelector("gan-portrait").scrollIntoView({ block: "center" });
    document.querySelector("gan-portrait [role=slider]").focus({ preventScroll: true });
  });
  await page.waitForTimeout(200);
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowUp"]) await page.keyboard.press(key);
  const moved = await state();
  expect(moved.where === "θ = 0.8, ψ = −0.9", `arrow keys lead to ${moved.where}`);
  expect(moved.paths !== first.paths, "the paths do not follow the start");
  for (const words of [moved.title, moved.status]) expect(words.includes(moved.where), `"${words}" does not say where the start is`);
  await page.keyboard.press("Home");
  expect((await state()).paths === first.paths, "Home does not go back");

  const [x, y] = (await state()).at;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (const step of [1, 2, 3]) await page.mouse.move(x - 10 * step, y - 10 * step);
  await page.mouse.up();
  const dragged = await state();
  const off = Math.hypot(dragged.at[0] - x + 30, dragged.at[1] - y + 30);
  expect(off < 2, `the dot ends ${off.toFixed(1)} px from where it was dragged`);
  await page.evaluate(() => {
    const select = document.querySelector("gan-portrait select");
    select.value = "R1";
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const damped = await state();
  expect(/in turn it reaches the equilibrium.*together it reaches the equilibrium/.test(damped.status), `of R1 it says "${damped.status}"`);
  expect(damped.height === first.height, `its height changes from ${first.height} to ${damped.height} px`);
  return found;
}
