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

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/stamp");
      const stamp = answer.ok ? await answer.json() : null;
      if (stamp !== document.body.dataset.stamp) say("The clone has changed under this page.", true);
    } catch {
      say("seedgit ui has ended: start it again.");
    }
  }

  setInterval(look, LOOK);
})();
