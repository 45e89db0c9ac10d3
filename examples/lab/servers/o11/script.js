// An Ajax step of Traditional Web: the whole form goes out, parts of the page and the new state come back.
function OsAjax(target) {
  const form = document.getElementById('WebForm1');
  const body = new URLSearchParams(new FormData(form));
  body.set('__EVENTTARGET', target);
  body.set('__AJAXEVENT', target);
  body.set('__AJAX', '980,600,AjaxRefresh');
  document.body.setAttribute('aria-busy', 'true');
  fetch(form.action, {method: 'POST', body, credentials: 'same-origin'}).then(r => r.text()).then(text => {
    const update = /^OsJSONUpdate\((.*)\)$/s.exec(text);
    if (!update) { location.reload(); return; }
    const found = JSON.parse(update[1]);
    for (const id in found.outers) document.getElementById(id).outerHTML = found.outers[id].inner;
    for (const id in found.hidden) document.getElementById(id).value = found.hidden[id];
    document.body.removeAttribute('aria-busy');
  });
}

// Messages are not in the page: a script puts them there.
function OsFeedback(kind, text) {
  const box = document.getElementById('feedback');
  box.className = 'Feedback_Message_' + kind;
  box.textContent = text;
  box.style.display = 'block';
}
