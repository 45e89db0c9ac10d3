// The filter: the only thing on the page that moves. All of the page is there without it.
(() => {
  const word = document.getElementById("word");
  const told = document.getElementById("found");
  const targets = [...document.querySelectorAll("#resources details")];
  const all = [...document.querySelectorAll("[data-find], .rows li")].map((node) => {
    const target = node.closest("#resources details");
    const beside = target ? target.firstElementChild.textContent : "";
    const section = node.closest("section");
    return { node, target, section, said: `${node.textContent} ${node.dataset.find ?? ""} ${beside}`.toLowerCase() };
  });
  const sections = new Set(all.map((one) => one.section));
  const few = 20; // targets that are opened by themselves

  function filter() {
    const wanted = word.value.toLowerCase().split(/\s+/).filter(Boolean);
    const there = new Set();
    let count = 0;
    for (const one of all) {
      const fits = wanted.every((part) => one.said.includes(part));
      if (one.node.hidden === fits) one.node.hidden = !fits;
      count += fits;
      if (fits) there.add(one.section).add(one.target);
    }
    for (const one of sections) one.hidden = !there.has(one);
    const opened = targets.filter((one) => there.has(one)).length;
    for (const one of targets) {
      const fits = there.has(one);
      one.hidden = wanted.length > 0 && !fits;
      one.open = wanted.length > 0 && fits && opened <= few;
    }
    told.textContent = wanted.length ? `${count} match${count === 1 ? "es" : ""}` : "";
  }

  let waiting = 0;
  word.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 60);
  });
  document.addEventListener("keydown", (event) => {
    const inside = document.activeElement === word;
    if (event.key === "/" && !inside) {
      event.preventDefault();
      word.focus();
    } else if (event.key === "Escape" && inside) {
      word.value = "";
      filter();
    }
  });
  document.getElementById("find").hidden = false;
})();
