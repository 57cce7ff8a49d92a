// Keeps the screen of the television current: loads its page again while it is looked at, and shows what differs.
const parts = ['screen', 'remote'];

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const step = fresh.querySelector('main').dataset.step;
    const main = document.querySelector('main');
    if (main.dataset.step === step) return;
    for (const id of parts) document.getElementById(id).innerHTML = fresh.getElementById(id).innerHTML;
    main.dataset.step = step;
    document.title = fresh.title;
  } catch {
    // The demo was stopped; the next look may find it again.
  }
}

for (const line of document.querySelectorAll('.without-script')) line.hidden = true;
addEventListener('focus', () => void refresh());
setInterval(() => void refresh(), 1_000);
