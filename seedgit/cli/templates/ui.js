// The page of `seedgit ui`. All that it shows is text: it makes no markup of anything.
"use strict";
(() => {
  const LOOK = 2000; // milliseconds between two looks whether anything changed
  const STACKED = matchMedia("(max-width: 48rem)"); // as in the style
  const $ = (id) => document.getElementById(id);
  const list = $("list");
  let state = { items: [], apart: {}, done: [] };
  let chosen = null; // the id of the item that is shown
  let where = -1; // and which of the items it is: among thousands, two may share an id
  let shown = null; // what is known of it
  let busy = false;
  let every = false; // whether the next decision is for all with the same outcome
  let pending = null; // what the answer to a question is for

  function element(tag, text, about = {}) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    for (const [name, value] of Object.entries(about)) made.setAttribute(name, value);
    return made;
  }

  function say(text) {
    $("said").hidden = !text;
    $("said").textContent = text;
  }

  async function ask(path, body) {
    const how = body === undefined ? {} : {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    };
    let answer;
    try {
      answer = await fetch(path, how);
    } catch {
      throw new Error("seedgit ui has ended: start it again");
    }
    const found = await answer.json().catch(() => ({ error: "seedgit ui: start it again" }));
    if (!answer.ok) throw new Error(found.hint ? `${found.error} (${found.hint})` : found.error);
    return found;
  }

  // -- what waits ---------------------------------------------------------------------------------

  let alike = new Map(); // the items of each outcome

  const named = (item) => `${item.path}${item.name} ${item.reason}`;

  function fill(found, at) {
    const was = state.items[place()];
    const before = was && named(was);
    state = found;
    found.items.forEach((item, number) => { item.at = number; });
    document.title = `seedgit: ${found.items.length} to decide in ${found.clone}`;
    const more = [
      found.conflicts.length ? `${found.conflicts.length} in conflict: git waits` : "",
      found.rules ? `${found.rules} in the rules: seedgit pending` : "",
      ...found.problems,
    ].filter(Boolean);
    $("summary").textContent = [
      found.items.length ? `${found.items.length} to decide` : "nothing waits",
      `${found.done.length} decided here`, ...more,
    ].join("; ");
    const groups = document.createDocumentFragment();
    alike = new Map();
    for (const item of found.items) {
      if (!alike.has(item.outcome)) alike.set(item.outcome, []);
      alike.get(item.outcome).push(item);
    }
    for (const items of alike.values()) groups.append(heading(items), group(items));
    list.replaceChildren(groups);
    // A decision about one place of a file gives the other ones new ids.
    const next = found.items.find((item) => item.id === chosen && named(item) === before)
      || found.items.find((item) => item.id === chosen)
      || found.items.find((item) => named(item) === before)
      || found.items[Math.max(0, Math.min(at ?? 0, found.items.length - 1))];
    return choose(next, found.shown);
  }

  // What has happened to all items of one outcome, and how many they are. Where another one has the
  // same heading, it says what is different.
  function heading([first, ...others]) {
    const made = element("div", undefined, { class: "outcome", id: `o-${first.outcome}` });
    const value = (text) => element("span", text, { class: "value" });
    made.append(`${first.name || "(file)"}: `, value(first.value));
    for (const [name, text] of state.apart[first.outcome] || []) {
      const part = element("span", `, ${name} `, { class: "apart" });
      part.append(value(text));
      made.append(part);
    }
    made.append(element("small", `${first.text}; ${1 + others.length} to decide`));
    return made;
  }

  function group(items) {
    const made = element("ul", undefined, {
      role: "group", "aria-labelledby": `o-${items[0].outcome}`,
    });
    for (const item of items) {
      const row = element("li", item.path, { role: "option", id: `i-${item.at}` });
      row.addEventListener("click", () => choose(item));
      made.append(row);
    }
    return made;
  }

  // about: what is known already of one item
  async function choose(item, about) {
    const id = item ? item.id : null;
    if (id !== chosen || !shown) {
      shown = null; // no key may decide on what is not to be seen
      draw();
    }
    const left = chosen !== null && id !== chosen;
    if (id !== chosen) every = false;
    chosen = id;
    where = item ? item.at : -1;
    for (const row of list.querySelectorAll("[aria-selected=true]")) {
      row.removeAttribute("aria-selected");
    }
    const row = $(`i-${where}`);
    if (!row) {
      list.removeAttribute("aria-activedescendant");
      shown = null;
      draw();
      return;
    }
    row.setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", row.id);
    if (!row.previousSibling) row.parentNode.previousSibling.scrollIntoView({ block: "nearest" });
    row.scrollIntoView({ block: "nearest" });
    // Where the list stands above it, the next item would be shown where nobody looks.
    if (left && STACKED.matches) $("item").scrollIntoView({ block: "start" });
    try {
      const found = about && about.id === id ? about : await ask(`about/${encodeURIComponent(id)}`);
      if (chosen === id) {
        shown = found;
        draw();
      }
    } catch (error) {
      shown = null;
      draw();
      say(error.message);
    }
  }

  function place() {
    const same = state.items[where] && state.items[where].id === chosen;
    return same ? where : state.items.findIndex((item) => item.id === chosen);
  }

  function move(by) {
    const at = Math.max(0, Math.min(state.items.length - 1, place() + by));
    if (state.items[at]) choose(state.items[at]);
  }

  // -- one of it ----------------------------------------------------------------------------------

  // How long ago a date was, in git's words and with its limits; "" if it is no date. The page may
  // be open all day, so that its clock counts.
  function age(date) {
    const passed = Math.floor(Date.now() / 1000) - Date.parse(date.replace(" ", "T")) / 1000;
    const some = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"}`;
    if (Number.isNaN(passed)) return "";
    if (passed < 0) return "in the future";
    if (passed < 90) return `${some(passed, "second")} ago`;
    const minutes = Math.round(passed / 60);
    if (minutes < 90) return `${some(minutes, "minute")} ago`;
    const hours = Math.round(minutes / 60);
    if (hours < 36) return `${some(hours, "hour")} ago`;
    const days = Math.round(hours / 24);
    if (days < 14) return `${some(days, "day")} ago`;
    if (days < 70) return `${some(Math.round(days / 7), "week")} ago`;
    if (days < 365) return `${some(Math.round(days / 30), "month")} ago`;
    const months = Math.round(days * 12 / 365);
    if (days >= 1825) return `${some(Math.floor((days + 183) / 365), "year")} ago`;
    const more = months % 12 ? `, ${some(months % 12, "month")}` : "";
    return `${some(Math.floor(months / 12), "year")}${more} ago`;
  }

  // Who set a value, and how long ago.
  function made(by) {
    const told = element("span", `${by.by}, `);
    const words = age(by.on);
    told.append(words ? element("time", words, { datetime: by.on, title: by.on }) : by.on);
    return told;
  }

  const MEANS = {
    base: "the package's, when it was set", upstream: "the package's now", local: "this site's",
    other: "somebody else's", result: "until you decide",
  };

  // A value, and whose it is.
  function explained(name, text, by) {
    const told = element("dd", `${text} `, { class: "value" });
    const whose = element("small", MEANS[name], { class: "words" });
    if (by && by.by) whose.append(": ", made(by));
    told.append(whose);
    return told;
  }

  const chosenBy = (choice) => shown.keys.find((key) => key.choice === choice && !key.off);

  // The word of the key that makes a decision: of what has no place, to keep the value is to park it.
  function called(choice) {
    const key = chosenBy(choice);
    return key ? key.word : choice.replace("-", " ");
  }

  function draw() {
    const parts = [];
    if (shown) {
      parts.push(element("h2", `${shown.path}${shown.name}`), element("p", shown.text));
      const facts = element("dl", undefined, { class: "facts" });
      for (const value of shown.values) {
        const by = { local: shown.local_by, other: shown.other_by }[value.name];
        facts.append(element("dt", value.name), explained(value.name, value.text, by));
      }
      if (shown.result) {
        facts.append(element("dt", "result"), explained("result", shown.result));
      }
      const rest = {
        why: shown.why,
        layer: shown.overlay,
        "covered by": shown.covered_by,
        proposed: shown.proposal && called(shown.proposal),
        "it may be": shown.candidates.join(", "),
        "decided before": Object.entries(shown.decided)
          .map(([choice, count]) => `${called(choice)}: ${count}`).join(", "),
        note: shown.committed ? "the value is committed in the file, not in an overlay" : "",
      };
      for (const [name, text] of Object.entries(rest)) {
        if (text) facts.append(element("dt", name), element("dd", text));
      }
      parts.push(facts);
      if (shown.lines.length) {
        const code = element("pre", undefined, { tabindex: "0", "aria-label": "The file there" });
        for (const line of shown.lines) {
          const text = `${String(line.number).padStart(5)}  ${line.text}\n`;
          code.append(line.here ? element("b", text) : text);
        }
        parts.push(code);
      }
    } else if (!state.items.length) {
      const more = element("p", "The page ");
      more.append(element("a", "Overview", { href: "/overview" }), " says what this site changes, ",
        element("a", "Plan", { href: "/plan" }), " what the next upgrade would do.");
      parts.push(element("p", "Nothing waits for a decision."), more);
    }
    $("item").replaceChildren(...parts);
    const all = actions();
    const first = all.findIndex((action) => action.key === "a"); // of those that decide nothing
    const rows = [all.slice(0, first), all.slice(first)].filter((row) => row.length);
    $("actions").replaceChildren(...rows.map((row) => {
      const made = element("div", undefined, { class: "keys" });
      made.append(...row.map(button));
      return made;
    }));
  }

  // -- decisions ----------------------------------------------------------------------------------

  function actions() {
    const last = state.done[state.done.length - 1];
    const at = place();
    const proposed = shown && shown.proposal && chosenBy(shown.proposal);
    const decisions = (shown ? shown.keys : []).map((key) => ({
      key: key.letter, name: key.word, does: key.does, no: key.off, proposed: key === proposed,
      run: key.choice === "value" ? askValue : () => decide(key.choice),
    }));
    const same = ids();
    const none = state.items.length ? "" : "nothing waits";
    return [
      ...decisions,
      { key: "a", name: "all alike", does: every
        ? `the next decision is for all ${same.length}: press a again for one alone`
        : `the next decision is for all ${same.length} with this outcome`,
        no: none || (same.length > 1 ? "" : "no other one has this outcome"), on: every,
        run: () => { every = !every; draw(); } },
      { key: "r", name: "rule", does: "this place is always the site's: a rule, shown first",
        no: none || (!shown ? "nothing is chosen"
          : shown.rule ? "" : "no rule would end it"), run: askRule },
      { key: "w", name: "why", does: "a reason for the next decision",
        no: none || (shown ? "" : "nothing is chosen"), run: askWhy },
      { key: "s", name: "skip", does: "it goes on waiting",
        no: none || (at >= 0 && at < state.items.length - 1 ? "" : "it is the last one"),
        run: () => move(1) },
      { key: "u", name: "undo", does: last ? last.place : "",
        no: last ? last.refusal : "nothing was decided here", run: undo },
    ];
  }

  function button(action) {
    const made = element("button", undefined, { type: "button", "data-key": action.key });
    const name = element("span");
    name.append(element("kbd", action.key), ` ${action.name}`);
    if (action.proposed) name.append(" ", element("span", "proposed", { class: "tag auto_apply" }));
    made.append(name);
    if (action.no) made.setAttribute("aria-disabled", "true");
    if (action.on !== undefined) made.setAttribute("aria-pressed", String(action.on));
    made.append(element("small", action.no || action.does));
    made.addEventListener("click", () => act(action));
    return made;
  }

  function act(action) {
    if (busy) return;
    if (action.no) say(`${action.name}: ${action.no}`);
    else { say(""); action.run(); }
  }

  let why = "";

  function decide(choice, value) {
    const at = place();
    return change("decide", { ids: every ? ids() : [shown.id], choice, value, why }, at);
  }

  function ids() {
    const item = state.items[place()];
    return item ? alike.get(item.outcome).map((one) => one.id) : [];
  }

  function undo() {
    return change("undo", {}, place());
  }

  async function change(path, body, at) {
    busy = true;
    body.at = Math.max(0, at);
    document.body.setAttribute("aria-busy", "true");
    try {
      const found = await ask(path, body);
      why = "";
      every = false;
      await fill(found, at);
    } catch (error) {
      say(error.message);
      await look();
    } finally {
      busy = false;
      document.body.removeAttribute("aria-busy");
    }
  }

  function question(text, then) {
    pending = then;
    $("asked").textContent = text;
    $("ask").hidden = false;
    $("answer").value = "";
    $("answer").focus();
  }

  function askValue() {
    question("The value, in JSON or as text:", (text) => decide("value", text));
  }

  function askWhy() {
    question("Why, for the next decision:", (text) => { why = text; });
  }

  function askRule() {
    const about = shown.id;
    $("draft").textContent = shown.rule;
    question("Add this to the rules of the overlay? (yes)", (text) => {
      if (/^y(es)?$/i.test(text.trim())) change("rule", { id: about }, place());
      else say("rule: nothing was added");
    });
    $("draft").hidden = false;
  }

  function closed() {
    $("draft").hidden = true;
    $("ask").hidden = true;
    pending = null;
    list.focus();
  }

  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const then = pending;
    const text = $("answer").value;
    closed();
    if (then) then(text);
  });
  $("cancel").addEventListener("click", closed);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!$("ask").hidden) {
      if (event.key === "Escape") closed();
      return;
    }
    const moves = { ArrowDown: 1, ArrowUp: -1, j: 1, PageDown: 10, PageUp: -10 };
    if (event.key in moves && (event.key === "j" || document.activeElement !== $("item"))) {
      event.preventDefault();
      move(moves[event.key]);
      return;
    }
    const action = actions().find((one) => one.key === event.key);
    if (action) {
      event.preventDefault();
      act(action);
    }
  });

  // -- what others do meanwhile -------------------------------------------------------------------

  async function look() {
    const before = new Set(state.items.map(named));
    const at = place();
    try {
      const found = await ask(`waiting?at=${Math.max(0, at)}&id=${chosen || ""}`);
      const now = new Set(found.items.map(named));
      const gone = [...before].filter((id) => !now.has(id)).length;
      const fresh = [...now].filter((id) => !before.has(id)).length;
      if ((gone || fresh) && $("said").hidden && before.size) {
        say(`The clone has changed meanwhile: ${fresh} new, ${gone} gone.`);
      }
      await fill(found, Math.max(0, at));
    } catch (error) {
      say(error.message);
    }
  }

  async function watch() {
    if (busy || document.hidden) return;
    try {
      const stamp = JSON.stringify(await ask("stamp"));
      if (!busy && stamp !== JSON.stringify(state.stamp)) await look();
    } catch (error) {
      say(error.message);
    }
  }

  ask("waiting").then((found) => fill(found)).then(() => list.focus(), (e) => say(e.message));
  setInterval(watch, LOOK);
})();
