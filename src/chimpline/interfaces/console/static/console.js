// Times in the viewer's zone, with the zone named. Without this script they are shown in UTC.
"use strict";
(() => {
  const fields = {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    hourCycle: "h23", timeZoneName: "short",
  };
  const form = new Intl.DateTimeFormat(document.documentElement.lang, fields);
  const exact = new Intl.DateTimeFormat(document.documentElement.lang, { ...fields, second: "2-digit" });
  const show = (root) => {
    for (const one of root.querySelectorAll("time[datetime]:not([data-shown])")) {
      const moment = new Date(one.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      one.title = one.textContent;
      one.textContent = ("seconds" in one.dataset ? exact : form).format(moment);
      one.dataset.shown = "";
    }
  };
  show(document);
  document.addEventListener("htmx:after:swap", () => show(document));
})();
