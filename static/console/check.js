/* Ask before saving: <input data-check-url="URL" data-check-target="ID">.
   On change every field of the form with the same URL is posted (never put into an address), and the HTML answer fills
   the element with that id. An unanswered question leaves the element empty: the form itself checks again on saving.
   The answer may push what is below it down, so it waits for a click under way to reach what it was meant for. */
"use strict";
(() => {
  const running = new Map();
  let click = Promise.resolve();

  const question = (field) => {
    const fields = [...field.form.elements].filter((other) => other.dataset.checkUrl === field.dataset.checkUrl);
    const body = new URLSearchParams(fields.filter((other) => other.value.trim()).map((other) => [other.name, other.value]));
    body.set("csrfmiddlewaretoken", field.form.elements.csrfmiddlewaretoken.value);
    return body;
  };

  const ask = async (field) => {
    const url = field.dataset.checkUrl;
    const target = document.getElementById(field.dataset.checkTarget);
    running.get(url)?.abort();
    const turn = new AbortController();
    running.set(url, turn);
    target.setAttribute("aria-live", "polite");
    try {
      const answer = await fetch(url, { method: "POST", body: question(field), signal: turn.signal, redirect: "error" });
      const text = answer.ok ? await answer.text() : "";
      await click;
      if (!turn.signal.aborted) target.innerHTML = text;
    } catch (problem) {
      if (problem.name !== "AbortError") target.replaceChildren();
    }
  };

  document.addEventListener("pointerdown", () => {
    click = new Promise((over) => {
      for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(over), { once: true });
    });
  }, true);

  document.addEventListener("change", (event) => {
    if (event.target.dataset.checkUrl) ask(event.target);
  });
})();
