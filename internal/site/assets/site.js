// What every page does beyond being read. Nothing on it needs this to be read.
"use strict";

// The address that a proxy is reached at is known to the browser alone.
for (const element of document.querySelectorAll("[data-origin]")) {
  const codes = element.matches("code") ? [element] : element.querySelectorAll("pre code, code.origin");
  for (const code of codes) {
    code.textContent = code.textContent.replaceAll(element.dataset.origin, location.origin);
  }
}

// A sample that is wider than its place can be scrolled with the keyboard, and is copied at once.
for (const pre of document.querySelectorAll("main pre")) {
  pre.tabIndex = 0;
  if (!navigator.clipboard) {
    continue;
  }
  const around = document.createElement("div");
  around.className = "copyable";
  pre.replaceWith(around);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent.trimEnd());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  around.append(pre, button);
}

const status = document.querySelector("[data-ready]");
if (status) {
  askReady(status);
}

async function askReady(shown) {
  let ready = false;
  let text = "Not to be reached";
  try {
    const response = await fetch("/readyz", { cache: "no-store" });
    ready = response.ok;
    const answer = await response.json();
    text = ready ? "Ready" : `Not ready: ${answer.detail}`;
  } catch {
    // The text says it.
  }
  shown.textContent = text;
  shown.classList.toggle("good", ready);
  shown.classList.toggle("bad", !ready);
  setTimeout(askReady, 15000, shown);
}
