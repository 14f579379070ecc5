// Times in the reader's zone, with the zone named. The server is told the zone, so that it writes
// the next pages so itself; until then, and without this script, it writes UTC.
// And what does not fit into its place can be moved by keys.
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `chimpline_zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }
  const form = new Intl.DateTimeFormat("en", {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    second: "2-digit", hourCycle: "h23", timeZoneName: "short",
  });
  const show = (root) => {
    for (const one of root.querySelectorAll("time[datetime]:not([data-shown])")) {
      const moment = new Date(one.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const part = Object.fromEntries(form.formatToParts(moment).map((p) => [p.type, p.value]));
      const seconds = "seconds" in one.dataset ? `:${part.second}` : "";
      one.title = one.textContent;
      one.textContent = `${part.year}-${part.month}-${part.day} `
        + `${part.hour}:${part.minute}${seconds} ${part.timeZoneName}`;
      one.dataset.shown = "";
    }
  };
  const reach = () => {
    for (const one of document.querySelectorAll(".wide")) {
      if (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight) {
        const named = one.querySelector("caption") ?? document.querySelector("h1");
        one.tabIndex = 0;
        one.setAttribute("role", "region");
        one.setAttribute("aria-label", named?.textContent.trim() ?? document.title);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) one.removeAttribute(name);
      }
    }
  };
  const seen = () => {
    show(document);
    reach();
  };
  seen();
  // What goes on by itself says so when nothing answers, rather than show old numbers as new ones.
  const silence = (is) => document.getElementById("silent")?.toggleAttribute("hidden", !is);
  document.addEventListener("htmx:error", ({ detail }) => {
    if (detail.ctx && !detail.ctx.response) silence(true);
  });
  document.addEventListener("htmx:after:request", () => silence(false));
  document.addEventListener("htmx:after:swap", seen);
  window.addEventListener("resize", reach);
})();
