// From labels to controls, as people see them: exact text, visible, and every way in which pages tie the two together.
// Called with one job; answers with plain data.
(job) => {
  const FIELDS = 'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=reset]):not([type=image]),' +
    'select,textarea,[role=combobox],[role=checkbox],[role=switch],[role=radio],[role=textbox]';
  const OPENERS = 'button,[role=button],[role=combobox],[aria-haspopup],[tabindex]';
  const BUTTONS = 'button,input[type=submit],input[type=button],input[type=image],a,[role=button],[role=link],[role=menuitem],[role=tab]';
  const CAPTIONS = 'label,legend,th,td,dt,span,div,p,b,strong,em,[data-label]';
  const HEADINGS = 'h1,h2,h3,h4,h5,h6,legend,caption,[role=heading]';

  const norm = (text) => (text || '').replace(/\s+/g, ' ').trim();
  const plain = (text) => norm(text).replace(/[\s*:]+$/, '');
  const shown = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 0 && box.height > 0 && style.visibility === 'visible' && style.display !== 'none';
  };
  // without the texts of controls inside: a label may wrap its list
  const textOf = (element) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
      node.nodeType === 1 && node.matches('select,textarea,button,script,style') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    let text = '';
    while (walker.nextNode()) if (walker.currentNode.nodeType === 3) text += walker.currentNode.data;
    return plain(text);
  };

  const says = (element, label) => element.textContent.length < label.length + 2000 && textOf(element) === label;
  const captions = (label) => {
    const found = [...document.querySelectorAll(CAPTIONS)].filter((one) => says(one, label) && shown(one));
    const deepest = found.filter((one) => !found.some((other) => other !== one && one.contains(other)));
    return [...new Set(deepest.map((one) => one.closest('label') || one))];
  };
  const inside = (element, wanted) =>
    !element ? [] : element.matches(wanted) ? [element] : [...element.querySelectorAll(wanted)].filter((one) => !one.parentElement.closest(wanted));
  const wanted = (spec) => spec.type === 'menu' ? OPENERS : FIELDS;

  function beside(caption, spec) {
    const kind = wanted(spec);
    const ways = [
      ['for', () => caption.control ? [caption.control] : []],
      ['wrapping', () => caption.tagName === 'LABEL' ? inside(caption, kind) : []],
      ['legend', () => caption.tagName === 'LEGEND' ? inside(caption.parentElement, kind) : []],
      ['labelledby', () => caption.id ? [...document.querySelectorAll(`[aria-labelledby~="${CSS.escape(caption.id)}"]`)]
        .flatMap((one) => inside(one, kind)) : []],
      ['sibling', () => inside(caption.nextElementSibling, kind)],
      ['next cell', () => inside((caption.closest('td,th,dt') || {}).nextElementSibling, kind)],
      ['beside', () => caption.parentElement && textOf(caption.parentElement) === textOf(caption)
        ? inside(caption.parentElement.nextElementSibling, kind) : []],
    ];
    for (const [how, find] of ways) {
      const found = find().filter(shown);
      if (found.length) return found.map((element) => ({element, how}));
    }
    return [];
  }

  const headingOf = (element) => {
    const above = [...document.querySelectorAll(HEADINGS)].filter((one) => shown(one) &&
      (one.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING));
    return above.length ? textOf(above[above.length - 1]) : '';
  };
  const isRadio = (element) => element.type === 'radio' || element.getAttribute('role') === 'radio';
  const group = (element) => element.closest('[role=radiogroup]') ||
    (element.name ? `${[...document.forms].indexOf(element.form)} ${element.name}` : element);

  function candidates(spec) {
    const found = new Map();
    for (const label of spec.labels) {
      for (const caption of captions(label)) beside(caption, spec).forEach(({element, how}) => found.has(element) || found.set(element, how));
      for (const element of document.querySelectorAll('[aria-label]'))
        if (plain(element.getAttribute('aria-label')) === label && shown(element))
          inside(element, wanted(spec)).filter(shown).forEach((one) => found.has(one) || found.set(one, 'aria-label'));
    }
    let all = [...found].map(([element, how]) => ({element, how}));
    if (spec.within) all = all.filter(({element}) => headingOf(element) === spec.within);
    const groups = new Set();
    return all.filter(({element}) => !isRadio(element) || (!groups.has(group(element)) && groups.add(group(element))));
  }

  const radios = (element) => [...document.querySelectorAll('input[type=radio],[role=radio]')]
    .filter((one) => group(one) === group(element) && shown(one));
  const radioText = (one) => plain(one.getAttribute('aria-label')) || (one.labels && one.labels[0] ? textOf(one.labels[0])
    : plain(one.nextElementSibling ? textOf(one.nextElementSibling) : (one.nextSibling || {}).textContent || one.textContent));
  const isOn = (element) => 'checked' in element ? element.checked : element.getAttribute('aria-checked') === 'true';
  const kindOf = (element) => isRadio(element) ? 'radio'
    : element.type === 'checkbox' || ['checkbox', 'switch'].includes(element.getAttribute('role')) ? 'checkbox'
    : element.tagName === 'SELECT' ? 'select' : element.getAttribute('role') === 'combobox' ? 'combobox'
    : element.type === 'password' ? 'password' : element.matches('input,textarea,[role=textbox]') ? 'text' : 'menu';

  function held(element) {
    switch (kindOf(element)) {
      case 'radio': return radios(element).filter(isOn).map(radioText)[0] ?? null;
      case 'checkbox': return isOn(element) ? 'checked' : 'unchecked';
      case 'select': return element.selectedOptions.length ? norm(element.selectedOptions[0].textContent) : null;
      default: return 'value' in element && element.tagName !== 'BUTTON' ? element.value : norm(element.textContent);
    }
  }
  const options = (element) => element.tagName === 'SELECT' ? [...element.options].map((one) => norm(one.textContent))
    : isRadio(element) ? radios(element).map(radioText) : null;
  const about = ({element, how}) => ({how, kind: kindOf(element), held: held(element), options: options(element),
    locked: !!element.disabled || !!element.readOnly || element.getAttribute('aria-disabled') === 'true'});

  const signs = (sign) => {
    const places = sign.css ? [...document.querySelectorAll(sign.css)] : [document.body];
    return places.filter((one) => one && shown(one) && norm(one.innerText)).map((one) => norm(one.innerText))
      .filter((text) => !sign.text || text.includes(sign.text));
  };
  const buttons = (text) => {
    const found = [...document.querySelectorAll(BUTTONS)].filter((one) => shown(one) &&
      [one.tagName === 'INPUT' ? one.value : norm(one.textContent), one.getAttribute('aria-label')].some((said) => norm(said) === text));
    return found.filter((one) => !found.some((other) => other !== one && one.contains(other)));
  };
  // an entry of an open list, wherever it is drawn
  const entries = (text) => {
    const found = [...document.querySelectorAll('[role=option],[role=menuitem],li,a,span,div,td,button')]
      .filter((one) => norm(one.textContent) === text && shown(one) && !one.closest('[data-opener]'));
    return found.filter((one) => !found.some((other) => other !== one && one.contains(other)));
  };
  // every field that has a name and is not about to be typed into: for what must not move
  const nameOf = (one) => one.name || one.id || one.getAttribute('aria-label');
  const others = () => {
    const typed = job.specs.flatMap(candidates).map(({element}) => isRadio(element) ? group(element) : element);
    return Object.fromEntries([...document.querySelectorAll(FIELDS)]
      .filter((one) => nameOf(one) && shown(one) && kindOf(one) !== 'password' && !typed.includes(isRadio(one) ? group(one) : one))
      .map((one) => [nameOf(one) + (isRadio(one) ? ` ${radioText(one)}` : ''), String(isRadio(one) ? isOn(one) : held(one))]));
  };

  // what is to be touched; it was seen to be the only one
  const places = {
    field: () => candidates(job.spec)[0]?.element,
    radio: () => radios(candidates(job.spec)[0].element).filter((one) => radioText(one) === job.text)[0],
    button: () => buttons(job.text)[0],
    entry: () => entries(job.text)[0],
  };
  const found = () => places[job.of]();
  const middle = (element) => {
    const box = [...element.getClientRects()].filter((one) => one.width > 0 && one.height > 0)[0];
    return box && {x: box.x + box.width / 2, y: box.y + box.height / 2};
  };
  // where to click: nowhere, as long as it moves, or another thing would get the click
  async function aim() {
    const element = found();
    if (!element) return 'nowhere';
    element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const before = middle(element);
    await new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 100); });
    const now = middle(element);
    if (!before || !now || before.x !== now.x || before.y !== now.y) return 'nowhere';
    const hit = document.elementFromPoint(now.x, now.y);
    return hit && (element.contains(hit) || hit.closest('label')?.control === element) ? now : 'nowhere';
  }

  const jobs = {
    look: () => ({
      fields: job.specs.map((spec) => candidates(spec).map(about)),
      signs: job.signs.map((sign) => sign ? signs(sign) : []),
      heading: job.heading ? [...document.querySelectorAll(HEADINGS)].some((one) => shown(one) && textOf(one) === job.heading) : true,
    }),
    others,
    count: () => buttons(job.text).length,
    pressable: () => buttons(job.text).filter((one) => !one.disabled && one.getAttribute('aria-disabled') !== 'true').length,
    entries: () => entries(job.text).length,
    aim,
    focus: () => {
      const element = found();
      element?.focus();
      if (!element || document.activeElement !== element) return false;
      element.select ? element.select() : getSelection().selectAllChildren(element);
      return true;
    },
    choose: () => {
      const option = [...found()?.options ?? []].filter((one) => norm(one.textContent) === job.text)[0];
      if (!option) return false;
      found().focus();
      option.selected = true;
      for (const kind of ['input', 'change']) found().dispatchEvent(new Event(kind, {bubbles: true, composed: true}));
      return true;
    },
    blur: () => { if (document.activeElement) document.activeElement.blur(); return true; },
  };
  return jobs[job.what]();
}
