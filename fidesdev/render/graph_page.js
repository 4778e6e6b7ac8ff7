"use strict";
const nodes = JSON.parse(document.getElementById("graph").textContent);
const canvas = document.querySelector("svg");
const view = document.getElementById("view");
const about = document.getElementById("about");
const search = document.getElementById("search");
const found = document.getElementById("found");
const groups = [...view.querySelectorAll("g.n")];
const rowOf = new Map(nodes.map((node, row) => [node.id, row]));
const texts = nodes.map((node) =>
  [node.id, node.message, node.author, node.path, node.branch, node.state, ...node.labels]
    .filter(Boolean).join("\n").toLowerCase());
const place = { x: 0, y: 0, scale: 1 };
let selected = -1;
let matches = [];

function move() {
  view.setAttribute("transform", `translate(${place.x} ${place.y}) scale(${place.scale})`);
}

function zoom(factor, x, y) {
  const scale = Math.min(4, Math.max(0.05, place.scale * factor));
  place.x = x - (x - place.x) * (scale / place.scale);
  place.y = y - (y - place.y) * (scale / place.scale);
  place.scale = scale;
  move();
}

function fit() {
  const box = view.getBBox();
  const room = canvas.getBoundingClientRect();
  const scale = Math.min(room.width / (box.width + 48), room.height / (box.height + 48), 1);
  Object.assign(place, { scale, x: 24 - box.x * scale, y: 24 - box.y * scale });
  move();
}

function center(row) {
  const circle = groups[row].querySelector("circle");
  const room = canvas.getBoundingClientRect();
  place.y = room.height / 2 - circle.cy.baseVal.value * place.scale;
  const x = circle.cx.baseVal.value * place.scale + place.x;
  if (x < 0 || x > room.width / 2) place.x += room.width / 4 - x;
  move();
}

function element(tag, text, parent) {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
  return made;
}

function tell(list, name, value) {
  if (!value || (Array.isArray(value) && !value.length)) return;
  element("dt", name, list);
  const place = element("dd", "", list);
  if (!Array.isArray(value)) {
    place.textContent = value;
    return;
  }
  for (const id of value) {
    const link = element("a", id, place);
    if (rowOf.has(id)) link.href = "#" + encodeURIComponent(id);
  }
}

function show(node) {
  about.replaceChildren();
  const close = element("button", "\u00d7", about);
  close.title = "Close (Esc)";
  close.onclick = () => { location.hash = ""; };
  element("h1", node.id, about);
  element("p", node.message, about);
  const list = element("dl", "", about);
  tell(list, "State", node.state && node.state + (node.is_current ? ", current" : ""));
  tell(list, "Found in", node.place);
  tell(list, "Labels", node.labels.join(", "));
  tell(list, "Written on", node.parents);
  tell(list, "Depends on", node.depends_on);
  tell(list, "Created", node.created);
  tell(list, "Author", node.author);
  tell(list, "Committed", node.date);
  tell(list, "Commit", node.commit);
  tell(list, "Branch", node.branch);
  tell(list, "File", node.path);
  if (node.source !== null) element("pre", node.source, about);
}

function select(row) {
  groups[selected]?.classList.remove("selected");
  selected = row;
  groups[row]?.classList.add("selected");
  about.hidden = row < 0;
  if (row >= 0) {
    show(nodes[row]);
    const y = groups[row].querySelector("circle").cy.baseVal.value * place.scale + place.y;
    if (y < 0 || y > canvas.getBoundingClientRect().height) center(row);
  }
}

function go(row) {
  if (row >= 0 && row < nodes.length) location.hash = encodeURIComponent(nodes[row].id);
}

function fromAddress() {
  let id = "";
  try { id = decodeURIComponent(location.hash.slice(1)); } catch { /* no id is written so */ }
  select(rowOf.get(id) ?? -1);
}

search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = texts.map((text) => words.every((word) => text.includes(word)));
  matches = words.length ? fits.flatMap((fit, row) => (fit ? [row] : [])) : [];
  groups.forEach((group, row) => group.classList.toggle("dim", !fits[row]));
  found.textContent = words.length ? `${matches.length} of ${nodes.length}` : "";
  if (matches.length) center(matches[0]);
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !matches.length) return;
  const next = event.shiftKey
    ? matches.findLast((row) => row < selected) ?? matches.at(-1)
    : matches.find((row) => row > selected) ?? matches[0];
  go(next);
  center(next);
});

let held = null;
canvas.addEventListener("pointerdown", (event) => {
  held = { x: event.clientX, y: event.clientY, from: { ...place }, moved: false };
});
addEventListener("pointermove", (event) => {
  if (!held) return;
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  held.moved ||= Math.hypot(dx, dy) > 4;
  if (!held.moved) return;
  canvas.classList.add("held");
  place.x = held.from.x + dx;
  place.y = held.from.y + dy;
  move();
});
addEventListener("pointerup", (event) => {
  const group = held && !held.moved && event.target.closest?.("g.n");
  if (group) go(Number(group.dataset.row));
  held = null;
  canvas.classList.remove("held");
});
addEventListener("pointercancel", () => { held = null; });
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const room = canvas.getBoundingClientRect();
  const lines = event.deltaMode ? 30 : 1;
  if (event.ctrlKey || event.metaKey) {
    const factor = Math.exp(-event.deltaY * lines * 0.005);
    zoom(factor, event.clientX - room.left, event.clientY - room.top);
  } else {
    place.x -= event.deltaX * lines;
    place.y -= event.deltaY * lines;
    move();
  }
}, { passive: false });

const actions = {
  "+": () => zoom(1.25, 100, canvas.getBoundingClientRect().height / 2),
  "-": () => zoom(0.8, 100, canvas.getBoundingClientRect().height / 2),
  "0": () => { Object.assign(place, { x: 0, y: 0, scale: 1 }); move(); },
  "f": fit,
  "/": () => search.focus(),
  "ArrowDown": () => go(selected + 1),
  "ArrowUp": () => go(selected - 1),
};
for (const button of document.querySelectorAll("button[data-key]")) {
  button.onclick = actions[button.dataset.key];
}
addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    search.blur();
    location.hash = "";
  } else if (event.target !== search && actions[event.key] && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    actions[event.key]();
  }
});
addEventListener("hashchange", fromAddress);
fromAddress();
