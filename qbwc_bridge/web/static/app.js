// Live status, copy, print and the office's time zone. Every page works without it.
"use strict";

const strip = document.querySelector("[data-status]");

async function look() {
  let answer;
  try {
    answer = await (await fetch(strip.dataset.status, { headers: { Accept: "application/json" } })).json();
  } catch {
    return setTimeout(look, 15000); // away for a moment; what is shown is still the last known state
  }
  if (!answer.waiting) return location.reload();
  if (answer.state !== strip.dataset.state && answer.progress !== null && !strip.querySelector("[data-progress]")) return location.reload();
  show(answer);
  return setTimeout(look, 3000);
}

function show(answer) {
  const badge = strip.querySelector("[data-badge]");
  const sentence = strip.querySelector("[data-sentence]");
  const progress = strip.querySelector("[data-progress]");
  if (badge.textContent !== answer.badge) badge.textContent = answer.badge;
  badge.className = `badge ${answer.state}`;
  const rest = answer.sentence.startsWith(answer.badge) ? answer.sentence.slice(answer.badge.length) : answer.sentence;
  const words = rest.replace(/^,?\s*/, "");
  if (sentence.textContent !== words) sentence.textContent = words;
  if (progress && answer.progress !== null) progress.value = answer.progress;
  strip.dataset.state = answer.state;
}

if (strip) {
  strip.querySelector("[data-plain]").hidden = true; // the page follows by itself
  setTimeout(look, 2000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    source.select();
    try {
      await navigator.clipboard.writeText(source.value);
    } catch {
      document.execCommand("copy"); // plain http on another machine has no clipboard API
    }
    document.getElementById("copied").textContent = "Copied.";
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const field of document.querySelectorAll("[data-zone]")) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone; // a first guess; nothing was typed yet
  if ([...field.list.options].some((option) => option.value === here)) field.value = here;
}
