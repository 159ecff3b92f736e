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
  const loud = new WeakSet();
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.closest("[data-quiet]")) return;
    loud.add(event.detail.xhr);
    busy(true);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (loud.has(event.detail.xhr)) busy(false);
  });
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
    if (event.key === "Enter" && event.target.matches("[data-finds]")) event.preventDefault(); // it searches, and saves nothing
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

  // Of tabs that do not all fit, the one that is open is in sight.
  document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
    const row = tab.closest(".tabs");
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  });

  // A table wider than its place says on which sides: data-cut="left right".
  const cut = (box) => {
    const rest = box.scrollWidth - box.clientWidth - box.scrollLeft;
    box.dataset.cut = [box.scrollLeft > 1 && "left", rest > 1 && "right"].filter(Boolean).join(" ");
  };
  const measure = () => document.querySelectorAll(".table").forEach(cut);
  document.addEventListener("scroll", (event) => event.target.dataset?.cut !== undefined && cut(event.target), true);
  window.addEventListener("resize", measure);
  measure();

  // Lists that one can drag: data-sorts. Its form is sent when it was let go elsewhere; buttons do the same.
  let dragged = null;
  const orderOf = (list) => [...list.querySelectorAll("input[type=hidden]")].map((each) => each.value).join(" ");
  document.addEventListener("dragstart", (event) => {
    const item = event.target.closest && event.target.closest("[data-sorts] > [draggable]");
    if (!item) return;
    dragged = { item, before: orderOf(item.parentElement) };
    event.dataTransfer.effectAllowed = "move";
    item.classList.add("dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest("[data-sorts] > [draggable]");
    if (!over || over.parentElement !== dragged.item.parentElement) return;
    event.preventDefault();
    if (over === dragged.item) return;
    const half = over.getBoundingClientRect();
    over[event.clientY < half.top + half.height / 2 ? "before" : "after"](dragged.item);
  });
  document.addEventListener("drop", (event) => dragged && event.preventDefault());
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    const { item, before } = dragged;
    dragged = null;
    item.classList.remove("dragged");
    if (orderOf(item.parentElement) !== before) item.closest("form").requestSubmit();
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
    measure();
    const form = event.target.closest && event.target.closest("form");
    if (form) recount(form);
  });
})();
