/* <gan-switches>: check boxes that show and hide the curves of the figures inside. */
(() => {
  "use strict";
  if (customElements.get("gan-switches")) return;

  customElements.define(
    "gan-switches",
    class extends HTMLElement {
      connectedCallback() {
        const box = this.querySelector("fieldset");
        box.hidden = false;
        box.onchange = () => this.update();
        this.update();
      }

      update() {
        for (const input of this.querySelectorAll("fieldset input")) {
          for (const curve of this.querySelectorAll(`[id$="-curve-${input.value}"]`)) {
            curve.style.display = input.checked ? "" : "none";
          }
        }
      }
    },
  );
})();
