// System Management as a single-page application. PAGE, which stands before this text, says how it looks.
const root = document.getElementById('app');
const label = PAGE.labels;

function make(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (typeof value === 'boolean') made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...inside);
  return made;
}

async function call(verb, path, body) {
  const headers = {'Content-Type': 'application/json', 'X-Token': sessionStorage.getItem('token') || ''};
  const answer = await fetch('/stand-in/' + path, {method: verb, headers, body: body && JSON.stringify(body)});
  return {status: answer.status, found: await answer.json()};
}

function field(text, control) { return make('div', {class: 'row'}, make('label', {}, text + ':'), control); }

function loginPage(said = '') {
  const user = make('input', {type: 'text', id: 'user'}), secret = make('input', {type: 'password', id: 'secret'});
  const enter = async () => {
    const {status, found} = await call('POST', 'login', {username: user.value, password: secret.value});
    if (status !== 200) return loginPage(found.message);
    if (found.step) return codePage();
    sessionStorage.setItem('token', found.token);
    return opened();
  };
  root.replaceChildren(make('h1', {}, 'Log In'), make('div', {class: 'error'}, said),
    make('label', {for: 'user'}, 'Username'), user, make('label', {for: 'secret'}, 'Password'), secret,
    make('button', {onclick: enter}, 'Log In'));
}

function codePage() {
  const code = field('Verification Code', make('input'));
  root.replaceChildren(make('h1', {}, 'Verification'), code, make('button', {}, 'Verify'));
}

async function logout() {
  await call('POST', 'logout', {});
  sessionStorage.removeItem('token');
  loginPage();
}

function list(name, chosen, entries, then) {
  if (PAGE.lists === 'select') {
    const options = entries.map(one => make('option', {selected: one === chosen}, one));
    return make('select', {onchange: event => then(event.target.value)}, ...options);
  }
  const roles = PAGE.lists === 'combobox';
  const named = {role: 'combobox', tabindex: '0', 'aria-label': label[name]};
  const box = make('div', roles ? named : {class: 'chosen', tabindex: '0'}, chosen);
  box.addEventListener('click', () => {
    document.querySelectorAll('.entries').forEach(one => one.remove());
    const rows = entries.map(one => make('li', {...(roles ? {role: 'option'} : {}), onclick: () => {
      box.textContent = one;
      drawn.remove();
      then(one);
    }}, one));
    const drawn = make('ul', {class: 'entries', ...(roles ? {role: 'listbox'} : {})}, ...rows);
    document.body.append(drawn);  // beside the application, not in the form
  });
  return box;
}

function form(settings, draw) {
  const typed = (name, kind = 'text') => {
    const dots = kind === 'password' && settings.set.includes(name) ? '••••••••' : '';
    const control = make('input', {type: kind, placeholder: dots, oninput: event => {
      settings[name] = event.target.value;
      if (!PAGE.changesAnother || name !== 'server') return;
      settings.sender = 'postmaster@' + event.target.value;
      draw();
    }});
    if (PAGE.cut && name === 'server') control.maxLength = 8;
    control.value = kind === 'password' ? settings[name] || '' : settings[name];
    return field(label[name], control);
  };
  const ticked = name => make('div', {class: 'row'},
    make('input', {type: 'checkbox', id: name, checked: settings[name],
      onchange: event => { settings[name] = event.target.checked; draw(); }}), make('label', {for: name}, label[name]));
  const chosen = (name, entries) =>
    field(label[name], list(name, settings[name], entries, one => { settings[name] = one; draw(); }));
  const rows = [ticked('enabled')];
  if (PAGE.oauth) rows.push(chosen('auth', PAGE.auths));
  if (settings.auth === PAGE.auths[0]) {
    rows.push(typed('server'), typed('port'));
    if (PAGE.twice) rows.push(field(label.port, make('input')));
    rows.push(chosen('encryption', PAGE.encryptions), ticked('login'));
    if (settings.login) rows.push(typed('username'), typed('password', 'password'));
  } else {
    rows.push(chosen('authority_host', PAGE.clouds), typed('client_id'), typed('tenant_id'));
    rows.push(chosen('type', PAGE.types));
    rows.push(settings.type === PAGE.types[1] ? typed('client_secret', 'password') : typed('certificate', 'password'));
  }
  const every = make('input', {type: 'text', oninput: event => { settings.frequency = event.target.value; }});
  every.value = settings.frequency;
  const frequency = settings.auth === PAGE.auths[0] ? label.frequency : label.oauth_frequency;
  const signature = make('textarea', {oninput: event => { settings.signature = event.target.value; }});
  signature.value = settings.signature;
  rows.push(typed('sender'), field(frequency, make('span', {}, every, ' minutes')), field(label.signature, signature));
  return rows;
}

async function emailPage() {
  const {status, found} = await call('GET', 'settings');
  if (status !== 200) return loginPage(found.message);
  const said = make('div', {id: 'said', role: 'status'});
  const press = async (verb, path) => {
    said.className = '';
    said.textContent = '';
    const answer = await call(verb, path, found);
    if (answer.status === 401) return loginPage(answer.found.message);
    said.className = answer.found.ok ? 'success' : 'error';
    said.textContent = answer.found.message;
    if (answer.found.revision) found.revision = answer.found.revision;
  };
  const fields = make('div', {id: 'fields'});
  const draw = () => fields.replaceChildren(...form(found, draw));
  draw();
  const test = make('button', {onclick: () => press('POST', 'test')}, 'Test');
  const save = make('button', {onclick: () => press('PUT', 'settings')}, 'Save');
  root.replaceChildren(menu(), make('h1', {}, 'Outgoing Email Server Settings'), fields, test, save, said);
}

function menu() {
  const entry = (text, then) => make('a', {href: '#', onclick: event => { event.preventDefault(); then(); }}, text);
  return make('nav', {}, entry('Email Settings', emailPage), entry('Log Out', logout));
}

function opened() {
  root.replaceChildren(menu(), make('h1', {}, 'System Management'));
  new WebSocket(location.origin.replace('http', 'ws') + '/stand-in/notify');  // goes without it as well
}

if (sessionStorage.getItem('token')) opened(); else loginPage();
