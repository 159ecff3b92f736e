// What the pages do in the browser. Everything works without it, too, if less comfortably.
(() => {
  "use strict";
  const root = document.documentElement;
  const notices = () => document.getElementById("notices");

  const tell = (words, tone) => {
    const box = document.createElement("div");
    box.className = `notice ${tone}`;
    box.setAttribute("role", tone === "bad" ? "alert" : "status");
    const line = document.createElement("p");
    line.textContent = words;
    box.append(line);
    notices().replaceChildren(box);
  };

  // Nothing takes a moment without a sign of it.
  const busy = (is) => root.classList.toggle("is-busy", is);
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog") return;
    busy(true);
    const button = event.submitter;
    if (button && !button.name) button.dataset.busy = "";
  });
  window.addEventListener("beforeunload", () => busy(true));
  window.addEventListener("pageshow", () => {
    busy(false);
    document.querySelectorAll("[data-busy]").forEach((each) => delete each.dataset.busy);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.detail.elt.closest("[data-quiet]")) busy(true);
  });
  document.addEventListener("htmx:afterRequest", () => busy(false));
  document.addEventListener("htmx:sendError", () =>
    tell("The page could not reach us. Check your connection and try again.", "bad"),
  );
  document.addEventListener("said", (event) => tell(event.detail.value, "good"));

  // Dialogs: data-opens="id", data-closes.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog").close();
    const copier = event.target.closest("[data-copies]");
    if (copier) {
      navigator.clipboard.writeText(document.getElementById(copier.dataset.copies).textContent.trim());
      tell("Copied.", "good");
    }
    document.querySelectorAll("details.account[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // Boxes: data-ticks="name" ticks all of that name in its form; data-ticked="name" says how many are.
  const boxes = (form, name) => [...form.querySelectorAll(`input[type=checkbox][name="${name}"]:not(:disabled)`)];
  const recount = (form) => {
    form.querySelectorAll("[data-ticked]").forEach((place) => {
      place.textContent = boxes(form, place.dataset.ticked).filter((box) => box.checked).length;
    });
    form.querySelectorAll("[data-ticks]").forEach((all) => {
      const found = boxes(form, all.dataset.ticks);
      const ticked = found.filter((box) => box.checked).length;
      all.checked = ticked > 0 && ticked === found.length;
      all.indeterminate = ticked > 0 && ticked < found.length;
    });
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form");
    if (!form) return;
    if (event.target.dataset.ticks)
      boxes(form, event.target.dataset.ticks).forEach((box) => (box.checked = event.target.checked));
    if (event.target.type === "checkbox") recount(form);
    if (event.target.matches("[data-submits]")) form.requestSubmit();
  });

  // Keys: data-shortcut="/" takes the focus when that key is pressed outside of a field. Escape leaves a field.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape")
      document.querySelectorAll("details.account[open]").forEach((menu) => (menu.open = false));
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = [...document.querySelectorAll("[data-shortcut]")].find(
      (each) => each.dataset.shortcut === event.key,
    );
    if (!target) return;
    event.preventDefault();
    target.focus();
    if (target.select) target.select();
  });

  // Clocks: data-since="2026-11-21T09:00:00+00:00" shows what has passed.
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    document.querySelectorAll("[data-since]").forEach((clock) => {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
      clock.textContent = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    });
  };
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", (event) => {
    tick();
    const form = event.target.closest && event.target.closest("form");
    if (form) recount(form);
  });
})();
