"use strict";
(() => {
  const details = [...document.querySelectorAll("details")];
  addEventListener("beforeprint", () => details.forEach((each) => { each.open = true; }));

  const form = document.getElementById("filters");
  if (!form) return;
  const [type, kind, search] = ["type", "kind", "search"].map((id) => document.getElementById(id));
  const count = document.getElementById("count");
  const cards = [...document.querySelectorAll("#cards > li")].map((item) => ({
    item,
    kind: item.dataset.kind,
    types: item.dataset.types.split(" "),
    text: item.textContent.replace(/\s+/g, " ").toLowerCase(),
  }));

  function filter() {
    const wanted = search.value.trim().replace(/\s+/g, " ").toLowerCase();
    let shown = 0;
    for (const card of cards) {
      const fits = (!type.value || card.types.includes(type.value))
        && (!kind.value || card.kind === kind.value)
        && card.text.includes(wanted);
      card.item.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown.toLocaleString("en")} of ${cards.length.toLocaleString("en")} shown`;
  }

  form.addEventListener("input", filter);
  form.addEventListener("change", filter);  // of a choice made by a program, such as a screen reader
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));  // the fields are empty only then
  form.hidden = false;
  filter();
})();
