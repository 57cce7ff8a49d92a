// Asks the card by the Web eID extension, and puts its answer into the page's form. The texts come from the page.
const box = document.querySelector('[data-card]');
const field = box.querySelector('input');
const { form } = field;
const button = [...form.elements].find(({ type }) => type === 'submit');
const ackPatience = 2_000;
const personPatience = 120_000;

/** Which text of the page explains the code of the extension. */
const words = {
  EXTENSION_UNAVAILABLE: 'extension',
  NATIVE_UNAVAILABLE: 'app',
  USER_CANCELLED: 'cancelled',
  USER_TIMEOUT: 'late',
  ACTION_TIMEOUT: 'late',
  VERSION_MISMATCH: 'old',
  VERSION_INVALID: 'old',
  ACTION_PENDING: 'busy',
};

function say(word) {
  box.querySelector('[role=status]').textContent = box.dataset[word];
  if (['cancelled', 'failed'].includes(word)) form.querySelector('details').open = true;
}

/** Sends one message, and resolves to the answer; rejects with the word that explains why there is none. */
function send(action, content, patience) {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => end(reject, 'extension'), ackPatience);
    const end = (settle, value) => {
      clearTimeout(timer);
      removeEventListener('message', listen);
      settle(value);
    };
    function listen({ source, origin, data }) {
      if (source !== window || origin !== location.origin) return;
      if (data?.action === `${action}-ack`) {
        clearTimeout(timer);
        timer = setTimeout(() => end(reject, 'late'), patience);
      }
      if (data?.action === `${action}-success`) end(resolve, data);
      if (data?.action === `${action}-failure`) {
        const code = String(data.error?.code).replace('ERR_WEBEID_', '');
        end(reject, Object.hasOwn(words, code) ? words[code] : 'failed');
      }
    }
    addEventListener('message', listen);
    postMessage({ action, libraryVersion: '2.0.2', ...content }, location.origin);
  });
}

async function ask() {
  say('waiting');
  const options = { lang: document.documentElement.lang, userInteractionTimeout: personPatience };
  const content = { challengeNonce: box.dataset.card, options };
  const answer = await send('web-eid:authenticate', content, personPatience + 6_000);
  const { unverifiedCertificate, algorithm, signature, format } = answer;
  field.value = JSON.stringify({ unverifiedCertificate, algorithm, signature, format });
  form.requestSubmit(button);
}

let asking = false;
form.addEventListener('submit', (event) => {
  if (field.value !== '' || event.submitter?.name === 'language') return;
  event.preventDefault();
  if (asking) return;
  asking = true;
  ask()
    .catch(say)
    .finally(() => (asking = false));
});
// Back from the page that came next: an answer counts once.
addEventListener('pageshow', () => (field.value = ''));
// Says at once what is missing.
send('web-eid:status', {}, 7_000).catch((word) => asking || say(word));
