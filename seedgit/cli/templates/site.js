// What the pages of `seedgit ui` share that only show: it says when the clone has changed under one.
// All that it shows is text: it makes no markup of anything.
"use strict";
(() => {
  const LOOK = 2000; // milliseconds between two looks
  const said = document.getElementById("said");

  function say(text, again) {
    if (!said.hidden) return;
    said.textContent = `${text} `;
    if (again) {
      const link = document.createElement("a");
      link.href = location.href;
      link.textContent = "Show it as it is now";
      said.append(link);
    }
    said.hidden = false;
  }

  const before = JSON.parse(document.body.dataset.stamp);

  async function look() {
    if (document.hidden) return;
    try {
      const about = new URLSearchParams(location.search); // with the ref that is shown
      about.set("page", location.pathname);
      const answer = await fetch(`/stamp?${about}`);
      if (!answer.ok) throw new Error();
      const now = await answer.json();
      const names = Object.keys({ ...before, ...now }).filter((name) => before[name] !== now[name]);
      if (names.length) say(`Changed under this page: ${names.join(", ")}.`, true);
    } catch {
      say("seedgit ui has ended, or cannot read the clone.");
    }
  }

  // -- another ref ----------------------------------------------------------------------------------

  const of = document.getElementById("of");
  if (of) {
    of.addEventListener("submit", (event) => {
      event.preventDefault();
      const ref = of.elements.ref.value.trim();
      location.assign(location.pathname + (ref && `?${new URLSearchParams({ ref })}`));
    });
    of.hidden = false;
  }

  // -- a file ---------------------------------------------------------------------------------------

  const lines = document.getElementById("lines");
  if (lines) {
    const PAUSE = 120; // milliseconds that a pointer stays on a line before it is asked about
    const about = document.getElementById("about");
    const known = new Map(); // what was said of each line
    let chosen = 0;
    let timer = 0;

    const element = (tag, text, name) => {
      const made = document.createElement(tag);
      made.textContent = text;
      if (name) made.className = name;
      return made;
    };

    const told = (place) => {
      const facts = element("dl", "", "facts");
      for (const [title, text] of place.rows) {
        facts.append(element("dt", title), element("dd", text, "value"));
      }
      return [element("h2", place.name), facts];
    };

    async function why(number) {
      if (!known.has(number)) {
        const answer = await fetch(`/why?${lines.dataset.path.split("?")[1]}&line=${number}`);
        const found = await answer.json();
        known.set(number, answer.ok ? found : [{ name: found.error, rows: [] }]);
      }
      return known.get(number);
    }

    async function choose(number) {
      const row = document.getElementById(`l${number}`);
      if (!row || number === chosen) return;
      for (const one of lines.querySelectorAll("[aria-selected=true]")) {
        one.removeAttribute("aria-selected");
      }
      chosen = number;
      row.setAttribute("aria-selected", "true");
      lines.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
      try {
        const places = await why(number);
        if (chosen !== number) return;
        const from = element("p", `Line ${number}: ${row.querySelector("small").textContent}`);
        about.replaceChildren(from, ...places.flatMap(told));
      } catch {
        say("seedgit ui has ended: start it again.");
      }
    }

    lines.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const count = lines.children.length;
      const to = {
        ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + 10, PageUp: chosen - 10,
        Home: 1, End: count,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(Math.max(1, Math.min(count, to)));
    });
    lines.addEventListener("focus", () => { if (!chosen) choose(1); });
    const over = (event) => {
      const row = event.target.closest("li");
      clearTimeout(timer);
      if (row) timer = setTimeout(() => choose(Number(row.id.slice(1))), PAUSE);
    };
    lines.addEventListener("mouseover", over);
    lines.addEventListener("click", over);
  }

  setInterval(look, LOOK);
})();
