// Takes a page off the screen once its session has ended: a counter PC shows nothing to the next person (T31).
(function () {
  "use strict";
  function look() {
    fetch("/session/alive", { cache: "no-store", credentials: "same-origin" })
      .then(function (answer) {
        if (answer.status === 401) {
          window.location.replace("/session/sign-in?ended=1");
        }
      })
      .catch(function () {});
  }
  // Streamlit opens its link buttons in a new tab; the way out belongs into this one.
  function stay(event) {
    var link = event.target.closest && event.target.closest("a[href]");
    if (link && link.origin === window.location.origin && link.pathname.indexOf("/session/") === 0) {
      event.preventDefault();
      window.location.assign(link.href);
    }
  }
  window.setInterval(look, 20000);
  document.addEventListener("click", stay, true);
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) {
      look();
    }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      look();
    }
  });
})();
