// The report's own script. Invariant: what the journal says becomes text, never markup; the page
// asks nobody for anything. Times are UTC milliseconds; a view is a stretch [from, to] of them.
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const {story, facts, verdict, procedure} = data;
  const run = story.run;
  const first = run.first_ms, last = Math.max(run.last_ms, first + 1);
  const $ = (id) => document.getElementById(id);
  const SVG = 'http://www.w3.org/2000/svg';

  // ---- small tools -----------------------------------------------------------------------------
  function el(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }
  function svg(name, attributes, text) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }
  function words(ms) {
    ms = Math.max(0, Math.round(ms));
    if (ms < 1000) return ms + ' ms';
    const s = Math.floor(ms / 1000);
    if (s < 60) return (ms / 1000).toFixed(ms < 10000 ? 1 : 0) + ' s';
    if (s < 3600) return Math.floor(s / 60) + ' min ' + String(s % 60).padStart(2, '0') + ' s';
    return Math.floor(s / 3600) + ' h ' + String(Math.floor(s / 60) % 60).padStart(2, '0') + ' min';
  }
  const clock = (ms) => new Date(ms).toISOString().slice(11, 19);
  const offset = (ms) => '+' + words(ms - first);
  const end = (part) => part.to_ms === undefined ? last : part.to_ms;
  function factLink(seq, text) {
    return el('a', {href: '#fact-' + seq}, text || 'fact ' + seq);
  }
  const KINDS = {
    acting: 'command running', copying: 'copying the backup', waiting: 'waiting for the host',
    looking: 'checking the host', settling: 'command in doubt', held: 'held: waiting for the operator',
  };
  const GAPS = {
    died: 'The run had no driver', stopped: 'The run was stopped', question: 'The run waited for confirmation',
    held: 'The run waited for the operator',
  };

  // ---- summary ---------------------------------------------------------------------------------
  function drawSummary() {
    $('cluster').textContent = run.cluster || '(unknown cluster)';
    const over = run.stage === 'finished';
    const found = run.findings.length, n = found ? ', with ' + found + (found === 1 ? ' finding' : ' findings') : '';
    $('outcome').append(el('span', {class: 'badge' + (over ? '' : ' open')}, (over ? 'restored' : run.stage) + n),
      over ? 'after ' + words(story.milestones.find((m) => m.name === 'finished').at_ms - first) : 'so far ' + words(last - first));
    const about = [['Run', run.id], ['Started', new Date(first).toISOString().slice(0, 19) + 'Z'], ['By', run.started_by],
      ['Recovery host', run.recovery_host], ['Facts', String(run.facts)], ['Resumes', String(run.resumes)]];
    if (run.absent.length)
      about.splice(4, 0, ['Without', run.absent.map((host) => host.name + ' (' + host.address + ')').join(', ')]);
    for (const [name, value] of about)
      $('about').append(el('div', {}, el('dt', {}, name), el('dd', {}, value || '–')));
    if (data.absent) $('absent').append(el('h2', {}, 'Hosts to re-create'), el('pre', {}, data.absent));
    $('verdict').textContent = 'Journal ' + verdict.words + (verdict.head ? '. Head: ' + verdict.head : '');
    if (verdict.state !== 'intact') $('verdict').classList.add('bad');
    $('made').textContent = 'Written by restorectl ' + data.tool_version + ' from the journal alone; this page loads nothing from the network. Times are UTC.';
  }
  function drawMilestones() {
    const names = {confirmed: 'Confirmed', quorum: 'etcd has a quorum', api: 'The API answers', redundancy: 'Full redundancy', finished: 'Finished'};
    for (const [name, title] of Object.entries(names)) {
      const known = story.milestones.find((m) => m.name === name);
      const card = el('li', {id: 'milestone-' + name}, el('span', {class: 'name'}, title),
        el('strong', {}, known ? words(known.at_ms - first) : 'not reached'));
      if (known) card.append(el('span', {class: 'muted'}, clock(known.at_ms) + ' · ', factLink(known.seq)));
      else card.classList.add('missing');
      $('milestones').append(card);
    }
  }
  function trouble(kind, at, seq, ...text) {
    return {at, node: el('li', {class: kind, 'data-seq': seq}, ...text, ' (', factLink(seq), ')')};
  }
  function drawTroubles() {
    const all = [];
    for (const gap of story.gaps) {
      if (gap.kind === 'question') continue;
      all.push(trouble('gap', gap.from_ms, gap.from_seq, GAPS[gap.kind] + ' for ' + words(end(gap) - gap.from_ms) +
        ', from ' + clock(gap.from_ms) + ': ' + gap.words));
    }
    for (const outage of story.outages)
      all.push(trouble('down', outage.from_ms, outage.from_seq, 'The connection to ' + outage.host + ' was lost for ' +
        words(end(outage) - outage.from_ms) + ', from ' + clock(outage.from_ms) + ', ' + outage.retries + ' retries: ' + outage.message));
    for (const span of story.spans)
      if (span.kind === 'held') all.push(trouble('held', span.from_ms, span.from_seq, span.step + ' on ' + span.host +
        ' was held for ' + words(end(span) - span.from_ms) + ': ' + span.words));
    for (const moment of story.moments)
      if (['retry', 'reboot', 'note', 'clock', 'finding'].includes(moment.kind)) all.push(trouble(moment.kind, moment.at_ms, moment.seq,
        [moment.host, moment.step].filter(Boolean).join(', ') + (moment.host ? ': ' : '') + moment.kind + ', ' + moment.words));
    all.sort((a, b) => a.at - b.at);
    $('troubles').append(...all.map((t) => t.node));
    if (!all.length) $('troubles').append(el('li', {class: 'none'}, 'No interruptions: no outage, no hold, no resume.'));
  }

  // ---- the chart -------------------------------------------------------------------------------
  const LEFT = 118, ROW = 26, TOP = 44;
  const view = {from: first, to: last};
  let cursor = first;
  const expanded = new Set();
  const byHost = new Map(run.hosts.map((host) => [host, []]));
  for (const span of story.spans) {
    if (!byHost.has(span.host)) byHost.set(span.host, []);
    byHost.get(span.host).push(span);
  }
  // The margin has no room for a long name: its beginning stands there, or its end where only that tells the hosts apart.
  const different = (part) => new Set([...byHost.keys()].map(part)).size === byHost.size;
  const endsTell = !different((host) => host.slice(0, 14)) && different((host) => host.slice(-14));
  const cut = (text, most, end) => text.length <= most ? text : end ? '…' + text.slice(1 - most) : text.slice(0, most - 1) + '…';
  function rowsOf() {
    const rows = [];
    for (const [host, spans] of byHost) {
      rows.push({host, spans, label: host, toggle: true});
      if (!expanded.has(host)) continue;
      const steps = new Map();
      for (const span of spans) steps.set(span.step, [...(steps.get(span.step) || []), span]);
      for (const [step, some] of steps) rows.push({host, spans: some, label: step});
    }
    return rows;
  }
  function defs() {
    const all = svg('defs');
    for (const [id, angle] of [['down', 45], ['gap', -45]]) {
      const pattern = svg('pattern', {id: 'hatch-' + id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(' + angle + ')'});
      pattern.append(svg('line', {x1: 0, y1: 0, x2: 0, y2: 6, 'stroke-width': 4, class: 'hatch-' + id, 'stroke-opacity': .75}));
      all.append(pattern);
    }
    return all;
  }
  function ticks(width) {
    const wanted = (view.to - view.from) / Math.max(2, Math.floor(width / 110));
    const steps = [100, 250, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5, 432e5];
    const step = steps.find((s) => s >= wanted) || 864e5;
    const all = [];
    for (let at = Math.ceil((view.from - first) / step) * step; at <= view.to - first; at += step) all.push(first + at);
    return all;
  }
  // Spans too narrow to be seen one by one are drawn as one with their neighbour of the same kind.
  function drawSpans(to, row, y, x) {
    let before = null;
    for (const span of row.spans) {
      if (end(span) < view.from || span.from_ms > view.to) continue;
      const left = x(span.from_ms), right = Math.max(x(end(span)), left + 1);
      if (before && before.kind === span.kind && right - before.left < 2) continue;
      before = {kind: span.kind, left};
      const rect = svg('rect', {x: left, y: y + 4, width: right - left, height: ROW - 8, rx: Math.min(3, (right - left) / 2), class: span.kind,
        'data-step': span.step, 'data-host': span.host, 'data-kind': span.kind, 'data-from': span.from_ms, 'data-to': end(span)});
      rect.append(svg('title', {}, span.step + ' on ' + span.host + '\n' + KINDS[span.kind] + ', ' + words(end(span) - span.from_ms) +
        (span.to_ms === undefined ? ' (end unknown)' : '') + '\n' + span.words));
      to.append(rect);
      const name = row.toggle ? span.step : KINDS[span.kind];
      if (right - left > name.length * 6.2 + 8) {
        const strong = span.kind === 'acting' || span.kind === 'copying' || span.kind === 'held';
        to.append(svg('text', {x: Math.max(left, LEFT) + 5, y: y + 17, class: strong ? 'inside' : 'soft'}, name));
      }
    }
  }
  function drawBands(to, rows, x, height) {
    for (const gap of story.gaps) {
      if (gap.kind === 'held' || end(gap) < view.from || gap.from_ms > view.to) continue;
      const band = svg('rect', {x: x(gap.from_ms), y: TOP, width: Math.max(1, x(end(gap)) - x(gap.from_ms)), height: height - TOP - 18, class: 'band-gap',
        opacity: gap.kind === 'question' ? .35 : .8, 'data-gap': gap.kind, 'data-from': gap.from_ms, 'data-to': end(gap)});
      band.append(svg('title', {}, GAPS[gap.kind] + ' for ' + words(end(gap) - gap.from_ms) + '\n' + gap.words));
      to.append(band);
    }
    rows.forEach((row, i) => {
      for (const outage of row.toggle ? story.outages : []) {
        if (outage.host !== row.host || end(outage) < view.from || outage.from_ms > view.to) continue;
        const band = svg('rect', {x: x(outage.from_ms), y: TOP + i * ROW + 2, width: Math.max(1, x(end(outage)) - x(outage.from_ms)), height: ROW - 4, class: 'band-down',
          'data-outage': outage.host, 'data-from': outage.from_ms, 'data-to': end(outage)});
        band.append(svg('title', {}, 'The connection to ' + outage.host + ' was lost for ' + words(end(outage) - outage.from_ms) + '\n' + outage.message));
        to.append(band);
      }
    });
  }
  function drawPhases(to, x) {
    story.phases.forEach((phase) => {
      const left = Math.max(x(phase.from_ms), LEFT), right = x(end(phase));
      if (right - left < 1) return;
      const rect = svg('rect', {x: left, y: 18, width: right - left, height: 18, class: 'phase', 'data-phase': phase.name});
      rect.append(svg('title', {}, phase.title + '\n' + words(end(phase) - phase.from_ms)));
      to.append(rect);
      const room = Math.floor((right - left - 8) / 6.2);
      if (room >= 4) to.append(svg('text', {x: left + 4, y: 31, class: 'soft'}, phase.name.length > room ? phase.name.slice(0, room - 1) + '…' : phase.name));
    });
  }
  let scale = (at) => at;
  function drawChart() {
    const box = $('chart'), rows = rowsOf();
    const width = Math.max(300, box.clientWidth), height = TOP + rows.length * ROW + 20;
    const x = scale = (at) => LEFT + (at - view.from) / (view.to - view.from) * (width - LEFT - 8);
    const picture = svg('svg', {viewBox: '0 0 ' + width + ' ' + height, height, role: 'img', 'aria-label': 'Gantt chart of hosts and steps'});
    picture.append(defs());
    const clip = svg('clipPath', {id: 'inner'});
    clip.append(svg('rect', {x: LEFT, y: 0, width: width - LEFT, height}));
    picture.append(clip);
    const inner = svg('g', {'clip-path': 'url(#inner)'});
    for (const at of ticks(width)) {
      inner.append(svg('line', {x1: x(at), x2: x(at), y1: TOP - 6, y2: height - 16, class: 'rule'}));
      inner.append(svg('text', {x: x(at) + 3, y: height - 5, class: 'soft'}, view.to - view.from < 2e4 ? '+' + ((at - first) / 1000).toFixed(1) + ' s' : clock(at)));
    }
    drawPhases(inner, x);
    rows.forEach((row, i) => drawSpans(inner, row, TOP + i * ROW, x));
    drawBands(inner, rows, x, height);
    let free = -1;
    for (const milestone of story.milestones) {
      const at = x(milestone.at_ms);
      inner.append(svg('line', {x1: at, x2: at, y1: 2, y2: height - 16, class: 'flag', 'data-milestone': milestone.name}));
      const long = milestone.name.length * 6.8 + 6, flip = at + long > width - 8;
      if ((flip ? at - long : at) < free) continue;
      inner.append(svg('text', {x: flip ? at - 3 : at + 3, y: 12, class: 'flagtext', 'text-anchor': flip ? 'end' : 'start'}, milestone.name));
      free = flip ? at : at + long;
    }
    inner.append(svg('line', {id: 'line', x1: x(cursor), x2: x(cursor), y1: 0, y2: height - 16, class: 'cursor'}));
    picture.append(inner);
    rows.forEach((row, i) => {
      const y = TOP + i * ROW;
      picture.append(svg('line', {x1: 0, x2: width, y1: y, y2: y, class: 'rule'}));
      const text = row.toggle ? (expanded.has(row.host) ? '▾ ' : '▸ ') + cut(row.label, 15, endsTell) : cut(row.label, 17, false);
      const label = svg('text', {x: row.toggle ? 8 : 20, y: y + 17, class: row.toggle ? 'toggle' : 'soft'}, text);
      label.append(svg('title', {}, row.label));
      if (row.toggle) {
        label.setAttribute('data-toggle', row.host);
        label.addEventListener('click', () => toggle(row.host));
      }
      picture.append(label);
    });
    box.replaceChildren(picture);
    $('range').textContent = clock(view.from) + ' – ' + clock(view.to) + ' (' + words(view.to - view.from) + ')';
  }
  function toggle(host) {
    expanded.has(host) ? expanded.delete(host) : expanded.add(host);
    drawChart();
  }
  function show(from, to) {
    const length = Math.min(last - first, Math.max(200, to - from));
    view.from = Math.min(Math.max(first, from), last - length);
    view.to = view.from + length;
    drawChart();
  }
  function zoom(factor, around) {
    const at = around === undefined ? Math.min(Math.max(cursor, view.from), view.to) : around;
    show(at - (at - view.from) * factor, at + (view.to - at) * factor);
  }
  const timeAt = (event) => {
    const box = $('chart').getBoundingClientRect(), width = Math.max(300, $('chart').clientWidth);
    return view.from + (event.clientX - box.left - LEFT) / (width - LEFT - 8) * (view.to - view.from);
  };

  // ---- the cursor ------------------------------------------------------------------------------
  function lastBefore(list, time, key) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (key(list[middle]) <= time) low = middle + 1; else high = middle;
    }
    return low - 1;
  }
  function doing(host) {
    const spans = byHost.get(host) || [];
    const at = lastBefore(spans, cursor, (s) => s.from_ms);
    const outage = story.outages.find((o) => o.host === host && o.from_ms <= cursor && cursor <= end(o));
    if (at < 0) return ['–', 'not reached yet', ''];
    const span = spans[at];
    const over = cursor > end(span);
    const what = over ? 'done since ' + words(cursor - end(span)) : KINDS[span.kind] + ', for ' + words(cursor - span.from_ms);
    return [span.step, outage ? 'connection lost for ' + words(cursor - outage.from_ms) + ': ' + outage.message : what, over || span.kind === 'held' ? span.words : ''];
  }
  function drawCursor(chosen) {
    const line = $('line');
    if (line) { line.setAttribute('x1', scale(cursor)); line.setAttribute('x2', scale(cursor)); }
    $('cursor').value = Math.round((cursor - first) / (last - first) * 1000);
    $('cursor').setAttribute('aria-valuetext', clock(cursor) + ', ' + offset(cursor));
    const gap = story.gaps.find((g) => g.kind !== 'held' && g.from_ms <= cursor && cursor < end(g));
    const phase = story.phases.find((p) => p.from_ms <= cursor && cursor <= end(p));
    const table = el('table', {});
    for (const host of byHost.keys()) {
      const [step, what, said] = doing(host);
      table.append(el('tr', {'data-host': host}, el('th', {scope: 'row'}, host), el('td', {}, step), el('td', {}, what), el('td', {class: 'muted'}, said)));
    }
    const index = chosen === undefined ? lastBefore(facts, cursor, (f) => f[1]) : chosen;
    const parts = [el('h3', {}, clock(cursor) + '  ' + offset(cursor) + (phase ? '  ·  ' + phase.title : '') + (gap ? '  ·  ' + GAPS[gap.kind].toLowerCase() : '')), table];
    if (index >= 0) parts.push(el('p', {class: 'fact', 'data-fact': facts[index][0]}, factLink(facts[index][0]), '  ' + facts[index][2] + '  ' + (facts[index][5] || [facts[index][3], facts[index][4]].join(' '))));
    $('at').replaceChildren(...parts);
    chooseRow(index);
  }
  function moveCursor(at, chosen) {
    cursor = Math.min(last, Math.max(first, at));
    if (cursor < view.from || cursor > view.to) {
      const half = (view.to - view.from) / 2;
      show(cursor - half, cursor + half);
    }
    drawCursor(chosen);
  }
  function listen() {
    const box = $('chart');
    $('zoom-in').addEventListener('click', () => zoom(.5));
    $('zoom-out').addEventListener('click', () => zoom(2));
    $('zoom-all').addEventListener('click', () => show(first, last));
    $('cursor').addEventListener('input', (event) => moveCursor(first + event.target.value / 1000 * (last - first)));
    box.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== box) return;  // else the page scrolls
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : .8, timeAt(event));
    }, {passive: false});
    let drag = null;
    box.addEventListener('pointerdown', (event) => { drag = {x: event.clientX, from: view.from, to: view.to, moved: false}; });
    box.addEventListener('pointermove', (event) => {
      if (!drag) { if (event.pointerType === 'mouse' && timeAt(event) >= view.from) moveCursorWithin(timeAt(event)); return; }
      const by = (drag.x - event.clientX) / (box.clientWidth - LEFT - 8) * (drag.to - drag.from);
      if (Math.abs(drag.x - event.clientX) > 4) drag.moved = true;
      if (drag.moved) show(drag.from + by, drag.to + by);
    });
    const drop = (event) => { if (drag && !drag.moved && timeAt(event) >= view.from) moveCursorWithin(timeAt(event)); drag = null; };
    box.addEventListener('pointerup', drop);
    box.addEventListener('pointerleave', () => { drag = null; });
    box.addEventListener('keydown', (event) => {
      const step = (view.to - view.from) / (event.shiftKey ? 10 : 100);
      const keys = {ArrowRight: () => moveCursor(cursor + step), ArrowLeft: () => moveCursor(cursor - step), Home: () => moveCursor(first), End: () => moveCursor(last),
        '+': () => zoom(.5), '=': () => zoom(.5), '-': () => zoom(2), '0': () => show(first, last)};
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
    new ResizeObserver(() => { drawChart(); drawCursor(); }).observe(box);
    addEventListener('hashchange', followHash);
    addEventListener('beforeprint', () => { for (const node of document.querySelectorAll('details')) node.open = true; });
  }
  const moveCursorWithin = (at) => { cursor = Math.min(view.to, Math.max(view.from, at)); drawCursor(); };

  // ---- path, shares, commands ------------------------------------------------------------------
  function drawPath() {
    procedure.phases.forEach((phase, i) => {
      const taken = story.phases.find((p) => p.name === phase.name);
      const item = el('li', {'data-phase': phase.name, title: phase.title}, el('b', {}, phase.name));
      if (!taken) { item.classList.add('never'); item.append('not reached'); }
      else {
        item.classList.add(taken.to_ms === undefined ? 'now' : 'done');
        item.append(words(end(taken) - taken.from_ms) + (taken.to_ms === undefined ? ', not finished' : ''));
        const within = (list, test) => list.filter(test).length;
        const held = within(story.spans, (s) => s.kind === 'held' && phase.steps.includes(s.step));
        const again = within(story.moments, (m) => m.kind === 'retry' && phase.steps.includes(m.step));
        if (held) item.append(el('span', {class: 'mark'}, ' · held ' + (held > 1 ? held + '×' : '')));
        if (again) item.append(el('span', {class: 'mark'}, ' · ' + again + (again > 1 ? ' retries' : ' retry')));
      }
      $('path').append(item);
      if (i + 1 !== procedure.phases_before_gate) return;
      const asked = story.gaps.filter((g) => g.kind === 'question').reduce((ms, g) => ms + end(g) - g.from_ms, 0);
      $('path').append(el('li', {class: 'gate'}, el('b', {}, 'gate'), asked ? words(asked) : 'not asked'));
    });
  }
  function drawShares() {
    const most = Math.max(1, ...story.shares.map((s) => s.ms));
    for (const share of story.shares) {
      const bar = svg('svg', {viewBox: '0 0 100 7', preserveAspectRatio: 'none', 'aria-hidden': 'true'});
      const classes = {'link down': 'plain-down', 'no driver': 'plain-gap', 'awaiting confirmation': 'plain-gap'};
      bar.append(svg('rect', {x: 0, y: 0, width: share.ms / most * 100, height: 7, rx: 1, class: classes[share.what] || (KINDS[share.what] ? share.what : 'looking')}));
      $('shares').append(el('li', {'data-share': share.what}, el('span', {}, share.what), el('span', {class: 'ms'}, words(share.ms)), bar,
        el('span', {class: 'more'}, 'longest: ' + share.largest + ' ', share.seq ? factLink(share.seq) : '')));
    }
  }
  function drawCommands() {
    for (const command of story.commands) {
      const took = command.ended_ms === undefined ? 'end unknown' : words(command.ended_ms - command.intended_ms);
      const code = command.exit_code === undefined ? command.fate : 'exit code ' + command.exit_code;
      const summary = el('summary', {}, command.step + ' on ' + command.host + (command.attempt > 1 ? ', command ' + command.attempt : '') + ' — ',
        el('span', {class: 'code' + (command.exit_code === 0 ? '' : ' bad')}, code), ', ' + took + ', ', factLink(command.seq));
      const node = el('details', {'data-job': command.job}, summary);
      const fill = () => {
        if (node.childElementCount > 1) return;
        node.append(el('pre', {}, command.script));
        const lines = command.lines.map((line) => ('+' + ((line.at_ms - command.intended_ms) / 1000).toFixed(1) + ' s').padStart(10) + '  ' + line.text);
        if (lines.length || command.tail) node.append(el('pre', {}, lines.length ? lines.join('\n') : command.tail));
      };
      node.addEventListener('toggle', fill);
      addEventListener('beforeprint', fill);  // the event of its opening would come behind the printing
      $('commands').append(node);
    }
    if (!story.commands.length) $('commands').append(el('p', {class: 'muted'}, 'None.'));
  }

  // ---- all facts: only the rows in sight are in the document ------------------------------------
  const HEIGHT = 26;
  let listed = facts.map((_, i) => i), chosenIndex = -1;
  const haystack = facts.map((f) => [f[0], f[2], f[3], f[4], f[5]].join(' ').toLowerCase());
  function drawRows() {
    const box = $('facts'), from = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 5);
    const to = Math.min(listed.length, from + Math.ceil(box.clientHeight / HEIGHT) + 10), rows = [];
    for (let i = from; i < to; ++i) {
      const fact = facts[listed[i]];
      const row = el('div', {class: 'row' + (fact[6] ? ' bad' : '') + (listed[i] === chosenIndex ? ' chosen' : ''), role: 'option', 'aria-selected': listed[i] === chosenIndex, 'data-seq': fact[0]},
        el('span', {class: 'n'}, String(fact[0])), el('span', {class: 't'}, clock(fact[1])), (fact[5] || [fact[2], fact[3], fact[4]].join('  ')).replaceAll('\n', '  '));
      row.style.top = i * HEIGHT + 'px';
      rows.push(row);
    }
    $('rows').replaceChildren(...rows);
  }
  function chooseRow(index) {
    chosenIndex = index;
    drawRows();
  }
  function list() {
    const wanted = $('filter').value.toLowerCase().split(/\s+/).filter(Boolean), bad = $('failures').checked;
    listed = [];
    for (let i = 0; i < facts.length; ++i)
      if ((!bad || facts[i][6]) && wanted.every((word) => haystack[i].includes(word))) listed.push(i);
    $('rows').style.height = listed.length * HEIGHT + 'px';
    $('count').textContent = listed.length + ' of ' + facts.length;
    drawRows();
  }
  function goTo(index) {
    if (!listed.includes(index)) { $('filter').value = ''; $('failures').checked = false; list(); }
    moveCursor(facts[index][1], index);
    $('facts').scrollTop = Math.max(0, listed.indexOf(index) * HEIGHT - $('facts').clientHeight / 2);
    drawRows();
  }
  function followHash() {
    const match = /^#fact-(\d+)$/.exec(location.hash);
    const index = match ? facts.findIndex((f) => f[0] === Number(match[1])) : -1;
    if (index < 0) return;
    goTo(index);
    $('facts').scrollIntoView({block: 'center'});
  }
  function listenToFacts() {
    $('filter').addEventListener('input', list);
    $('failures').addEventListener('change', list);
    $('facts').addEventListener('scroll', drawRows);
    $('rows').addEventListener('click', (event) => {
      const row = event.target.closest('.row');
      if (row) goTo(facts.findIndex((f) => f[0] === Number(row.dataset.seq)));
    });
    $('facts').addEventListener('keydown', (event) => {
      const by = {ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15}[event.key];
      if (!by || !listed.length) return;
      event.preventDefault();
      const at = Math.min(listed.length - 1, Math.max(0, listed.indexOf(chosenIndex) + by));
      goTo(listed[at]);
    });
  }
  function drawLegend() {
    const sample = (name) => {
      const picture = svg('svg', {viewBox: '0 0 24 12', 'aria-hidden': 'true'});
      picture.append(svg('rect', {width: 24, height: 12, rx: 2, class: name}));
      return picture;
    };
    for (const [kind, title] of [...Object.entries(KINDS), ['band-down', 'connection lost'], ['band-gap', 'no driver, or awaiting confirmation']])
      $('legend').append(el('li', {}, sample(kind), title));
  }

  drawSummary(); drawMilestones(); drawTroubles(); drawPath(); drawShares(); drawCommands(); drawLegend();
  listen(); listenToFacts(); drawChart(); list(); moveCursor(first); followHash();
  document.documentElement.dataset.ready = 'yes';
})();
