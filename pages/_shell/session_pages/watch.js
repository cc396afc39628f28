// Takes a page off the screen once its session has ended: a counter PC shows nothing to the next person (T31).
// Also says in Chinese the few words Streamlit itself brings along, where the page says that it speaks Chinese.
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
  var WORDS = {
    "Upload": "上传文件",
    "Browse files": "选择文件",
    "Drag and drop file here": "将文件拖到这里",
    "Choose an option": "请选择",
    "Choose options": "请选择",
    "No results": "没有匹配的选项",
    "Skip to main content": "跳到主要内容",
    "Page not found": "找不到该页面",
    "The page that you have requested does not seem to exist. Running the app's main page.": "您要打开的页面不存在，已转到首页。"
  };
  var SIZE = /^(\d+)\s?MB per file.*$/;
  function inChinese(text) {
    var plain = text.trim();
    return WORDS[plain] || (SIZE.test(plain) ? plain.replace(SIZE, "每个文件最大 $1 MB") : "");
  }
  function speak() {
    waiting = false;
    var mark = document.querySelector("[data-language]");
    if (!mark) {
      return;
    }
    var chinese = mark.getAttribute("data-language") === "zh_CN";
    document.documentElement.lang = chinese ? "zh-CN" : "en";
    if (!chinese) {
      return;
    }
    document.querySelectorAll("input[placeholder]").forEach(function (box) {
      var said = inChinese(box.placeholder);
      if (said) {
        box.placeholder = said;
      }
    });
    var places = "[data-testid=stFileUploader], [data-testid=stSelectbox], [data-testid=stMultiSelect], [role=listbox], [role=dialog], a[href='#stMain']";
    document.querySelectorAll(places).forEach(function (place) {
      var texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      for (var node = texts.nextNode(); node; node = texts.nextNode()) {
        var said = inChinese(node.data);
        if (said && said !== node.data) {
          node.data = said;
        }
      }
    });
  }
  var waiting = false;
  new MutationObserver(function () {
    if (!waiting) {
      waiting = true;
      window.requestAnimationFrame(speak);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
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
