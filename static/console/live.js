/* Keep a part of the page fresh: <section data-live="URL" data-live-every="2000">.
   The URL answers with the section's inner HTML; the header "X-Live: done" ends the watch. Nothing is replaced while a
   person types, has an opened form, or has focus inside. The page works unchanged without this file. */
"use strict";
(() => {
  const LONGEST = 60000;

  /* Two renderings differ in their CSRF tokens and in which folds are open; neither is news. */
  const fingerprint = (root) => {
    const copy = root.cloneNode(true);
    copy.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => input.remove());
    copy.querySelectorAll("details").forEach((fold) => fold.removeAttribute("open"));
    const holder = document.createElement("div");
    holder.append(copy);
    return holder.innerHTML.replace(/\s+/g, " ").trim();
  };

  const contents = (section) => {
    const part = document.createDocumentFragment();
    part.append(...[...section.childNodes].map((node) => node.cloneNode(true)));
    return part;
  };

  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  const inUse = (section) =>
    section.contains(document.activeElement) ||
    [...section.querySelectorAll("details[open]")].some((fold) => fold.querySelector("form"));

  const replace = (section, fresh) => {
    const open = [...section.querySelectorAll("details[open][id]")].map((fold) => fold.id);
    section.replaceChildren(fresh);
    open.forEach((id) => section.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", ""));
  };

  const voiceFor = (section) => {
    const voice = document.createElement("p");
    voice.className = "visually-hidden";
    voice.setAttribute("role", "status");
    section.after(voice);
    return voice;
  };

  const watch = (section) => {
    const every = Number(section.dataset.liveEvery) || 2000;
    const voice = voiceFor(section);
    let wait = every;
    let known = fingerprint(contents(section));

    const say = () => {
      const sentence = section.querySelector(".cc-next")?.textContent.trim();
      if (sentence && sentence !== voice.textContent) voice.textContent = sentence;
    };

    const take = (html) => {
      const fresh = parse(html);
      const news = fingerprint(fresh);
      if (news === known) return;
      known = news;
      replace(section, fresh);
      say();
    };

    /* Answers whether to go on watching. A redirect means that the session has ended. */
    const look = async () => {
      const answer = await fetch(section.dataset.live, { headers: { Accept: "text/html" } });
      if (answer.redirected || answer.status === 403 || answer.status === 404) return false;
      if (!answer.ok) throw new Error(`The page answered ${answer.status}.`);
      const html = await answer.text();
      if (inUse(section)) return true;
      take(html);
      return answer.headers.get("X-Live") !== "done";
    };

    const step = async () => {
      if (document.hidden || inUse(section)) {
        section.dataset.liveState = "paused";
        return again();
      }
      try {
        const more = await look();
        wait = every;
        section.dataset.liveState = more ? "on" : "done";
        return more && again();
      } catch {
        wait = Math.min(wait * 2, LONGEST);
        section.dataset.liveState = "lost";
        return again();
      }
    };

    const again = () => setTimeout(step, wait);
    section.dataset.liveState = "on";
    again();
  };

  document.querySelectorAll("[data-live]").forEach(watch);
})();
