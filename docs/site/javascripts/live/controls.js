/* What the reader can choose: the presets, and the controls as markup. A control's name is the place of its setting. */
(() => {
  "use strict";
  const live = (globalThis.ganLive ??= {});

  const strong = {
    loss: "minimax", penalty: "none", weight: 0, law: "normal", prepared: false, average: false,
    discriminator: { rule: "adam", rate: 2e-3, moves: 1 },
    generator: { rule: "descent", rate: 1e-3 },
  };
  const recipe = {
    loss: "relativistic", penalty: "r1_r2", weight: 1, law: "normal", prepared: true, average: true,
    discriminator: { rule: "adam_no_momentum", rate: 1e-3, moves: 1 },
    generator: { rule: "adam_no_momentum", rate: 1e-3 },
  };

  /* `after` is changed once the discriminator has been trained ahead; that state is kept, and taken up at every press. */
  const PRESETS = {
    stuck: { label: "1 Strong discriminator, minimax", settings: strong, ahead: 1000, after: {} },
    freed: { label: "2 Now non-saturating", settings: strong, ahead: 1000, after: { loss: "nonsaturating" } },
    hidden: { label: "3 Minimax, but Adam", settings: strong, ahead: 1000, after: { generator: { rule: "adam", rate: 5e-3 } } },
    recipe: { label: "4 The recipe", settings: recipe, ahead: 0 },
  };
  const SEED = 4; // with it the first preset stays stuck for more than 8,000 steps, see tests/docs/test_live.py
  const PACES = { slow: ["5 steps a second", 5], usual: ["80 steps a second", 80], full: ["as fast as it can", Infinity] };

  /* The weight that comes with a penalty. */
  const WEIGHTS = { none: 0, r1: 1, r1_r2: 1, one: 10, clip: 0.1 };

  const button = (name, label) => `<button type="button" name="${name}">${label}</button>`;
  const option = ([value, label]) => `<option value="${value}">${label}</option>`;
  const choice = (name, label, options) => `<label>${label} <select name="${name}">${Object.entries(options).map(option).join("")}</select></label>`;
  const number = (name, label, rest) => `<label>${label} <input type="number" name="${name}" min="0" required ${rest}></label>`;
  const tick = (name, label) => `<label class="gt-tick-box"><input type="checkbox" name="${name}"> ${label}</label>`;

  const losses = {
    minimax: "minimax", nonsaturating: "non-saturating", least_squares: "least squares",
    wasserstein: "Wasserstein", hinge: "hinge", relativistic: "relativistic",
  };
  const penalties = { none: "none", r1: "R1", r1_r2: "R1 + R2", one: "slope 1 in between", clip: "weight clipping" };
  const rules = { descent: "gradient descent", adam: "Adam, β 0.5, 0.999", adam_no_momentum: "Adam, β 0, 0.99" };
  const laws = { normal: "normal", humps: "two humps", uniform: "uniform" };
  const real = 'step="any"';

  const markup = () => `
    <div class="gt-row" role="group" aria-label="Presets">${Object.entries(PRESETS).map(([name, { label }]) => button(name, label)).join("")}</div>
    <div class="gt-row">${button("run", "Start")}${button("one", "Step")}${button("discriminator", "D alone")}${button("generator", "G alone")}
      <label>Speed <select name="pace">${Object.entries(PACES).map(([name, [label]]) => option([name, label])).join("")}</select></label>
      ${button("reset", "Reset")}${button("defaults", "Defaults")}<span class="gt-reading"></span></div>
    <p class="gt-status" role="status"></p>
    <div class="gt-panels"></div>
    <form class="gt-settings">
      <fieldset><legend>Game</legend>${choice("loss", "Loss", losses)}${choice("penalty", "Penalty", penalties)}
        ${number("weight", "its weight, or bound", real)}</fieldset>
      <fieldset><legend>Discriminator</legend>${choice("discriminator.rule", "Optimiser", rules)}
        ${number("discriminator.rate", "Learning rate", real)}${number("discriminator.moves", "Moves per step", 'max="50"')}</fieldset>
      <fieldset><legend>Generator</legend>${choice("generator.rule", "Optimiser", rules)}
        ${number("generator.rate", "Learning rate", real)}${tick("average", "judge its average")}</fieldset>
      <fieldset><legend>Start again with</legend>${choice("law", "Data", laws)}
        ${number("seed", "Seed", 'max="999999"')}${tick("prepared", "prepared inputs")}</fieldset>
    </form>`;

  const words = { loss: losses, penalty: penalties, rule: rules };
  Object.assign(live, { PACES, PRESETS, SEED, WEIGHTS, markup, words });
})();
