// Keeps the helper page current: loads it again after an event and replaces what differs; counts the seconds of the
// codes.
const live = ['told', 'steps', 'happened', 'phone', 'mails', 'schedule', 'people', 'typed'];
const reached = 'a, button, summary, input';
let fetching = false;
let again = false;

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of live) swap(document.getElementById(id), fresh.getElementById(id));
  } catch {
    // The demo was stopped; the event source tries again by itself.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      void refresh();
    }
  }
}

function swap(old, fresh) {
  if (!old || !fresh || old.contains(document.activeElement?.closest('input'))) return;
  for (const open of old.querySelectorAll('details[open][id]')) {
    const same = fresh.querySelector(`#${CSS.escape(open.id)}`);
    if (same) same.open = true;
  }
  if (old.innerHTML === fresh.innerHTML) return;
  const focused = [...old.querySelectorAll(reached)].indexOf(document.activeElement);
  old.innerHTML = fresh.innerHTML;
  if (focused >= 0) old.querySelectorAll(reached)[focused]?.focus({ preventScroll: true });
}

function count() {
  let over = false;
  for (const seconds of document.querySelectorAll('[data-seconds]')) {
    const left = Number(seconds.dataset.seconds) - 1;
    seconds.dataset.seconds = String(left);
    seconds.textContent = `${Math.max(0, left)} s`;
    over ||= left <= 0;
  }
  if (over) void refresh();
}

const events = new EventSource('/events');
events.addEventListener('message', () => void refresh());
events.addEventListener('open', () => {
  for (const line of document.querySelectorAll('.live')) line.hidden = false;
  for (const line of document.querySelectorAll('.without-script')) line.hidden = true;
});
addEventListener('focus', () => void refresh());
setInterval(count, 1000);
setInterval(() => {
  if (!document.hidden) void refresh();
}, 3_000);
